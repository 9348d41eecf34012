"""Records every change of a pair's status by a database trigger.

The final rows do not show whether a pair was recorded twice, or whether a region exceeded its limit
during the run; the log does.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

TRIGGER = """
CREATE TABLE chaos_witness (
    id bigserial PRIMARY KEY,
    pair_id uuid NOT NULL,
    region text NOT NULL,
    old text NOT NULL,
    new text NOT NULL,
    old_worker_id uuid,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE FUNCTION chaos_see() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO chaos_witness (pair_id, region, old, new, old_worker_id)
    VALUES (NEW.id, NEW.region, OLD.status, NEW.status, OLD.worker_id);
    RETURN NULL;
END $$;
CREATE TRIGGER chaos_sees AFTER UPDATE ON job_certifications FOR EACH ROW
WHEN (OLD.status IS DISTINCT FROM NEW.status OR OLD.completed_at IS DISTINCT FROM NEW.completed_at)
EXECUTE FUNCTION chaos_see();
"""
RECLAIMED = """
    SELECT extract(epoch FROM max(seen.at) - %(killed)s)
    FROM chaos_witness AS seen
    JOIN certification_workers AS worker ON worker.id = seen.old_worker_id
    WHERE worker.pid = %(pid)s AND seen.old = 'PROCESSING' AND seen.new = 'PENDING'
        AND seen.at BETWEEN %(killed)s AND %(killed)s + interval '5 minutes'
"""
# A pair releases its slot before another one gets it, so a running sum never counts too many.
MOST_AT_WORK = """
    SELECT region, max(at_work) FROM (
        SELECT region, sum(
            CASE WHEN new = 'PROCESSING' THEN 1 WHEN old = 'PROCESSING' THEN -1 ELSE 0 END
        ) OVER (PARTITION BY region ORDER BY at, id) AS at_work
        FROM chaos_witness
    ) AS running GROUP BY region
"""
RECORDED_AGAIN = """
    SELECT pair_id, old, new FROM chaos_witness
    WHERE old NOT IN ('PENDING', 'QUEUED', 'PROCESSING')
"""


def install() -> None:
    with connection.cursor() as cursor:
        cursor.execute(TRIGGER)


def most_at_work() -> dict[str, int]:
    """Returns, by region, the largest number of pairs that ran at the same time."""
    return dict(_rows(MOST_AT_WORK))


def recorded_again() -> list[tuple[Any, ...]]:
    """Returns the changes of pairs that had already ended."""
    return _rows(RECORDED_AGAIN)


def reclaimed_after(pid: int, killed: object) -> float | None:
    """Returns the seconds from a worker's death to the reclaim of its last pair; None if it had no
    pairs."""
    ((seconds,),) = _rows(RECLAIMED, {"pid": pid, "killed": killed})
    return None if seconds is None else float(seconds)


def _rows(sql: str, values: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
