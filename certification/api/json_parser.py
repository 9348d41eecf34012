from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from . import characters


class JSONBody(JSONParser):
    """Refuses a body that is nested so deeply that parsing it would exhaust the stack, and one with
    characters that cannot be stored."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            body = super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError(_("The body is nested too deeply.")) from None
        if characters.are_refused_in_json(body):
            raise ParseError(characters.IN_A_BODY)
        return body
