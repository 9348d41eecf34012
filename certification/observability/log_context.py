"""Whose lines these are: the request, job, pair and attempt that whatever is logged belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_fields: ContextVar[Mapping[str, object]] = ContextVar("log fields")
_LEFT = "log_fields"


@contextmanager
def bound(**fields: object) -> Iterator[None]:
    """Adds fields to every line that is logged within, in this thread or task.

    An error that leaves takes them along: who catches it outside logs it with them.
    """
    inner = {**current(), **fields}
    token = _fields.set(inner)
    try:
        yield
    except Exception as error:
        if not hasattr(error, _LEFT):
            setattr(error, _LEFT, inner)
        raise
    finally:
        _fields.reset(token)


def current() -> Mapping[str, object]:
    return _fields.get({})


def taken_along(error: BaseException | None) -> Mapping[str, object]:
    """The fields under which an error came up."""
    fields: Mapping[str, object] = getattr(error, _LEFT, {})
    return fields
