"""Up to four models or regions beside each other: on the whole, and pair by pair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from certification import queries
from certification.admin.wording import verdicts
from certification.admin.wording.verdicts import Mark
from certification.engine.checks import CHECKS
from certification.models import ModelCertification
from certification.queries.comparison import Axis

from .entities import Entity, EntityOf
from .metrics import METRICS, POINTS, SCORE, Metric

MAX_OTHERS = 3


@dataclass(frozen=True)
class Cell:
    """The value of a metric for one side. `mark` and `title` are those of the pair's verdict, and
    `record` is the id of the record it comes from, if it is the value of one pair."""

    text: str = ""
    is_best: bool = False
    mark: Mark | None = None
    title: str = ""
    record: UUID | None = None


@dataclass(frozen=True)
class MetricLine:
    label: Any
    cells: Sequence[Cell]


@dataclass(frozen=True)
class PairLine:
    entity: Entity
    cells: Sequence[Cell]


@dataclass(frozen=True)
class SideBySide:
    """`common` is the number of pairs in which all sides were judged; totals and checks are
    computed over those alone."""

    sides: Sequence[Entity]
    common: int
    metric: Metric
    metrics: Sequence[Metric]
    totals: Sequence[MetricLine]
    checks: Sequence[MetricLine]
    pairs: Sequence[PairLine]


def chosen_others(request: HttpRequest, own_id: str) -> list[str]:
    """Returns the ids in the query parameter `with`, each once and without the page's own."""
    given = dict.fromkeys(request.GET.getlist("with"))
    return [id for id in given if id and id != own_id][:MAX_OTHERS]


def chosen_metric(request: HttpRequest) -> Metric:
    given = request.GET.get("metric", "")
    return next((metric for metric in METRICS if metric.name == given), SCORE)


def side_by_side(
    axis: Axis,
    sides: Sequence[Entity],
    standings: Sequence[ModelCertification],
    entity_of: EntityOf,
    metric: Metric,
) -> SideBySide:
    """`standings` are those of all sides; `entity_of` returns what is compared in each: the region
    if the sides are models, the model if they are regions. Makes at most one query."""
    grid: dict[Entity, dict[str, ModelCertification]] = {}
    for standing in standings:
        if standing.passed is not None:
            side = str(standing.model_id if axis == "models" else standing.region_id)
            grid.setdefault(entity_of(standing), {})[side] = standing
    ids = [side.id for side in sides]
    common = [entity.id for entity, found in grid.items() if len(found) == len(sides)]
    totals, checks = _overall(axis, sides, common) if common else ([], [])
    return SideBySide(
        sides=sides,
        common=len(common),
        metric=metric,
        metrics=METRICS,
        totals=totals,
        checks=checks,
        pairs=[
            PairLine(entity, _cells([found.get(id) for id in ids], metric))
            for entity, found in grid.items()
            if len(found) > 1
        ],
    )


def _cells(found: Sequence[ModelCertification | None], metric: Metric) -> list[Cell]:
    """Only a pair that passed can be the best: one that failed may have done so quickly."""
    judged = [standing for standing in found if standing]
    best = metric.best(
        [getattr(standing, metric.name) for standing in judged],
        [getattr(standing, metric.name) for standing in judged if standing.passed],
    )
    return [_cell(standing, metric, best) if standing else Cell() for standing in found]


def _cell(standing: ModelCertification, metric: Metric, best: str) -> Cell:
    text = metric.text(getattr(standing, metric.name))
    return Cell(
        text=text or "–",
        is_best=bool(best) and bool(standing.passed) and text == best,
        mark=verdicts.MARKS[standing.verdict],
        title=verdicts.label_of(standing.verdict),
        record=standing.certification_id,
    )


def _overall(
    axis: Axis, sides: Sequence[Entity], common: Sequence[str]
) -> tuple[list[MetricLine], list[MetricLine]]:
    found = queries.comparison.compare(axis, {side.id: side.name for side in sides}, within=common)
    passed: Mapping[str, int] = {side.id: side.passed for side in found.sides}
    most = max(passed.values())
    lines = [
        MetricLine(
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


def _line(metric: Metric, label: Any, values: Sequence[Any]) -> MetricLine:
    best = metric.best(values)
    texts = [metric.text(value) for value in values]
    return MetricLine(label, [Cell(text or "–", bool(best) and text == best) for text in texts])
