"""Reads JSON Lines files, and reports every problem with file, line and id."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

# The largest value of an integer column of the database.
MAX_COUNT = 2**31 - 1
# date.fromisoformat also accepts 20260131 and 2026-W05-6.
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_lines(
    directory: Path,
    file: str,
    keys: tuple[str, ...],
    build: Callable[[Entry], T],
    problems: list[str],
) -> list[tuple[Entry, T]]:
    """Reads `file`, whose objects must have exactly `keys`, and calls `build` on each.

    Appends a sentence per problem to `problems`. If there are any, do not use the results: fields
    with a problem hold placeholder values.
    """
    try:
        lines = (directory / file).read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{file}: cannot be read as UTF-8 text from {directory} ({error})")
        return []
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{file} line {number}"
        try:
            fields = json.loads(
                line,
                parse_float=Decimal,
                parse_constant=_refuse_constant,
                object_pairs_hook=_refuse_repeated_keys,
            )
        except (ValueError, RecursionError) as error:
            problems.append(f"{where}: is not JSON ({error})")
            continue
        if not isinstance(fields, dict):
            problems.append(f"{where}: must be a JSON object, got {line[:80]}")
            continue
        name = fields.get("id")
        entry = Entry(f"{where} ({name})" if isinstance(name, str) else where, fields, problems)
        entry.refuse_other_keys(fields, keys)
        found.append((entry, build(entry)))
    return found


@dataclass(frozen=True)
class Entry:
    """The object of one line. Its methods return a field's value, or record a problem and return a
    placeholder, so that one pass finds all problems.
    """

    where: str
    fields: Mapping[str, Any]
    problems: list[str]

    def refuse(self, field: str, demand: str, value: object) -> None:
        shown = str(value) if isinstance(value, Decimal) else repr(value)
        self.problems.append(f"{self.where}: {field} {demand}, got {shown[:80]}")

    def refuse_other_keys(
        self,
        fields: Mapping[str, Any],
        expected: tuple[str, ...],
        prefix: str = "",
        optional: tuple[str, ...] = (),
    ) -> None:
        for key in expected:
            if key not in fields:
                self.problems.append(f"{self.where}: {prefix}{key} is missing")
        for key in fields:
            if key not in expected and key not in optional:
                self.problems.append(f"{self.where}: {prefix}{key} is not a known key")

    def text(self, field: str, max_length: int) -> str:
        value = self.fields.get(field)
        if isinstance(value, str) and _is_text(value, max_length):
            return value
        if field in self.fields:
            self.refuse(
                field,
                f"must be a text of 1 to {max_length} printable characters, trimmed",
                value,
            )
        return ""

    def texts(self, field: str, max_length: int) -> tuple[str, ...]:
        value = self.fields.get(field)
        if (
            isinstance(value, list)
            and value
            and all(isinstance(text, str) and _is_text(text, max_length) for text in value)
            and len(set(value)) == len(value)
        ):
            return tuple(value)
        if field in self.fields:
            self.refuse(
                field,
                f"must list at least one text of 1 to {max_length} printable characters, trimmed, "
                "each once",
                value,
            )
        return ()

    def day(self, field: str, value: object) -> date | None:
        """Returns the date that `value`, found at `field`, tells as "2026-01-31"."""
        if isinstance(value, str) and DAY.fullmatch(value):
            with suppress(ValueError):
                return date.fromisoformat(value)
        self.refuse(field, "must be a date such as 2026-01-31", value)
        return None

    def flag(self, field: str) -> bool:
        value = self.fields.get(field)
        if not isinstance(value, bool) and field in self.fields:
            self.refuse(field, "must be true or false", value)
        return value is True

    def one_of(self, field: str, allowed: tuple[str, ...]) -> str:
        value = self.fields.get(field)
        if isinstance(value, str) and value in allowed:
            return value
        if field in self.fields:
            self.refuse(field, f"must be one of {', '.join(allowed)}", value)
        return ""

    def some_of(self, field: str, value: object, allowed: tuple[str, ...]) -> tuple[str, ...]:
        if (
            isinstance(value, list)
            and value
            and all(isinstance(word, str) and word in allowed for word in value)
            and len(set(value)) == len(value)
        ):
            return tuple(value)
        self.refuse(field, f"must list, once each, some of {', '.join(allowed)}", value)
        return ()

    def count(self, field: str) -> int | None:
        value = self.fields.get(field)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_COUNT:
            return value
        self.refuse(field, "must be a whole number > 0 or null", value)
        return None

    def mapping(self, field: str) -> Mapping[str, Any]:
        value = self.fields.get(field)
        if isinstance(value, dict):
            return value
        if field in self.fields:
            self.refuse(field, "must be an object", value)
        return {}


def _is_text(value: str, max_length: int) -> bool:
    """Refuses line breaks and NULs; PostgreSQL cannot store NULs."""
    return 0 < len(value) <= max_length and value == value.strip() and value.isprintable()


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON number")


def _refuse_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        repeated = next(key for i, (key, _) in enumerate(pairs) if key in dict(pairs[:i]))
        raise ValueError(f"the key {repeated} is given twice")
    return fields
