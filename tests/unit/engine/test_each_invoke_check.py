"""Each check of embeddings, reranking and pictures, against right and wrong answers."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageDraw

from certification.engine import Category, Kind, ModelSpec
from certification.engine.check import Check, Outcome
from certification.engine.checks import (
    CHECKS,
    rerank,
)
from certification.engine.checks.embedding import cosine, embed
from certification.engine.checks.image_edit import SIDE, _ball
from certification.engine.checks.pictures import base64_of, png
from certification.engine.errors import CallError

from .scripted import (
    Scripted,
    subject_of,
)

CHECK: dict[str, Check] = {check.id: check for check in CHECKS}


def invoked(check: str, model: ModelSpec, *bodies: Any) -> Outcome:
    """Runs a check, and the checks that it depends on, answered with `bodies` in turn."""
    waiting = list(bodies)
    requests = subject_of(Scripted(invokes=lambda _body: waiting.pop(0)), model)
    for other in CHECK[check].depends_on:
        assert CHECK[other].run(requests).points
    return CHECK[check].run(requests)


TITAN = ModelSpec("amazon.titan-embed-text-v2:0", Kind.EMBEDDING, embedding_dimension=3)


def vector(*values: Any) -> dict[str, Any]:
    return {"embedding": list(values)}


@pytest.mark.parametrize(
    ("model_id", "body"),
    [
        ("amazon.titan-embed-text-v2:0", {"embedding": [1, 0.5, 0]}),
        ("amazon.nova-2-multimodal-embeddings-v1:0", {"embeddings": [{"embedding": [1, 0.5, 0]}]}),
        ("cohere.embed-v4:0", {"embeddings": {"float": [[1, 0.5, 0]]}}),
        ("cohere.embed-english-v3", {"embeddings": [[1, 0.5, 0]]}),
        ("twelvelabs.marengo-embed-2-7-v1:0", {"data": [{"embedding": [1, 0.5, 0]}]}),
        ("twelvelabs.marengo-embed-3-0-v1:0", {"data": [{"embedding": [1, 0.5, 0]}]}),
        # The other of two documented shapes.
        ("amazon.titan-embed-text-v2:0", {"embeddingsByType": {"float": [1, 0.5, 0]}}),
        ("cohere.embed-english-v3", {"embeddings": {"float": [[1, 0.5, 0]]}}),
        ("twelvelabs.marengo-embed-2-7-v1:0", {"data": {"embedding": [1, 0.5, 0]}}),
    ],
)
def test_every_family_of_embeddings_is_read(model_id: str, body: dict[str, Any]) -> None:
    model = ModelSpec(model_id, Kind.EMBEDDING, embedding_dimension=3)
    assert invoked("embeds", model, body).passed


@pytest.mark.parametrize(
    ("values", "note"),
    [
        ((1, 2), "the vector has 2 dimensions, not 3"),
        ((0, 0, 0), "the vector is empty, zero or not finite"),
        ((), "the vector is empty, zero or not finite"),
        ((1, float("nan"), 0), "the vector is empty, zero or not finite"),
    ],
)
def test_an_invalid_vector_fails(values: tuple[float, ...], note: str) -> None:
    outcome = invoked("embeds", TITAN, vector(*values))
    assert (outcome.points, str(outcome.note)) == (0, note)


@pytest.mark.parametrize(
    "body", [{}, {"embedding": None}, {"embedding": [[1]]}, vector("x"), vector(10**400)]
)
def test_a_body_without_numbers_is_not_the_protocol(body: dict[str, Any]) -> None:
    with pytest.raises(CallError) as broken:
        invoked("embeds", TITAN, body)
    assert broken.value.category is Category.PROTOCOL


@pytest.mark.parametrize(
    ("again", "points", "note"),
    [
        (vector(1, 0.5, 0.001), 1, ""),
        (vector(1, 0.6, 0), 0.5, "the same text twice has a cosine of only 0.9971"),
        (vector(0, 1, 0), 0, "the same text twice has a cosine of only 0.4472"),
        (vector(1, 0.5), 0, "the same text twice has a cosine of only 0.0"),
        (vector(1, 0.5, float("nan")), 0, "the same text twice has a cosine of only 0.0"),
    ],
)
def test_the_same_text_gets_the_same_vector(again: Any, points: float, note: str) -> None:
    outcome = invoked("embedding_determinism", TITAN, vector(1, 0.5, 0), again)
    assert (outcome.points, str(outcome.note or "")) == (points, note)


def test_similar_texts_are_closer_than_different_ones() -> None:
    cat, kitten, bank = vector(1, 0, 0), vector(0.9, 0.1, 0), vector(0, 1, 0)
    assert invoked("embedding_nearness", TITAN, cat, kitten, bank).passed
    outcome = invoked("embedding_nearness", TITAN, cat, bank, kitten)
    assert str(outcome.note) == "the near text has a cosine of 0.0, the far one 0.994"
    assert invoked("embedding_nearness", TITAN, cat, vector(1), vector(float("inf"))).points == 0


def test_an_undefined_cosine_is_zero() -> None:
    assert cosine((1, 0), (1, 0)) == 1
    assert cosine((0, 0), (1, 0)) == 0
    assert cosine((1, 0), (1, 0, 0)) == 0


RERANK = ModelSpec("cohere.rerank-v3-5:0", Kind.RERANK)


def ranked(*pairs: tuple[int, float]) -> dict[str, Any]:
    return {"results": [{"index": n, "relevance_score": score} for n, score in pairs]}


@pytest.mark.parametrize(
    ("body", "points", "note"),
    [
        (ranked((1, 0.9), (0, 0.2), (2, 0.1), (3, 0.1)), 1, ""),
        (ranked((1, 0.9), (0, 0.2), (2, 0.3), (3, 0.1)), 0.5, "not in the order of their scores"),
        (ranked((1, 0.9), (0, 0.2), (2, 0.1)), 0, "do not hold every document once"),
        (ranked((1, 0.9), (1, 0.2), (2, 0.1), (3, 0)), 0, "do not hold every document once"),
        ({"results": ["1"]}, 0, "not pairs of index and relevance score"),
        ({"results": 5}, 0, "not pairs of index and relevance score"),
        (ranked((float("inf"), 0)), 0, "not pairs of index and relevance score"),  # type: ignore[arg-type]
        ({}, 0, "do not hold every document once"),
    ],
)
def test_a_reranker_gives_every_document_a_place(body: Any, points: float, note: str) -> None:
    outcome = invoked("rerank", RERANK, body)
    assert outcome.points == points
    assert note in str(outcome.note or "")


@pytest.mark.parametrize(
    ("body", "points", "note"),
    [
        (ranked((1, 0.9), (0, 0.2), (2, 0.1), (3, 0)), 1, ""),
        (ranked((0, 0.9), (2, 0.2), (1, 0.1), (3, 0)), 0, "the right document came in place 3"),
        (ranked((1, 0.5), (0, 0.5), (2, 0.5), (3, 0.5)), 0.5, "no better than the next"),
    ],
)
def test_the_document_that_answers_comes_first(body: Any, points: float, note: str) -> None:
    assert rerank.BEST == 1
    outcome = invoked("rerank_order", RERANK, body)
    assert outcome.points == points
    assert note in str(outcome.note or "")


CANVAS = ModelSpec("amazon.nova-canvas-v1:0", Kind.IMAGE)


STABLE = ModelSpec("stability.stable-image-core-v1:1", Kind.IMAGE)
EDITOR = ModelSpec("stability.stable-conservative-upscale-v1:0", Kind.IMAGE_EDIT)


def circle(width: int, height: int, ground: str = "white", dot: str = "red") -> Image.Image:
    image = Image.new("RGB", (width, height), ground)
    middle = (width * 0.3, height * 0.3, width * 0.7, height * 0.7)
    ImageDraw.Draw(image).ellipse(middle, fill=dot)
    return image


def pictures(*images: Image.Image) -> dict[str, Any]:
    return {"images": [base64_of(png(image)) for image in images]}


@pytest.mark.parametrize(
    ("model", "body", "points", "note"),
    [
        (CANVAS, pictures(circle(1024, 1024)), 1, ""),
        (CANVAS, pictures(circle(512, 512)), 0, "the picture is 512 x 512"),
        (STABLE, pictures(circle(1536, 1536)), 1, ""),
        (STABLE, pictures(circle(1536, 640)), 0, "the picture is 1536 x 640"),
        (STABLE, {}, 0, "the answer holds no picture"),
        (STABLE, {"images": []}, 0, "the answer holds no picture"),
        (STABLE, {"images": [None], "finish_reasons": [None]}, 0, "holds no picture"),
        (STABLE, {"images": "x"}, 0, "the answer holds no picture"),
        (STABLE, {"images": ["not base64!"]}, 0, "the picture does not decode"),
        (STABLE, {"images": [base64_of(png(circle(64, 64))[:200])]}, 0, "does not decode"),
        (STABLE, {"images": [5]}, 0, "the picture does not decode"),
    ],
)
def test_a_picture_that_is_made_decodes_and_has_its_size(
    model: ModelSpec, body: Any, points: float, note: str
) -> None:
    outcome = invoked("image_generation", model, body)
    assert outcome.points == points
    assert note in str(outcome.note or "")


@pytest.mark.parametrize(
    ("image", "points", "note"),
    [
        (circle(256, 256), 1, ""),
        (circle(256, 256, dot="firebrick"), 1, ""),
        (circle(256, 256, dot="blue"), 0, "there is no red circle in the middle"),
        (circle(256, 256, ground="red"), 0.5, "the background is red too"),
        (circle(256, 256).convert("P"), 1, ""),
    ],
)
def test_the_picture_matches_the_prompt(image: Image.Image, points: float, note: str) -> None:
    outcome = invoked("image_prompt", STABLE, pictures(image))
    assert (outcome.points, str(outcome.note or "")) == (points, note)


@pytest.mark.parametrize(
    ("service", "image", "points", "note"),
    [
        ("stable-image-inpaint", _ball("green"), 1, ""),
        ("stable-image-inpaint", _ball("firebrick"), 0, "the picture came back unchanged"),
        ("stable-image-remove-background", _ball("firebrick").convert("LA"), 1, ""),
        ("stable-fast-upscale", _ball("firebrick").resize((SIDE * 4, SIDE * 4)), 1, ""),
        ("stable-fast-upscale", _ball("green"), 0, "the picture did not grow: 512 x 512"),
        ("stable-outpaint", _ball("green").resize((SIDE + 128, SIDE)), 1, ""),
        ("stable-style-transfer", _ball("green"), 1, ""),
    ],
)
def test_an_editing_service_changes_the_picture_it_receives(
    service: str, image: Image.Image, points: float, note: str
) -> None:
    model = ModelSpec(f"stability.{service}-v1:0", Kind.IMAGE_EDIT)
    outcome = invoked("image_edit", model, pictures(image))
    assert (outcome.points, str(outcome.note or "")) == (points, note)


def test_a_picture_sent_as_jpeg_is_read_too() -> None:
    buffer = BytesIO()
    circle(256, 256).save(buffer, "JPEG")
    assert invoked("image_prompt", STABLE, {"images": [base64_of(buffer.getvalue())]}).passed


@pytest.mark.parametrize(
    ("check", "kind"), [("embeds", Kind.EMBEDDING), ("image_edit", Kind.IMAGE_EDIT)]
)
def test_an_unknown_family_is_a_gap_of_the_engine_not_a_fault_of_the_model(
    check: str, kind: Kind
) -> None:
    with pytest.raises(CallError, match="unheard-of") as unknown:
        invoked(check, ModelSpec("vendor.unheard-of", kind))
    assert unknown.value.category is Category.INTERNAL


@pytest.mark.parametrize(
    ("body", "category", "text"),
    [
        # bifrost#1384: the service says why.
        (
            {"images": None, "error": "This request has been blocked by our content filters."},
            Category.FILTERED,
            "blocked by our content filters",
        ),
        ({"images": [None], "finish_reasons": ["Filter reason: prompt"]}, Category.FILTERED,
         "Filter reason: prompt"),
        ({"images": [], "error": "The model broke."}, Category.MODEL_ERROR, "The model broke."),
        ({"error": {"message": "The model broke."}}, Category.MODEL_ERROR, "The model broke."),
        ({"images": None, "finish_reasons": [None, "Filter reason: output image"]},
         Category.FILTERED, "Filter reason: output image"),
        ({"images": ["aGVsbG8="]}, Category.MODEL_ERROR, "not PNG, JPEG or WebP"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("check", ["image_generation", "image_edit"])
def test_a_picture_that_was_refused_fails_with_the_services_own_reason(
    check: str, body: Any, category: Category, text: str
) -> None:
    model = STABLE if check == "image_generation" else EDITOR
    with pytest.raises(CallError) as refused:
        invoked(check, model, body)
    assert refused.value.category is category
    assert text in refused.value.text


@pytest.mark.parametrize("name", ["cohere.embed-english-v3", "cohere.embed-v4:0"])
@pytest.mark.parametrize("found", [[[0.5, 1.0]], {"float": [[0.5, 1.0]]}])
def test_both_documented_shapes_of_coheres_vectors_are_read(name: str, found: Any) -> None:
    """litellm#15707, #17220"""
    subject = subject_of(Scripted(invokes=lambda _body: {"embeddings": found}),
                         ModelSpec(name, Kind.EMBEDDING))  # fmt: skip
    assert embed(subject, "a") == (0.5, 1.0)
