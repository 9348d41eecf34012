"""The text that Prometheus reads."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from prometheus_client.registry import Collector

__all__ = ["CONTENT_TYPE", "text"]


def text(families: Iterable[Metric]) -> bytes:
    """What this process has counted, and `families`, which were read just now."""
    now = CollectorRegistry(auto_describe=False)
    now.register(_Given(families))
    return generate_latest() + generate_latest(now)


class _Given(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families
