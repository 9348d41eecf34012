"""Old rows as rows of ours, not yet saved. Each raises Refused for what cannot be taken."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from certification.models import (
    CertificationJob,
    JobCertification,
    ModelCertification,
    ModelCertificationLegacy,
)
from certification.states import JobStatus, PairStatus, StandingStatus

from . import verdicts
from .id_map import Known
from .old_row import OldRow, Refused, shown, uuid_of

# What stands for the suite of checks, so that these scores are compared with one another alone.
SUITE: Final = "legacy"
UNFINISHED: Final = "It was not over when it was brought here from the old system."


def job(row: OldRow, known: Known) -> CertificationJob:
    kind = verdicts.JOB_TYPES.get(row.word("type"))
    status = verdicts.JOB_STATUSES.get(row.word("status"))
    if kind is None:
        raise Refused(_("Its type is unknown: %(word)s") % {"word": shown(row.get("type"))})
    if status is None:
        raise Refused(_("Its status is unknown: %(word)s") % {"word": shown(row.get("status"))})
    created = row.moment("createdAt", "startedAt", "updatedAt", "completedAt")
    if created is None:
        raise Refused(_("It has no time at all."))
    unfinished = row.word("status") in verdicts.OPEN
    started = row.moment("startedAt")
    ended = row.moment("updatedAt", "startedAt") if unfinished else row.moment(
        "completedAt", "updatedAt", "startedAt"
    )  # fmt: skip
    processed = row.whole("processedModels") or 0
    total = max(row.whole("totalModels") or 0, processed)
    over = status is JobStatus.CANCELLED
    return CertificationJob(
        id=row.key(),
        type=kind,
        status=status,
        regions=[region.lower() for region in row.words("regions")],
        model_ids=[str(known.models.get(one) or uuid_of(one)) for one in row.words("modelIds")],
        config={"legacy": _kept(row, "bullJobId", "createdBy", "config")},
        total_models=total,
        processed_models=processed,
        success_count=row.whole("successCount") or 0,
        failure_count=row.whole("failureCount") or 0,
        cancelled_count=total - processed if over else 0,
        error=row.text("error") or row.text("errorMessage") or (UNFINISHED if unfinished else ""),
        task_id=uuid_of(row.text("bullJobId") or row.old_id),
        created_by_id=known.person(row.text("createdBy")),
        created_at=created,
        started_at=started,
        completed_at=ended or created,
    )


def pair(row: OldRow, known: Known) -> JobCertification:
    details = row.inside("details")
    passed = details.truth("passed")
    if passed is None:
        passed = row.truth("passed")
    status = verdicts.pair_status(row.word("status"), passed)
    if status is None:
        raise Refused(_("Its status is unknown: %(word)s") % {"word": shown(row.get("status"))})
    job_id = uuid_of(row.text("jobId"))
    if job_id not in known.jobs:
        raise Refused(_("Its job is missing: %(id)s") % {"id": shown(row.get("jobId"))})
    started, took = row.moment("startedAt"), row.whole("duration")
    ended = row.moment("completedAt")
    if ended is None and started is not None:
        ended = started + timedelta(milliseconds=took or 0)
    ended = ended or row.moment("updatedAt", "createdAt")
    if ended is None:
        raise Refused(_("It has no time at all."))
    ran = status in (PairStatus.PASSED, PairStatus.FAILED)
    return JobCertification(
        id=row.key(),
        job_id=job_id,
        model_id=_model(row, known),
        region_id=_region(row, known),
        status=status,
        attempt=1 if ran else 0,
        passed=status is PairStatus.PASSED if ran else None,
        simulated=details.truth("simulated"),
        suite_version=SUITE if ran else "",
        started_at=started,
        completed_at=ended,
        due_at=ended,
        created_at=row.moment("createdAt") or started or ended,
        duration_ms=took,
        **_marks(details if details.fields else row),
        **_error(row, details),
    )


def standing(row: OldRow, known: Known, threshold: float) -> ModelCertification:
    marks = _marks(row)
    verdict = verdicts.standing_verdict(
        row.word("status"), row.truth("passed"), marks["score"], threshold
    )
    if verdict is None:
        raise Refused(
            _("Its status does not say what it came to: %(word)s")
            % {"word": shown(row.get("status"))}
        )
    at = row.moment("completedAt", "updatedAt", "startedAt", "createdAt")
    if at is None:
        raise Refused(_("It has no time at all."))
    judged = verdict not in (StandingStatus.CANCELLED, StandingStatus.UNSUPPORTED)
    said = row.document("testResults")
    tests = verdicts.tests(said)
    if tests is None:
        row.note("testResults", said)
    job_id = uuid_of(row.text("jobId"))
    return ModelCertification(
        id=row.key(),
        model_id=_model(row, known),
        region_id=_region(row, known),
        status=verdict,
        verdict="" if verdict is StandingStatus.CANCELLED else verdict,
        passed=verdict != StandingStatus.FAILED if judged else None,
        suite_version=SUITE if judged else "",
        started_at=row.moment("startedAt"),
        completed_at=at,
        last_record_at=at,
        duration_ms=row.whole("duration"),
        test_results=tests or [],
        job_id=job_id if job_id in known.jobs else None,
        created_by_id=known.person(row.text("createdBy")),
        created_at=row.moment("createdAt") or at,
        updated_at=row.moment("updatedAt") or at,
        **marks,
        **_error(row, row),
    )


def legacy(row: OldRow, known: Known, whole: dict[str, Any]) -> ModelCertificationLegacy:
    """Whatever shape it has; only a row without an id is refused."""
    named = row.text("modelId") or row.text("apiModelId") or row.text("modelName")
    passed = row.truth("passed")
    return ModelCertificationLegacy(
        id=row.key(),
        old_id=row.old_id[:255],
        model_id=known.models.get(named),
        named=named[:255],
        region=row.text("region")[:64],
        status=row.text("status")[:64],
        passed=row.truth("isCertified") if passed is None else passed,
        score=row.number("score", 0, 100),
        certified_at=row.moment("certifiedAt", "completedAt", "updatedAt", "createdAt"),
        row=whole,
    )


def _model(row: OldRow, known: Known) -> UUID:
    found = known.models.get(row.text("modelId"))
    if found is None:
        raise Refused(_("Its model is unknown: %(id)s") % {"id": shown(row.get("modelId"))})
    return found


def _region(row: OldRow, known: Known) -> str:
    code = row.text("region").lower()
    if code not in known.regions:
        raise Refused(_("Its region is unknown: %(region)s") % {"region": shown(row.get("region"))})
    return code


def _marks(row: OldRow) -> dict[str, Any]:
    return vars(verdicts.marks(row))


def _error(row: OldRow, details: OldRow) -> dict[str, str]:
    word = row.word("errorCategory") or details.word("errorCategory")
    return {
        "error_category": verdicts.category(word),
        "error_code": word[:64],
        "error_message": row.text("error") or row.text("errorMessage") or details.text("error"),
    }


def _kept(row: OldRow, *names: str) -> dict[str, Any]:
    return {name: row.get(name) for name in names if row.get(name) is not None}
