from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certification.jobs import retention
from models_registry.terminal import TerminalCommand


class Command(TerminalCommand):
    def add_arguments(self, parser: CommandParser) -> None:
        parser.description = _(
            "Deletes what was asked and what came back in old certifications. Records, verdicts "
            "and standings stay, and so do the details that present standings rest on. Also "
            "deletes sign-ins older than SIGN_INS_KEPT_DAYS."
        )
        parser.add_argument(
            "--older-than-days",
            type=int,
            default=settings.CERTIFICATION_DETAILS_KEPT_DAYS,
            help=_("Default: CERTIFICATION_DETAILS_KEPT_DAYS."),
        )
        parser.add_argument(
            "--dry-run", action="store_true", help=_("Only say how many there are.")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        days = options["older_than_days"]
        if days < 1:
            raise CommandError(_("Say how old with --older-than-days: 1 or more."))
        if options["dry_run"]:
            number = retention.details_older_than(days).count()
            text = ngettext(
                "%(count)s certification has details that old.",
                "%(count)s certifications have details that old.",
                number,
            )
        else:
            number = retention.prune(days)
            if settings.SIGN_INS_KEPT_DAYS:
                retention.prune_sign_ins(settings.SIGN_INS_KEPT_DAYS)
            text = ngettext(
                "The details of %(count)s certification are deleted.",
                "The details of %(count)s certifications are deleted.",
                number,
            )
        self.stdout.write(text % {"count": number})
