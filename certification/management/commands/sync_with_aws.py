from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from django.core.management.base import CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _

from certification.accounts.audit import COMMAND_LINE
from certification.errors import CertificationError
from certification.registry import sync
from models_registry import aws
from models_registry.models import AwsLook
from models_registry.terminal import TerminalCommand, printable

DIFFERS: Final = 1
COULD_NOT_RUN: Final = 2
LISTED: Final = 20


class Command(TerminalCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.description = _(
            "Asks AWS what each region offers and says how the registry differs. Exit codes: "
            "0 nothing differs or all was applied, 1 it differs or a region could not be read, "
            "2 could not run. --verbosity 2 lists every difference."
        )
        parser.add_argument(
            "--region",
            action="append",
            default=[],
            metavar=_("CODE"),
            help=_("only this region; may be given several times (default: all active ones)"),
        )
        parser.add_argument(
            "--apply", action="store_true", help=_("bring the registry to what AWS says")
        )
        parser.add_argument(
            "--fewer",
            action="store_true",
            help=_("believe a region that lists much less than the registry has"),
        )
        parser.add_argument("--json", action="store_true", help=_("say it as JSON"))

    def handle(self, *args: Any, **options: Any) -> None:
        self._run(options)

    def _run(self, options: dict[str, Any]) -> None:
        try:
            look = sync.look(options["region"], believe=options["fewer"])
            applies = options["apply"] and bool(look.seen)
            differences = sync.apply(look.pk, COMMAND_LINE) if applies else aws.differences(look)
        except CertificationError as error:
            raise CommandError(error.message, returncode=COULD_NOT_RUN) from error
        if options["json"]:
            self.stdout.write(_as_json(look, differences, applies))
        else:
            self._print(look, differences, applies, {0: 0, 1: LISTED}.get(options["verbosity"]))
        if not look.seen:
            raise CommandError(_("No region could be read."), returncode=COULD_NOT_RUN)
        if look.unread:
            raise CommandError(
                _("Some regions could not be read; their offers stay as they were."),
                returncode=DIFFERS,
            )
        if differences.count and not applies:
            raise CommandError(
                _("The registry differs from AWS: --apply brings it there."), returncode=DIFFERS
            )

    def _print(
        self, look: AwsLook, differences: aws.Differences, applied: bool, limit: int | None
    ) -> None:
        self.stdout.write(_("Regions read: %(count)s") % {"count": len(look.seen)})
        for region, reason in sorted(look.unread.items()):
            self.stdout.write(f"  ✗ {region}: {printable(reason)}")
        self._list(_("New offers"), [_offer("+", change) for change in differences.new], limit)
        self._list(
            _("Changed offers"), [_offer("~", change) for change in differences.changed], limit
        )
        self._list(
            _("Offers that are gone"), [_offer("-", change) for change in differences.gone], limit
        )
        self._list(
            _("Lifecycles"),
            [
                f"~ {change.api_model_id}: {change.old} → {change.new}"
                + (f" ({change.end_of_life_at:%Y-%m-%d})" if change.end_of_life_at else "")
                for change in differences.lifecycles
            ],
            limit,
        )
        self._list(_("Proposed models"), [f"? {name}" for name in differences.unknown], limit)
        if applied:
            self.stdout.write(_("Applied."))

    def _list(self, title: str, lines: Sequence[str], limit: int | None) -> None:
        self.stdout.write(f"{title}: {len(lines)}")
        for line in lines[:limit]:
            self.stdout.write(f"  {printable(line)}")
        if limit and len(lines) > limit:
            self.stdout.write("  " + _("and %(count)s more") % {"count": len(lines) - limit})


def _offer(sign: str, change: aws.OfferChange) -> str:
    types = " → ".join(", ".join(types) for types in (change.old, change.new) if types)
    return f"{sign} {change.api_model_id} · {change.region}: {types}"


def _as_json(look: AwsLook, differences: aws.Differences, applied: bool) -> str:
    return json.dumps(
        {
            "look": look.pk,
            "read": sorted(look.seen),
            "unread": look.unread,
            "new": [asdict(change) for change in differences.new],
            "changed": [asdict(change) for change in differences.changed],
            "gone": [asdict(change) for change in differences.gone],
            "lifecycles": [asdict(change) for change in differences.lifecycles],
            "unknown": differences.unknown,
            "applied": applied,
        },
        cls=DjangoJSONEncoder,
        indent=2,
    )
