"""Records the results of claimed pairs.

A record is one transaction, conditional on the attempt that was claimed: a late result of an
attempt that was reclaimed changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from certification.engine import Category, Certification, Verdict, not_judged
from certification.jobs import lifecycle
from certification.models import Evidence, JobCertification
from certification.observability import metrics
from certification.outcomes import attempts, dead_letters, evidence, standings
from certification.queue import claims
from certification.queue.claims import Claim, held
from certification.states import AttemptOutcome, PairStatus


def record(claim: Claim, certification: Certification) -> bool:
    """Writes the verdict, the evidence and the standing, and a dead letter if the pair was given
    up; then closes the job if this was its last pair.

    Returns False, with nothing written, if the claim no longer stood.
    """
    changes = {"status": PairStatus(certification.verdict), **_columns(certification)}
    with transaction.atomic():
        if not held(claim).update(completed_at=Now(), **changes):
            return False
        pair = _ended(claim, changes)
        Evidence.objects.create(
            certification=pair,
            results=evidence.of_pair(certification.results),
        )
        attempts.write(claim.pair, claim.attempt, AttemptOutcome.RECORDED, certification)
        standings.settle(pair, evidence.of_standing(certification.results))
        if dead_letters.is_given_up(certification):
            dead_letters.write(pair, certification)
        elif certification.verdict is Verdict.PASSED:
            dead_letters.close_answered(pair)
    error = certification.error
    metrics.record_verdict(pair.region_id, certification.verdict, error.category if error else None)
    lifecycle.finish(claim.pair.job_id)
    return True


def _ended(claim: Claim, changes: Mapping[str, Any]) -> JobCertification:
    """Returns the pair as its row is now: nothing but the claim's holder has changed it."""
    pair = claim.pair
    for name, value in changes.items():
        setattr(pair, name, value)
    ended = JobCertification.objects.filter(pk=pair.pk).values_list("completed_at", flat=True)
    pair.completed_at = ended.get()
    return pair


def give_up(pair_id: UUID) -> bool:
    """Records as INCONCLUSIVE a pair whose workers all died; false if it was claimed meanwhile."""
    claim = claims.last_claim(pair_id)
    return _give_up(
        claim, Category.WORKER_LOST, f"The worker was lost in each of {claim.tries} attempts."
    )


def give_up_region(pair_id: UUID) -> bool:
    """Records as INCONCLUSIVE a pair whose region's circuit stayed open; false if the pair no
    longer waits."""
    claim = claims.claim_to_close(pair_id)
    if claim is None:
        return False
    region = claim.pair.region_id
    return _give_up(
        claim, Category.CIRCUIT_OPEN, f"The circuit of {region} stayed open for too long."
    )


def _give_up(claim: Claim, category: Category, text: str) -> bool:
    pair = claim.pair
    return record(claim, not_judged(pair.model.api_model_id, pair.region_id, category, text))


def cancel(claim: Claim) -> bool:
    """Ends a running pair whose job was cancelled; false if the claim no longer stood."""
    with transaction.atomic():
        changed = held(claim).update(status=PairStatus.CANCELLED, completed_at=Now())
        if changed:
            attempts.write(claim.pair, claim.attempt, AttemptOutcome.CANCELLED)
            standings.settle_cancelled(claim.pair.job)
    if changed:
        lifecycle.finish(claim.pair.job_id)
    return bool(changed)


def _columns(certification: Certification) -> dict[str, Any]:
    error = certification.error
    judged = certification.verdict in (Verdict.PASSED, Verdict.FAILED)
    return {
        "passed": certification.verdict is Verdict.PASSED if judged else None,
        "score": certification.score,
        "rating": certification.rating,
        "grade": certification.grade or "",
        "badge": certification.badge,
        "error_category": error.category if error else "",
        "error_code": error.code[:64] if error else "",
        "error_message": error.text if error else "",
        "proved": dict(certification.proved),
        "dead": list(certification.dead),
        "unsteady": certification.unsteady,
        "route_kind": certification.route.kind if certification.route else "",
        "route_id": certification.route.id if certification.route else "",
        "routes": evidence.of_routes(certification.routes),
        "suite_version": certification.suite_version,
        "simulated": certification.simulated,
        "endpoint": certification.endpoint[:200],
        "duration_ms": certification.duration_ms,
        "latency_ms": certification.latency_ms,
        "ttft_ms": certification.ttft_ms,
        "tokens_per_second": certification.tokens_per_second,
        "input_tokens": certification.input_tokens,
        "output_tokens": certification.output_tokens,
        "cost": certification.cost,
    }
