"""Writes what came over: a batch in one transaction, and never over what is newer here."""

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
    """What is to be written of a batch, and what is there already. `refused` has the reasons."""

    added: list[Row] = field(default_factory=list)
    updated: list[Row] = field(default_factory=list)
    same: int = 0
    newer: int = 0
    refused: list[tuple[Row, str]] = field(default_factory=list)

    def sort(self, row: Row, ours: datetime | None, theirs: datetime | None) -> None:
        """Of a row that is there: by which of the two ended later. One that has not ended here
        is newer than whatever was brought over."""
        if ours == theirs:
            self.same += 1
        elif ours is not None and theirs is not None and theirs > ours:
            self.updated.append(row)
        else:
            self.newer += 1


def jobs(rows: Sequence[CertificationJob], *, dry_run: bool) -> Plan[CertificationJob]:
    def plan(rows: Sequence[CertificationJob]) -> Plan[CertificationJob]:
        made = Plan[CertificationJob]()
        there = _ended(CertificationJob, rows)
        for row in rows:
            if row.pk in there:
                made.sort(row, there[row.pk], row.completed_at)
            else:
                made.added.append(row)
        return made

    return _carried_out(rows, plan, _upsert(CertificationJob), dry_run=dry_run)


def pairs(rows: Sequence[JobCertification], *, dry_run: bool) -> Plan[JobCertification]:
    """A pair that its job has under another id already is refused."""

    def plan(rows: Sequence[JobCertification]) -> Plan[JobCertification]:
        made = Plan[JobCertification]()
        there = _ended(JobCertification, rows)
        known = {
            (job, model, region): pk
            for pk, job, model, region in JobCertification.objects.filter(
                job__in={row.job_id for row in rows}
            ).values_list("pk", "job_id", "model_id", "region_id")
        }
        for row in rows:
            first = known.setdefault((row.job_id, row.model_id, row.region_id), row.pk)
            if first != row.pk:
                made.refused.append((row, twice(str(first))))
            elif row.pk in there:
                made.sort(row, there[row.pk], row.completed_at)
            else:
                made.added.append(row)
        return made

    return _carried_out(rows, plan, _upsert(JobCertification), dry_run=dry_run)


def standings(rows: Sequence[ModelCertification], *, dry_run: bool) -> Plan[ModelCertification]:
    """One row a pair: where we have one, it keeps its id and takes a newer verdict."""

    def plan(rows: Sequence[ModelCertification]) -> Plan[ModelCertification]:
        made = Plan[ModelCertification]()
        there = {
            (one.model_id, one.region_id): one
            for one in ModelCertification.objects.filter(
                model__in={row.model_id for row in rows}, region__in={row.region_id for row in rows}
            )
            .order_by("pk")
            .select_for_update()
        }
        for row in rows:
            ours = there.get((row.model_id, row.region_id))
            if ours is None:
                made.added.append(row)
            elif ours.last_record_at is None and row.verdict:
                made.updated.append(_renewed(ours, row))
            elif row.verdict or ours.last_record_at == row.last_record_at:
                made.sort(row, ours.last_record_at, row.last_record_at)
                if made.updated and made.updated[-1] is row:
                    made.updated[-1] = _renewed(ours, row)
            else:
                made.newer += 1
        return made

    def write(plan: Plan[ModelCertification]) -> None:
        ModelCertification.objects.bulk_create(plan.added)
        ModelCertification.objects.bulk_update(plan.updated, STANDING_FIELDS)
        _lead_to_records([row.pk for row in (*plan.added, *plan.updated)])

    return _carried_out(rows, plan, write, dry_run=dry_run)


def legacy(
    rows: Sequence[ModelCertificationLegacy], *, dry_run: bool
) -> Plan[ModelCertificationLegacy]:
    """History that does not change any more: what is there stays."""

    def plan(rows: Sequence[ModelCertificationLegacy]) -> Plan[ModelCertificationLegacy]:
        made = Plan[ModelCertificationLegacy]()
        there = set(
            ModelCertificationLegacy.objects.filter(pk__in=[row.pk for row in rows]).values_list(
                "pk", flat=True
            )
        )
        made.added = [row for row in rows if row.pk not in there]
        made.same = len(rows) - len(made.added)
        return made

    return _carried_out(rows, plan, _upsert(ModelCertificationLegacy), dry_run=dry_run)


def _carried_out(
    rows: Sequence[Row],
    plan: Callable[[Sequence[Row]], Plan[Row]],
    write: Callable[[Plan[Row]], None],
    *,
    dry_run: bool,
) -> Plan[Row]:
    """The batch in one transaction; if the database refuses it, each row in one of its own, so
    that one row does not keep the others away."""
    try:
        with transaction.atomic():
            made = plan(rows)
            if not dry_run:
                write(made)
            return made
    except (DataError, IntegrityError) as error:
        if len(rows) == 1:
            reason = str(error).partition("\n")[0]
            return Plan(refused=[(rows[0], _("The database refuses it: %s") % reason)])
    whole = Plan[Row]()
    for row in rows:
        one = _carried_out([row], plan, write, dry_run=dry_run)
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


def _renewed(ours: ModelCertification, theirs: ModelCertification) -> ModelCertification:
    """Ours with the verdict of theirs; the status stays while a job is at work on it."""
    for name in STANDING_FIELDS:
        if name != "status" or ours.status not in OPEN_STANDING:
            setattr(ours, name, getattr(theirs, name))
    ours.certification = None
    return ours


def _lead_to_records(standings: list[UUID]) -> None:
    """From each standing to the last record of its pair that came to the same."""
    records = JobCertification.objects.filter(
        passed=OuterRef("passed"),
        model=OuterRef("model"),
        region=OuterRef("region"),
        completed_at__lte=OuterRef("last_record_at"),
    ).order_by("-completed_at", "pk")
    ModelCertification.objects.filter(pk__in=standings).update(
        certification=Subquery(records.values("pk")[:1])
    )


def twice(first: str) -> str:
    return _("Its model and region came before: %(id)s") % {"id": first}
