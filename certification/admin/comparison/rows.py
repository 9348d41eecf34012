"""Standings as the rows, cards and bars that a model's and a region's page share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy, pgettext_lazy

from certification.admin.comparison.metrics import Metric
from certification.admin.screens.jobs import explained
from certification.admin.screens.matrix import LEGEND, SIGNS
from certification.admin.screens.overview import VERDICTS
from certification.admin.wording import durations
from certification.models import ModelCertification
from certification.queries.summaries import Summary
from certification.states import OPEN_STANDING, STALE, StandingStatus

STATUSES = (*((s.value, s.label) for s in LEGEND), (STALE, gettext_lazy("stale")))
# Over numbers of pairs.
PLURALS = (*((s.value, label) for s, label in VERDICTS), (STALE, pgettext_lazy("pairs", "Stale")))


@dataclass(frozen=True)
class Named:
    """A model or a region, by what it is called here and by what it is called elsewhere."""

    id: str
    name: str
    note: str


@dataclass(frozen=True)
class Row:
    """`verdict` is what the pair came to, in words, `stale` why it may no longer hold; `drifts`
    are the abilities that were seen to be other than declared."""

    place: Named
    standing: ModelCertification
    verdict: str
    age: str
    stale: str
    is_running: bool
    drifts: Sequence[str]


@dataclass(frozen=True)
class Bar:
    """`percent` is a text, for no language writes it otherwise."""

    row: Row
    percent: str
    look: str
    sign: str
    text: str


@dataclass(frozen=True)
class Card:
    status: str
    label: Any
    number: int


Naming = Callable[[ModelCertification], Named]


def by_region(standing: ModelCertification) -> Named:
    return Named(standing.region_id, standing.region_id, standing.region.display_name)


def by_model(standing: ModelCertification) -> Named:
    model = standing.model
    return Named(str(model.pk), model.name, model.vendor)


def rows_of(standings: Iterable[ModelCertification], naming: Naming, now: datetime) -> list[Row]:
    return [
        Row(
            place=naming(standing),
            standing=standing,
            verdict=verdict_of(standing),
            age=age(standing.completed_at, now),
            stale=explained(standing.stale_reason)[0],
            is_running=standing.status in OPEN_STANDING,
            drifts=sorted(drifts(standing.model.capabilities, standing.proved)),
        )
        for standing in standings
    ]


def verdict_of(standing: ModelCertification) -> str:
    """In words; Django's own way to them is several times slower, and a page has hundreds."""
    return str(StandingStatus(standing.verdict).label) if standing.verdict else ""


def age(at: datetime | None, now: datetime) -> str:
    return durations.days_ago(durations.days_between(at, now)) if at else ""


def drifts(declared: Mapping[str, bool], proved: Mapping[str, bool]) -> set[str]:
    """Abilities that were seen to be other than declared; an undeclared one cannot be."""
    return {name for name, shown in proved.items() if declared.get(name, shown) != shown}


def cards(summary: Summary) -> list[Card]:
    """How many pairs have each verdict, and how many are stale."""
    counted = {**summary.verdicts, STALE: summary.stale}
    return [Card(status, label, counted.get(status, 0)) for status, label in PLURALS]


def bars(rows: Iterable[Row], metric: Metric, most: float | None = None) -> list[Bar]:
    """The judged ones that have a value, the best first; the longest bar is that of `most`, or of
    the largest value."""
    known = [
        (float(value), row)
        for row in rows
        if row.standing.passed is not None
        and (value := getattr(row.standing, metric.name)) is not None
    ]
    known.sort(key=lambda pair: pair[0], reverse=metric.is_higher_better)
    longest = most or max((value for value, _row in known), default=0) or 1
    return [_bar(row, value, longest, metric) for value, row in known]


def _bar(row: Row, value: float, longest: float, metric: Metric) -> Bar:
    look, sign = SIGNS[StandingStatus(row.standing.verdict)]
    text = metric.text(getattr(row.standing, metric.name))
    return Bar(row, f"{100 * value / longest:.1f}", look, sign, text)


def kept(request: HttpRequest, *changed: str) -> list[tuple[str, str]]:
    """The address's parameters without those that a form changes, for its hidden fields."""
    return [
        (name, value)
        for name, values in request.GET.lists()
        for value in values
        if name not in changed and value
    ]


def again(rows: Iterable[Row]) -> list[str]:
    """What is worth certifying again: calling what is not supported would show the same."""
    return [row.place.id for row in rows if row.standing.verdict != StandingStatus.UNSUPPORTED]


def certify_address(models: Iterable[str], regions: Iterable[str] = ()) -> str:
    """Of the certify form with these models (all, where none is named) and regions ticked."""
    asked = {"models": [*models], "regions": [*regions]}
    return f"{reverse('admin:certify')}?{urlencode(asked, doseq=True)}"
