"""Makes the pairs of old jobs without rows in `job_certifications`: modelIds × regions.

The old system wrote what a job of a single model came to only into `model_certifications`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final
from uuid import uuid5

from certification.models import JobCertification
from certification.states import PairStatus

from . import mapping, verdicts
from .id_map import IdMap
from .old_row import NAMESPACE, OldRow
from .source import Source

UNKNOWN: Final = "The old system did not keep what this pair came to."


@dataclass(frozen=True)
class Missing:
    """A pair to import: its old row, as if the old system had written it."""

    row: OldRow
    is_known: bool

    def convert(self, ids: IdMap) -> JobCertification:
        """Raises Refused."""
        pair = mapping.pair(self.row, ids)
        if not self.is_known:
            pair.status = PairStatus.INCONCLUSIVE
            pair.error_message = UNKNOWN
        return pair


def of_jobs(
    source: Source, jobs: Sequence[dict[str, Any]], ids: IdMap, threshold: float
) -> Iterator[Missing]:
    """Yields the missing pairs of a batch of old jobs that were imported.

    `threshold` is the least score of a pass, for results that say no more than a score.
    """
    rows = [row for row in map(OldRow.of, jobs) if ids.job(row.old_id)]
    names = {name for row in rows for name in (row.old_id, row.text("bullJobId")) if name}
    having = source.where("job_certifications", "jobId", names)
    with_pairs = {ids.job(OldRow.of(pair).text("jobId")) for pair in having}
    results: dict[tuple[Any, Any, str], OldRow] = {}
    for found in map(OldRow.of, source.where("model_certifications", "jobId", names)):
        model_id = ids.models.get(found.text("modelId"))
        results[ids.job(found.text("jobId")), model_id, found.text("region").lower()] = found
    for row in rows:
        job = ids.job(row.old_id)
        is_open = row.enum_value("status") in verdicts.OPEN
        if job in with_pairs or (is_open and row.enum_value("type") != "SINGLE_MODEL"):
            continue
        pairs = dict.fromkeys(product(row.texts("modelIds"), row.texts("regions")))
        for model, region in pairs:
            result = results.get((job, ids.models.get(model), region.lower()))
            yield _missing(row, model, region, result, len(pairs), threshold)


def _missing(
    job: OldRow, model: str, region: str, result: OldRow | None, pairs: int, threshold: float
) -> Missing:
    fields: dict[str, Any] = {
        "id": str(uuid5(NAMESPACE, f"{job.old_id}/{model}/{region}")),
        "jobId": job.old_id,
        "modelId": model,
        "region": region,
    }
    if result is not None:
        kept = {**result.fields, **OldRow.of(fields).fields}
        row = OldRow(kept)
        score = row.number("score", 0, 100)
        if row.boolean("passed") is None and score is not None:
            row.fields = {**kept, "passed": score >= threshold}
        return Missing(row, is_known=True)
    status = _status_of_all(job, pairs)
    fields |= {
        "status": status or "CANCELLED",
        "startedAt": job.get("startedAt"),
        "completedAt": job.get("completedAt"),
        "createdAt": job.get("createdAt"),
        "duration": job.get("duration") if pairs == 1 else None,
        "error": (job.text("error") or job.text("errorMessage")) if status == "FAILED" else None,
    }
    return Missing(OldRow.of(fields), is_known=status is not None)


def _status_of_all(job: OldRow, pairs: int) -> str | None:
    """Returns the status that all pairs of a job must have had; None if they may differ."""
    status = job.enum_value("status")
    if status in verdicts.OPEN or status.startswith("CANCEL"):
        return "CANCELLED"
    if job.integer("successCount") == pairs:
        return "PASSED"
    if status == "FAILED" or job.integer("failureCount") == pairs:
        return "FAILED"
    return None
