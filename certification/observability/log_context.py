"""The request, job, pair and attempt that log lines belong to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar

_fields: ContextVar[dict[str, object]] = ContextVar("log fields")
_ATTRIBUTE = "log_fields"


@contextmanager
def bound(**fields: object) -> Iterator[None]:
    """Adds fields to every line that is logged inside the block, in this thread or task.

    An exception that leaves the block keeps them, so that a handler outside can log them (see
    `fields_of`).
    """
    fields_here = {**current(), **fields}
    token = _fields.set(fields_here)
    try:
        yield
    except Exception as error:
        if not hasattr(error, _ATTRIBUTE):
            setattr(error, _ATTRIBUTE, fields_here)
        raise
    finally:
        _fields.reset(token)


def add(**fields: object) -> None:
    """Adds fields to the lines of the innermost `bound` block that are logged from now on."""
    with suppress(LookupError):
        _fields.get().update(fields)


def current() -> Mapping[str, object]:
    return _fields.get({})


def fields_of(error: BaseException | None) -> Mapping[str, object]:
    """Returns the fields that were bound where the exception was raised."""
    fields: Mapping[str, object] = getattr(error, _ATTRIBUTE, {})
    return fields
