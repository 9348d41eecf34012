"""Measures how long other transactions wait while a database is migrated to this version.

    .venv/bin/python -m benchmarks.upgrade [--pairs 1000000]

Prints the duration of the upgrade, and the longest wait for reading and changing one pair and one
job meanwhile, in ms. Results are in benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

from scripts import services
from tests.acceptance import earlier_version
from tests.acceptance.deployment import _psycopg

ROOT = Path(__file__).resolve().parents[1]

STATEMENTS = {
    "reading a pair": "SELECT status FROM job_certifications LIMIT 1",
    "changing a pair": "UPDATE job_certifications SET rung_at = now() WHERE id = "
    "(SELECT id FROM job_certifications LIMIT 1)",
    "changing a job": "UPDATE certification_jobs SET error = '' WHERE id = "
    "(SELECT id FROM certification_jobs LIMIT 1)",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=1_000_000)
    pairs = parser.parse_args().pairs
    with tempfile.TemporaryDirectory() as folder, services.postgres() as server:
        url = server.variables["DATABASE_URL"]

        def migrate(*target: str) -> None:
            subprocess.run(
                [sys.executable, "manage.py", "migrate", *target, "--verbosity", "0"],
                cwd=ROOT, check=True,
                env={**os.environ, "DATABASE_URL": url, "HOMOLOGA_DATA_DIR": folder},
            )  # fmt: skip

        def connected() -> psycopg.Connection[Any]:
            return psycopg.connect(**_psycopg(url), autocommit=True)

        for target in earlier_version.FORWARD:
            migrate(*target)
        started = time.monotonic()
        with closing(connected()) as connection:
            connection.execute(earlier_version.filling(pairs // earlier_version.PAIRS_A_JOB))
            connection.execute("VACUUM ANALYZE")
        print(f"{server.name}: {pairs} pairs in {time.monotonic() - started:.0f} s")
        longest, done = dict.fromkeys(STATEMENTS, 0.0), threading.Event()
        threads = [
            threading.Thread(target=_measure_waits, args=(connected, what, longest, done))
            for what in STATEMENTS
        ]
        for thread in threads:
            thread.start()
        started = time.monotonic()
        migrate()
        print(f"| the upgrade | {(time.monotonic() - started) * 1000:.0f} |")
        done.set()
        for thread in threads:
            thread.join()
        for what, seconds in longest.items():
            print(f"| {what}, at most | {seconds * 1000:.0f} |")


def _measure_waits(
    connected: Callable[[], psycopg.Connection[Any]],
    what: str,
    longest: dict[str, float],
    done: threading.Event,
) -> None:
    with closing(connected()) as connection:
        while not done.wait(0.01):
            asked = time.monotonic()
            connection.execute(STATEMENTS[what].encode())
            longest[what] = max(longest[what], time.monotonic() - asked)


if __name__ == "__main__":
    main()
