"""The base class of the management commands."""

from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, InterfaceError, OperationalError, ProgrammingError
from django.utils.translation import gettext as _
from django.utils.translation import override

# https://www.postgresql.org/docs/15/errcodes-appendix.html: undefined_table, undefined_column.
UNDEFINED_ERRORS = ("42P01", "42703")


def language() -> str:
    """Returns the language of the terminal's locale: "pt-br" if it is Portuguese, else "en"."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return "pt-br" if value.lower().startswith("pt") else "en"
    return "en"


class TerminalCommand(BaseCommand):
    """Writes in the terminal's language, and reports database errors in one line (exit code 2)."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        with override(language()):
            return super().create_parser(prog_name, subcommand, **kwargs)

    def execute(self, *args: Any, **options: Any) -> Any:
        with override(language()):
            try:
                return super().execute(*args, **options)
            except (OperationalError, ProgrammingError, InterfaceError) as error:
                if _is_of_another_version(error):
                    text = _("The database is not of this version: run manage.py migrate first.")
                elif isinstance(error, ProgrammingError):
                    raise
                else:
                    text = _("The database does not answer: %(reason)s") % {"reason": error}
                raise CommandError(text.strip(), returncode=2) from error


def _is_of_another_version(error: DatabaseError | InterfaceError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) in UNDEFINED_ERRORS or str(error).startswith(
        ("no such table", "no such column")
    )
