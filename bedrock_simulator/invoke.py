"""InvokeModel: the vendors' request and response bodies for embeddings, rerank, images and chat."""

from __future__ import annotations

import base64
import json
import random
import zlib
from collections.abc import Callable
from typing import Any

from . import converse, pictures, text_similarity, tokens
from .behaviours import Behaviour
from .catalogue import Model
from .wire import EVENT_STREAM, BedrockError, Reply, encode, frame, invalid

DEFAULT_DIMENSION = 1024
TITAN_V2_DIMENSIONS = (256, 512, 1024)
_FILTERED_IMAGE = (
    "All of the generated images have been blocked by our content filters. Please adjust your "
    "input to avoid content that violates our responsible AI policies."
)
_MARENGO_3 = "marengo-embed-3"
_CHANCE = random.Random(1)  # noqa: S311
_MAX_TEXTS = 96
_MAX_DOCUMENTS = 1000

Body = dict[str, Any]


def invoke(model: Model, behaviour: Behaviour, body: bytes) -> Reply:
    """Answers an InvokeModel body. Raises BedrockError for a body of another shape."""
    if model.kind == "TEXT":
        return _chat(model, behaviour, _object(body))
    handler = next((result for key, result in _HANDLERS if key in model.id), None)
    if handler is None:
        raise invalid("The simulator does not know the request body of this model.")
    try:
        answer, input_tokens = handler(model, behaviour, _object(body))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _malformed(f"#: unexpected or missing value ({error})") from error
    headers = (
        ("x-amzn-bedrock-input-token-count", str(input_tokens)),
        ("x-amzn-bedrock-output-token-count", "0"),
    )
    return Reply(body=encode(answer), headers=headers, first_ms=behaviour.first_token_ms)


def invoke_stream(model: Model, behaviour: Behaviour, body: bytes) -> Reply:
    """Answers as `invoke`, in `chunk` events; chat models only. Raises BedrockError."""
    if model.kind != "TEXT":
        raise invalid("The model is unsupported for streaming")
    whole_reply = invoke(model, behaviour, body)
    chunk = {"bytes": base64.b64encode(whole_reply.body).decode()}
    return Reply(
        content_type=EVENT_STREAM,
        headers=(("X-Amzn-Bedrock-Content-Type", "application/json"),),
        frames=(frame("chunk", chunk),),
        first_ms=whole_reply.first_ms,
    )


def _object(body: bytes) -> Body:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise invalid(
            "Malformed input request, please reformat your input and try again."
        ) from error
    if not isinstance(payload, dict):
        raise _malformed("#: expected type: JSONObject")
    return payload


def _malformed(what: str) -> BedrockError:
    return invalid(f"Malformed input request: {what}, please reformat your input and try again.")


def _required(body: Body, *keys: str) -> None:
    for key in keys:
        if body.get(key) in (None, "", []):
            raise _malformed(f"#: required key [{key}] not found")


def _chat(model: Model, behaviour: Behaviour, body: Body) -> Reply:
    """Translates a vendor's chat body, `messages` or a plain `prompt`, into a Converse request."""
    try:
        messages = body.get("messages") or [{"role": "user", "content": body["prompt"]}]
        converse_body = {
            "messages": [
                {
                    "role": message["role"],
                    "content": [{"text": message["content"]}]
                    if isinstance(message["content"], str)
                    else [{"text": block["text"]} for block in message["content"]],
                }
                for message in messages
            ],
            "inferenceConfig": {"maxTokens": body.get("max_tokens") or body.get("max_gen_len")},
        }
    except (KeyError, TypeError) as error:
        raise _malformed("#: required key [messages] not found") from error
    if isinstance(body.get("system"), str):
        converse_body["system"] = [{"text": body["system"]}]
    result = converse.answer(model, behaviour, encode(converse_body), streamed=False)
    text = "".join(block.get("text", "") for block in result.blocks)
    answer: Body
    if model.vendor == "Anthropic":
        _required(body, "anthropic_version", "max_tokens")
        usage = {
            "input_tokens": result.usage["inputTokens"],
            "output_tokens": result.usage["outputTokens"],
        }
        answer = {
            "type": "message",
            "role": "assistant",
            "model": model.id,
            "content": [{"type": "text", "text": text}],
            "stop_reason": result.stop_reason,
            "usage": usage,
        }
    elif "prompt" in body:
        reason = "length" if result.stop_reason == "max_tokens" else "stop"
        answer = {"generation": text, "stop_reason": reason}
    else:
        message = {"role": "assistant", "content": [{"text": text}]}
        answer = {
            "output": {"message": message},
            "stopReason": result.stop_reason,
            "usage": result.usage,
        }
    headers = (
        ("x-amzn-bedrock-input-token-count", str(result.usage["inputTokens"])),
        ("x-amzn-bedrock-output-token-count", str(result.usage["outputTokens"])),
    )
    return Reply(body=encode(answer), headers=headers, first_ms=behaviour.first_token_ms)


