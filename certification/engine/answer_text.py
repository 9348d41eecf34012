"""Takes the reasoning out of a model's text, and bounds what the checks read.

Each pass is linear in the length of the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

# Some families put their reasoning into the text, in tags.
TAG: Final = re.compile(
    r"<\s?(?P<close>/?)\s?(?:seed:|antml:)?(?P<name>think|thinking|thoughts?|reasoning|reflection)"
    r"(?:\s\w{1,30}=[^<>\n]{1,80})?\s?>"
    r"|\[(?P<close2>/?)(?P<name2>THINK)\]"
    r"|◁(?P<close3>/?)(?P<name3>think)▷",
    re.IGNORECASE,
)
FENCE: Final = re.compile("```")
# A tag between two of these is spoken of, not used; so is one that a mark follows in a sentence.
QUOTES: Final = frozenset("`'\"‘’“”«»")
BRACKETS: Final = frozenset({"()", "[]", "{}", "||"})
# Around several words, of which a tag may be one.
SPANS: Final = ("`", '"', "**")
MARKS: Final = frozenset(",.;:)")
# Characters before and after a tag that are looked at.
SEEN: Final = 200
# Characters. The longest answer that a check asks for has some 8,192 tokens.
MAX_TEXT: Final = 100_000
# Characters in a row that belong to no word. The patterns of the checks may look at each such run
# once for each of its characters.
LONGEST_RUN: Final = 64
RUN: Final = re.compile(rf"\W{{{LONGEST_RUN},}}")


def bounded(text: str) -> str:
    """Returns what the checks read of a text: its beginning, with long runs of blanks and
    punctuation shortened in their middle."""
    return RUN.sub(_shortened, text[:MAX_TEXT])


def _shortened(run: re.Match[str]) -> str:
    found = run.group()
    return found[: LONGEST_RUN // 2] + found[-LONGEST_RUN // 2 :]


@dataclass(frozen=True)
class _Tag:
    start: int
    end: int
    name: str
    closes: bool


def without_reasoning(text: str) -> str:
    """Returns the text without its thoughts.

    A thought is what stands between two tags; it may begin the text or come later. The first
    opening tag may be missing, since a family's prompt template may hold it. A thought that is
    never closed counts if it begins the text or a line. Tags that the text quotes are text.
    """
    tags = [tag for tag in _tags(text) if not _is_quoted(text, tag)]
    last_close = {tag.name: number for number, tag in enumerate(tags) if tag.closes}
    fences = [fence.start() for fence in FENCE.finditer(text)]
    ends = len(text.rstrip())
    kept: list[str] = []
    # Where the text that is not yet kept begins, and the opening tag of the thought that is open.
    begins, thought = 0, None
    for number, tag in enumerate(tags):
        if thought is not None:
            other = tag.name != thought.name and last_close.get(thought.name, -1) > number
            if tag.closes and not other:
                thought, begins = None, tag.end
        elif _is_fenced(fences, tag) or (not tag.closes and _is_named(text, tag)):
            continue
        elif not tag.closes:
            kept.append(text[begins : tag.start])
            thought = tag
        elif begins and tag.end >= ends:
            kept.append(text[begins : tag.start])
            begins = tag.end
        elif not _is_prose(text, tag):
            # The opening tag is missing: all of this was a thought.
            kept.clear()
            begins = tag.end
    if thought is None:
        kept.append(text[begins:])
    elif not _begins_line(text, thought):
        kept.append(text[thought.start :])
    answer = "".join(kept)
    return answer if answer == text else answer.lstrip()


def _tags(text: str) -> Iterator[_Tag]:
    for found in TAG.finditer(text):
        closes = found["close"] or found["close2"] or found["close3"]
        name = found["name"] or found["name2"] or found["name3"]
        yield _Tag(found.start(), found.end(), name.lower(), bool(closes))


def _is_quoted(text: str, tag: _Tag) -> bool:
    """Returns whether the tag stands between quotation marks or brackets, in a cell of a table, or
    in code or bold type within its line."""
    before = text[max(0, tag.start - SEEN) : tag.start].rpartition("\n")[2]
    after = text[tag.end : tag.end + SEEN].partition("\n")[0]
    if before[-1:] in QUOTES and after[:1] in QUOTES:
        return True
    if before.strip()[-1:] + after.strip()[:1] in BRACKETS:
        return True
    return any(before.count(mark) % 2 and mark in after for mark in SPANS)


def _is_fenced(fences: list[int], tag: _Tag) -> bool:
    number = bisect_left(fences, tag.start)
    return number % 2 == 1 and number < len(fences)


def _is_prose(text: str, tag: _Tag) -> bool:
    """Returns whether the tag stands inside a sentence: "it writes </think> at the end"."""
    before = text[max(0, tag.start - 1) : tag.start]
    after = text[tag.end : tag.end + 2]
    return _is_named(text, tag) or (before == after[:1] == " " and after[1:].islower())


def _is_named(text: str, tag: _Tag) -> bool:
    """Returns whether the tag is spoken of like a word: "<think>: opens a thought"."""
    return text[max(0, tag.start - 1) : tag.start] == " " and text[tag.end : tag.end + 1] in MARKS


def _begins_line(text: str, tag: _Tag) -> bool:
    before = text[max(0, tag.start - SEEN) : tag.start].rstrip(" \t")
    return not before or before.endswith("\n")
