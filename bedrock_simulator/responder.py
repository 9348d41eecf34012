"""The pretend model: reads the request that really came and answers it by rules.

No reply is canned per test: change a number, a name or a sentence and the answer changes with it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence

from . import arithmetic, digit_recognition, structured_output, tool_selection
from .request import Ask, Turn
from .tool_selection import Call

Thought = str | Call
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
LONGEST_QUESTION = 4_000

_ONE_WORD = re.compile(r"answer with exactly one word:\s*(\w+)", re.I)
_REPEAT = re.compile(r"repeat the following line exactly[^\n]*\n([^\n]*)", re.I)
_COUNT = re.compile(r"numbers? from (-?\d+) to (-?\d+)", re.I)
_LISTED = re.compile(r"^(\d+)[).]\s+(.+)$", re.M)
_CAPITAL = re.compile(r"capital (?:city )?of ([\w\s]+?)\s*[?.]", re.I)
_REMEMBER = re.compile(r"what (?:is|was) my ([\w\s]+?)\?", re.I)
_VAULT = re.compile(r"what is the ([\w\s]+?)\?", re.I)
_IN_DOCUMENT = re.compile(r"what is the ([\w\s]+?) (?:in|of|on|given in) the", re.I)
_STORY = re.compile(r"\b(?:story|tale)\b.*?\babout (?:a |an |the )?([\w\s]+)", re.I | re.S)
_DIGIT_WORDS = re.compile(r"\b(?:number|digits?)\b", re.I)


def think(ask: Ask, quirks: Quirks) -> list[Thought]:
    """The blocks of one assistant turn: sentences and tool calls."""
    last = ask.turns[-1]
    if last.results:
        return [tool_selection.conclude(last.results)]
    # The question stands at the end, and the patterns below would take seconds over a book.
    question = last.text[-LONGEST_QUESTION:]
    if calls := tool_selection.choose(ask.tools, question, forced=ask.tool_forced, quirks=quirks):
        return list(calls)
    if "ignores_system" not in quirks and (told := _ONE_WORD.search(ask.system)):
        return [told.group(1)]
    text = _look(last, quirks) or _form(ask, question, quirks) or _say(ask, question, quirks)
    return [_plain(text) if "drops_accents" in quirks else text]


def _look(turn: Turn, quirks: Quirks) -> str | None:
    """What the attachments hold, when the question is about them."""
    if turn.images and _DIGIT_WORDS.search(turn.text[-LONGEST_QUESTION:]):
        seen = digit_recognition.read_digits(turn.images[0]) or "I cannot see a number."
        return _misread(seen) if "misreads_digit" in quirks else seen
    asked = _IN_DOCUMENT.search(turn.text[-LONGEST_QUESTION:])
    if turn.documents and asked:
        named = re.compile(rf"{re.escape(asked.group(1))}\W{{1,5}}([\w-]+)", re.I)
        for document in turn.documents:
            if found := named.search(document.decode("utf-8", "replace")):
                return found.group(1)
        return "The document does not say."
    return None


def _misread(seen: str) -> str:
    """A 3 is taken for an 8, or else the last digit is off by one."""
    if not seen.isdigit():
        return seen
    if "3" in seen:
        return seen.replace("3", "8", 1)
    return seen[:-1] + str((int(seen[-1]) + 1) % 10)


def _form(ask: Ask, text: str, quirks: Quirks) -> str | None:
    """The JSON that a schema or the words ask for."""
    facts = structured_output.order_in(text)
    if ask.schema is not None:
        return json.dumps(structured_output.fill(ask.schema, facts or {}), ensure_ascii=False)
    if facts is None or "json" not in text.lower():
        return None
    written = json.dumps(facts, ensure_ascii=False)
    if "fences_json" in quirks:
        return f"Sure! Here is the order:\n\n```json\n{written}\n```\n\nAnything else?"
    return written


def _say(ask: Ask, text: str, quirks: Quirks) -> str:
    if found := _REPEAT.search(text):
        return found.group(1).strip()
    if found := _COUNT.search(text):
        first, final = int(found.group(1)), int(found.group(2))
        return " ".join(str(number) for number in range(first, min(final, first + 5000) + 1))
    if listed := _LISTED.findall(text):
        return "\n".join(f"{number}) {_solve(question, quirks)}" for number, question in listed)
    if (found := _REMEMBER.search(text)) and (
        told := _recall(ask.turns[:-1], found.group(1), quirks)
    ):
        return told
    if (found := _VAULT.search(text)) and (told := _hidden(ask.turns[-1].text, found.group(1))):
        return told
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


def _recall(earlier: Sequence[Turn], thing: str, quirks: Quirks) -> str | None:
    if "forgets" in quirks:
        return f"I do not know your {thing}."
    told = re.compile(rf"my {re.escape(thing)} is ([\w-]+)", re.I)
    for turn in reversed(earlier):
        if turn.role == "user" and (found := told.search(turn.text)):
            return found.group(1)
    return None


def _hidden(text: str, thing: str) -> str | None:
    marker = f"{thing} is "
    at = text.find(marker)
    if at < 0:
        return None
    found = re.match(r"[\w-]+", text[at + len(marker) : at + len(marker) + 100])
    return found.group() if found else None


def _story(prompt: str, subject: str) -> str:
    lowered = prompt.lower()
    spelled = [count for words, count in WORD_COUNTS.items() if f"{words} words" in lowered]
    in_digits = [int(count) for count in re.findall(r"(\d{1,6}) words", lowered)]
    wanted = min(max([*spelled, *in_digits, 120]), MAX_STORY_WORDS)
    opening = f"This is the story of a {subject}, told by those who were there."
    told, words = [opening], len(opening.split())
    while words < wanted:
        line = STORY[(len(told) - 1) % len(STORY)].format(who=f"the {subject}", what="that place")
        told.append(line)
        words += len(line.split())
    return " ".join(told)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