def _vector(
    model: Model, behaviour: Behaviour, text: str, requested: int | None = None
) -> list[float]:
    dimension = requested or model.embedding_dimension or DEFAULT_DIMENSION
    if isinstance(dimension, bool) or not 1 <= int(dimension) <= 4096:
        raise _malformed(f"#: {dimension} is not a valid dimension")
    if "wrong_dimension" in behaviour.quirks:
        dimension //= 2
    if "zero_vector" in behaviour.quirks:
        return [0.0] * int(dimension)
    if "constant_vector" in behaviour.quirks:
        return [0.5] * int(dimension)
    if "random_vector" in behaviour.quirks:
        return [_CHANCE.uniform(-1, 1) for _ in range(int(dimension))]
    return list(text_similarity.embed(text, dimension))


def _image_as_words(data: str, field: str) -> str:
    """Returns a picture as words, so that similar pictures get similar vectors."""
    small = pictures.decoded(data, field).resize((4, 4)).tobytes()
    return " ".join(f"pixel{index}shade{value // 64}" for index, value in enumerate(small))


def _titan_text(model: Model, behaviour: Behaviour, body: Body) -> tuple[Body, int]:
    _required(body, "inputText")
    version_2 = "v2" in model.id
    if "dimensions" in body and not version_2:
        raise _malformed("#: extraneous key [dimensions] is not permitted")
    if version_2 and body.get("dimensions", 1024) not in TITAN_V2_DIMENSIONS:
        raise _malformed(f"#/dimensions: {body['dimensions']} is not a valid enum value")
    vector = _vector(model, behaviour, body["inputText"], body.get("dimensions"))
    input_tokens = tokens.count(body["inputText"])
    by_type = {"embeddingsByType": {"float": vector}} if version_2 else {}
    return {"embedding": vector, "inputTextTokenCount": input_tokens, **by_type}, input_tokens


def _titan_image(model: Model, behaviour: Behaviour, body: Body) -> tuple[Body, int]:
    text, picture = body.get("inputText", ""), body.get("inputImage")
    if not text and not picture:
        raise _malformed("#: required key [inputText] or [inputImage] not found")
    requested = (body.get("embeddingConfig") or {}).get("outputEmbeddingLength")
    image_words = _image_as_words(picture, "inputImage") if picture else ""
    input_tokens = tokens.count(text)
    vector = _vector(model, behaviour, f"{text} {image_words}".strip(), requested)
    return {"embedding": vector, "inputTextTokenCount": input_tokens, "message": None}, input_tokens


def _nova_embed(model: Model, behaviour: Behaviour, body: Body) -> tuple[Body, int]:
    if body.get("taskType") != "SINGLE_EMBEDDING":
        raise _malformed("#/taskType: SINGLE_EMBEDDING is the one supported here")
    params = body["singleEmbeddingParams"]
    _required(params, "embeddingPurpose")
    requested = params.get("embeddingDimension")
    if "image" in params:
        text, kind = _image_as_words(params["image"]["source"]["bytes"], "image"), "IMAGE"
    else:
        _required(params["text"], "value", "truncationMode")
        text, kind = params["text"]["value"], "TEXT"
    vector = _vector(model, behaviour, text, requested)
    return {"embeddings": [{"embeddingType": kind, "embedding": vector}]}, tokens.count(text)


def _cohere_embed(model: Model, behaviour: Behaviour, body: Body) -> tuple[Body, int]:
    _required(body, "texts", "input_type")
    texts = body["texts"]
    if not isinstance(texts, list) or len(texts) > _MAX_TEXTS:
        raise _malformed(f"#/texts: expected an array of at most {_MAX_TEXTS} strings")
    vectors = [_vector(model, behaviour, text, body.get("output_dimension")) for text in texts]
    answer: Body = {
        "id": f"{zlib.crc32(repr(texts).encode()):08x}",
        "response_type": "embeddings_floats",
        "texts": texts,
        "embeddings": vectors,
    }
    if body.get("embedding_types"):
        answer |= {"response_type": "embeddings_by_type", "embeddings": {"float": vectors}}
    return answer, sum(tokens.count(text) for text in texts)


