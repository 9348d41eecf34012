"""Loads the catalogue of models, and says what that changed."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from models_registry.parse import CATALOGUE, CatalogueError, read_catalogue
from models_registry.sync import Change, Report, Section, load_catalogue

LISTED = 20


class Command(BaseCommand):
    help = (
        "Load providers, regions, models and offers from the catalogue. Models that left it are "
        "retired, never deleted. A malformed catalogue is refused whole, with exit code 2."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="Write nothing; say what would change, with exit code 1 if anything would.",
        )
        parser.add_argument(
            "--path",
            type=Path,
            default=CATALOGUE,
            metavar="DIR",
            help="The folder with the catalogue's files (default: the one that ships).",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            catalogue = read_catalogue(options["path"])
        except CatalogueError as error:
            raise CommandError(
                "\n".join(
                    [
                        f"The catalogue has {len(error.problems)} problem(s); nothing was loaded.",
                        *(f"  {problem}" for problem in error.problems),
                        "Correct the lines named and load again.",
                    ]
                ),
                returncode=2,
            ) from error
        report = load_catalogue(catalogue, check=options["check"])
        # --verbosity 0 counts, 1 lists the first few, 2 lists all.
        self._show(report, most={0: 0, 1: LISTED}.get(options["verbosity"]))
        if options["check"] and report.has_changes:
            raise CommandError("The database differs from the catalogue.", returncode=1)

    def _show(self, report: Report, most: int | None) -> None:
        if not report.has_changes:
            total = sum(section.unchanged for section in report.sections)
            self.stdout.write(f"Nothing changed ({total} rows are as the catalogue says).")
            return
        for section in report.sections:
            self.stdout.write(_counts(section))
            self._list("added", section.added, most)
            self._list("changed", [_change(change) for change in section.changed], most)
            self._list("retired", section.retired, most)
            self._list("returned", section.returned, most)

    def _list(self, word: str, lines: Sequence[str], most: int | None) -> None:
        for line in lines[:most]:
            self.stdout.write(f"  {word} {line}")
        if most and len(lines) > most:
            self.stdout.write(
                f"  {word} {len(lines) - most} more (--verbosity 2 lists all {len(lines)})"
            )


def _counts(section: Section) -> str:
    changed = len({change.subject for change in section.changed})
    return (
        f"{section.name}: {len(section.added)} added, {changed} changed, "
        f"{len(section.retired)} retired, {len(section.returned)} returned, "
        f"{section.unchanged} unchanged"
    )


def _change(change: Change) -> str:
    return f"{change.subject}: {change.field} {_value(change.old)} -> {_value(change.new)}"


def _value(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "null" if value is None else str(value)
