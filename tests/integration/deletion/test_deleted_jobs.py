"""A job that is deleted, by whatever way: what the database does, and what workers mend."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.models.functions import Now

from certification.engine import Category, Verdict
from certification.jobs import lifecycle, opening
from certification.models import (
    Attempt,
    CertificationJob,
    DeadLetter,
    Evidence,
    JobCertification,
    ModelCertification,
    deletion,
)
from certification.states import OPEN_STANDING
from certification.worker import reconciler, recording
from models_registry.models import AIModel
from tests.factories.certification import offered, result, take

pytestmark = pytest.mark.django_db(transaction=True)


def in_sql(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")


def one_by_one() -> None:
    for job in CertificationJob.objects.all():
        job.delete()


WAYS = {
    "SQL": lambda: in_sql("certification_jobs"),
    "the ORM": lambda: CertificationJob.objects.all().delete(),
    "a row's delete": one_by_one,
}
each_way = pytest.mark.parametrize("delete", WAYS.values(), ids=WAYS.keys())


def running_job() -> CertificationJob:
    """A job with an ended, a running and a waiting pair, and a retry of it."""
    job = opening.open_for_models(*offered(models=3)).job
    ended, running, _waiting = job.certifications.order_by("model__name")
    claim = take(ended.pk)
    assert claim is not None
    recording.record(claim, result(Verdict.FAILED, 10.0, Category.ACCESS))
    DeadLetter.objects.create(
        certification=ended, error_category="ACCESS", attempts=1, first_failed_at=Now()
    )
    assert take(running.pk)
    CertificationJob.objects.create(
        type="RECERTIFY", status="COMPLETED", completed_at=Now(), retry_of=job
    )
    return job


@each_way
def test_a_job_takes_its_pairs_with_it_and_leaves_the_standings(
    delete: Callable[[], object],
) -> None:
    running_job()

    delete()

    for gone in (CertificationJob, JobCertification, Evidence, Attempt, DeadLetter):
        assert not gone._default_manager.exists(), gone
    assert set(ModelCertification.objects.values_list("job", "certification")) == {(None, None)}
    connection.check_constraints()


@each_way
def test_no_standing_waits_for_ever_for_a_deleted_job(delete: Callable[[], object]) -> None:
    running_job()

    delete()
    reconciler.reconcile()

    statuses = list(
        ModelCertification.objects.order_by("model__name").values_list("status", flat=True)
    )
    assert statuses == ["FAILED", "CANCELLED", "CANCELLED"]


def test_the_standings_of_other_jobs_are_left() -> None:
    job = running_job()
    models_, regions = [str(pk) for pk in job.model_ids], job.regions
    opening.open_for_models(models_, regions)

    CertificationJob.objects.filter(pk=job.pk).delete()
    reconciler.reconcile()

    assert set(ModelCertification.objects.values_list("status", flat=True)) <= set(OPEN_STANDING)


def test_a_late_result_of_a_deleted_pair_changes_nothing() -> None:
    job = opening.open_for_models(*offered()).job
    claim = take(job.certifications.get().pk)
    assert claim is not None

    in_sql("certification_jobs")

    assert not recording.record(claim, result())
    assert not recording.cancel(claim)
    assert not lifecycle.finish(job.pk)
    reconciler.reconcile()
    assert ModelCertification.objects.get().status == "CANCELLED"


def test_a_model_takes_its_certifications_with_it() -> None:
    running_job()

    in_sql("ai_models")

    assert not JobCertification.objects.exists()
    assert not ModelCertification.objects.exists()
    assert not AIModel.objects.exists()


@pytest.mark.servers_only
def test_each_foreign_key_has_the_rule_that_its_model_says() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, attname, confdeltype FROM pg_constraint"
            " JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]"
            " WHERE contype = 'f' AND convalidated"
        )
        rules = {(table, column): code for table, column, code in cursor.fetchall()}

    for reference in deletion.references(apps):
        code = deletion.CODES[reference.rule]
        assert rules[reference.table, reference.column] == code, reference


@pytest.mark.sqlite_only
def test_each_reference_has_its_step_in_a_trigger() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = " ".join(text for (text,) in cursor.fetchall())

    for reference in deletion.references(apps):
        assert f'"{reference.table}"' in triggers
    assert models.CASCADE in deletion.RULES
