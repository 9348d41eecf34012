from __future__ import annotations

import csv
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, TextIO

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from rich import box
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from certification import legacy
from certification.accounts.audit import COMMAND_LINE
from certification.exports.csv_injection import defused
from certification.legacy import Remark, Tally
from config import environment
from models_registry.terminal import TerminalCommand, console, printable

ALL_TAKEN: Final = 0
SOME_REFUSED: Final = 1
COULD_NOT_RUN: Final = 2
URL_VARIABLE: Final = "LEGACY_DATABASE_URL"
LISTED: Final = 40


class Command(TerminalCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        _describe(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        code = self._run(options)
        if code:
            sys.exit(code)

    def _run(self, options: dict[str, Any]) -> int:
        url = options["database_url"] or environment.text(URL_VARIABLE)
        if not url:
            raise CommandError(
                _("Say where the old database is, with --database-url or %(name)s.")
                % {"name": URL_VARIABLE},
                returncode=COULD_NOT_RUN,
            )
        remarks = _Remarks()
        try:
            with ExitStack() as stack:
                if options["report"]:
                    remarks.write_to(stack.enter_context(_opened(options["report"])))
                source = stack.enter_context(legacy.open_source(url))
                if source.left_out:
                    self.stderr.write(
                        _("Left out of the address, since PostgreSQL does not know it: %(names)s")
                        % {"names": printable(", ".join(source.left_out))}
                    )
                progress = stack.enter_context(_progress_bar())
                tallies = legacy.import_all(
                    source,
                    COMMAND_LINE,
                    on_remark=remarks.add,
                    on_progress=progress,
                    dry_run=options["dry_run"],
                    promote=options["promote_legacy"],
                )
        except legacy.NotTheOldDatabase as error:
            raise CommandError(
                _("The old database cannot be read: %(reason)s") % {"reason": error},
                returncode=COULD_NOT_RUN,
            ) from None
        except KeyboardInterrupt:
            raise CommandError(
                _("Interrupted: whole batches are kept. Run it again, and it goes on."),
                returncode=COULD_NOT_RUN,
            ) from None
        self._print(tallies, remarks, options)
        return SOME_REFUSED if any(tally.refused for tally in tallies) else ALL_TAKEN

    def _print(self, tallies: Sequence[Tally], remarks: _Remarks, options: dict[str, Any]) -> None:
        out = console()
        if remarks.kept:
            out.print(_remarks_table(remarks.kept))
        if remarks.number > len(remarks.kept):
            self.stdout.write(
                _("and %(count)s more: --report FILE takes them all.")
                % {"count": remarks.number - len(remarks.kept)}
            )
        out.print(_tally_table(tallies))
        if options["dry_run"]:
            self.stdout.write(_("A dry run: nothing was written."))


class _Remarks:
    """Keeps the first LISTED remarks to print; writes all of them to the report file, if any."""

    def __init__(self) -> None:
        self.kept: list[Remark] = []
        self.number = 0
        self._write: Callable[[Sequence[str]], Any] = lambda _row: None

    def write_to(self, file: TextIO) -> None:
        self._write = csv.writer(file).writerow
        self._write([_("Table"), _("Id"), _("Taken"), _("Why")])

    def add(self, remark: Remark) -> None:
        self.number += 1
        if len(self.kept) < LISTED:
            self.kept.append(remark)
        taken = _("yes") if remark.taken else _("no")
        self._write([defused(text) for text in (remark.table, remark.old_id, taken, remark.reason)])


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    try:
        file = path.open("w", newline="", encoding="utf-8-sig")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}.", returncode=COULD_NOT_RUN) from error
    with file:
        yield file


@contextmanager
def _progress_bar() -> Iterator[Callable[[Tally], None]]:
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=console(stderr=True),
    )  # fmt: skip
    tasks: dict[str, Any] = {}
    with bar:

        def show(tally: Tally) -> None:
            if tally.table not in tasks:
                tasks[tally.table] = bar.add_task(tally.table, total=tally.total)
            bar.update(tasks[tally.table], completed=tally.read)

        yield show


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)


def _remarks_table(remarks: Sequence[Remark]) -> Table:
    table = _table(_("Rows that were not taken, or not wholly"))
    table.add_column(_("Table"), overflow="fold")
    table.add_column(_("Id"), overflow="fold")
    table.add_column(_("Taken"), no_wrap=True)
    table.add_column(_("Why"), overflow="fold")
    for remark in remarks:
        sign = "~" if remark.taken else "✗"
        taken = _("yes") if remark.taken else _("no")
        cells = (remark.table, remark.old_id, f"{sign} {taken}", remark.reason)
        table.add_row(*map(printable, cells))
    return table


def _tally_table(tallies: Sequence[Tally]) -> Table:
    table = _table(_("What came over"))
    table.add_column(_("Table"), no_wrap=True)
    for heading in (
        _("read"),
        pgettext("rows", "added"),
        _("updated"),
        _("there already"),
        _("newer here"),
        _("not taken"),
        _("not wholly"),
    ):
        table.add_column(heading, justify="right")
    for tally in tallies:
        numbers = (
            *(tally.read, tally.added, tally.updated, tally.same),
            *(tally.newer, tally.refused, tally.noted),
        )
        table.add_row(tally.table, *map(str, numbers))
    return table


def _describe(parser: ArgumentParser) -> None:
    parser.description = _(
        "Brings the database of the system that this one replaces over: models, jobs, "
        "certifications. May be run again and again. Exit codes: 0 every row was taken, 1 some "
        "were not, 2 could not run."
    )
    parser.add_argument(
        "--database-url",
        default="",
        metavar="URL",
        help=_("postgresql://… of the old database (default: LEGACY_DATABASE_URL)"),
    )
    parser.add_argument(
        "--dry-run", action="store_true", help=_("write nothing; say what would come over")
    )
    parser.add_argument(
        "--promote-legacy",
        nargs="?",
        const="",
        metavar=_("REGION"),
        help=_(
            "make standings of the rows of the old system's legacy table; in this region, those "
            "that name none"
        ),
    )
    parser.add_argument(
        "--report",
        type=Path,
        metavar=_("FILE"),
        help=_("write each row that was not taken, or not wholly, as CSV"),
    )
