from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.core.management.base import CommandError
from django.db import OperationalError, close_old_connections
from django.utils.translation import gettext as _

from certification import exports, queries
from certification.errors import CertificationError
from certification.jobs import opening, requests
from certification.jobs.requests import OpenRequest, Options
from certification.management import terminal
from certification.models import CertificationJob
from certification.states import JobStatus, RouteKind
from models_registry import queries as registry
from models_registry.terminal import TerminalCommand, printable

ALL_PASSED: Final = 0
SOME_FAILED: Final = 1
COULD_NOT_RUN: Final = 2

# Seconds.
POLL_SECONDS: Final = 0.25
# Seconds without a live worker after which waiting ends.
WORKER_TIMEOUT_SECONDS: Final = 30


class Command(TerminalCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        _describe(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_none"] and queries.jobs.has_jobs():
            self.stdout.write(_("There are jobs already: nothing to do."))
            return
        _check_report_is_writable(options["junit"], options["wait"])
        try:
            opened = self._open(options)
        except CertificationError as error:
            raise CommandError(error.message, returncode=COULD_NOT_RUN) from error
        for skipped in opened.skipped:
            self.stdout.write(
                _("Skipped %(model)s: %(reason)s")
                % {
                    "model": printable(skipped.api_model_id),
                    "reason": printable(skipped.reason),
                }
            )
        if not options["wait"]:
            self.stdout.write(
                _("Job %(job)s opened with %(pairs)s pairs.")
                % {"job": opened.job.pk, "pairs": opened.job.total_models}
            )
            return
        sys.exit(self._wait(opened.job, options["junit"]))

    def _open(self, options: dict[str, Any]) -> requests.Opened:
        regions = options["region"]
        if regions == ["all"]:
            regions = [region.pk for region in registry.active_regions()]
        opening_request = OpenRequest(
            options=Options(
                options["probe_unoffered"], tuple(options["check"]), tuple(options["route"])
            )
        )
        if options["all"]:
            if options["model"]:
                raise CommandError(_("Give --model or --all, not both."), returncode=COULD_NOT_RUN)
            return opening.open_for_all(regions, opening_request)
        return opening.open_for_models(options["model"], regions, opening_request)

    def _wait(self, job: CertificationJob, junit: Path | None) -> int:
        try:
            has_ended = self._watch(job)
        except KeyboardInterrupt:
            self.stderr.write(_("The job %(job)s goes on without you.") % {"job": job.pk})
            return COULD_NOT_RUN
        if not has_ended:
            self.stderr.write(
                _(
                    "No worker is alive, so the job %(job)s waits: start one with "
                    "“celery -A config worker”, and look at its log."
                )
                % {"job": job.pk}
            )
            return COULD_NOT_RUN
        job = queries.jobs.get(job.pk)
        if junit:
            _write_junit(job, junit)
        terminal.show_verdicts(job, queries.pairs.of_job(job))
        if job.status != JobStatus.COMPLETED:
            self.stderr.write(f"{job.get_status_display()}: {printable(job.error)}")
            return COULD_NOT_RUN
        passed = job.success_count == job.total_models - job.unsupported_count
        return ALL_PASSED if passed and job.success_count else SOME_FAILED

    def _watch(self, job: CertificationJob) -> bool:
        """Shows the progress until the job has ended.

        Returns False if no worker was alive for WORKER_TIMEOUT_SECONDS.
        """
        seen_alive = time.monotonic()
        with terminal.progress_bar(job.total_models) as show:
            while True:
                try:
                    job = queries.jobs.get(job.pk)
                    show(queries.jobs.progress(job))
                    is_alive = queries.workers.live().exists()
                except OperationalError:
                    # The workers continue when the database answers again, so keep waiting.
                    close_old_connections()
                    is_alive = True
                if job.completed_at is not None:
                    return True
                if is_alive:
                    seen_alive = time.monotonic()
                elif time.monotonic() - seen_alive > WORKER_TIMEOUT_SECONDS:
                    return False
                time.sleep(POLL_SECONDS)


def _describe(parser: ArgumentParser) -> None:
    parser.description = _(
        "Certifies models in regions. Exit codes: 0 all passed, 1 some failed or could not be "
        "judged, 2 could not run. Without --wait, 0 says that the job was opened."
    )
    parser.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="ID",
        help=_("UUID or API model id; may be given several times"),
    )
    parser.add_argument("--all", action="store_true", help=_("every certifiable model"))
    parser.add_argument(
        "--region",
        action="append",
        default=[],
        metavar=_("CODE"),
        help=_("AWS region code, or “all”; may be given several times"),
    )
    parser.add_argument("--wait", action="store_true", help=_("show the progress and the verdicts"))
    parser.add_argument(
        "--junit",
        type=Path,
        metavar=_("FILE"),
        help=_("with --wait: write the verdicts as JUnit XML, for CI servers"),
    )
    parser.add_argument(
        "--if-none", action="store_true", help=_("do nothing if there is a job already")
    )
    parser.add_argument(
        "--probe-unoffered",
        action="store_true",
        help=_("ask also where the registry says that a model is not offered"),
    )
    parser.add_argument(
        "--route",
        action="append",
        default=[],
        choices=RouteKind.values,
        help=_("a kind of route that may be used; may be repeated, all of them if left out"),
    )
    parser.add_argument(
        "--check",
        action="append",
        default=[],
        metavar="ID",
        help=_("an on-demand check to run too, such as “needle”"),
    )


def _check_report_is_writable(junit: Path | None, wait: bool) -> None:
    """Raises CommandError before any model is called if the report could not be written."""
    if junit is None:
        return
    if not wait:
        raise CommandError(_("--junit needs --wait."), returncode=COULD_NOT_RUN)
    if junit.is_dir() or not junit.absolute().parent.is_dir():
        raise CommandError(
            _("%(file)s cannot be written.") % {"file": junit}, returncode=COULD_NOT_RUN
        )


def _write_junit(job: CertificationJob, path: Path) -> None:
    try:
        with path.open("wb") as file:
            file.writelines(exports.stream("junit", exports.of_job(job)))
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}.", returncode=COULD_NOT_RUN) from error
