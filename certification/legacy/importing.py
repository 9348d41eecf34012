"""Imports the tables one after the other, each after those that it refers to."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import UUID

from django.conf import settings

from certification.accounts import audit
from certification.accounts.audit import Actor
from certification.models import CertificationJob, JobCertification, ModelCertification
from certification.states import AuditAction

from . import mapping, pairless, promoting, writing
from .id_map import IdMap
from .old_models import Models, Outcome
from .old_row import OldRow, Refused, Remark
from .source import Source
from .writing import Plan

Key = TypeVar("Key", bound=Hashable)
BATCH: Final = 500
MODELS: Final = "ai_models"
JOBS: Final = "certification_jobs"
PAIRS: Final = "job_certifications"
# Not a table: pairs that the old system did not write (pairless.py).
PAIRLESS: Final = "modelIds × regions"
# Not a table either: rows of the archive that become standings (promoting.py).
PROMOTED: Final = "model_certifications_legacy → model_certifications"
STANDINGS: Final = "model_certifications"
LEGACY: Final = "model_certifications_legacy"
# The tables in import order, each with the columns to sort by. Times sort newest first: if several
# rows belong to the same pair, the newest is imported and the others are refused.
TABLES: Final[Mapping[str, Sequence[str]]] = {
    MODELS: ("apiModelId", "id"),
    JOBS: ("id",),
    PAIRS: ("jobId", "completedAt", "id"),
    STANDINGS: ("completedAt", "updatedAt", "id"),
    LEGACY: ("id",),
}


@dataclass
class Tally:
    """Counts of a table's rows.

    Each row that was read is one of `added`, `updated`, `same` (already imported), `newer` (the row
    here is newer, and kept) and `refused`. `noted`: imported rows of which a value was left out.
    """

    table: str
    total: int = 0
    read: int = 0
    added: int = 0
    updated: int = 0
    same: int = 0
    newer: int = 0
    refused: int = 0
    noted: int = 0

    def count(self, plan: Plan[Any]) -> None:
        """Adds the rows of a batch; those that were refused are counted with their reason."""
        self.added += len(plan.added)
        self.updated += len(plan.updated)
        self.same += plan.same
        self.newer += plan.newer


def import_all(
    source: Source,
    actor: Actor,
    *,
    on_remark: Callable[[Remark], None],
    on_progress: Callable[[Tally], None] = lambda _tally: None,
    dry_run: bool = False,
    promote: str | None = None,
) -> list[Tally]:
    """Imports all tables that the source has, and returns the counts of each.

    Each batch is a transaction, and rows that were imported before are recognised by their ids: an
    interrupted import can be run again. `on_remark` is called for each row that was refused or
    lost a value, `on_progress` after each batch. With `dry_run`, nothing is written. Unless
    `promote` is None, rows of the archive become standings, in this region if they name none.
    """
    run = _Run(source, on_remark, on_progress, IdMap.load(), dry_run)
    tallies = []
    for table in TABLES:
        if table in source.columns:
            tally = Tally(table, total=source.count(table))
            on_progress(tally)
            STEPS[table](run, tally)
            tallies.append(tally)
        if table == PAIRS and JOBS in source.columns:
            tallies.append(_pairless(run))
    if promote is not None:
        tallies.append(_promoted(run, promote))
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
    on_remark: Callable[[Remark], None]
    on_progress: Callable[[Tally], None]
    ids: IdMap
    dry_run: bool

    def batches(self, tally: Tally) -> Iterator[list[dict[str, Any]]]:
        for batch in self.source.batches(tally.table, TABLES[tally.table], BATCH):
            yield batch
            tally.read += len(batch)
            self.on_progress(tally)

    def refuse(self, tally: Tally, old_id: str, reason: str) -> None:
        tally.refused += 1
        self.on_remark(Remark(tally.table, old_id, taken=False, reason=reason))

    def note(self, tally: Tally, row: OldRow) -> None:
        tally.noted += bool(row.notes)
        for note in row.notes:
            self.on_remark(Remark(tally.table, row.old_id, taken=True, reason=note))

    def take(
        self,
        tally: Tally,
        convert: Callable[[OldRow, dict[str, Any]], Any],
        write: Callable[..., Plan[Any]],
        after: Callable[[Any], None] = lambda _row: None,
    ) -> None:
        """Converts and writes the rows of each batch, and reports those that are refused.

        `after` is called with each row that was not refused.
        """
        for batch in self.batches(tally):
            converted: dict[UUID, tuple[OldRow, Any]] = {}
            for original in batch:
                row = OldRow.of(original)
                try:
                    new = convert(row, original)
                    if new.pk in converted:
                        raise Refused(writing.duplicate_of(row.old_id))
                except Refused as reason:
                    self.refuse(tally, row.old_id, str(reason))
                    continue
                converted[new.pk] = (row, new)
            plan = write([new for _row, new in converted.values()], dry_run=self.dry_run)
            for refused, reason_given in plan.refused:
                row, _new = converted.pop(refused.pk)
                self.refuse(tally, row.old_id, reason_given)
            for row, new in converted.values():
                self.note(tally, row)
                after(new)
            tally.count(plan)


def _models(run: _Run, tally: Tally) -> None:
    models = Models(run.ids, run.source.providers(), dry_run=run.dry_run)
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
    last_ends = run.source.last_ends(PAIRS, "jobId", "completedAt")

    def convert(row: OldRow, _original: dict[str, Any]) -> CertificationJob:
        ends = OldRow.of({"completedAt": last_ends.get(row.old_id)})
        return mapping.job(row, run.ids, ends.time("completedAt"))

    def add(job: CertificationJob) -> None:
        run.ids.add_job(job.pk, str(job.config["legacy"].get("bullJobId", "")))

    run.take(tally, convert, writing.jobs, add)


# Several old models can be the same model here, so that two old rows belong to the same pair.
def _pairs(run: _Run, tally: Tally) -> None:
    seen: dict[tuple[UUID, UUID, str], str] = {}

    def convert(row: OldRow, _original: dict[str, Any]) -> JobCertification:
        pair = mapping.pair(row, run.ids)
        if seen and next(iter(seen))[0] != pair.job_id:
            # Rows are sorted by job, so the pairs of earlier jobs cannot occur again.
            seen.clear()
        _refuse_duplicate(seen, (pair.job_id, pair.model_id, pair.region_id), row)
        return pair

    run.take(tally, convert, writing.pairs)


def _pairless(run: _Run) -> Tally:
    tally = Tally(PAIRLESS)
    for batch in run.source.batches(JOBS, TABLES[JOBS], BATCH):
        converted: dict[UUID, JobCertification] = {}
        missing = list(
            pairless.of_jobs(run.source, batch, run.ids, settings.CERTIFICATION_PASS_SCORE)
        )
        for one in missing:
            try:
                pair = one.convert(run.ids)
            except Refused as reason:
                run.refuse(tally, one.row.old_id, str(reason))
                continue
            converted[pair.pk] = pair
        plan = writing.pairs(list(converted.values()), dry_run=run.dry_run)
        for refused, reason_given in plan.refused:
            run.refuse(tally, str(refused.pk), reason_given)
        tally.read += len(missing)
        tally.total = tally.read
        tally.count(plan)
        run.on_progress(tally)
    return tally


def _standings(run: _Run, tally: Tally) -> None:
    seen: dict[tuple[UUID, str], str] = {}

    def convert(row: OldRow, _original: dict[str, Any]) -> ModelCertification:
        standing = mapping.standing(row, run.ids, settings.CERTIFICATION_PASS_SCORE)
        _refuse_duplicate(seen, (standing.model_id, standing.region_id), row)
        return standing

    run.take(tally, convert, writing.standings)


def _promoted(run: _Run, region: str) -> Tally:
    tally = Tally(PROMOTED)
    seen: set[tuple[UUID, str]] = set()
    for archived in promoting.newest_first():
        tally.read += 1
        try:
            standing = promoting.standing(
                archived, run.ids, region, settings.CERTIFICATION_PASS_SCORE
            )
        except Refused as reason:
            run.refuse(tally, archived.old_id, str(reason))
            continue
        key = (standing.model_id, standing.region_id)
        if key in seen:
            tally.newer += 1
            continue
        seen.add(key)
        plan = writing.standings([standing], dry_run=run.dry_run)
        for _refused, reason_given in plan.refused:
            run.refuse(tally, archived.old_id, reason_given)
        tally.count(plan)
    tally.total = tally.read
    run.on_progress(tally)
    return tally


def _refuse_duplicate(seen: dict[Key, str], key: Key, row: OldRow) -> None:
    """Raises Refused if another row had the same key."""
    first = seen.setdefault(key, row.old_id)
    if first != row.old_id:
        raise Refused(writing.duplicate_of(first))


def _legacy(run: _Run, tally: Tally) -> None:
    run.take(tally, lambda row, original: mapping.legacy(row, run.ids, original), writing.legacy)


STEPS: Final = {
    MODELS: _models,
    JOBS: _jobs,
    PAIRS: _pairs,
    STANDINGS: _standings,
    LEGACY: _legacy,
}