def _marengo(model: Model, behaviour: Behaviour, body: Body) -> tuple[Body, int]:
    if body.get("inputType") != "text":
        raise _malformed(
            "#/inputType: only text is answered at once; other media run as async jobs"
        )
    holder = body["text"] if _MARENGO_3 in model.id else body
    _required(holder, "inputText")
    vector = _vector(model, behaviour, holder["inputText"])
    return {"data": [{"embedding": vector}]}, tokens.count(holder["inputText"])


def _rerank(model: Model, behaviour: Behaviour, body: Body) -> tuple[Body, int]:
    _required(body, "query", "documents")
    if "cohere" in model.id:
        _required(body, "api_version")
    query, documents = body["query"], body["documents"][:_MAX_DOCUMENTS]
    scores = [round(text_similarity.similarity(query, document), 6) for document in documents]
    if "ranks_badly" in behaviour.quirks:
        scores = [round(1 - score, 6) for score in scores]
    if "equal_scores" in behaviour.quirks:
        scores = [0.5] * len(scores)
    best = sorted(range(len(scores)), key=lambda index: (-scores[index], index))
    results = [{"index": index, "relevance_score": scores[index]} for index in best]
    input_tokens = tokens.count(query) + sum(tokens.count(document) for document in documents)
    return {"results": results[: body.get("top_n") or None]}, input_tokens


def _nova_canvas(model: Model, behaviour: Behaviour, body: Body) -> tuple[Body, int]:
    if body.get("taskType") != "TEXT_IMAGE":
        raise _malformed("#/taskType: TEXT_IMAGE is the one supported here")
    prompt = body["textToImageParams"]["text"]
    config = body.get("imageGenerationConfig") or {}
    width, height = int(config.get("width", 1024)), int(config.get("height", 1024))
    for name, side in (("width", width), ("height", height)):
        if not 320 <= side <= 4096 or side % 16:
            raise invalid(f"{name} must be from 320 to 4096 and divisible by 16")
    number = int(config.get("numberOfImages", 1))
    if not 1 <= number <= 5 or width * height > 4_194_304:
        raise invalid("At most 5 images of at most 4194304 pixels can be made at once.")
    if "filters_image" in behaviour.quirks:
        return {"images": [], "error": _FILTERED_IMAGE}, tokens.count(prompt)
    prompt_drawn = "" if "blank_image" in behaviour.quirks else prompt[:1024]
    image = pictures.draw(prompt_drawn, width, height)
    if "broken_image" in behaviour.quirks:
        image = image[:400]
    return {"images": [image] * number}, tokens.count(prompt)


def _stability(model: Model, behaviour: Behaviour, body: Body) -> tuple[Body, int]:
    if model.kind == "IMAGE_EDIT":
        edit = next(edit for key, edit in pictures.EDITS.items() if key in model.id)
        _required(body, edit.picture, *edit.needs)
        for field in edit.needs:
            if field.endswith("image"):
                pictures.decoded(body[field], field)
        image = pictures.apply_edit(edit, pictures.decoded(body[edit.picture], edit.picture), body)
    else:
        _required(body, "prompt")
        aspect = body.get("aspect_ratio", "1:1")
        if aspect not in pictures.ASPECTS:
            raise invalid(f"aspect_ratio must be one of {', '.join(pictures.ASPECTS)}")
        width, height = pictures.ASPECTS[aspect]
        prompt = "" if "blank_image" in behaviour.quirks else body["prompt"][:1024]
        image = pictures.draw(prompt, width, height, body.get("output_format", "png"))
    if "broken_image" in behaviour.quirks:
        image = image[:400]
    if "filters_image" in behaviour.quirks:
        return {"seeds": [], "images": [], "finish_reasons": ["Filter reason: output image"]}, 0
    seed = body.get("seed") or zlib.crc32(repr(body.get("prompt")).encode())
    return {"images": [image], "seeds": [seed], "finish_reasons": [None]}, 0


Handler = Callable[[Model, Behaviour, Body], tuple[Body, int]]
_HANDLERS: tuple[tuple[str, Handler], ...] = (
    ("amazon.titan-embed-image", _titan_image),
    ("amazon.titan-embed", _titan_text),
    ("multimodal-embeddings", _nova_embed),
    ("cohere.embed", _cohere_embed),
    ("twelvelabs.marengo", _marengo),
    ("rerank", _rerank),
    ("amazon.nova-canvas", _nova_canvas),
    ("stability.", _stability),
)
