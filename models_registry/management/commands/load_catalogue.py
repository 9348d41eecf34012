"""Loads the catalogue of models into the database, and reports the changes."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from models_registry.parse import CATALOGUE, CatalogueError, read_catalogue
from models_registry.sync import Change, Report, Section, load_catalogue
from models_registry.terminal import TerminalCommand, printable

LISTED = 20
SECTIONS = {
    "providers": gettext_lazy("providers"),
    "regions": gettext_lazy("regions"),
    "models": gettext_lazy("models"),
    "offers": gettext_lazy("offers"),
}


class Command(TerminalCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.description = _(
            "Loads providers, regions, models and offers from the catalogue. Models that left it "
            "are retired, never deleted. A malformed catalogue is refused whole, with exit code 2."
        )
        parser.add_argument(
            "--check",
            action="store_true",
            help=_("write nothing; say what would change, with exit code 1 if anything would"),
        )
        parser.add_argument(
            "--path",
            type=Path,
            default=CATALOGUE,
            metavar=_("DIR"),
            help=_("the folder with the catalogue's files (default: the one that ships)"),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            catalogue = read_catalogue(options["path"])
        except CatalogueError as error:
            raise CommandError(_refusal(error.problems), returncode=2) from error
        report = load_catalogue(catalogue, check=options["check"])
        # --verbosity 0: counts only; 1: the first LISTED changes of each kind; 2: all.
        self._show(report, most={0: 0, 1: LISTED}.get(options["verbosity"]))
        if options["check"] and report.has_changes:
            raise CommandError(_("The database differs from the catalogue."), returncode=1)

    def _show(self, report: Report, most: int | None) -> None:
        if not report.has_changes:
            total = sum(section.unchanged for section in report.sections)
            self.stdout.write(
                _("Nothing changed (%(total)s rows are as the catalogue says).") % {"total": total}
            )
            return
        for section in report.sections:
            self.stdout.write(_counts(section))
            changed = [_change(change) for change in section.changed]
            self._list(pgettext("row", "added"), section.added, most)
            self._list(pgettext("row", "changed"), changed, most)
            self._list(pgettext("row", "retired"), section.retired, most)
            self._list(pgettext("row", "returned"), section.returned, most)

    def _list(self, word: str, lines: Sequence[str], most: int | None) -> None:
        for line in lines[:most]:
            self.stdout.write(f"  {word} {printable(line)}")
        if most and len(lines) > most:
            told = _("%(word)s %(more)s more (--verbosity 2 lists all %(total)s)") % {
                "word": word,
                "more": len(lines) - most,
                "total": len(lines),
            }
            self.stdout.write(f"  {told}")


def _counts(section: Section) -> str:
    changed = len({change.subject for change in section.changed})
    return _(
        "%(section)s: %(added)s added, %(changed)s changed, %(retired)s retired, "
        "%(returned)s returned, %(unchanged)s unchanged"
    ) % {
        "section": SECTIONS[section.name],
        "added": len(section.added),
        "changed": changed,
        "retired": len(section.retired),
        "returned": len(section.returned),
        "unchanged": section.unchanged,
    }


def _refusal(problems: Sequence[object]) -> str:
    first = ngettext(
        "The catalogue has %(count)s problem; nothing was loaded.",
        "The catalogue has %(count)s problems; nothing was loaded.",
        len(problems),
    ) % {"count": len(problems)}
    last = _("Correct the lines named and load again.")
    return "\n".join([first, *(f"  {printable(str(problem))}" for problem in problems), last])


def _change(change: Change) -> str:
    return f"{change.subject}: {change.field} {_value(change.old)} -> {_value(change.new)}"


def _value(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "null" if value is None else str(value)
