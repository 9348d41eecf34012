"""One word for each concept: the words that were given up stay out (docs/architecture.md)."""

from __future__ import annotations

import re
import subprocess
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
EVERYWHERE = ("*",)
DOCUMENTS = ("*.md", "docs/*", "Makefile")
# History keeps the words of its time; translations have their own.
LEFT_OUT = (
    "certification/migrations/*",
    "models_registry/migrations/*",
    "*.po",
    "*.mo",
    "*.png",
    "*.lock",
    "certification/exports/fonts/*",
    "tests/unit/docs/test_vocabulary.py",
)


@dataclass(frozen=True)
class Retired:
    """A word that is no longer used for a concept, and the one that is.

    `pattern` is matched against the words of a file, with identifiers split into theirs.
    """

    word: str
    instead: str
    pattern: str
    files: tuple[str, ...] = EVERYWHERE


RETIRED = (
    Retired(
        "bell, ring",
        "broker, publish, message, queued",
        "doorbells?|bells?|rings?|rang|rung|ringing|unring|unrung",
    ),
    Retired("gate", "circuit breaker", "gates?"),
    Retired("shut", "open (of a circuit breaker)", "shuts?(?! down)|shutting(?! down)"),
    Retired("deed", "audit entry", "deeds?"),
    Retired("trail", "audit log", "trails?"),
    Retired("letter", "dead letter", "(?<!dead )letters?(?! spacing)"),
    Retired("feeding", "admission", "feeding|(?:a|one|each|every|two) feeds?"),
    Retired("place", "slot", "gi?ves? (?:out )?(?:the |its |free )*places?|free places?"),
    Retired("planning, policy", "schedule", "planning|recertification polic(?:y|ies)"),
    Retired("put off", "retry_later, wait_for_region", "put(?:s|ting)? (?:off|by)"),
    Retired("take back", "reclaim", "(?:take|takes|took|taken|taking) back"),
    Retired("hand back", "release", "hand(?:s|ed|ing)? back"),
    Retired("seize", "claim", "seize[sd]?"),
    Retired(
        "By, Once, NOBODY",
        "OpenRequest, IdempotencyKey",
        "(?-i:NOBODY|Opened Once|class By|class Once|import By)",
    ),
    Retired("house, rooms, faces", "packages, interfaces", "houses?|rooms|faces?", DOCUMENTS),
    Retired("whoever", "the caller, the user, …", "whoever|whomever", DOCUMENTS),
)


@dataclass(frozen=True)
class Allowed:
    """Lines in which a retired word has to stay, or means something else."""

    files: str
    line: str
    reason: str


ALLOWED = (
    Allowed("CHANGELOG.md", r"\|.*\|.*\|", "the table of old and new names"),
    Allowed("docs/migrating.md", r"rating as a letter", "a grade is a letter"),
    Allowed("docs/writing-a-check.md", r"letter by letter", "letters of a text"),
    Allowed("*", r"(small|first|case)[ _]letter", "letters of a text"),
    Allowed("*", r'"REGION_SHUT"', "a category as an earlier version stored it"),
    Allowed("certification/legacy/*", r"letter", "a grade is a letter"),
    Allowed("certification/engine/scoring.py", r"letter", "a grade is a letter"),
    Allowed("tests/*", r"the letter is `grade`|texts_or_letters", "a grade is a letter"),
    Allowed("bedrock_simulator/responder.py", r"A letter came", "a story that the simulator tells"),
    Allowed("certification/models/*", r"db_(column|table) ?=", "tables keep their first names"),
    Allowed("tests/acceptance/earlier_version.py", r"", "an earlier version's tables and values"),
    Allowed("benchmarks/upgrade.py", r"SET rung_at", "tables keep their first names"),
    Allowed("certification/states.py", r'= "LETTERS_', "values that are stored in rows"),
    Allowed("certification/admin/*", r'"letters": ', "keys of stored audit entries"),
    Allowed("certification/models/standing.py", r"CI gates", "a CI gate stops a pipeline"),
    Allowed("tests/*", r"SHUT_RDWR", "a constant of the standard library"),
    Allowed("tests/*", r'ALTER TABLE "letters"', "other letters"),
)


@dataclass(frozen=True)
class Fault:
    file: str
    number: int
    line: str
    found: str
    instead: str

    def __str__(self) -> str:
        return f"{self.file}:{self.number}: {self.found!r} (say: {self.instead}): {self.line}"

    @property
    def is_allowed(self) -> bool:
        return any(map(self.fits, ALLOWED))

    def fits(self, allowed: Allowed) -> bool:
        return fnmatchcase(self.file, allowed.files) and bool(re.search(allowed.line, self.line))


def faults_of(file: str, text: str) -> Iterator[Fault]:
    """Every retired word of a file, allowed or not."""
    lines = text.splitlines()
    # Words by themselves, so that one may end a line, and begin a comment's next one.
    words, starts, numbers = "", [], []
    for number, line in enumerate(lines, 1):
        for word in re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z\d])(?=[A-Z])", " ", line)):
            starts.append(len(words))
            numbers.append(number)
            words += word + " "
    for retired in RETIRED:
        if not _fits(file, retired.files):
            continue
        for found in re.finditer(rf"\b(?:{retired.pattern})\b", words, re.IGNORECASE):
            number = numbers[bisect(starts, found.start()) - 1]
            line = lines[number - 1].strip()
            yield Fault(file, number, line, found.group(), retired.instead)


def files(patterns: tuple[str, ...]) -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split("\n")
    # Outside a checkout, all that is not hidden.
    names = [name for name in listed if name] or [
        path.relative_to(ROOT).as_posix() for path in ROOT.glob("[!.]*/**/*")
    ]
    chosen = [name for name in names if _fits(name, patterns) and not _fits(name, LEFT_OUT)]
    return [name for name in sorted(chosen) if (ROOT / name).is_file()]


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


@pytest.mark.parametrize("file", files(EVERYWHERE))
def test_no_retired_word_is_used(file: str) -> None:
    faults = faults_of(file, (ROOT / file).read_text(errors="replace"))

    assert not [str(fault) for fault in faults if not fault.is_allowed]


@pytest.mark.parametrize("allowed", ALLOWED, ids=lambda allowed: allowed.reason)
def test_no_exception_outlives_its_reason(allowed: Allowed) -> None:
    held = files((allowed.files,))
    found = (f for name in held for f in faults_of(name, (ROOT / name).read_text(errors="replace")))

    assert any(fault.fits(allowed) for fault in found)


@pytest.mark.parametrize(
    "text",
    [
        "It rings the bell.", "rung_at", "shutRegions", "REGION_SHUT", "class RegionGate:",
        "letterIds", "the pair is put\n# off", "taken\n   back", "RecertificationPolicy", "NOBODY",
    ],
)  # fmt: skip
def test_a_retired_word_is_found_however_it_is_written(text: str) -> None:
    assert list(faults_of("module.py", text))


@pytest.mark.parametrize(
    "text",
    [
        "a string, bring, gateway, shutil, shut_down", "dead_letters", "DeadLetter", "DEAD_LETTERS",
        "a dead\n    # letter", "deadLetterIds", "putting it by name", "nobody knows",
    ],
)  # fmt: skip
def test_other_words_are_left_alone(text: str) -> None:
    assert not list(faults_of("module.py", text))
