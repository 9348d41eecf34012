"""A row of the old database, parsed field by field.

A field that cannot be parsed is noted and left out, so that an invalid value in an optional field
does not lose the row.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

# The largest value of an integer column.
MOST: Final = 2**31 - 1
# The most characters of a value that are shown in a note.
SHOWN: Final = 60
# Ids that are not UUIDs are hashed with it (UUID version 5), to the same ids in every run.
NAMESPACE: Final = UUID("6f1b7c0a-6c1e-5f0e-9a53-3d8f0f7c2b11")


class Refused(Exception):
    """The row cannot be imported; the message (translated) says why."""


@dataclass(frozen=True)
class Remark:
    """Why a row was refused (`taken` is false), or which of its values was left out."""

    table: str
    old_id: str
    taken: bool
    reason: str


def normalized(name: str) -> str:
    """Normalizes a column name: modelId, modelid and model_id are the same."""
    return name.replace("_", "").lower()


def uuid_of(text: str) -> UUID:
    """Returns the id if it is a UUID, else a UUID that is derived from it."""
    try:
        return UUID(text)
    except ValueError:
        return uuid5(NAMESPACE, text)


@dataclass
class OldRow:
    fields: Mapping[str, Any]
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> OldRow:
        return cls({normalized(name): value for name, value in row.items()})

    @property
    def old_id(self) -> str:
        return self.text("id")

    def key(self) -> UUID:
        """Returns the row's id as a UUID. Raises Refused if it has none."""
        if not self.old_id:
            raise Refused(_("It has no id."))
        return uuid_of(self.old_id)

    def get(self, name: str) -> Any:
        return self.fields.get(normalized(name))

    def text(self, name: str) -> str:
        value = self.get(name)
        if isinstance(value, (dict, list)):
            value = json.dumps(value, ensure_ascii=False)
        # PostgreSQL stores no NUL characters, and UTF-8 no lone surrogates.
        text = "" if value is None else str(value).encode(errors="replace").decode()
        return text.replace("\x00", "").strip()

    def enum_value(self, name: str) -> str:
        """Returns an enum value in the form UPPER_CASE, however it was written."""
        return self.text(name).upper().replace("-", "_").replace(" ", "_")

    def texts(self, name: str) -> list[str]:
        value = self.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.note(name, value)
            return []
        return [str(item).strip() for item in value if item is not None]

    def time(self, *names: str) -> datetime | None:
        """Returns the first of the fields that holds a time, in UTC (assumed if it has no zone)."""
        for name in names:
            value = self.get(name)
            if value is None:
                continue
            try:
                found = datetime.fromisoformat(str(value))
                found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
            except (ValueError, OverflowError):
                self.note(name, value)
                continue
            # Near MINYEAR and MAXYEAR, time zone conversion and addition overflow.
            if MINYEAR + 1 < found.year < MAXYEAR - 1:
                return found
            self.note(name, value)
        return None

    def number(self, name: str, least: float, most: float) -> float | None:
        """Returns a number from `least` to `most`; a text may have a decimal point or comma."""
        value = self.get(name)
        if value is None or value == "":
            return None
        found = as_number(value)
        if found is None or not least <= found <= most:
            self.note(name, value)
            return None
        return found

    def integer(self, name: str) -> int | None:
        found = self.number(name, 0, MOST)
        return None if found is None else round(found)

    def boolean(self, name: str) -> bool | None:
        value = self.get(name)
        if value is None or isinstance(value, bool):
            return value
        known = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
        found = known.get(str(value).strip().lower())
        if found is None:
            self.note(name, value)
        return found

    def document(self, name: str) -> Any:
        """Returns a JSON value, parsed if it was stored as text; None if it cannot be parsed."""
        value = self.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            self.note(name, value)
            return None

    def nested(self, name: str) -> OldRow:
        """Returns the fields of a JSON object (none if it is no object), with these notes."""
        value = self.document(name)
        if not isinstance(value, dict):
            if value is not None:
                self.note(name, value)
            value = {}
        return OldRow({normalized(key): inner for key, inner in value.items()}, self.notes)

    def note(self, name: str, value: object) -> None:
        text = _("%(field)s is left out: %(value)s") % {"field": name, "value": shown(value)}
        if text not in self.notes:
            self.notes.append(text)


def as_number(value: object) -> float | None:
    """Returns a finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value.strip().replace(",", ".") if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def shown(value: object) -> str:
    """Returns a value as text of at most SHOWN characters."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
