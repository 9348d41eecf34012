"""Which language commands speak."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.utils.translation import override

P = ParamSpec("P")
T = TypeVar("T")


def language() -> str:
    """The language of the terminal's locale; English where it is not Portuguese."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return "pt-br" if value.lower().startswith("pt") else "en"
    return "en"


def in_its_language(speak: Callable[P, T]) -> Callable[P, T]:
    """Decorates what speaks to a terminal."""

    @wraps(speak)
    def speaking(*args: P.args, **kwargs: P.kwargs) -> T:
        with override(language()):
            return speak(*args, **kwargs)

    return speaking
