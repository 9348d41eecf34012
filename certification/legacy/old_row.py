"""One row of the old database, read field by field.

A reader of a field that cannot be understood notes what is wrong and goes on without it, so that
a row is not lost for an odd value in a place that it can do without.
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

# What an integer column of the database holds.
MOST: Final = 2**31 - 1
SHOWN: Final = 60
# Ids that are no UUIDs become the same ones in every run.
NAMESPACE: Final = UUID("6f1b7c0a-6c1e-5f0e-9a53-3d8f0f7c2b11")


class Refused(Exception):
    """The row cannot be taken; the message says why."""


@dataclass(frozen=True)
class Remark:
    """What is said of a row: that it could not be taken, or what was left out of it."""

    table: str
    old_id: str
    taken: bool
    reason: str


def plain(name: str) -> str:
    """modelId, "modelid" and model_id are one name."""
    return name.replace("_", "").lower()


def uuid_of(text: str) -> UUID:
    """The id itself where it is a UUID, else one that is made from it."""
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
        return cls({plain(name): value for name, value in row.items()})

    @property
    def old_id(self) -> str:
        return self.text("id")

    def key(self) -> UUID:
        """Raises Refused."""
        if not self.old_id:
            raise Refused(_("It has no id."))
        return uuid_of(self.old_id)

    def get(self, name: str) -> Any:
        return self.fields.get(plain(name))

    def text(self, name: str) -> str:
        value = self.get(name)
        if isinstance(value, (dict, list)):
            value = json.dumps(value, ensure_ascii=False)
        # No text column of PostgreSQL holds a NUL, and no encoding half of a character.
        text = "" if value is None else str(value).encode(errors="replace").decode()
        return text.replace("\x00", "").strip()

    def word(self, name: str) -> str:
        """A value of an enum, however it was written."""
        return self.text(name).upper().replace("-", "_").replace(" ", "_")

    def words(self, name: str) -> list[str]:
        value = self.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.note(name, value)
            return []
        return [str(item).strip() for item in value if item is not None]

    def moment(self, *names: str) -> datetime | None:
        """The first of the times that can be read; those without a zone are UTC."""
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
            # At the calendar's ends other zones and sums have no time to show.
            if MINYEAR + 1 < found.year < MAXYEAR - 1:
                return found
            self.note(name, value)
        return None

    def number(self, name: str, least: float, most: float) -> float | None:
        """Also from a text, with a point or a comma."""
        value = self.get(name)
        if value is None or value == "":
            return None
        found = as_number(value)
        if found is None or not least <= found <= most:
            self.note(name, value)
            return None
        return found

    def whole(self, name: str) -> int | None:
        found = self.number(name, 0, MOST)
        return None if found is None else round(found)

    def truth(self, name: str) -> bool | None:
        value = self.get(name)
        if value is None or isinstance(value, bool):
            return value
        known = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
        found = known.get(str(value).strip().lower())
        if found is None:
            self.note(name, value)
        return found

    def document(self, name: str) -> Any:
        """JSON, also where it was stored as a text; None where it is neither."""
        value = self.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            self.note(name, value)
            return None

    def inside(self, name: str) -> OldRow:
        """A document's own fields, with the same notes; no fields where it is no object."""
        value = self.document(name)
        if not isinstance(value, dict):
            if value is not None:
                self.note(name, value)
            value = {}
        return OldRow({plain(key): inner for key, inner in value.items()}, self.notes)

    def note(self, name: str, value: object) -> None:
        said = _("%(field)s is left out: %(value)s") % {"field": name, "value": shown(value)}
        if said not in self.notes:
            self.notes.append(said)


def as_number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value.strip().replace(",", ".") if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
