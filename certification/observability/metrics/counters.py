"""Counters and histograms of this process since it started.

Labels must have few values: regions, verdicts, error categories, routes, HTTP methods and codes.
"""

from __future__ import annotations

from django.http import HttpRequest
from prometheus_client import Counter, Histogram, disable_created_metrics

from certification.engine import Certification

disable_created_metrics()  # type: ignore[no-untyped-call]

PAIRS = Counter("homologa_pairs", "Pairs that ended with a verdict.", ["region", "verdict"])
ERRORS = Counter("homologa_pair_errors", "Errors that decided verdicts.", ["region", "category"])
RETRIES = Counter("homologa_retries", "Attempts that ended in a retry.", ["region", "category"])
RECLAIMED = Counter("homologa_reclaimed_pairs", "Pairs reclaimed from lost workers.")
RUN_SECONDS = Histogram(
    "homologa_run_seconds",
    "How long the suite took on a pair, each attempt by itself.",
    ["region"],
    buckets=(0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300),
)
FIRST_TOKEN_SECONDS = Histogram(
    "homologa_first_token_seconds",
    "Median time to first token of an attempt's streams.",
    ["region"],
    buckets=(0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30),
)
TOKENS = Counter(
    "homologa_tokens", "Tokens of all attempts, by direction (input, output).",
    ["region", "direction"],
)  # fmt: skip
COST = Counter("homologa_cost_usd", "What all attempts cost, where prices are known.", ["region"])
HTTP = Counter(
    "homologa_http_requests", "Requests that were answered.", ["view", "method", "status"]
)
HTTP_SECONDS = Histogram(
    "homologa_http_request_seconds",
    "Seconds from the request to the first byte of the response.",
    ["view"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
# Clients may send any method; others are counted as "other", so that the label has few values.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def record_run(certification: Certification) -> None:
    """Counts the duration, the tokens and the cost of an attempt, whatever its verdict."""
    region = certification.region
    if certification.duration_ms:
        RUN_SECONDS.labels(region).observe(certification.duration_ms / 1000)
    if certification.ttft_ms is not None:
        FIRST_TOKEN_SECONDS.labels(region).observe(certification.ttft_ms / 1000)
    TOKENS.labels(region, "input").inc(certification.input_tokens)
    TOKENS.labels(region, "output").inc(certification.output_tokens)
    COST.labels(region).inc(float(certification.cost or 0))


def record_verdict(region: str, verdict: str, error_category: str | None) -> None:
    """Counts a pair that ended with a verdict, and the error that decided it."""
    PAIRS.labels(region, verdict).inc()
    if error_category:
        ERRORS.labels(region, error_category).inc()


def record_retry(region: str, error_category: str) -> None:
    """Counts an attempt that ended in a retry."""
    RETRIES.labels(region, error_category).inc()


def record_reclaimed(pairs: int) -> None:
    """Counts pairs that were reclaimed from lost workers."""
    RECLAIMED.inc(pairs)


def record_http_request(request: HttpRequest, status: int, seconds: float) -> None:
    """Counts a request and its duration (s), by the name of its route.

    Not by its path: paths contain ids, or anything if no route matches.
    """
    view = request.resolver_match.view_name if request.resolver_match else "unmatched"
    method = request.method if request.method in METHODS else "other"
    HTTP.labels(view, method, str(status)).inc()
    HTTP_SECONDS.labels(view).observe(seconds)
