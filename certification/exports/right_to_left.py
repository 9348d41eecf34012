"""Hebrew and Arabic in the order in which a PDF draws them: from the left, characters joined.

Follows the Unicode bidirectional algorithm (UAX #9) in a line that begins on the left, without
embeddings, whose control characters are shown by their code points. A font of Arabic has a glyph
for each form of a character, at the code points of the presentation forms.

python-bidi 0.6 does not turn brackets, and puts marks before their characters; so it is not used.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import Final

RIGHT: Final = frozenset({"R", "AL"})
NUMBERS: Final = frozenset({"EN", "AN"})
# Between two numbers they belong to them: 1,250 and 12:30.
SEPARATORS: Final = frozenset({"ES", "CS"})
MARK: Final = "NSM"
BRACKETS: Final = {"(": ")", "[": "]", "{": "}"}
MIRRORED: Final = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")
FORMS: Final = ("isolated", "final", "initial", "medial")
# Joins the characters on both sides.
KASHIDA: Final = "\u0640"
LAM: Final = "\u0644"
LAMS: Final = tuple(LAM + alef for alef in "\u0622\u0623\u0625\u0627")


def drawn(line: str) -> str:
    """Returns the line in the order in which its characters are drawn."""
    classes = [unicodedata.bidirectional(sign) for sign in line]
    if RIGHT.isdisjoint(classes):
        return line
    line = _joined(line)
    clusters = _clusters(line)
    levels = _levels([cluster[0] for cluster in clusters])
    signs = [
        cluster.translate(MIRRORED) if level == 1 else cluster
        for cluster, level in zip(clusters, levels, strict=True)
    ]
    return "".join(_reordered(signs, levels))


def _clusters(line: str) -> list[str]:
    """Returns the characters, each with the marks that are drawn over it."""
    found: list[str] = []
    for sign in line:
        if found and unicodedata.bidirectional(sign) == MARK:
            found[-1] += sign
        else:
            found.append(sign)
    return found


def _levels(signs: Sequence[str]) -> list[int]:
    """Returns 0 for what is read from the left, 1 for what is read from the right, and 2 for
    numbers among it."""
    classes = [unicodedata.bidirectional(sign) for sign in signs]
    kinds: list[str] = []
    strong = "L"
    for place, found in enumerate(classes):
        following = classes[place + 1] if place + 1 < len(classes) else ""
        if found in RIGHT or found == "L":
            strong = "R" if found in RIGHT else "L"
            kinds.append(strong)
        elif found in NUMBERS:
            kinds.append("N" if strong == "R" or found == "AN" else "L")
        elif found in SEPARATORS and kinds and kinds[-1] == "N" and following in NUMBERS:
            kinds.append("N")
        else:
            kinds.append("")
    _set_brackets(signs, kinds)
    levels: list[int] = []
    before = "L"
    for kind, run in groupby(enumerate(kinds), key=lambda pair: pair[1]):
        places = [place for place, _kind in run]
        if kind:
            levels += [{"L": 0, "R": 1, "N": 2}[kind]] * len(places)
            before = kind
            continue
        after = kinds[places[-1] + 1] if places[-1] + 1 < len(kinds) else "L"
        levels += [int("L" not in (before, after))] * len(places)
    return levels


def _set_brackets(signs: Sequence[str], kinds: list[str]) -> None:
    """A pair of brackets around what is read from the right, and behind it, belongs to it."""
    opened: list[int] = []
    for place, sign in enumerate(signs):
        if sign in BRACKETS:
            opened.append(place)
        elif opened and sign == BRACKETS[signs[opened[-1]]]:
            begin = opened.pop()
            inside = {*kinds[begin + 1 : place]} - {""}
            before = next((kind for kind in reversed(kinds[:begin]) if kind), "L")
            if inside and "L" not in inside and before != "L":
                kinds[begin] = kinds[place] = "R"


def _reordered(signs: Sequence[str], levels: Sequence[int]) -> Iterator[str]:
    for is_from_right, run in groupby(
        zip(signs, levels, strict=True), key=lambda pair: pair[1] > 0
    ):
        if not is_from_right:
            yield from (sign for sign, _level in run)
            continue
        parts = groupby(list(run), key=lambda pair: pair[1])
        for level, part in reversed([(level, list(part)) for level, part in parts]):
            yield from (sign for sign, _level in (part if level == 2 else reversed(part)))


@cache
def _forms() -> dict[str, dict[str, str]]:
    """Returns the forms of each character, and of lam with each alef after it."""
    found: dict[str, dict[str, str]] = {}
    for sign in map(chr, (*range(0xFB50, 0xFDFE), *range(0xFE80, 0xFEFD))):
        form, *characters = unicodedata.decomposition(sign).split()[:4] or [""]
        text = "".join(chr(int(character, 16)) for character in characters)
        if form.strip("<>") in FORMS and (len(text) == 1 or text in LAMS):
            found.setdefault(text, {}).setdefault(form.strip("<>"), sign)
    return found


def _joined(line: str) -> str:
    """Returns the line with each Arabic character in the form that its neighbours ask for."""
    forms = _forms()
    # Where the marks of a character stand between it and the next, they are left there.
    characters = [
        place for place, sign in enumerate(line) if unicodedata.bidirectional(sign) != MARK
    ]
    signs = list(line)
    joins_next, skipped = False, -1
    for number, place in enumerate(characters):
        if place == skipped:
            continue
        text = line[place]
        following = characters[number + 1] if number + 1 < len(characters) else -1
        if text == LAM and following == place + 1 and text + line[following] in forms:
            text, skipped = text + line[following], following
            signs[following] = ""
            following = characters[number + 2] if number + 2 < len(characters) else -1
        known = forms.get(text, {})
        joins = joins_next and "final" in known
        joins_next = text == KASHIDA or ("initial" in known and _may_follow(line, following))
        name = FORMS[joins + 2 * (joins_next and text != KASHIDA)]
        signs[place] = known.get(name, text)
    return "".join(signs)


def _may_follow(line: str, place: int) -> bool:
    return place >= 0 and (line[place] == KASHIDA or "final" in _forms().get(line[place], {}))
