"""Which type of answer a client gets."""

from __future__ import annotations

from collections.abc import Iterable

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class FixedType(DefaultContentNegotiation):
    """For files, whose path says what they are: the Accept header is not read.

    Proxies of pictures and generated clients send all kinds of it; an error is always JSON.
    """

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, first.media_type
