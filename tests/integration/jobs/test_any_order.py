"""A state machine (Hypothesis): whatever is done to jobs, in any order, nothing is lost and nothing
is counted twice."""

from __future__ import annotations

import itertools
import os
import uuid
from collections import Counter
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from pytest_django import Settings

from certification.engine import Category, Verdict
from certification.engine.errors import UNLIMITED
from certification.errors import CertificationError, JobStateConflict, NothingToRetry
from certification.jobs import lifecycle, opening, reopening
from certification.models import (
    CertificationJob,
    CircuitBreaker,
    DeadLetter,
    JobCertification,
    ModelCertification,
    RegionFailure,
    Worker,
)
from certification.outcomes.dead_letters import is_given_up
from certification.queue import admission, circuit_breaker, claims
from certification.queue.claims import Claim
from certification.states import (
    CLAIMABLE_JOB,
    FAILED_PAIR,
    OPEN_JOB,
    OPEN_PAIR,
    OPEN_STANDING,
    UNANSWERED_DEAD_LETTER,
    JobStatus,
    PairStatus,
)
from certification.worker import reconciler, recording
from models_registry.models import AIModel, ModelOffer, Region
from tests.factories.certification import WorkerFactory, offered, result
from tests.factories.registry import AIModelFactory, RegionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

LIMIT, MAX_TRIES = 2, 3
# Longer than a run takes on the slowest machine.
DEAD_SECONDS = 2 * 24 * 3600
RESULTS = {
    "passed": result(),
    "below the threshold": result(score=55.0),
    "failed": result(Verdict.FAILED, 10.0, Category.CHECK_FAILED),
    "exhausted": result(Verdict.INCONCLUSIVE, None, Category.THROTTLED, retries=UNLIMITED),
    "credentials": result(Verdict.INCONCLUSIVE, None, Category.CREDENTIALS),
}


# Not by their times: whether two rows have the same one is for the clock to say.
BY_AGE: dict[Any, tuple[str, ...]] = {
    CertificationJob: ("pk",),
    JobCertification: ("job_id", "model__name", "region"),
    DeadLetter: ("pk",),
}


COMMANDS = [
    *["take"] * 6,
    *["record"] * 5,
    *["release", "retry_later", "meet_regional_error", "open", "command"] * 2,
    *["retry", "requeue", "admit", "receive_stray_message", "answer", "die", "reconcile"],
    "probes_come_due",
]


