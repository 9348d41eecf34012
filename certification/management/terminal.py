"""Shows jobs on a terminal: a progress bar, and a table of verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from django.conf import settings
from django.template.defaultfilters import floatformat
from django.utils.translation import gettext as _
from rich import box
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from certification import queries
from certification.models import CertificationJob, JobCertification
from certification.outcomes import simulated
from certification.outcomes.advice import advice_on
from certification.outcomes.signs import SIGNS
from certification.states import PairStatus, StandingStatus
from models_registry.terminal import console, printable

COLOURS: Final[Mapping[str, str]] = {
    PairStatus.PASSED: "green",
    StandingStatus.QUALITY_WARNING: "yellow",
    PairStatus.FAILED: "red",
    PairStatus.BLOCKED: "magenta",
    PairStatus.INCONCLUSIVE: "yellow",
    PairStatus.UNSUPPORTED: "dim",
    PairStatus.CANCELLED: "dim",
}
# Of jobs with more pairs, the table lists only those that did not pass.
SMALL_JOB: Final = 60
_COUNTED: Final = (
    PairStatus.PASSED,
    PairStatus.FAILED,
    PairStatus.BLOCKED,
    PairStatus.INCONCLUSIVE,
    PairStatus.UNSUPPORTED,
)


@contextmanager
def progress_bar(total: int) -> Iterator[Callable[[queries.jobs.Progress], None]]:
    """Shows a progress bar; call the yielded function with each new progress."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(" ".join(map(_count, _COUNTED))),
        TimeElapsedColumn(),
        console=console(),
    )
    with bar:
        task = bar.add_task(
            _("Certifying"),
            total=total,
            passed=0,
            failed=0,
            blocked=0,
            inconclusive=0,
            unsupported=0,
        )

        def show(progress: queries.jobs.Progress) -> None:
            bar.update(
                task,
                completed=progress.processed,
                passed=progress.passed,
                failed=progress.failed,
                blocked=progress.blocked,
                inconclusive=progress.inconclusive,
                unsupported=progress.unsupported,
            )

        yield show


def _count(status: PairStatus) -> str:
    """In Rich's markup, with a field that is named as the status."""
    text = f"{SIGNS[status]} {{task.fields[{status.lower()}]}}"
    return text if status == PairStatus.UNSUPPORTED else f"[{COLOURS[status]}]{text}[/]"


def show_verdicts(job: CertificationJob, pairs: Iterable[JobCertification]) -> None:
    """Prints a table of the pairs, then each error with its advice, then the counts.

    Of a large job, the table has only the pairs that did not pass.
    """
    out = console()
    # Few lines and little padding: all of it has to fit into 80 columns.
    table = Table(
        title=_("Verdicts"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
        padding=(0, 1, 0, 0),
    )
    table.add_column(_("Model"), overflow="fold", min_width=10)
    table.add_column(_("Region"), no_wrap=True)
    table.add_column(_("Verdict"), no_wrap=True)
    table.add_column(_("Score"), justify="right", no_wrap=True)
    table.add_column(_("Took"), justify="right", no_wrap=True)
    table.add_column(_("Category"), overflow="fold", min_width=13)
    large = job.total_models > SMALL_JOB
    reasons: dict[tuple[str, str, str], list[str]] = {}
    any_simulated = False
    for pair in pairs:
        any_simulated |= bool(pair.simulated)
        if pair.error_category and pair.status != PairStatus.UNSUPPORTED:
            reason = (pair.model.name, pair.error_category, pair.error_message)
            reasons.setdefault(reason, []).append(pair.region_id)
        if large and pair.status in (PairStatus.PASSED, PairStatus.UNSUPPORTED):
            continue
        table.add_row(
            printable(pair.model.name),
            printable(pair.region_id),
            _verdict(pair),
            "" if pair.score is None else f"{floatformat(pair.score, 1)} {pair.grade}",
            "" if pair.duration_ms is None else f"{floatformat(pair.duration_ms / 1000, 1)} s",
            printable(pair.error_category),
        )
    if table.row_count:
        out.print(table)
    for (model, category, message), regions in reasons.items():
        out.print(_reason(model, category, message, regions))
    out.print(
        _(
            "%(passed)s passed, %(failed)s failed, %(blocked)s blocked, "
            "%(inconclusive)s inconclusive, %(unsupported)s unsupported, of %(total)s pairs."
        )
        % vars(queries.jobs.progress(job))
    )
    if notice := simulated.notice(any_simulated):
        out.print(notice)


def _verdict(pair: JobCertification) -> Text:
    shown, label = pair.status, pair.get_status_display()
    if queries.pairs.is_warned(pair):
        shown = StandingStatus.QUALITY_WARNING
        if pair.dead:
            label = _("%(status)s (dead: %(abilities)s)") % {
                "status": label,
                "abilities": ", ".join(pair.dead),
            }
        else:
            label = _("%(status)s (< %(threshold)s)") % {
                "status": label,
                "threshold": settings.CERTIFICATION_PASS_SCORE,
            }
    return Text(f"{SIGNS[shown]} {label}", style=COLOURS.get(shown, "blue"))


def _reason(model: str, category: str, message: str, regions: list[str]) -> Text:
    advice = advice_on(category)
    return Text.assemble(
        (printable(category), "bold"),
        f" {printable(model)}, {printable(', '.join(regions))}\n  {printable(message)}\n",
        (f"  → {advice}\n" if advice else "", "italic"),
    )
