"""Measures API lists and staff pages with 2,000 jobs and 1,000,000 certifications.

    .venv/bin/python -m benchmarks.at_scale [--jobs 2000] [--pairs 500] [--rounds 30]

Prints the median and the maximum of each, in ms, over HTTP to one uvicorn process and a local
PostgreSQL. Results are in benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path

from scripts import (
    ports,
    services,
)

ROOT = Path(__file__).resolve().parents[1]

PASSWORD = "only for this benchmark"  # noqa: S105
QUEUE = "/api/certification-queue"
SEED = """
    INSERT INTO certification_jobs (id, type, status, regions, model_ids, config, total_models,
        processed_models, success_count, failure_count, inconclusive_count, unsupported_count,
        cancelled_count, error, task_id, created_at, started_at, completed_at)
    SELECT gen_random_uuid(), 'MULTIPLE_MODELS', 'COMPLETED', '[]', '[]', '{{}}', {pairs}, {pairs},
        {pairs} - 40, 40, 10, 0, 0, '', gen_random_uuid(), now() - n * interval '1 hour',
        now() - n * interval '1 hour', now() - n * interval '1 hour' + interval '5 minutes'
    FROM generate_series(1, {jobs}) AS n;

    INSERT INTO job_certifications (id, job_id, model_id, region, status, attempt, proved, passed,
        score, rating, grade, suite_version, simulated, started_at, completed_at, duration_ms,
        latency_ms, ttft_ms, created_at, due_at)
    SELECT gen_random_uuid(), job.id, offer.model_id, offer.region_id,
        (ARRAY['PASSED', 'PASSED', 'PASSED', 'FAILED'])[1 + n % 4], 1, '{{"streaming": true}}',
        n % 4 < 3, 60 + n % 40, 3.5, 'B', 'benchmark', true, job.started_at, job.completed_at,
        1500, 120, 80, job.created_at, job.created_at
    FROM certification_jobs AS job CROSS JOIN (
        SELECT model_id, region_id, row_number() OVER (ORDER BY model_id, region_id) AS n
        FROM model_offers LIMIT {pairs}
    ) AS offer;

    INSERT INTO model_certifications (id, model_id, region, status, verdict, passed, score, rating,
        grade, proved, test_results, simulated, completed_at, last_record_at)
    SELECT gen_random_uuid(), model.id, region.id, 'CERTIFIED', 'CERTIFIED', true, 87.5, 4.4, 'B',
        '{{"streaming": true}}', '[]', true, now(), now()
    FROM ai_models AS model CROSS JOIN regions AS region WHERE model.provider_id = 'bedrock';
    ANALYZE;