class Jobs(RuleBasedStateMachine):
    """Jobs over three models in two regions, and the actions of users, workers and reconciler."""

    def __init__(self) -> None:
        super().__init__()
        for table in (CertificationJob, Worker, RegionFailure, CircuitBreaker, ModelCertification):
            table.objects.all().delete()
        for table in (ModelOffer, AIModel, Region):
            table.objects.all().delete()
        # Rows are also ordered by their names, and the tenth is before the ninth.
        for factory in (AIModelFactory, RegionFactory):
            factory.reset_sequence(0)
        self.models, self.regions = offered(models=3, regions=2)
        self.worker: Worker = WorkerFactory.create()
        self.claims: list[Claim] = []
        # Records in the order in which they were written.
        self.recorded: list[tuple[JobCertification, Any]] = []

    @rule(command=st.sampled_from(COMMANDS), data=st.data())
    def do(self, command: str, data: st.DataObject) -> None:
        """A single rule, so that the weights of COMMANDS decide how often each action occurs."""
        getattr(self, command)(data)

    # --- Actions of users -------------------------------------------------------------------

    def open(self, data: st.DataObject) -> None:
        models, regions = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 2))
        opening.open_for_models(self.models[:models], self.regions[:regions])

    def command(self, data: st.DataObject) -> None:
        command = data.draw(
            st.sampled_from([lifecycle.cancel, lifecycle.pause, lifecycle.resume, lifecycle.resume])
        )
        job = self._any(data, CertificationJob)
        if job is None:
            return
        allowed: tuple[str, ...] = {
            lifecycle.cancel: OPEN_JOB,
            lifecycle.pause: CLAIMABLE_JOB,
            lifecycle.resume: (JobStatus.PAUSED,),
        }[command]
        before = (job.status, self._statuses(job))
        try:
            command(job.pk)
        except JobStateConflict:
            job.refresh_from_db()
            assert before[0] not in allowed
            assert (job.status, self._statuses(job)) == before
        else:
            assert before[0] in allowed

    def retry(self, data: st.DataObject) -> None:
        job = self._any(data, CertificationJob)
        if job is None:
            return
        failed = job.certifications.filter(status__in=FAILED_PAIR).count()
        try:
            assert reopening.retry_failed(job.pk).job.total_models == failed
        except NothingToRetry:
            assert failed == 0

    def requeue(self, data: st.DataObject) -> None:
        dead_letter = self._any(data, DeadLetter)
        if dead_letter is None:
            return
        again = dead_letter.requeued_in
        is_open = again is not None and again.completed_at is None
        try:
            reopening.requeue([dead_letter.pk])
        except CertificationError:
            assert is_open or dead_letter.status not in UNANSWERED_DEAD_LETTER

    # --- Actions of workers -----------------------------------------------------------------

    def admit(self, _data: st.DataObject) -> None:
        admission.admit()

    def take(self, data: st.DataObject) -> None:
        """Claims a pair that has a slot."""
        admission.admit()
        self.claim(data, JobCertification.objects.filter(status=PairStatus.QUEUED))

    def receive_stray_message(self, data: st.DataObject) -> None:
        self.claim(data, JobCertification.objects.all())

    def claim(self, data: st.DataObject, among: QuerySet[JobCertification]) -> None:
        pair = self._any(data, JobCertification, among)
        if pair is None:
            return
        claim = claims.claim(pair.pk, self.worker)
        assert (claim is not None) == (
            pair.status == PairStatus.QUEUED and pair.job.status in CLAIMABLE_JOB
        )
        if claim:
            self.claims.append(claim)

    def record(self, data: st.DataObject) -> None:
        """Records a result, preferably under a claim that was reclaimed and replaced meanwhile."""
        held = dict(
            JobCertification.objects.filter(status=PairStatus.PROCESSING).values_list(
                "pk", "attempt"
            )
        )
        late = [claim for claim in self.claims if held.get(claim.pair.pk, 0) > claim.attempt]
        if not self.claims:
            return
        claim = data.draw(st.sampled_from(late or self.claims))
        found = data.draw(st.sampled_from(sorted(RESULTS)))
        holds = claims.held(claim).exists()
        assert recording.record(claim, RESULTS[found]) == holds
        if holds:
            self._has_recorded(claim.pair, RESULTS[found])

    def retry_later(self, data: st.DataObject) -> None:
        claim = self._held(data)
        if claim and claim.tries < MAX_TRIES:
            claims.retry_later(claim, seconds=0)

    def release(self, data: st.DataObject) -> None:
        claim = self._held(data)
        if claim and claims.holds(claim):
            claims.release(claim)
        elif claim:
            recording.cancel(claim)

    def meet_regional_error(self, data: st.DataObject) -> None:
        claim = self._held(data)
        if claim and circuit_breaker.record_trouble(claim.pair, Category.SERVICE):
            claims.wait_for_region(claim, seconds=0)

    def answer(self, data: st.DataObject) -> None:
        circuit_breaker.record_answer(data.draw(st.sampled_from(self.regions)))

    def die(self, data: st.DataObject | None = None) -> None:
        """Ends the worker's heartbeats, starts another worker, and reconciles."""
        Worker.objects.update(beat_at=Now() - timedelta(seconds=DEAD_SECONDS))
        self.worker = WorkerFactory.create()
        self.reconcile(data)

    def reconcile(self, _data: st.DataObject | None = None) -> None:
        open_before = set(JobCertification.objects.filter(status__in=OPEN_PAIR).values_list("pk"))
        reconciler.reconcile()
        for pair in JobCertification.objects.filter(pk__in=[pk for (pk,) in open_before]):
            if pair.status == PairStatus.INCONCLUSIVE:
                self._has_recorded(pair, result(Verdict.INCONCLUSIVE, None, Category.WORKER_LOST))
                assert pair.error_category == Category.WORKER_LOST

    def probes_come_due(self, _data: st.DataObject) -> None:
        CircuitBreaker.objects.filter(opened_at__isnull=False).update(retry_at=Now())

    # --- Invariants -------------------------------------------------------------------------

    @invariant()
    def an_ended_job_counts_its_rows(self) -> None:
        for job in CertificationJob.objects.prefetch_related("certifications"):
            by_status = Counter(pair.status for pair in job.certifications.all())
            is_open = any(by_status[status] for status in OPEN_PAIR)
            assert sum(by_status.values()) == job.total_models
            if job.completed_at is None:
                assert is_open, "the record of its last pair closes a job"
                continue
            assert not is_open
            assert job.success_count == by_status[PairStatus.PASSED]
            assert job.inconclusive_count == by_status[PairStatus.INCONCLUSIVE]
            assert job.failure_count == sum(by_status[status] for status in FAILED_PAIR)
            assert job.cancelled_count == by_status[PairStatus.CANCELLED]

    @invariant()
    def no_region_has_more_than_its_limit(self) -> None:
        at_work = Counter(
            JobCertification.objects.filter(
                status__in=(PairStatus.QUEUED, PairStatus.PROCESSING)
            ).values_list("region", flat=True)
        )
        assert all(pairs <= LIMIT for pairs in at_work.values())

    @invariant()
    def no_pair_is_tried_more_often_than_allowed(self) -> None:
        tried = JobCertification.objects.filter(attempt__gt=F("excused") + MAX_TRIES)
        assert not tried.exists()

    @invariant()
    def each_standing_is_that_of_the_newest_record(self) -> None:
        open_pairs = set(
            JobCertification.objects.filter(status__in=OPEN_PAIR).values_list("model", "region")
        )
        for standing in ModelCertification.objects.all():
            verdict, stale = "", ""
            for pair, certification in self.recorded:
                if (pair.model_id, pair.region_id) != (standing.model_id, standing.region_id):
                    continue
                if certification.verdict is Verdict.INCONCLUSIVE and verdict not in (
                    "",
                    "INCONCLUSIVE",
                ):
                    stale = certification.error.category
                else:
                    verdict, stale = _verdict_of(certification), ""
            assert (standing.verdict, standing.stale_reason) == (verdict, stale)
            if (standing.model_id, standing.region_id) not in open_pairs:
                assert standing.status == (verdict or "CANCELLED")

    @invariant()
    def each_pair_that_was_given_up_has_its_dead_letter(self) -> None:
        given_up = {pair.pk for pair, found in self.recorded if is_given_up(found)}
        assert set(DeadLetter.objects.values_list("certification", flat=True)) == given_up
        waiting = Counter(
            DeadLetter.objects.filter(status__in=UNANSWERED_DEAD_LETTER).values_list(
                "certification__model", "certification__region"
            )
        )
        assert all(dead_letters == 1 for dead_letters in waiting.values())

    def teardown(self) -> None:
        """With a working worker, every job ends."""
        for job in CertificationJob.objects.filter(status=JobStatus.PAUSED):
            lifecycle.resume(job.pk)
        self.die()
        while JobCertification.objects.filter(status__in=OPEN_PAIR).exists():
            CircuitBreaker.objects.filter(opened_at__isnull=False).update(retry_at=Now())
            assert admission.admit() or JobCertification.objects.filter(status=PairStatus.QUEUED), (
                "a pair waits forever"
            )
            for pair in JobCertification.objects.filter(status=PairStatus.QUEUED):
                claim = claims.claim(pair.pk, self.worker)
                assert claim is not None
                circuit_breaker.record_answer(pair.region_id)
                recording.record(claim, result())
        assert not CertificationJob.objects.filter(completed_at=None).exists()
        assert not ModelCertification.objects.filter(status__in=OPEN_STANDING).exists()

    def _has_recorded(self, pair: JobCertification, found: Any) -> None:
        self.recorded.append((pair, found))

    def _any(self, data: st.DataObject, table: Any, among: Any = None) -> Any:
        """Draws one of the rows by its position, so that runs repeat; None if there are none."""
        rows = list((table.objects if among is None else among).order_by(*BY_AGE[table]))
        return rows[data.draw(st.integers(0, len(rows) - 1))] if rows else None

    def _held(self, data: st.DataObject) -> Claim | None:
        held = [claim for claim in self.claims if claims.held(claim).exists()]
        return data.draw(st.sampled_from(held)) if held else None

    def _statuses(self, job: CertificationJob) -> list[str]:
        return sorted(job.certifications.values_list("status", flat=True))


