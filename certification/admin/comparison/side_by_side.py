"""Up to four models or regions beside each other: on the whole, and pair by pair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from certification import queries
from certification.admin.comparison.metrics import METRICS, POINTS, SCORE, Metric
from certification.admin.screens.matrix import SIGNS
from certification.engine.checks import CHECKS
from certification.models import ModelCertification
from certification.queries.comparison import Axis
from certification.states import StandingStatus

from .rows import Named, Naming, verdict_of

OTHERS_AT_MOST = 3


@dataclass(frozen=True)
class Cell:
    """What one side has of a metric. `look` and `sign` are those of the pair's verdict, empty
    where it has none; `record` leads to what it was found in."""

    text: str = ""
    is_best: bool = False
    look: str = ""
    sign: str = ""
    title: str = ""
    record: UUID | None = None


@dataclass(frozen=True)
class Line:
    label: Any
    cells: Sequence[Cell]


@dataclass(frozen=True)
class PairLine:
    place: Named
    cells: Sequence[Cell]


@dataclass(frozen=True)
class SideBySide:
    """`common` is the number of pairs in which all of the sides were judged: only over those are
    the totals and the checks taken."""

    sides: Sequence[Named]
    common: int
    metric: Metric
    metrics: Sequence[Metric]
    totals: Sequence[Line]
    checks: Sequence[Line]
    pairs: Sequence[PairLine]


def chosen_others(request: HttpRequest, but: str) -> list[str]:
    """The ids that the address asks to compare with, each once and not the page's own."""
    given = dict.fromkeys(request.GET.getlist("with"))
    return [one for one in given if one and one != but][:OTHERS_AT_MOST]


def chosen_metric(request: HttpRequest) -> Metric:
    asked = request.GET.get("metric", "")
    return next((metric for metric in METRICS if metric.name == asked), SCORE)


def side_by_side(
    axis: Axis,
    sides: Sequence[Named],
    standings: Sequence[ModelCertification],
    naming: Naming,
    metric: Metric,
) -> SideBySide:
    """`standings` are those of all sides; `naming` names what they are compared in: the regions of
    models, the models of regions. At most one query."""
    grid: dict[Named, dict[str, ModelCertification]] = {}
    for standing in standings:
        if standing.passed is not None:
            side = str(standing.model_id if axis == "models" else standing.region_id)
            grid.setdefault(naming(standing), {})[side] = standing
    ids = [side.id for side in sides]
    common = [place.id for place, found in grid.items() if len(found) == len(sides)]
    totals, checks = _overall(axis, sides, common) if common else ([], [])
    return SideBySide(
        sides=sides,
        common=len(common),
        metric=metric,
        metrics=METRICS,
        totals=totals,
        checks=checks,
        pairs=[
            PairLine(place, _cells([found.get(id) for id in ids], metric))
            for place, found in grid.items()
            if len(found) > 1
        ],
    )


def _cells(found: Sequence[ModelCertification | None], metric: Metric) -> list[Cell]:
    """The best is one that passed: to fail quickly is no merit."""
    best = metric.best(
        [getattr(one, metric.name) for one in found if one],
        [getattr(one, metric.name) for one in found if one and one.passed],
    )
    return [_cell(one, metric, best) if one else Cell() for one in found]


def _cell(standing: ModelCertification, metric: Metric, best: str) -> Cell:
    look, sign = SIGNS[StandingStatus(standing.verdict)]
    text = metric.text(getattr(standing, metric.name))
    return Cell(
        text=text or "–",
        is_best=bool(best) and bool(standing.passed) and text == best,
        look=look,
        sign=sign,
        title=verdict_of(standing),
        record=standing.certification_id,
    )


def _overall(
    axis: Axis, sides: Sequence[Named], common: Sequence[str]
) -> tuple[list[Line], list[Line]]:
    found = queries.comparison.compare(axis, {side.id: side.name for side in sides}, within=common)
    passed: Mapping[str, int] = {side.id: side.passed for side in found.sides}
    most = max(passed.values())
    lines = [
        Line(
            _("Passed"),
            [
                Cell(f"{count} / {len(common)}", count == most and len(set(passed.values())) > 1)
                for count in passed.values()
            ],
        )
    ]
    for metric in METRICS:
        values = [getattr(side, metric.of_side) for side in found.sides]
        lines.append(_line(metric, metric.label, values))
    titles = {check.id: check.title for check in CHECKS}
    checks = [
        _line(POINTS, _(titles.get(check, check)), [side.checks.get(check) for side in found.sides])
        for check in found.differing
    ]
    return lines, checks


def _line(metric: Metric, label: Any, values: Sequence[Any]) -> Line:
    best = metric.best(values)
    texts = [metric.text(value) for value in values]
    return Line(label, [Cell(text or "–", bool(best) and text == best) for text in texts])
