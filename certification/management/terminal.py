"""Shows jobs on a terminal: a progress bar, and a table of verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from django.conf import settings
from django.template.defaultfilters import floatformat
from django.utils.translation import gettext as _
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from certification import queries
from certification.engine import POLICIES, Category
from certification.models import CertificationJob, JobCertification
from certification.states import PairStatus

# A sign beside each colour: colour alone must not carry meaning.
SIGNS: Final = {
    PairStatus.PASSED: ("✓", "green"),
    PairStatus.FAILED: ("✗", "red"),
    PairStatus.INCONCLUSIVE: ("?", "yellow"),
    PairStatus.UNSUPPORTED: ("–", "dim"),
    PairStatus.CANCELLED: ("⊘", "dim"),
}
# Of jobs with more pairs, the table lists only those that did not pass.
SMALL_JOB: Final = 60


@contextmanager
def progress_bar(total: int) -> Iterator[Callable[[queries.jobs.Progress], None]]:
    """Shows a progress bar; call the yielded function with each new progress."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("[green]✓ {task.fields[passed]}[/] [red]✗ {task.fields[failed]}[/] "
                   "[yellow]? {task.fields[inconclusive]}[/] – {task.fields[unsupported]}"),
        TimeElapsedColumn(),
    )  # fmt: skip
    with bar:
        task = bar.add_task(
            _("Certifying"), total=total, passed=0, failed=0, inconclusive=0, unsupported=0
        )

        def show(progress: queries.jobs.Progress) -> None:
            bar.update(
                task,
                completed=progress.processed,
                passed=progress.passed,
                failed=progress.failed,
                inconclusive=progress.inconclusive,
                unsupported=progress.unsupported,
            )

        yield show


def show_verdicts(job: CertificationJob, pairs: Iterable[JobCertification]) -> None:
    """Prints a table of the pairs, then each error with its advice, then the counts.

    Of a large job, the table has only the pairs that did not pass.
    """
    console = Console()
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
    simulated = False
    for pair in pairs:
        simulated |= bool(pair.simulated)
        if pair.error_category and pair.status != PairStatus.UNSUPPORTED:
            reason = (pair.model.name, pair.error_category, pair.error_message)
            reasons.setdefault(reason, []).append(pair.region_id)
        if large and pair.status in (PairStatus.PASSED, PairStatus.UNSUPPORTED):
            continue
        table.add_row(
            pair.model.name,
            pair.region_id,
            _verdict(pair),
            "" if pair.score is None else f"{floatformat(pair.score, 1)} {pair.grade}",
            "" if pair.duration_ms is None else f"{floatformat(pair.duration_ms / 1000, 1)} s",
            pair.error_category,
        )
    if table.row_count:
        console.print(table)
    for (model, category, message), regions in reasons.items():
        console.print(_reason(model, category, message, regions))
    console.print(
        _(
            "%(passed)s passed, %(failed)s failed, %(inconclusive)s inconclusive, "
            "%(unsupported)s unsupported, of %(total)s pairs."
        )
        % vars(queries.jobs.progress(job))
    )
    if simulated:
        console.print(_("Simulated: these verdicts come from the bundled Bedrock simulator."))


def _verdict(pair: JobCertification) -> Text:
    sign, colour = SIGNS.get(PairStatus(pair.status), ("…", "blue"))
    label = pair.get_status_display()
    if pair.passed and queries.pairs.is_below_threshold(pair.score):
        sign, colour = "⚠", "yellow"
        label = _("%(status)s (< %(threshold)s)") % {
            "status": label,
            "threshold": settings.CERTIFICATION_PASS_SCORE,
        }
    return Text(f"{sign} {label}", style=colour)


def _reason(model: str, category: str, message: str, regions: list[str]) -> Text:
    return Text.assemble(
        (category, "bold"),
        f" {model}, {', '.join(regions)}\n  {message}\n",
        (f"  → {_(POLICIES[Category(category)].advice)}\n", "italic"),
    )
