# factory-boy leaves its declarations untyped.
# mypy: disable-error-code="no-untyped-call"
"""Jobs, pairs, standings, workers, and results of the engine, for tests."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models.functions import Now
from factory.declarations import LazyAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from certification.accounts import roles
from certification.accounts.roles import Role
from certification.engine import Category, Certification, CheckError, Verdict
from certification.models import CertificationJob, JobCertification, ModelCertification, Worker
from certification.queue import claims
from certification.queue.claims import Claim
from certification.states import JobStatus, JobType, PairStatus

from .registry import AIModelFactory, ModelOfferFactory, RegionFactory


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = Sequence(lambda n: f"person-{n + 1}")
    email = LazyAttribute(lambda user: f"{user.username}@example.com")


def someone(role: Role) -> User:
    """Creates a user with a role."""
    user = UserFactory.create()
    roles.give_role(user, role)
    return user


class WorkerFactory(DjangoModelFactory[Worker]):
    class Meta:
        model = Worker

    hostname = "host"
    pid = Sequence(lambda n: n + 1)
    concurrency = 16


class JobFactory(DjangoModelFactory[CertificationJob]):
    class Meta:
        model = CertificationJob

    type = JobType.MULTIPLE_MODELS
    status = JobStatus.QUEUED


class PairFactory(DjangoModelFactory[JobCertification]):
    """A waiting pair, by default in a job of its own."""

    class Meta:
        model = JobCertification

    job = SubFactory(JobFactory, total_models=1)
    model = SubFactory(AIModelFactory)
    region = SubFactory(RegionFactory)


class StandingFactory(DjangoModelFactory[ModelCertification]):
    class Meta:
        model = ModelCertification

    model = SubFactory(AIModelFactory)
    region = SubFactory(RegionFactory)


def offered(models: int = 1, regions: int = 1) -> tuple[list[str], list[str]]:
    """Creates models and regions, all offered; returns the API model ids and the region ids."""
    made = [AIModelFactory.create() for _ in range(models)]
    places = [RegionFactory.create() for _ in range(regions)]
    for model in made:
        for place in places:
            ModelOfferFactory.create(model=model, region=place)
    return [model.api_model_id for model in made], [place.pk for place in places]


def take(pair_id: UUID, worker: Worker | None = None) -> Claim | None:
    """Gives a waiting pair a slot, and claims it."""
    waiting = JobCertification.objects.filter(pk=pair_id, status=PairStatus.PENDING)
    waiting.filter(due_at__lte=Now()).update(status=PairStatus.QUEUED, queued_at=Now())
    return claims.claim(pair_id, worker or WorkerFactory.create())


def result(
    verdict: Verdict = Verdict.PASSED,
    score: float | None = 95.0,
    category: Category | None = None,
    **more: Any,
) -> Certification:
    """Returns a result of the engine, without running it."""
    return Certification(
        api_model_id="vendor.model",
        region="us-test",
        verdict=verdict,
        suite_version="abc",
        duration_ms=1200,
        score=score,
        error=CheckError(category, "", "what went wrong") if category else None,
        simulated=True,
        **{"results": (), **more},
    )
