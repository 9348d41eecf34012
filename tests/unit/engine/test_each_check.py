"""Every check: its points for a perfect answer, for the same answer in another spelling, and for
each kind of wrong answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageDraw

from certification.engine import CHECK_IDS, Category, Kind, ModelSpec
from certification.engine.check import Check, Outcome
from certification.engine.checks import (
    CHECKS,
    json_format,
    needle,
    reasoning,
    rerank,
    streaming,
    unicode_pt,
)
from certification.engine.checks.embedding import cosine
from certification.engine.checks.image_edit import SIDE, _ball
from certification.engine.checks.pictures import base64_of, png
from certification.engine.checks.spelling import tells_code, tells_number
from certification.engine.errors import CallError

from .scripted import (
    Scripted,
    called,
    check_of,
    events_of,
    model_that,
    perfect,
    said,
    subject_of,
    text_model,
    turn,
    weather,
)

MODEL = text_model()
CHECK: dict[str, Check] = {check.id: check for check in CHECKS}
TEXT_CHECKS = sorted(check.id for check in CHECKS if Kind.TEXT in check.kinds)
subject = subject_of(Scripted(), MODEL)
LOCKER = subject.number(1000, 9999, "locker")
PICTURE = subject.number(10_000, 99_999, "picture")
DOCUMENT = subject.number(1000, 9999, "document")
DEGREES = subject.number(11, 29, "temperature")
NEEDLE = subject.number(1000, 9999, "needle")
ORDER = json_format.order_for(subject)
SOLUTIONS = [answer for _question, answer in reasoning.questions_for(subject)]


def run(check: str, reply: Any) -> tuple[float, str]:
    """Returns points and note of a check whose call, streamed or not, is answered with `reply`."""
    script: Callable[[Any], Any] = lambda _request: reply  # noqa: E731
    transport = Scripted(script, lambda _request: events_of(reply))
    outcome = CHECK[check].run(subject_of(transport, MODEL))
    return outcome.points, str(outcome.note or "")


def order(**changes: Any) -> str:
    facts = {
        "customer": ORDER.customer,
        "items": [
            {"name": "notebooks", "quantity": ORDER.notebooks},
            {"name": "pens", "quantity": ORDER.pens},
        ],
        "paid": True,
    }
    return json.dumps(facts | changes, ensure_ascii=False)


def solved(form: str, solutions: list[int] = SOLUTIONS) -> str:
    return "\n".join(form.format(n=n, answer=answer) for n, answer in enumerate(solutions, 1))


COUNTED = " ".join(streaming.NUMBERS)
LINE = unicode_pt.LINE
WRONG_SUM = [SOLUTIONS[0] + 1, *SOLUTIONS[1:]]


@pytest.mark.parametrize("check", TEXT_CHECKS)
def test_a_perfect_answer_gets_every_point(check: str) -> None:
    outcome = CHECK[check].run(subject_of(model_that(MODEL), MODEL))
    assert outcome == Outcome(1.0)


@pytest.mark.parametrize(
    ("check", "text"),
    [
        ("answers", "PARIS"),
        ("answers", "The capital of France is **Paris**."),
        ("answers", "A capital da França é Paris!"),
        ("system_prompt", "azulejo."),
        ("system_prompt", "**AZULEJO**"),
        ("system_prompt", "_AZULEJO_"),
        ("system_prompt", "```text\nAZULEJO\n```"),
        ("system_prompt", "<think>One word.</think>\nAZULEJO"),
        ("multi_turn", f"Your locker code is {LOCKER}."),
        ("multi_turn", f"**{LOCKER:,}**"),
        ("multi_turn", f"{LOCKER:,}".replace(",", ".")),
        ("json_format", order() + "\n"),
        ("json_format", json.dumps(json.loads(order()), indent=2, sort_keys=True)),
        ("json_format", order(items=json.loads(order())["items"][::-1])),
        ("json_format", f"<think>An order.</think>{order()}"),
        ("reasoning", solved("{n}. {answer}")),
        ("reasoning", solved("{n}) **{answer}**")),
        ("reasoning", solved("**{n})** {answer}.")),
        ("reasoning", solved("{n}: {answer}")),
        ("reasoning", solved("{n}\\) {answer}")),
        ("reasoning", solved("`{n}) {answer}`")),
        ("reasoning", solved("{n} - {answer}")),
        ("reasoning", solved("{n})\n{answer}")),
        ("reasoning", solved("{n}) {answer} minutes")),
        ("reasoning", solved("{n}) {answer}.0")),
        ("reasoning", solved("{n}) 12 + 34 = {answer}")),
        ("reasoning", solved("{answer}")),
        ("reasoning", f"```text\n{solved('{answer}')}\n```"),
        ("reasoning", solved("{n}) {answer} minutes (= 1 h 41 min)")),
        ("reasoning", solved("{n}) {answer}.0 minutes = 1 h 41 min")),
        ("reasoning", solved("{n}) packs of 5 = {answer}")),
        ("reasoning", "Here are the answers:\n\n" + solved("{n}) {answer}")),
        ("reasoning", solved("{n}) {answer}").replace("\n", "\r\n")),
        ("unicode_pt", f'"{LINE}"\n'),
        ("unicode_pt", f"```\n{LINE}\n```"),
        ("unicode_pt", f"```text\n{LINE}\n```"),
        ("unicode_pt", LINE.replace("✓", "✓\ufe0f")),
        ("unicode_pt", LINE.replace("ã", "a\u0303")),
        ("image_read", f"The number is {PICTURE}."),
        ("image_read", f"{PICTURE:,}"),
        ("image_read", f"{PICTURE} (five digits, 5)"),
        ("document_read", f"The code is **QX-{DOCUMENT}**."),
        ("document_read", f"qx‑{DOCUMENT}"),
        ("needle", f"Jabuticaba‑{NEEDLE}."),
        ("streaming", f"Here are the numbers from 1 to 20: {COUNTED}"),
        ("streaming", COUNTED.replace(" ", ", ") + "."),
    ],
)
def test_a_right_answer_spelled_otherwise_gets_every_point(check: str, text: str) -> None:
    assert run(check, said(text)) == (1.0, "")


@pytest.mark.parametrize(
    ("check", "reply", "points", "note"),
    [
        ("answers", said(" "), 0, "the answer has no text (stop reason end_turn)"),
        ("answers", turn(), 0, "the answer has no text (stop reason end_turn)"),
        ("answers", said("Lyon"), 0.5, "answered, but not with Paris"),
        ("answers", said("Paris", stop="max_tokens"), 0.5, "ended with stop reason max_tokens"),
        ("system_prompt", said("Azulejo, my friend"), 0.5, "said the word, but not only the word"),
        ("system_prompt", said("I am fine."), 0, "did not answer with the word"),
        ("system_prompt", said(""), 0, "did not answer with the word"),
        ("multi_turn", said("You never told me."), 0, f"did not give back the code {LOCKER}"),
        ("multi_turn", said(f"1{LOCKER}9"), 0, f"did not give back the code {LOCKER}"),
        ("stop_sequence", said("1 2 3 4 5 6 7 8 9 10"), 0, "went on after the stop sequence"),
        ("stop_sequence", said("1 2 3"), 0, "ended before the stop sequence could come"),
        ("stop_sequence", said("1 2 3 4 5 6"), 0.5,
         "stopped there, but gave the stop reason end_turn"),
        ("max_tokens", said("On", tokens=99, stop="max_tokens"), 0,
         "99 output tokens where 32 were allowed"),
        ("max_tokens", said("The end.", tokens=8), 0.5, "ended with stop reason end_turn"),
        ("json_format", said(f"```json\n{order()}\n```"), 0.5, "right, but with a code fence"),
        ("json_format", said(f"Sure! {order()} Anything else?"), 0.5, "right, but with a code fen"),
        ("json_format", said("customer: Maria"), 0, "the answer is not JSON"),
        ("json_format", said(""), 0, "the answer is not JSON"),
        ("json_format", said("[" * 20_000), 0, "the answer is not JSON"),
        ("json_format", said("[1, 2]"), 0, "the JSON does not fit the schema"),
        ("json_format", said(order(paid="yes")), 0, "the JSON does not fit the schema"),
        ("json_format", said(order(note="thanks")), 0, "the JSON does not fit the schema"),
        ("json_format", said(order(items=[{"name": "x", "quantity": float("nan")}])), 0,
         "the JSON does not fit the schema"),
        ("json_format", said(order(paid=False)), 0.25, "the JSON fits, but its facts are wrong"),
        ("structured_output", said(order(items=[])), 0.25, "the JSON fits, but its facts"),
        ("reasoning", said(solved("{n}) {answer}", WRONG_SUM)), 0.75, "3 of 4 answers are right"),
        ("reasoning", said(solved("{n}) -{answer}")), 0, "0 of 4 answers are right"),
        ("reasoning", said(solved("{n}) {answer} + 1 = 999")), 0, "0 of 4 answers are right"),
        ("reasoning", said(solved("{n}) {answer}0")), 0, "0 of 4 answers are right"),
        ("reasoning", said("I cannot do sums."), 0, "0 of 4 answers are right"),
        ("reasoning", said(""), 0, "0 of 4 answers are right"),
        ("unicode_pt", said(f"Here it is: {LINE}"), 0.75, "the line is whole, but not alone"),
        ("unicode_pt", said(LINE.replace("ç", "�")), 0, "characters were broken"),
        ("unicode_pt", said("Acao, coracao"), 0, "characters were lost: "),
        ("unicode_pt", said(LINE.replace("5 pães", "6 pães")), 0.25, "the line was changed"),
        ("tool_call", said("It is hot."), 0, "did not call a tool"),
        ("tool_call", called(weather("Curitiba"), tool="convert_currency"), 0,
         "called the tool convert_currency"),
        ("tool_call", called("Curitiba"), 0, "the tool's arguments are not a JSON object"),
        ("tool_call", called({"city": "Curitiba"}), 0, "the arguments do not fit the tool's schem"),
        ("tool_call", called({"city": 5, "unit": "celsius"}), 0, "the arguments do not fit"),
        ("tool_call", called(weather("Recife")), 0, "asked the tool for something else"),
        ("tool_call", called(weather("Curitiba"), stop="end_turn"), 0.5,
         "called the tool, but gave the stop reason end_turn"),
        ("tool_streaming", called(weather("Curitiba"), stop="end_turn"), 0.5,
         "called the tool, but gave the stop reason end_turn"),
        ("two_tools", said("It is hot."), 0, "did not call a tool"),
        ("two_tools", called(weather("Recife")), 0.5, "1 calls in the turn, 1 of the two cities"),
        ("two_tools", called(weather("Natal")), 0, "1 calls in the turn, 0 of the two cities"),
        ("two_tools", called(*map(weather, ("Recife", "Manaus", "Natal"))), 0.5,
         "3 calls in the turn, 2 of the two cities"),
        ("tool_streaming", said("It is hot."), 0, "did not call a tool"),
        ("tool_streaming", called({"city": "Curitiba"}), 0, "the arguments do not fit the tool's"),
        ("image_read", said(str(PICTURE + 1)), 0, f"read {PICTURE + 1} where {PICTURE} is written"),
        ("image_read", said(""), 0, f"read – where {PICTURE} is written"),
        ("document_read", said(f"QX-{DOCUMENT}7"), 0, f"did not find the code QX-{DOCUMENT}"),
        ("needle", said(f"jabuticaba-{NEEDLE}99"), 0, "% into the text"),
        ("document_read", said("It does not say."), 0, f"did not find the code QX-{DOCUMENT}"),
        ("needle", said("sesame"), 0, "% into the text"),
        ("streaming", turn(), 0, "the stream brought no text"),
        ("streaming", said("1 2 3"), 0.5, "the streamed text is not whole"),
        ("streaming", said(COUNTED, tokens=0), 0.5, "the stream told no usage"),
    ],
)  # fmt: skip
def test_a_wrong_answer_gets_its_points_and_a_note(
    check: str, reply: Any, points: float, note: str
) -> None:
    found, why = run(check, reply)
    assert found == points
    assert note in why


def test_a_stream_in_one_piece_or_out_of_order_is_detected() -> None:
    start: dict[str, Any] = {"messageStart": {}}
    end: dict[str, Any] = {"contentBlockStop": {"contentBlockIndex": 0}}
    whole = {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": COUNTED}}}
    last: list[dict[str, Any]] = [{"messageStop": {"stopReason": "end_turn"}},
            {"metadata": {"usage": {"outputTokens": 40}}}]  # fmt: skip

    def streamed(*events: dict[str, Any]) -> tuple[float, str]:
        transport = Scripted(streams=lambda _request: list(events))
        outcome = CHECK["streaming"].run(subject_of(transport, MODEL))
        return outcome.points, str(outcome.note)

    assert streamed(start, whole, end, *last) == (0.75, "the whole answer came in one piece")
    assert streamed(start, whole, end) == (
        0,
        "the stream broke its own grammar: the stream ended without messageStop",
    )


@pytest.mark.parametrize(
    ("city", "reported", "points"),
    [
        ("Curitiba, BR", f"It is {DEGREES}°C and drizzling.", 1),
        ("CURITIBA", f"It is {DEGREES}.0 degrees.", 1),
        ("Curitiba - Paraná, Brazil", f"**{DEGREES} °C**", 1),
        ("Curitiba", "It is warm.", 0.5),
        ("Curitiba", f"It is 1{DEGREES} °C.", 0.5),
        ("Curitiba", "", 0.5),
    ],
)
def test_a_tools_result_has_to_find_its_way_into_the_answer(
    city: str, reported: str, points: float
) -> None:
    def script(request: Any) -> Any:
        return called(weather(city)) if len(request["messages"]) == 1 else said(reported)

    outcome = CHECK["tool_call"].run(subject_of(Scripted(script), MODEL))
    assert outcome.points == points
    if points < 1:
        assert str(outcome.note) == f"the answer does not tell the tool's result, {DEGREES}"


@pytest.mark.parametrize(
    ("text", "number", "reported"),
    [
        ("7509", 7509, True),
        ("It is 7,509!", 7509, True),
        ("7 509", 7509, True),
        ("7.509", 7509, True),
        ("7509.00", 7509, True),
        ("(7509)", 7509, True),
        ("17509", 7509, False),
        ("75091", 7509, False),
        ("1,7509", 7509, False),
        ("-7509", 7509, False),
        ("7509.5", 7509, False),
        ("twenty-three degrees", 23, True),
        ("Twenty three", 23, True),
        ("twenty-three", 20, False),
        ("twenty degrees", 20, True),
        ("eleven", 11, True),
        ("seventeen", 7, False),
        ("", 0, False),
    ],
)
def test_a_number_is_found_however_it_is_written(text: str, number: int, reported: bool) -> None:
    assert tells_number(text, number) is reported


def test_a_code_is_found_in_any_case_and_with_any_dash() -> None:
    assert tells_code("the qx–1234", "QX-1234")
    assert not tells_code("QX1234", "QX-1234")


def test_the_needle_lies_inside_the_window_with_the_question_after_it() -> None:
    for window in (None, 200, 8_000, 5_000_000):
        model = ModelSpec(MODEL.api_model_id, context_window=window)
        transport = Scripted(perfect(model))
        assert CHECK["needle"].run(subject_of(transport, model)).passed
        [request] = transport.requests
        text = request["messages"][0]["content"][0]["text"]
        assert text.endswith(needle.QUESTION)
        assert text.startswith(needle.FILLER)
        assert check_of(request) == "needle"
        assert len(text) < 4 * (window or needle.DEFAULT_WINDOW) + 1_000


# Checks of other kinds than text.


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
        (STABLE, {"images": [None], "finish_reasons": ["Filter"]}, 0, "holds no picture"),
        (STABLE, {"images": "x"}, 0, "the answer holds no picture"),
        (STABLE, {"images": ["not base64!"]}, 0, "the picture does not decode"),
        (STABLE, {"images": ["aGVsbG8="]}, 0, "the picture does not decode"),
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


def test_no_check_is_left_out_here() -> None:
    others = {"embeds", "embedding_determinism", "embedding_nearness", "rerank", "rerank_order",
              "image_generation", "image_prompt", "image_edit"}  # fmt: skip
    assert set(TEXT_CHECKS) | others == CHECK_IDS
