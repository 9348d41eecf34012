"""Table after table, each after those that it refers to."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import UUID

from django.conf import settings

from certification.accounts import audit
from certification.accounts.audit import Actor
from certification.models import JobCertification, ModelCertification
from certification.states import AuditAction

from . import mapping, writing
from .id_map import Known
from .old_models import Models, Outcome
from .old_row import OldRow, Refused, Remark
from .source import Source
from .writing import Plan

Key = TypeVar("Key", bound=Hashable)
BATCH: Final = 500
MODELS: Final = "ai_models"
JOBS: Final = "certification_jobs"
PAIRS: Final = "job_certifications"
STANDINGS: Final = "model_certifications"
LEGACY: Final = "model_certifications_legacy"
# In the order in which they are brought over. Of rows that come to the same pair the newest is
# read first, and is the one that counts.
TABLES: Final[Mapping[str, Sequence[str]]] = {
    MODELS: ("apiModelId", "id"),
    JOBS: ("id",),
    PAIRS: ("jobId", "completedAt", "id"),
    STANDINGS: ("completedAt", "updatedAt", "id"),
    LEGACY: ("id",),
}


@dataclass
class Tally:
    """What became of a table's rows. Each is one of `added`, `updated`, `same` (there already),
    `newer` (ours is, and stays) and `refused`; of those taken, `noted` lack something."""

    table: str
    total: int = 0
    read: int = 0
    added: int = 0
    updated: int = 0
    same: int = 0
    newer: int = 0
    refused: int = 0
    noted: int = 0


def bring_over(
    source: Source,
    actor: Actor,
    *,
    tell: Callable[[Remark], None],
    progress: Callable[[Tally], None] = lambda _tally: None,
    dry_run: bool = False,
) -> list[Tally]:
    """Brings the whole of it over; a table that is not there is left out.

    Each batch is a transaction: what is interrupted goes on where it was, and what came over
    before is found again by its id. `tell` hears of each row that was not taken, or not wholly;
    `progress` hears of each batch. With `dry_run` nothing is written.
    """
    run = _Run(source, tell, progress, Known.here(), dry_run)
    tallies = []
    for table in TABLES:
        if table in source.columns:
            tally = Tally(table, total=source.count(table))
            progress(tally)
            STEPS[table](run, tally)
            tallies.append(tally)
    if not dry_run:
        audit.note(
            actor,
            AuditAction.LEGACY_IMPORTED,
            added=sum(tally.added for tally in tallies),
            updated=sum(tally.updated for tally in tallies),
            refused=sum(tally.refused for tally in tallies),
        )
    return tallies


@dataclass
class _Run:
    source: Source
    tell: Callable[[Remark], None]
    progress: Callable[[Tally], None]
    known: Known
    dry_run: bool

    def batches(self, tally: Tally) -> Iterator[list[dict[str, Any]]]:
        for batch in self.source.batches(tally.table, TABLES[tally.table], BATCH):
            yield batch
            tally.read += len(batch)
            self.progress(tally)

    def refuse(self, tally: Tally, old_id: str, reason: str) -> None:
        tally.refused += 1
        self.tell(Remark(tally.table, old_id, taken=False, reason=reason))

    def note(self, tally: Tally, row: OldRow) -> None:
        tally.noted += bool(row.notes)
        for said in row.notes:
            self.tell(Remark(tally.table, row.old_id, taken=True, reason=said))

    def take(
        self,
        tally: Tally,
        read: Callable[[OldRow, dict[str, Any]], Any],
        write: Callable[..., Plan[Any]],
        after: Callable[[Any], None] = lambda _row: None,
    ) -> None:
        """Reads each batch's rows, writes those that can be taken, and tells of the others."""
        for batch in self.batches(tally):
            found: dict[UUID, tuple[OldRow, Any]] = {}
            for whole in batch:
                row = OldRow.of(whole)
                try:
                    made = read(row, whole)
                    if made.pk in found:
                        raise Refused(writing.twice(row.old_id))
                except Refused as reason:
                    self.refuse(tally, row.old_id, str(reason))
                    continue
                found[made.pk] = (row, made)
            plan = write([made for _row, made in found.values()], dry_run=self.dry_run)
            for made, why in plan.refused:
                row, _made = found.pop(made.pk)
                self.refuse(tally, row.old_id, why)
            for row, made in found.values():
                self.note(tally, row)
                after(made)
            tally.added += len(plan.added)
            tally.updated += len(plan.updated)
            tally.same += plan.same
            tally.newer += plan.newer


def _models(run: _Run, tally: Tally) -> None:
    models = Models(run.known, run.source.providers(), dry_run=run.dry_run)
    for batch in run.batches(tally):
        for row in map(OldRow.of, batch):
            try:
                outcome = models.take(row)
            except Refused as reason:
                run.refuse(tally, row.old_id, str(reason))
                continue
            run.note(tally, row)
            tally.added += outcome is Outcome.ADDED
            tally.updated += outcome is Outcome.UPDATED
            tally.same += outcome is Outcome.SAME


def _jobs(run: _Run, tally: Tally) -> None:
    run.take(
        tally,
        lambda row, _whole: mapping.job(row, run.known),
        writing.jobs,
        lambda job: run.known.jobs.add(job.pk),
    )


# Models that were several there can be one here, so that two rows come to the same pair.
def _pairs(run: _Run, tally: Tally) -> None:
    came: dict[tuple[UUID, UUID, str], str] = {}

    def read(row: OldRow, _whole: dict[str, Any]) -> JobCertification:
        made = mapping.pair(row, run.known)
        if came and next(iter(came))[0] != made.job_id:
            # They come job by job: what earlier jobs had need not be remembered.
            came.clear()
        _once(came, (made.job_id, made.model_id, made.region_id), row)
        return made

    run.take(tally, read, writing.pairs)


def _standings(run: _Run, tally: Tally) -> None:
    came: dict[tuple[UUID, str], str] = {}

    def read(row: OldRow, _whole: dict[str, Any]) -> ModelCertification:
        made = mapping.standing(row, run.known, settings.CERTIFICATION_PASS_SCORE)
        _once(came, (made.model_id, made.region_id), row)
        return made

    run.take(tally, read, writing.standings)


def _once(came: dict[Key, str], key: Key, row: OldRow) -> None:
    """Raises Refused."""
    first = came.setdefault(key, row.old_id)
    if first != row.old_id:
        raise Refused(writing.twice(first))


def _legacy(run: _Run, tally: Tally) -> None:
    run.take(tally, lambda row, whole: mapping.legacy(row, run.known, whole), writing.legacy)


STEPS: Final = {
    MODELS: _models,
    JOBS: _jobs,
    PAIRS: _pairs,
    STANDINGS: _standings,
    LEGACY: _legacy,
}
