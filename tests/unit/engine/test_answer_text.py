"""Reasoning that a model writes into its text, and the time that reading a text takes."""

from __future__ import annotations

import time

import pytest

from certification.engine import Deadline
from certification.engine.answer_text import MAX_TEXT, bounded, without_reasoning
from certification.engine.checks import CHECKS
from certification.engine.model import Kind
from certification.engine.subject import Subject

from .scripted import REGION, Scripted, called, events_of, said, text_model


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        # langchain-aws#1100: a second thought before the answer.
        ("<thinking>Lyon?</thinking>\n<thinking>No.</thinking>\n\nParis", "Paris"),
        ("<thinking>Lyon?</thinking>\nSo:\n<thinking>No.</thinking>Paris", "So:\nParis"),
        ("Sure. <think>Lyon?</think> Paris", "Sure.  Paris"),
        ("Lyon?</think>No.</think>Paris", "Paris"),
        ("<think>a<think>b</think>c</think>Paris", "Paris"),
        ("<THINK>Lyon?</THINK>Paris", "Paris"),
        ("<think >Lyon?</ think>Paris", "Paris"),
        ('<thinking depth="2">Lyon?</thinking>Paris', "Paris"),
        ('So: <thinking depth="2">Lyon?</thinking>Paris', "So: Paris"),
        ("<think>**Lyon**</think>**Paris**", "**Paris**"),
        ("So (<think>Lyon?</think>Paris)", "So (Paris)"),
        ("<thought>Lyon?</thought>Paris", "Paris"),
        ("<thinking>Lyon?</think>Paris", "Paris"),
        ("<thinking>not </think> yet</thinking>Paris", "Paris"),
        ("◁think▷Lyon?◁/think▷Paris", "Paris"),
        ("<think>Lyon?</think>Paris</think>", "Paris"),
        ("<think>I write `</think>` next.</think>Paris", "Paris"),
        # Quoted tags are text.
        ("Paris. A thought ends with `</think>`.", "Paris. A thought ends with `</think>`."),
        ('Paris, and "</think>" is a tag.', 'Paris, and "</think>" is a tag.'),
        ("Paris. The tag (</think>) is mine.", "Paris. The tag (</think>) is mine."),
        ("Paris. Its end is **</think>**, so.", "Paris. Its end is **</think>**, so."),
        ("Paris\n| </think> | ends |", "Paris\n| </think> | ends |"),
        ("So **Lyon**</think>**Paris**", "**Paris**"),
        ("(Lyon?)</think>(Paris)", "(Paris)"),
        ('<think effort="high">Lyon?</think >Paris', "Paris"),
        ("Paris\n<reasoning mode=1>Lyon?</reasoning>", "Paris\n"),
        ("Paris, or `x </think> y` in code.", "Paris, or `x </think> y` in code."),
        ("Paris.\n```\n<think>\nx\n</think>\n```\n", "Paris.\n```\n<think>\nx\n</think>\n```\n"),
        ("Paris. It writes </think> at the end.", "Paris. It writes </think> at the end."),
        ("`<think>` begins a thought. Paris.", "`<think>` begins a thought. Paris."),
        ("Paris has the <think> tank.", "Paris has the <think> tank."),
        ("Paris. The tag **</think>** ends it.", "Paris. The tag **</think>** ends it."),
        ("Paris. The tag (</think>) ends it.", "Paris. The tag (</think>) ends it."),
        (
            "- <think>: opens\n- </think>: closes\nParis",
            "- <think>: opens\n- </think>: closes\nParis",
        ),
        # Never closed.
        ("<think>Lyon? Par", ""),
        ("Lyon? So Paris.\n</think>\n", ""),
        ("Paris.\n<think>Or Lyo", "Paris.\n"),
        ("", ""),
        ("  Paris ", "  Paris "),
    ],
)
def test_thoughts_are_left_out_and_quoted_tags_are_not(text: str, answer: str) -> None:
    assert without_reasoning(text) == answer


def test_what_a_check_reads_keeps_every_word_and_loses_only_long_runs_of_other_signs() -> None:
    table = "| a | b |\n" + "|---" * 12 + "|\nfour words are here\n\n\nParis"
    assert bounded(table) == table
    assert bounded("a" + " " * 50_000 + "b").split() == ["a", "b"]
    assert len(bounded("a\n" * MAX_TEXT)) == MAX_TEXT


# What a looping model repeats; each was, or could be, quadratic for some pattern of a check.
LOOPS = [
    *(" ", "\n", " \n", "\t\r\n", "`", "```", "```\n", "```json\n", "<think>", "</think>"),
    *(
        "<think>a</think>",
        "`<think>",
        "[THINK]",
        "1) ",
        "1)\n",
        "1",
        "12.0",
        "-",
        "- 1\n",
        "{",
        "[",
    ),
    *("{", "[", "7", "\u00a0", "²", "\x00"),
    *('{"a":', '"', "\\", "=", "1 = ", ",", "0,", "1,1", "e\u0301\u0323", "\u0315\u0327", "é", "_"),
    *("😀", "AZULEJO ", "Paris ", "twenty ", "QX-"),
]
BEFORE = ["", "1) ", "```\n"]


def seconds_for(text: str) -> float:
    """The time of every check of a text model to read this answer."""
    transport = Scripted(
        lambda request: called({"city": text}) if "toolConfig" in request else said(text),
        lambda _request: events_of(said("Paris")),
        counts=lambda _request: {"inputTokens": 5},
    )
    subject = Subject(text_model(), REGION, transport, Deadline(600))
    began = time.thread_time()
    for check in CHECKS:
        if Kind.TEXT in check.kinds and not check.on_demand:
            check.run(subject)
    return time.thread_time() - began


@pytest.mark.parametrize("before", BEFORE)
def test_the_time_to_read_a_text_grows_no_faster_than_the_text(before: str) -> None:
    """With four times the text a quadratic pattern takes sixteen times as long: seconds here, and
    minutes for an answer of the greatest length."""
    slow = []
    for unit in LOOPS:
        small, large = (before + unit * (size // len(unit)) for size in (6_000, 24_000))
        took = seconds_for(large)
        if took > 0.5 and took > 8 * seconds_for(small):
            slow.append((unit, took))
    assert slow == []
