"""InvokeModel bodies of the embedding families, and the place of the vector in each response.

Bodies: the families' own pages in the Bedrock user guide.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import CallError, Category
from ..model import ModelSpec
from ..subject import Subject

Vector = tuple[float, ...]


@dataclass(frozen=True)
class Family:
    body: Callable[[ModelSpec, str], dict[str, Any]]
    vector: Callable[[dict[str, Any]], Any]


def _nova(model: ModelSpec, text: str) -> dict[str, Any]:
    return {
        "taskType": "SINGLE_EMBEDDING",
        "singleEmbeddingParams": {
            "embeddingPurpose": "GENERIC_INDEX",
            "embeddingDimension": model.embedding_dimension or 3072,
            "text": {"truncationMode": "END", "value": text},
        },
    }


def _cohere(body: dict[str, Any]) -> Any:
    """Both documented shapes: a list of vectors, or one list for each type of number."""
    found = body["embeddings"]
    return (found["float"] if isinstance(found, dict) else found)[0]


def _titan(body: dict[str, Any]) -> Any:
    """One vector, or one for each type of number."""
    return body["embedding"] if "embedding" in body else body["embeddingsByType"]["float"]


def _marengo(body: dict[str, Any]) -> Any:
    """A list of embeddings, or one."""
    data = body["data"]
    return (data if isinstance(data, dict) else data[0])["embedding"]


FAMILIES: tuple[tuple[str, Family], ...] = (
    (
        "amazon.titan-embed",
        Family(lambda _model, text: {"inputText": text}, _titan),
    ),
    (
        "amazon.nova-2-multimodal-embeddings",
        Family(_nova, lambda body: body["embeddings"][0]["embedding"]),
    ),
    (
        "cohere.embed-v4",
        Family(
            lambda _model, text: {
                "texts": [text],
                "input_type": "search_document",
                "embedding_types": ["float"],
            },
            _cohere,
        ),
    ),
    (
        "cohere.embed",
        Family(
            lambda _model, text: {"texts": [text], "input_type": "search_document"},
            _cohere,
        ),
    ),
    (
        "twelvelabs.marengo-embed-2",
        Family(
            lambda _model, text: {"inputType": "text", "inputText": text},
            _marengo,
        ),
    ),
    (
        "twelvelabs.marengo-embed",
        Family(
            lambda _model, text: {"inputType": "text", "text": {"inputText": text}},
            _marengo,
        ),
    ),
)


def embed(subject: Subject, text: str) -> Vector:
    """Returns the vector of `text`. Raises CallError; PROTOCOL if the answer holds no vector."""
    family = next(
        (family for start, family in FAMILIES if subject.model.api_model_id.startswith(start)), None
    )
    if family is None:
        raise CallError(
            Category.INTERNAL,
            f"The request body of {subject.model.api_model_id} is not known: add its family.",
        )
    body = subject.invoke(family.body(subject.model, text))
    try:
        vector = tuple(float(value) for value in family.vector(body))
    except (KeyError, IndexError, TypeError, ValueError, OverflowError) as error:
        raise CallError(Category.PROTOCOL, "The answer holds no vector of numbers.") from error
    return vector


def cosine(a: Sequence[float], b: Sequence[float]) -> float:
    """Returns -1 to 1; 0 for different lengths, zero vectors and numbers that are not finite."""
    if len(a) != len(b) or not all(map(math.isfinite, (*a, *b))):
        return 0.0
    lengths = math.hypot(*a) * math.hypot(*b)
    return sum(x * y for x, y in zip(a, b, strict=True)) / lengths if lengths else 0.0
