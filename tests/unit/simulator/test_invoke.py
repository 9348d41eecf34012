"""InvokeModel bodies of each vendor."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from PIL import Image

CAT = "The cat is sleeping on the sofa."
KITTEN = "A kitten naps on the couch."
BANK = "The central bank raised interest rates this quarter."


def invoke(runtime: Any, model: str, body: dict[str, Any]) -> Any:
    answer = runtime.invoke_model(modelId=model, body=json.dumps(body))
    assert int(answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-bedrock-invocation-latency"]) > 0
    return json.loads(answer["body"].read())


def opened(data: str) -> Image.Image:
    picture = Image.open(io.BytesIO(base64.b64decode(data)))
    picture.load()
    return picture


def png(width: int, height: int) -> str:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def nova(text: str) -> dict[str, Any]:
    asked = {"truncationMode": "END", "value": text}
    params = {"embeddingPurpose": "GENERIC_INDEX", "embeddingDimension": 384, "text": asked}
    return {"taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": params}


Shape = Callable[[Any], Any]
EMBEDDINGS: list[tuple[str, int, Callable[[str], dict[str, Any]], Shape]] = [
    ("amazon.titan-embed-text-v2:0", 256, lambda text: {"inputText": text, "dimensions": 256},
     lambda answer: answer["embedding"]),
    ("amazon.titan-embed-text-v1", 1536, lambda text: {"inputText": text},
     lambda answer: answer["embedding"]),
    ("amazon.titan-embed-image-v1", 1024, lambda text: {"inputText": text},
     lambda answer: answer["embedding"]),
    ("amazon.nova-2-multimodal-embeddings-v1:0", 384, nova,
     lambda answer: answer["embeddings"][0]["embedding"]),
    ("cohere.embed-english-v3", 1024,
     lambda text: {"texts": [text], "input_type": "search_document"},
     lambda answer: answer["embeddings"][0]),
    ("us.cohere.embed-v4:0", 1536,
     lambda text: {"texts": [text], "input_type": "search_query", "embedding_types": ["float"]},
     lambda answer: answer["embeddings"]["float"][0]),
    ("us.twelvelabs.marengo-embed-2-7-v1:0", 1024,
     lambda text: {"inputType": "text", "inputText": text},
     lambda answer: answer["data"][0]["embedding"]),
    ("us.twelvelabs.marengo-embed-3-0-v1:0", 512,
     lambda text: {"inputType": "text", "text": {"inputText": text}},
     lambda answer: answer["data"][0]["embedding"]),
]  # fmt: skip


@pytest.mark.parametrize(("model", "dimension", "body", "vector"), EMBEDDINGS)
def test_similar_texts_have_closer_vectors_than_different_ones(
    client: Any, model: str, dimension: int, body: Callable[[str], dict[str, Any]], vector: Shape
) -> None:
    cat, kitten, bank, again = (
        vector(invoke(client(), model, body(text))) for text in (CAT, KITTEN, BANK, CAT)
    )

    def dot(one: list[float], other: list[float]) -> float:
        return sum(left * right for left, right in zip(one, other, strict=True))

    assert len(cat) == dimension
    assert cat == again
    assert dot(cat, cat) == pytest.approx(1, abs=1e-4)
    assert 1 > dot(cat, kitten) > dot(cat, bank) + 0.3


def test_one_region_returns_vectors_of_a_wrong_size(client: Any) -> None:
    model = "amazon.titan-embed-text-v2:0"
    assert len(invoke(client("eu-west-1"), model, {"inputText": CAT})["embedding"]) == 1024
    assert len(invoke(client("eu-west-3"), model, {"inputText": CAT})["embedding"]) == 512


@pytest.mark.parametrize(
    ("model", "more"), [("amazon.rerank-v1:0", {}), ("cohere.rerank-v3-5:0", {"api_version": 2})]
)
def test_rerank_puts_the_matching_document_first(client: Any, model: str, more: Any) -> None:
    documents = [
        "The cafeteria opens at nine.",
        "Invoices are sent each month.",
        "Resetting your password: open the settings and choose Forgot password.",
    ]
    body = {"query": "How do I reset my password?", "documents": documents, **more}
    results = invoke(client("us-west-2"), model, body)["results"]
    assert results[0]["index"] == 2
    assert len(results) == 3
    assert results[0]["relevance_score"] > results[1]["relevance_score"]
    if more:
        worst = invoke(client("ap-northeast-1"), model, {**body, "top_n": 1})["results"]
        assert [one["index"] == 2 for one in worst] == [False]


def test_a_generated_picture_has_the_requested_size_and_colours(client: Any) -> None:
    prompt = "A red circle on a white background"
    config = {"width": 512, "height": 320, "numberOfImages": 1}
    canvas = {
        "taskType": "TEXT_IMAGE",
        "textToImageParams": {"text": prompt},
        "imageGenerationConfig": config,
    }
    drawn = opened(invoke(client(), "amazon.nova-canvas-v1:0", canvas)["images"][0])
    assert drawn.size == (512, 320)
    assert drawn.getpixel((256, 160)) == (255, 0, 0)
    assert drawn.getpixel((2, 2)) == (255, 255, 255)
    body = {"prompt": prompt, "aspect_ratio": "16:9", "output_format": "jpeg"}
    answer = invoke(client("us-west-2"), "stability.stable-image-core-v1:1", body)
    assert opened(answer["images"][0]).size == (1344, 768)
    assert answer["finish_reasons"] == [None]


@pytest.mark.parametrize(
    ("service", "more", "size"),
    [
        ("stable-fast-upscale", {}, (640, 512)),
        ("stable-creative-upscale", {"prompt": "a ramp"}, (320, 256)),
        ("stable-outpaint", {"left": 32, "down": 16}, (192, 144)),
        ("stable-image-remove-background", {}, (160, 128)),
        ("stable-image-search-replace", {"prompt": "sky", "search_prompt": "ramp"}, (160, 128)),
    ],
)
def test_edited_pictures_change_as_their_service_says(
    client: Any, service: str, more: dict[str, Any], size: tuple[int, int]
) -> None:
    source = png(160, 128)
    answer = invoke(client(), f"us.stability.{service}-v1:0", {"image": source, **more})
    assert opened(answer["images"][0]).size == size
    assert answer["images"][0] != source


def test_one_editing_service_returns_bytes_that_do_not_decode(client: Any) -> None:
    model = "us.stability.stable-image-erase-object-v1:0"
    answer = invoke(client(), model, {"image": png(160, 128)})
    with pytest.raises(OSError, match="truncated"):
        opened(answer["images"][0])


@pytest.mark.parametrize(
    ("model", "body", "message"),
    [
        ("amazon.titan-embed-text-v1", {"inputText": "x", "dimensions": 256}, "extraneous key"),
        ("amazon.titan-embed-text-v2:0", {}, r"required key \[inputText\]"),
        ("cohere.embed-english-v3", {"texts": ["x"]}, r"required key \[input_type\]"),
        ("us.stability.stable-fast-upscale-v1:0", {"image": "AAAA"}, "Unable to decode"),
        ("us.stability.stable-fast-upscale-v1:0", {"image": png(16, 16)}, "at least 64 pixels"),
        ("amazon.titan-embed-text-v2:0", {"inputText": 3}, "Malformed input request"),
    ],
)
def test_a_body_the_model_cannot_read_is_refused(
    client: Any, model: str, body: dict[str, Any], message: str
) -> None:
    with pytest.raises(client().exceptions.ValidationException, match=message):
        invoke(client(), model, body)


def test_chat_models_answer_their_vendors_own_body_whole_and_in_chunks(client: Any) -> None:
    body = {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": "What is the capital of Spain?"}],
    }
    model = "us.anthropic.claude-sonnet-4-6"
    assert "Madrid" in invoke(client(), model, body)["content"][0]["text"]
    answer = client().invoke_model_with_response_stream(modelId=model, body=json.dumps(body))
    chunks = b"".join(event["chunk"]["bytes"] for event in answer["body"])
    assert "Madrid" in json.loads(chunks)["content"][0]["text"]
    with pytest.raises(ClientError, match="unsupported for streaming"):
        client().invoke_model_with_response_stream(
            modelId="amazon.titan-embed-text-v2:0", body=json.dumps({"inputText": "x"})
        )
