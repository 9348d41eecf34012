"""Standings as the rows, cards and bars that the pages of a model and of a region share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from certification.admin.wording import durations, routes, verdicts
from certification.admin.wording.routes import RouteMark
from certification.admin.wording.verdicts import Mark
from certification.models import ModelCertification
from certification.outcomes.advice import explain
from certification.queries.shown_standings import stale_reason_of, status_of
from certification.queries.summaries import Summary
from certification.states import OPEN_STANDING, STALE, StandingStatus

from .entities import Entity, EntityOf
from .metrics import Metric


@dataclass(frozen=True)
class Row:
    """A standing with its texts.

    verdict: the last verdict in words
    stale:   why it may no longer hold, in words
    drifts:  abilities that were seen to be other than declared
    route:   over which profile it passed, unless that was in the region
    """

    entity: Entity
    standing: ModelCertification
    verdict: str
    age: str
    stale: str
    is_running: bool
    drifts: Sequence[str]
    route: RouteMark | None


@dataclass(frozen=True)
class Bar:
    """`percent` is a text with a decimal point: SVG takes no decimal comma."""

    row: Row
    percent: str
    mark: Mark
    text: str


@dataclass(frozen=True)
class Card:
    status: str
    label: Any
    number: int


def rows_of(
    standings: Iterable[ModelCertification], entity_of: EntityOf, now: datetime
) -> list[Row]:
    return [
        Row(
            entity=entity_of(standing),
            standing=standing,
            verdict=verdicts.label_of(standing.verdict),
            age=_age(standing.completed_at, now),
            stale=explain(stale_reason_of(standing))[0],
            is_running=status_of(standing) in OPEN_STANDING,
            drifts=sorted(drifts(standing.model.capabilities, standing.proved)),
            route=routes.mark_of(standing.passed, standing.route_kind),
        )
        for standing in standings
    ]


def _age(at: datetime | None, now: datetime) -> str:
    return durations.days_ago(durations.days_between(at, now)) if at else ""


def drifts(declared: Mapping[str, bool], proved: Mapping[str, bool]) -> set[str]:
    """Returns the abilities that were seen to be other than declared; an undeclared one cannot
    be."""
    return {name for name, shown in proved.items() if declared.get(name, shown) != shown}


def cards(summary: Summary) -> list[Card]:
    """Returns the number of pairs with each verdict, and the number of stale ones."""
    counts = {**summary.verdicts, STALE: summary.stale}
    return [
        Card(status, label, counts.get(status, 0)) for status, label in verdicts.PLURALS.items()
    ]


def bars(rows: Iterable[Row], metric: Metric, maximum: float | None = None) -> list[Bar]:
    """Returns a bar for each judged pair that has a value, the best first. A bar of full length
    stands for `maximum`, or for the largest value."""
    known = [
        (float(value), row)
        for row in rows
        if row.standing.passed is not None
        and (value := getattr(row.standing, metric.name)) is not None
    ]
    known.sort(key=lambda pair: pair[0], reverse=metric.is_higher_better)
    longest = maximum or max((value for value, _row in known), default=0) or 1
    return [_bar(row, value, longest, metric) for value, row in known]


def _bar(row: Row, value: float, longest: float, metric: Metric) -> Bar:
    return Bar(
        row,
        f"{100 * value / longest:.1f}",
        verdicts.MARKS[row.standing.verdict],
        metric.text(getattr(row.standing, metric.name)),
    )


def recertifiable_ids(rows: Iterable[Row]) -> list[str]:
    """Returns the ids without those of unsupported pairs: calling them would show the same."""
    return [row.entity.id for row in rows if row.standing.verdict != StandingStatus.UNSUPPORTED]


def certify_address(models: Iterable[str], regions: Iterable[str] = ()) -> str:
    """Returns the address of the certify form with these models (all, if none is given) and
    regions ticked."""
    query = {"models": [*models], "regions": [*regions]}
    return f"{reverse('admin:certify')}?{urlencode(query, doseq=True)}"
