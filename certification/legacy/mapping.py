"""Converts old rows into unsaved rows of this system. Each function raises Refused if a row cannot
be imported."""

from __future__ import annotations

from datetime import datetime, timedelta
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
from .id_map import IdMap
from .old_row import OldRow, Refused, shown, uuid_of

# Suite version of imported records, so that their scores are compared only with each other.
SUITE: Final = "legacy"
UNFINISHED: Final = "It was not over when it was brought here from the old system."


def job(row: OldRow, ids: IdMap, last_end: datetime | None = None) -> CertificationJob:
    """Converts a job. `last_end`: when the last of its pairs ended; a job that was not over ended
    then, as far as one knows."""
    kind = verdicts.JOB_TYPES.get(row.enum_value("type"))
    status = verdicts.JOB_STATUSES.get(row.enum_value("status"))
    if kind is None:
        raise Refused(_("Its type is unknown: %(word)s") % {"word": shown(row.get("type"))})
    if status is None:
        raise Refused(_("Its status is unknown: %(word)s") % {"word": shown(row.get("status"))})
    created = row.time("createdAt", "startedAt", "updatedAt", "completedAt")
    if created is None:
        raise Refused(_("It has no time at all."))
    unfinished = row.enum_value("status") in verdicts.OPEN
    started = row.time("startedAt")
    duration_ms = row.integer("duration")
    if unfinished:
        ended = last_end or _after(started, duration_ms)
    else:
        ended = row.time("completedAt") or _after(started, duration_ms) or row.time("updatedAt")
    processed = row.integer("processedModels") or 0
    total = max(row.integer("totalModels") or 0, processed)
    over = status is JobStatus.CANCELLED
    return CertificationJob(
        id=row.key(),
        type=kind,
        status=status,
        regions=[region.lower() for region in row.texts("regions")],
        model_ids=[str(ids.models.get(one) or uuid_of(one)) for one in row.texts("modelIds")],
        config={"legacy": _kept(row, "bullJobId", "createdBy", "config", "duration")},
        total_models=total,
        processed_models=processed,
        success_count=row.integer("successCount") or 0,
        failure_count=row.integer("failureCount") or 0,
        cancelled_count=total - processed if over else 0,
        error=row.text("error") or row.text("errorMessage") or (UNFINISHED if unfinished else ""),
        task_id=uuid_of(row.text("bullJobId") or row.old_id),
        created_by_id=ids.person(row.text("createdBy")),
        created_at=created,
        started_at=started,
        completed_at=ended or started or created,
        updated_at=row.time("updatedAt") or ended or started or created,
        ran_ms=duration_ms,
    )


def pair(row: OldRow, ids: IdMap) -> JobCertification:
    details = row.nested("details")
    passed = details.boolean("passed")
    if passed is None:
        passed = row.boolean("passed")
    status = verdicts.pair_status(row.enum_value("status"), passed)
    if status is None:
        raise Refused(_("Its status is unknown: %(word)s") % {"word": shown(row.get("status"))})
    job_id = ids.job(row.text("jobId"))
    if job_id is None:
        raise Refused(_("Its job is missing: %(id)s") % {"id": shown(row.get("jobId"))})
    started, duration_ms = row.time("startedAt"), row.integer("duration")
    ended = row.time("completedAt")
    ended = ended or _after(started, duration_ms or 0) or row.time("updatedAt", "createdAt")
    if ended is None:
        raise Refused(_("It has no time at all."))
    ran = status in (PairStatus.PASSED, PairStatus.FAILED)
    return JobCertification(
        id=row.key(),
        job_id=job_id,
        model_id=_model(row, ids),
        region_id=_region(row, ids),
        status=status,
        attempt=1 if ran else 0,
        passed=status is PairStatus.PASSED if ran else None,
        simulated=details.boolean("simulated"),
        suite_version=SUITE if ran else "",
        started_at=started,
        completed_at=ended,
        due_at=ended,
        created_at=row.time("createdAt") or started or ended,
        duration_ms=duration_ms,
        **_scores(details if details.fields else row),
        **_error(row, details),
    )


def standing(row: OldRow, ids: IdMap, threshold: float) -> ModelCertification:
    scores = _scores(row)
    verdict = verdicts.standing_verdict(
        row.enum_value("status"), row.boolean("passed"), scores["score"], threshold
    )
    if verdict is None:
        raise Refused(
            _("Its status does not say what it came to: %(word)s")
            % {"word": shown(row.get("status"))}
        )
    at = row.time("completedAt", "updatedAt", "startedAt", "createdAt")
    if at is None:
        raise Refused(_("It has no time at all."))
    judged = verdict not in (StandingStatus.CANCELLED, StandingStatus.UNSUPPORTED)
    test_results = row.document("testResults")
    tests = verdicts.tests(test_results)
    if tests is None:
        row.note("testResults", test_results)
    return ModelCertification(
        id=row.key(),
        model_id=_model(row, ids),
        region_id=_region(row, ids),
        status=verdict,
        verdict="" if verdict is StandingStatus.CANCELLED else verdict,
        passed=verdict != StandingStatus.FAILED if judged else None,
        suite_version=SUITE if judged else "",
        started_at=row.time("startedAt"),
        completed_at=at,
        last_record_at=at,
        duration_ms=row.integer("duration"),
        test_results=tests or [],
        job_id=ids.job(row.text("jobId")),
        created_by_id=ids.person(row.text("createdBy")),
        created_at=row.time("createdAt") or at,
        updated_at=row.time("updatedAt") or at,
        **scores,
        **_error(row, row),
    )


def legacy(row: OldRow, ids: IdMap, original: dict[str, Any]) -> ModelCertificationLegacy:
    """Converts a row of any shape; only one without an id is refused."""
    named = row.text("modelId") or row.text("apiModelId") or row.text("modelName")
    passed = row.boolean("passed")
    return ModelCertificationLegacy(
        id=row.key(),
        old_id=row.old_id[:255],
        model_id=ids.models.get(named),
        named=named[:255],
        region=row.text("region")[:64],
        status=row.text("status")[:64],
        passed=row.boolean("isCertified") if passed is None else passed,
        score=row.number("score", 0, 100),
        certified_at=row.time("certifiedAt", "completedAt", "updatedAt", "createdAt"),
        row=original,
    )


def _after(started: datetime | None, duration_ms: int | None) -> datetime | None:
    if started is None or duration_ms is None:
        return None
    return started + timedelta(milliseconds=duration_ms)


def _model(row: OldRow, ids: IdMap) -> UUID:
    found = ids.models.get(row.text("modelId"))
    if found is None:
        raise Refused(_("Its model is unknown: %(id)s") % {"id": shown(row.get("modelId"))})
    return found


def _region(row: OldRow, ids: IdMap) -> str:
    code = row.text("region").lower()
    if code not in ids.regions:
        raise Refused(_("Its region is unknown: %(region)s") % {"region": shown(row.get("region"))})
    return code


def _scores(row: OldRow) -> dict[str, Any]:
    return vars(verdicts.scores(row))


def _error(row: OldRow, details: OldRow) -> dict[str, str]:
    word = row.enum_value("errorCategory") or details.enum_value("errorCategory")
    return {
        "error_category": verdicts.category(word),
        "error_code": word[:64],
        "error_message": row.text("error") or row.text("errorMessage") or details.text("error"),
    }


def _kept(row: OldRow, *names: str) -> dict[str, Any]:
    return {name: row.get(name) for name in names if row.get(name) is not None}
