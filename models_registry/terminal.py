"""The base class of the management commands, and what may be written to a terminal."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper
from django.db import DatabaseError, InterfaceError, OperationalError, ProgrammingError
from django.utils.translation import gettext as _
from django.utils.translation import override
from rich.console import Console

# https://www.postgresql.org/docs/15/errcodes-appendix.html: undefined_table, undefined_column.
UNDEFINED_ERRORS = ("42P01", "42703")


def language() -> str:
    """Returns the language of the terminal's locale: "pt-br" if it is Portuguese, else "en"."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return "pt-br" if value.lower().startswith("pt") else "en"
    return "en"


def printable(text: str) -> str:
    """Replaces what would break the line, move the cursor or reorder it, and half surrogates."""
    return "".join(sign if sign.isprintable() else "�" for sign in text)


def console(*, stderr: bool = False) -> Console:
    """Returns a console of Rich that shows `[x]` and `:smile:` as they are."""
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


class PrintableOutput(OutputWrapper):
    """An output of a command that keeps line breaks, and replaces what is not printable."""

    def write(  # type: ignore[override]
        self, msg: str = "", style_func: Any = None, ending: str | None = None
    ) -> None:
        lines = str(msg).split("\n")
        super().write("\n".join(map(printable, lines)), style_func, ending)


class TerminalCommand(BaseCommand):
    """Writes in the terminal's language, and reports database errors in one line (exit code 2).

    Lines of `self.stdout` and `self.stderr` may hold any text; one that may hold line breaks goes
    through `printable` first. Signs that the terminal's encoding lacks are replaced.
    """

    def __init__(
        self, stdout: TextIO | None = None, stderr: TextIO | None = None, **options: bool
    ) -> None:
        # Here, since --help and refused arguments are written before a command is executed.
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="replace")
        super().__init__(stdout, stderr, **options)
        style = self.stderr.style_func
        self.stdout = PrintableOutput(stdout or sys.stdout)
        self.stderr = PrintableOutput(stderr or sys.stderr)
        self.stderr.style_func = style

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        with override(language()):
            return super().create_parser(prog_name, subcommand, **kwargs)

    def execute(self, *args: Any, **options: Any) -> Any:
        for name in ("stdout", "stderr"):
            if given := options.pop(name, None):
                setattr(self, name, PrintableOutput(given))
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
