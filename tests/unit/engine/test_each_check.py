"""Every check: its points for a perfect answer, for the same answer in another spelling, and for
each kind of wrong answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from certification.engine import CHECK_IDS, Kind, ModelSpec
from certification.engine.check import Check, Outcome
from certification.engine.checks import (
    CHECKS,
    document_read,
    image_read,
    json_format,
    needle,
    reasoning,
    streaming,
    unicode_pt,
)
from certification.engine.checks.spelling import tells_code, tells_number
from certification.engine.subject import Subject

from .scripted import (
    Scripted,
    called,
    check_of,
    events_of,
    model_that,
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
PICTURES = [int(file.secret) for file in image_read.pictures_for(subject)]
DOCUMENTS = [file.secret for file in document_read.documents_for(subject)]
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


def run_after_others(check: str, subject: Subject) -> Outcome:
    """Runs a check after those that it depends on."""
    for other in CHECK[check].depends_on:
        run_after_others(other, subject)
    return CHECK[check].run(subject)


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


# That a model does not show its reasoning is no fault: see test_thoughts.py.
@pytest.mark.parametrize("check", sorted({*TEXT_CHECKS} - {"shows_reasoning"}))
def test_a_perfect_answer_gets_every_point(check: str) -> None:
    assert run_after_others(check, subject_of(model_that(MODEL), MODEL)) == Outcome(1.0)


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
        ("image_read", f"The numbers are {', '.join(map(str, PICTURES))}."),
        ("image_read", "; ".join(f"{number:,}" for number in PICTURES)),
        ("image_read", "\n".join(f"{number} (five digits, 5)" for number in PICTURES)),
        ("document_read", "\n".join(f"The code is **{code}**." for code in DOCUMENTS)),
        ("document_read", " ".join(DOCUMENTS).lower().replace("-", "‑")),
        ("needle", f"Jabuticaba‑{NEEDLE}."),
        ("streaming", f"Here are the numbers from 1 to 20: {COUNTED}"),
        ("streaming", COUNTED.replace(" ", ", ") + "."),
        ("streaming", f"Sure, 2 seconds!\n{COUNTED}\n\nThose are 20 numbers."),
    ],
)
def test_a_right_answer_spelled_otherwise_gets_every_point(check: str, text: str) -> None:
    assert run(check, said(text)) == (1.0, "")


@pytest.mark.parametrize(
    ("check", "reply", "points", "note"),
    [
        ("answers", said(" "), 0, "the answer has no text (stop reason end_turn)"),
        ("answers", turn(), 0, "the answer has no text (stop reason end_turn)"),
        ("answers", said("Lyon"), 0, "answered, but not with Paris"),
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
        ("image_read", said(str(PICTURES[0] + 1)), 0, "did not read: png, jpeg, gif, webp"),
        ("image_read", said(" ".join(map(str, PICTURES[1:3]))), 0.5, "did not read: png, webp"),
        ("image_read", said(""), 0, "did not read: png, jpeg, gif, webp"),
        ("document_read", said(f"{DOCUMENTS[0]}7"), 0, "did not read: txt, pdf, csv, docx"),
        ("document_read", said(" ".join(DOCUMENTS[:3])), 0.75, "did not read: docx"),
        ("needle", said(f"jabuticaba-{NEEDLE}99"), 0, "% into the text"),
        ("document_read", said("It does not say."), 0, "did not read: txt, pdf, csv, docx"),
        ("needle", said("sesame"), 0, "% into the text"),
        ("streaming", turn(), 0, "the stream brought no text"),
        ("streaming", said("1 2 3"), 0, "the streamed text is not whole"),
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
        transport = model_that(model)
        assert CHECK["needle"].run(subject_of(transport, model)).passed
        [request] = transport.requests
        text = request["messages"][0]["content"][0]["text"]
        assert text.endswith(needle.QUESTION)
        assert text.startswith(needle.FILLER)
        assert check_of(request) == "needle"
        assert len(text) < 4 * (window or needle.DEFAULT_WINDOW) + 1_000


# Checks of other kinds than text.


def test_no_check_is_left_out_here() -> None:
    others = {"embeds", "embedding_determinism", "embedding_nearness", "rerank", "rerank_order",
              "image_generation", "image_prompt", "image_edit"}  # fmt: skip
    assert set(TEXT_CHECKS) | others == CHECK_IDS
