"""Writes imported rows, each batch in one transaction; a newer row here is never overwritten."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from django.db import DataError, IntegrityError, models, transaction
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from certification.models import (
    CertificationJob,
    JobCertification,
    ModelCertification,
    ModelCertificationLegacy,
)
from certification.models.verdict_fields import VERDICT_FIELDS
from certification.states import OPEN_STANDING

Row = TypeVar("Row", bound=models.Model)
STANDING_FIELDS = (
    *VERDICT_FIELDS,
    *("status", "verdict", "test_results", "stale_reason", "last_record_at", "updated_at"),
)


@dataclass
class Plan(Generic[Row]):
    """What to do with the rows of a batch (see importing.Tally); `refused` has the reasons."""

    added: list[Row] = field(default_factory=list)
    updated: list[Row] = field(default_factory=list)
    same: int = 0
    newer: int = 0
    refused: list[tuple[Row, str]] = field(default_factory=list)

    def sort(self, row: Row, ours: datetime | None, theirs: datetime | None) -> None:
        """Decides for a row that exists here, by which of the two ended later.

        A row here that has not ended counts as newer.
        """
        if ours == theirs:
            self.same += 1
        elif ours is not None and theirs is not None and theirs > ours:
            self.updated.append(row)
        else:
            self.newer += 1


def jobs(rows: Sequence[CertificationJob], *, dry_run: bool) -> Plan[CertificationJob]:
    def plan(rows: Sequence[CertificationJob]) -> Plan[CertificationJob]:
        result = Plan[CertificationJob]()
        existing = _ended(CertificationJob, rows)
        for row in rows:
            if row.pk in existing:
                result.sort(row, existing[row.pk], row.completed_at)
            else:
                result.added.append(row)
        return result

    return _write_batch(rows, plan, _upsert(CertificationJob), dry_run=dry_run)


def pairs(rows: Sequence[JobCertification], *, dry_run: bool) -> Plan[JobCertification]:
    """Writes pairs. Refuses those that their job already has under another id."""

    def plan(rows: Sequence[JobCertification]) -> Plan[JobCertification]:
        result = Plan[JobCertification]()
        existing = _ended(JobCertification, rows)
        known = {
            (job, model, region): pk
            for pk, job, model, region in JobCertification.objects.filter(
                job__in={row.job_id for row in rows}
            ).values_list("pk", "job_id", "model_id", "region_id")
        }
        for row in rows:
            first = known.setdefault((row.job_id, row.model_id, row.region_id), row.pk)
            if first != row.pk:
                result.refused.append((row, duplicate_of(str(first))))
            elif row.pk in existing:
                result.sort(row, existing[row.pk], row.completed_at)
            else:
                result.added.append(row)
        return result

    return _write_batch(rows, plan, _upsert(JobCertification), dry_run=dry_run)


def standings(rows: Sequence[ModelCertification], *, dry_run: bool) -> Plan[ModelCertification]:
    """Writes standings. An existing one keeps its id, and gets the verdict if that is newer."""

    def plan(rows: Sequence[ModelCertification]) -> Plan[ModelCertification]:
        result = Plan[ModelCertification]()
        existing = {
            (one.model_id, one.region_id): one
            for one in ModelCertification.objects.filter(
                model__in={row.model_id for row in rows}, region__in={row.region_id for row in rows}
            )
            .order_by("pk")
            .select_for_update()
        }
        for row in rows:
            ours = existing.get((row.model_id, row.region_id))
            if ours is None:
                result.added.append(row)
            elif ours.last_record_at is None and row.verdict:
                result.updated.append(_with_verdict_of(ours, row))
            elif row.verdict or ours.last_record_at == row.last_record_at:
                result.sort(row, ours.last_record_at, row.last_record_at)
                if result.updated and result.updated[-1] is row:
                    result.updated[-1] = _with_verdict_of(ours, row)
            else:
                result.newer += 1
        return result

    def write(plan: Plan[ModelCertification]) -> None:
        ModelCertification.objects.bulk_create(plan.added)
        ModelCertification.objects.bulk_update(plan.updated, STANDING_FIELDS)
        _link_to_records([row.pk for row in (*plan.added, *plan.updated)])

    return _write_batch(rows, plan, write, dry_run=dry_run)


def legacy(
    rows: Sequence[ModelCertificationLegacy], *, dry_run: bool
) -> Plan[ModelCertificationLegacy]:
    """Writes rows of the legacy archive; existing ones are kept as they are."""

    def plan(rows: Sequence[ModelCertificationLegacy]) -> Plan[ModelCertificationLegacy]:
        result = Plan[ModelCertificationLegacy]()
        existing = set(
            ModelCertificationLegacy.objects.filter(pk__in=[row.pk for row in rows]).values_list(
                "pk", flat=True
            )
        )
        result.added = [row for row in rows if row.pk not in existing]
        result.same = len(rows) - len(result.added)
        return result

    return _write_batch(rows, plan, _upsert(ModelCertificationLegacy), dry_run=dry_run)


def _write_batch(
    rows: Sequence[Row],
    plan: Callable[[Sequence[Row]], Plan[Row]],
    write: Callable[[Plan[Row]], None],
    *,
    dry_run: bool,
) -> Plan[Row]:
    """Writes a batch in one transaction.

    If the database rejects it, writes each row in a transaction of its own, so that one invalid
    row does not block the others.
    """
    try:
        with transaction.atomic():
            result = plan(rows)
            if not dry_run:
                write(result)
            return result
    except (DataError, IntegrityError) as error:
        if len(rows) == 1:
            reason = str(error).partition("\n")[0]
            return Plan(refused=[(rows[0], _("The database refuses it: %s") % reason)])
    whole = Plan[Row]()
    for row in rows:
        one = _write_batch([row], plan, write, dry_run=dry_run)
        whole.added += one.added
        whole.updated += one.updated
        whole.same += one.same
        whole.newer += one.newer
        whole.refused += one.refused
    return whole


def _upsert(table: type[Row]) -> Callable[[Plan[Row]], None]:
    names = [field.name for field in table._meta.concrete_fields if not field.primary_key]

    def write(plan: Plan[Row]) -> None:
        table._default_manager.bulk_create(plan.added)
        table._default_manager.bulk_update(plan.updated, names)

    return write


def _ended(table: type[Row], rows: Iterable[Row]) -> Mapping[UUID, datetime | None]:
    found = table._default_manager.filter(pk__in=[row.pk for row in rows])
    return dict(found.values_list("pk", "completed_at"))


def _with_verdict_of(ours: ModelCertification, theirs: ModelCertification) -> ModelCertification:
    """Returns `ours` with the verdict of `theirs`; the status is kept while it has an open job."""
    for name in STANDING_FIELDS:
        if name != "status" or ours.status not in OPEN_STANDING:
            setattr(ours, name, getattr(theirs, name))
    ours.certification = None
    return ours


def _link_to_records(standings: list[UUID]) -> None:
    """Links each standing to the last record of its pair with the same verdict."""
    records = JobCertification.objects.filter(
        passed=OuterRef("passed"),
        model=OuterRef("model"),
        region=OuterRef("region"),
        completed_at__lte=OuterRef("last_record_at"),
    ).order_by("-completed_at", "pk")
    ModelCertification.objects.filter(pk__in=standings).update(
        certification=Subquery(records.values("pk")[:1])
    )


def duplicate_of(first: str) -> str:
    """Returns the reason to refuse a second row of the same pair."""
    return _("Its model and region came before: %(id)s") % {"id": first}
