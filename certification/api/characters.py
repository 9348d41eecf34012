"""Characters that no request may hold: PostgreSQL cannot store NUL, and half of a surrogate pair
cannot be encoded, so either would be an exception later."""

from __future__ import annotations

import re
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

REFUSED: Final = re.compile("[\0\ud800-\udfff]")
IN_A_BODY: Final = _("A body cannot hold the character NUL, nor half of a surrogate pair.")


def are_refused_in_json(body: Any) -> bool:
    """Whether a key or a text at any depth has one."""
    waiting = [body]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            if REFUSED.search(value):
                return True
        elif isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
    return False


def are_refused_in_fields(fields: QueryDict) -> bool:
    """Whether a name or a value of a form, or of an address's query, has one."""
    return any(REFUSED.search(text) for name, values in fields.lists() for text in (name, *values))