"""


@contextmanager
def web(variables: dict[str, str]) -> Iterator[int]:
    port = ports.free_near(8300)
    command = [sys.executable, "-m", "uvicorn", "config.asgi:application", "--port", str(port)]
    process = subprocess.Popen([*command, "--log-level", "warning"], cwd=ROOT, env=variables)
    try:
        for _ in range(200):
            try:
                ask(port, "GET", "/health/live")
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


def ask(port: int, method: str, path: str, token: str = "", body: object = None) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request(method, path, json.dumps(body) if body else None, headers)
    response = connection.getresponse()
    answer = response.read()
    connection.close()
    if response.status != 200:
        raise SystemExit(f"{method} {path}: {response.status} {answer[:500]!r}")
    return answer


def manage(variables: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, cwd=ROOT, env=variables, check=True, stdout=subprocess.DEVNULL)


def seed(url: str, jobs: int, pairs: int) -> int:
    """Fills the database and returns the number of certifications."""
    import dj_database_url
    import psycopg

    database = dj_database_url.parse(url)
    with psycopg.connect(
        host=database["HOST"], user=database["USER"], dbname=database["NAME"]
    ) as connection:
        connection.execute(SEED.format(jobs=jobs, pairs=pairs))
        (rows,) = connection.execute("SELECT count(*) FROM job_certifications").fetchone() or (0,)
    return int(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--pairs", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=30)
    given = parser.parse_args()
    with services.both() as running, tempfile.TemporaryDirectory() as data:
        variables = os.environ | {
            "HOMOLOGA_DATA_DIR": data,
            "HOMOLOGA_ADMIN_EMAIL": "root@example.com",
            "HOMOLOGA_ADMIN_PASSWORD": PASSWORD,
            "API_REQUESTS_PER_MINUTE": "1000000",
            "LOG_LEVEL": "WARNING",
        }
        for server in running:
            variables |= server.variables
        for command in ("migrate", "load_catalogue", "ensure_admin"):
            manage(variables, command)
        began = time.monotonic()
        rows = seed(variables["DATABASE_URL"], given.jobs, given.pairs)
        print(f"{given.jobs} jobs, {rows} certifications ({time.monotonic() - began:.0f} s)")
        with web(variables) as port:
            login = {"email": "root@example.com", "password": PASSWORD}
            token = json.loads(ask(port, "POST", "/api/auth/login", body=login))["data"]["token"]
            history = json.loads(ask(port, "GET", f"{QUEUE}/history?limit=100", token))["data"]
            jobs = [job["id"] for job in history["jobs"]]
            model = history["jobs"][0]["certifications"][0]["modelId"]
            measure(given.rounds, jobs, ENDPOINTS, lambda path: ask(port, "GET", path, token))
            staff = signed_in(port)
            pages = PAGES | {
                "model": f"/admin/models/{model}/",
                "region": "/admin/regions/us-east-1/",
            }
            measure(given.rounds, jobs, pages, lambda path: staff(path))


# JOB is replaced by another job each time, so that no answer is cached.
ENDPOINTS = {
    "history": f"{QUEUE}/history",
    "history, page 50": f"{QUEUE}/history?page=50",
    "history, COMPLETED": f"{QUEUE}/history?status=COMPLETED",
    "jobs/:id": f"{QUEUE}/jobs/JOB",
    "jobs/:id/certifications": f"{QUEUE}/jobs/JOB/certifications?page=5",
    "certifications": f"{QUEUE}/certifications",
    "stats": f"{QUEUE}/stats",
    "matrix": f"{QUEUE}/matrix",
}
PAGES = {
    "overview": "/admin/",
    "job history": "/admin/jobs/",
    "job history, page 50": "/admin/jobs/?page=50",
    "job history, by region": "/admin/jobs/?region=us-east-1",
    "job history, by model": "/admin/jobs/?model=nova",
    "an opened row": "/admin/jobs/JOB/rows/",
    "an opened row, searched": "/admin/jobs/JOB/rows/?pair_search=nova&result=CHANGED",
    "matrix page": "/admin/matrix/",
}


def signed_in(port: int) -> Callable[[str], bytes]:
    """Signs in a member of staff and returns a function that loads a page."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    login = f"http://127.0.0.1:{port}/admin/login/"
    form = opener.open(login).read().decode()
    token = form.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    given = {"username": "root@example.com", "password": PASSWORD, "csrfmiddlewaretoken": token}
    opener.open(login, urllib.parse.urlencode(given).encode()).close()

    def page(path: str) -> bytes:
        with opener.open(f"http://127.0.0.1:{port}{path}") as answer:
            return bytes(answer.read())

    return page


def measure(
    rounds: int, jobs: list[str], paths: Mapping[str, str], get: Callable[[str], bytes]
) -> None:
    print(f"{'what':<26} {'median ms':>9} {'slowest':>8} {'bytes':>8}")
    for name, path in paths.items():
        took = []
        size = 0
        for n in range(rounds):
            began = time.monotonic()
            size = len(get(path.replace("JOB", jobs[n % len(jobs)])))
            took.append((time.monotonic() - began) * 1000)
        print(f"{name:<26} {statistics.median(took):>9.1f} {max(took):>8.1f} {size:>8}")


if __name__ == "__main__":
    main()
