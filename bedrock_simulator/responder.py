"""The simulated text model: computes its answer from the request, by rules.

No answer is fixed per test: another number, name or sentence in the prompt changes the answer.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence

from . import arithmetic, digit_recognition, misbehaviour, structured_output, tool_selection
from .request import ConverseRequest, Turn
from .tool_selection import ToolCall

Part = str | ToolCall
Quirks = frozenset[str]

CAPITALS = {
    "argentina": "Buenos Aires", "brazil": "Brasília", "canada": "Ottawa", "chile": "Santiago",
    "china": "Beijing", "egypt": "Cairo", "france": "Paris", "germany": "Berlin",
    "italy": "Rome", "japan": "Tokyo", "mexico": "Mexico City", "peru": "Lima",
    "portugal": "Lisbon", "spain": "Madrid",
    "the united kingdom": "London", "uruguay": "Montevideo",
}  # fmt: skip
WORD_COUNTS = {
    "fifty": 50, "one hundred": 100, "two hundred": 200, "three hundred": 300,
    "five hundred": 500, "one thousand": 1000, "two thousand": 2000,
}  # fmt: skip
STORY = (
    "Every evening {who} climbed the worn stairs and counted them under the breath.",
    "The wind brought salt, rumours, and sometimes a bird too tired to be afraid.",
    "On the table lay a book in which nothing was crossed out and everything was dated.",
    "A letter came with the morning boat, and it stayed unopened until the fog had gone.",
    "Nobody in the village remembered who had asked for {what} to be built there.",
    "When the storm arrived, {who} did what had always been done, only more slowly.",
    "There was a sound below, like a door that decides to open after many years.",
    "By dawn the sea had put everything back, except for one small thing.",
)
MAX_STORY_WORDS = 20_000
MAX_QUESTION_CHARACTERS = 4_000

_ONE_WORD = re.compile(r"answer with exactly one word:\s*(\w+)", re.I)
_REPEAT = re.compile(r"repeat the following line exactly[^\n]*\n([^\n]*)", re.I)
_COUNT = re.compile(r"numbers? from (-?\d+) to (-?\d+)", re.I)
_LISTED = re.compile(r"^(\d+)[).]\s+(.+)$", re.M)
_CAPITAL = re.compile(r"capital (?:city )?of ([\w\s]+?)\s*[?.]", re.I)
_MY_FACT = re.compile(r"what (?:is|was) my ([\w\s]+?)\?", re.I)
_FACT = re.compile(r"what is the ([\w\s]+?)\?", re.I)
_IN_DOCUMENT = re.compile(r"what is the ([\w\s]+?) (?:in|of|on|given in) the", re.I)
_IN_DOCUMENTS = re.compile(r"what are the ([\w\s]+?)s (?:in|of|on) the", re.I)
_STORY = re.compile(r"\b(?:story|tale)\b.*?\babout (?:a |an |the )?([\w\s]+)", re.I | re.S)
_DIGIT_WORDS = re.compile(r"\b(?:number|digits?)\b", re.I)


def respond(request: ConverseRequest, quirks: Quirks) -> list[Part]:
    """Returns the parts of one assistant turn: texts and tool calls."""
    return misbehaviour.distorted(request, _respond(request, quirks), quirks)


def _respond(request: ConverseRequest, quirks: Quirks) -> list[Part]:
    last = request.turns[-1]
    if last.results:
        return [tool_selection.describe_results(last.results)]
    # The question is at the end; on a very long text the patterns below would take seconds.
    question = last.text[-MAX_QUESTION_CHARACTERS:]
    if calls := tool_selection.select_calls(
        request.tools,
        question,
        forced=request.tool_forced and "ignores_choice" not in quirks,
        quirks=quirks,
    ):
        return list(calls)
    if "ignores_system" not in quirks and (reply := _ONE_WORD.search(request.system)):
        return [reply.group(1)]
    text = (
        _from_attachments(last, quirks)
        or _order_as_json(request, question, quirks)
        or _text_reply(request, question, quirks)
    )
    return [_without_accents(text) if "drops_accents" in quirks else text]


def _from_attachments(turn: Turn, quirks: Quirks) -> str | None:
    """Answers a question about an attached picture or document; None for other questions."""
    if turn.images and "ignores_images" in quirks:
        return "I cannot see a picture."
    if turn.images and _DIGIT_WORDS.search(turn.text[-MAX_QUESTION_CHARACTERS:]):
        read = (digit_recognition.read_digits(image) for image in turn.images)
        shown = [digits or "I cannot see a number." for digits in read]
        return "\n".join(map(_misread, shown) if "misreads_digit" in quirks else shown)
    if turn.recordings and _DIGIT_WORDS.search(turn.text[-MAX_QUESTION_CHARACTERS:]):
        return "\n".join(turn.recordings)
    question = turn.text[-MAX_QUESTION_CHARACTERS:]
    wanted_field = _IN_DOCUMENTS.search(question) or _IN_DOCUMENT.search(question)
    if turn.documents and "ignores_documents" in quirks:
        return "I cannot see a document."
    if turn.documents and wanted_field:
        field_value = re.compile(rf"{re.escape(wanted_field.group(1))}\W{{1,5}}([\w-]+)", re.I)
        found = [value for document in turn.documents for value in field_value.findall(document)]
        return "\n".join(found) or "The document does not say."
    return None


def _misread(digits: str) -> str:
    """Misreads a number: the first 3 as an 8, or else the last digit plus one."""
    if not digits.isdigit():
        return digits
    if "3" in digits:
        return digits.replace("3", "8", 1)
    return digits[:-1] + str((int(digits[-1]) + 1) % 10)


def _order_as_json(request: ConverseRequest, text: str, quirks: Quirks) -> str | None:
    """Returns JSON if a schema or the prompt demands it, else None."""
    facts = structured_output.order_in(text)
    if request.schema is not None:
        return json.dumps(
            structured_output.fill_schema(request.schema, facts or {}), ensure_ascii=False
        )
    if facts is None or "json" not in text.lower():
        return None
    written = json.dumps(facts, ensure_ascii=False)
    if "fences_json" in quirks:
        return f"Sure! Here is the order:\n\n```json\n{written}\n```\n\nAnything else?"
    return written


def _text_reply(request: ConverseRequest, text: str, quirks: Quirks) -> str:
    if found := _REPEAT.search(text):
        return found.group(1).strip()
    if found := _COUNT.search(text):
        first, final = int(found.group(1)), int(found.group(2))
        return " ".join(str(number) for number in range(first, min(final, first + 5000) + 1))
    if listed := _LISTED.findall(text):
        return "\n".join(f"{number}) {_solve(question, quirks)}" for number, question in listed)
    if (found := _MY_FACT.search(text)) and (
        reply := _recall(request.turns[:-1], found.group(1), quirks)
    ):
        return reply
    if (found := _FACT.search(text)) and (
        reply := _stated_value(request.turns[-1].text, found.group(1))
    ):
        return reply
    if found := _STORY.search(text):
        return _story(text, found.group(1).strip())
    if (found := _CAPITAL.search(text)) and (city := CAPITALS.get(found.group(1).lower())):
        return f"The capital of {found.group(1)} is {city}."
    solved = _solve(text, quirks)
    if solved != arithmetic.UNKNOWN:
        return solved
    if re.match(r"\s*(?:hello|hi|hey|olá|oi)\b", text, re.I):
        return "Hello! I am well, thank you. How can I help you?"
    return "I am a simulated model, and this is beyond what I know."


def _solve(question: str, quirks: Quirks) -> str:
    solved = arithmetic.solve(question)
    if "poor_arithmetic" in quirks and solved != arithmetic.UNKNOWN and float(solved) > 12:
        return str(int(float(solved)) + 10)
    return solved


def _recall(earlier: Sequence[Turn], noun: str, quirks: Quirks) -> str | None:
    if "forgets" in quirks:
        return f"I do not know your {noun}."
    reply = re.compile(rf"my {re.escape(noun)} is ([\w-]+)", re.I)
    for turn in reversed(earlier):
        if turn.role == "user" and (found := reply.search(turn.text)):
            return found.group(1)
    return None


def _stated_value(text: str, noun: str) -> str | None:
    marker = f"{noun} is "
    at = text.find(marker)
    if at < 0:
        return None
    found = re.match(r"[\w-]+", text[at + len(marker) : at + len(marker) + 100])
    return found.group() if found else None


def _story(prompt: str, subject: str) -> str:
    lowered = prompt.lower()
    spelled = [count for words, count in WORD_COUNTS.items() if f"{words} words" in lowered]
    in_digits = [int(count) for count in re.findall(r"(\d{1,6}) words", lowered)]
    word_count = min(max([*spelled, *in_digits, 120]), MAX_STORY_WORDS)
    opening = f"This is the story of a {subject}, told by those who were there."
    reply, words = [opening], len(opening.split())
    while words < word_count:
        line = STORY[(len(reply) - 1) % len(STORY)].format(who=f"the {subject}", what="that place")
        reply.append(line)
        words += len(line.split())
    return " ".join(reply)


def _without_accents(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