def _verdict_of(certification: Any) -> str:
    if certification.verdict is not Verdict.PASSED:
        return str(certification.verdict)
    return "CERTIFIED" if certification.score >= 70 else "QUALITY_WARNING"


@pytest.fixture
def _ids_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which of two rows comes first is otherwise up to chance: ids decide where times are equal."""
    numbers = itertools.count()
    source = SimpleNamespace(urandom=lambda size: next(numbers).to_bytes(size, "big"))
    monkeypatch.setattr(uuid, "os", source)


@pytest.mark.usefixtures("_ids_in_order")
def test_whatever_is_done_in_whatever_order(settings: Settings) -> None:
    settings.CERTIFICATION_REGION_CONCURRENCY = LIMIT
    settings.CERTIFICATION_MAX_RETRIES = MAX_TRIES - 1
    settings.BREAKER_MODELS = 2
    # However slow the machine: a worker is lost when it has died, a probe due when it comes due.
    settings.WORKER_LOST_AFTER_SECONDS = DEAD_SECONDS // 2
    settings.BREAKER_OPEN_SECONDS = settings.REPUBLISH_AFTER_SECONDS = 24 * 3600
    settings.REGION_GIVE_UP_AFTER_SECONDS = 24 * 3600
    run_state_machine_as_test(Jobs, settings=REPEATABLE)


# The same few examples each time; `make chaos` runs more, with a new seed each time.
EXAMPLES = int(os.environ.get("ANY_ORDER_EXAMPLES", "0"))
REPEATABLE = settings(
    max_examples=EXAMPLES or 12,
    stateful_step_count=40,
    derandomize=not EXAMPLES,
    # A failing run is short enough to read, and shrinking it takes minutes.
    phases=(Phase.generate,),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
