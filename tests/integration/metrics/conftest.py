"""Parses the metrics of a process."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import pytest
from prometheus_client.parser import text_string_to_metric_families

from certification.observability import metrics

Read = Callable[..., float]


# To read it takes as long as a request, and a test asks for one value of a text after another.
@lru_cache(maxsize=8)
def samples(text: bytes) -> dict[str, list[tuple[dict[str, str], float]]]:
    """Returns the labels and value of each sample, by name."""
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((dict(sample.labels), sample.value))
    return found


def total(text: bytes, name: str, **labels: str) -> float:
    """Returns the sum of the samples that have these labels."""
    return sum(value for of, value in samples(text).get(name, []) if labels.items() <= of.items())


@pytest.fixture
def grown() -> Read:
    """Returns a function that reads by how much a counter has grown since the test began."""
    before = metrics.render([])

    def read(name: str, **labels: str) -> float:
        return total(metrics.render([]), name, **labels) - total(before, name, **labels)

    return read
