"""Estimates the cost and the duration of certifying some pairs, before a job is opened."""

from __future__ import annotations

import statistics
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum

from certification.engine import ON_DEMAND, Kind, ModelSpec, suite_for
from certification.models import ModelCertification
from models_registry import offers
from models_registry import queries as registry
from models_registry.models import AIModel

from . import workers
from .model_specs import spec_of

Pair = tuple[AIModel, str]


@dataclass(frozen=True)
class Forecast:
    """The estimate, and the number of pairs that it cannot cover.

    called:      pairs for which the model is called; the others end UNSUPPORTED without a call
    not_offered: models with the regions that do not offer them
    forbidden:   models with the regions that reach them over no allowed route
    checks:      checks over all called pairs; each makes at least one call
    cost:        USD, without the `cost_unknown` pairs; None if it is unknown for all
    on_demand:   USD of the checks that run only on request, which is part of `cost`; 0 if none was
                 asked for, None if a price is unknown
    seconds:     s, for all live workers together, without the `time_unknown` pairs; None if no
                 worker is alive or no duration is known
    workers:     pairs that the live workers carry out at the same time
    simulated:   whether a result of the simulator was used
    """

    pairs: int
    called: int
    not_offered: Sequence[tuple[AIModel, Sequence[str]]]
    forbidden: Sequence[tuple[AIModel, Sequence[str]]]
    checks: int
    cost: Decimal | None
    cost_unknown: int
    on_demand: Decimal | None
    seconds: int | None
    time_unknown: int
    workers: int
    simulated: bool

    @property
    def uncalled(self) -> int:
        return self.pairs - self.called


@dataclass(frozen=True)
class _Past:
    """A standing that passed or failed: duration in ms, cost in USD, tokens."""

    duration_ms: int
    cost: Decimal | None
    input_tokens: int
    output_tokens: int
    simulated: bool


def estimate(
    pairs: Sequence[Pair],
    *,
    probe_unoffered: bool = False,
    checks: Collection[str] = (),
    routes: Collection[str] = offers.ROUTE_KINDS,
) -> Forecast:
    """Estimates what certifying these pairs would take, over `routes` of the given kinds only.

    Rests on the medians of the model's standings in any region, or, if it has none, of the
    standings of its kind. If there are none either, or a price is unknown, the pair counts as
    unknown. Three queries whatever the number of pairs; none reads history.
    """
    models = {model.pk: model for model, _region in pairs}
    offered = registry.offers(models, {region for _model, region in pairs})
    counts: dict[UUID, int] = dict.fromkeys(models, 0)
    not_offered: dict[UUID, list[str]] = {}
    forbidden: dict[UUID, list[str]] = {}
    for model, region in pairs:
        if model.unsupported_because:
            continue
        types = offered.get((model.pk, region))
        if types is None and not probe_unoffered:
            not_offered.setdefault(model.pk, []).append(region)
        elif any(kind in routes for kind, _id in offers.routes(model.api_model_id, types or ())):
            counts[model.pk] += 1
        else:
            forbidden.setdefault(model.pk, []).append(region)
    by_model, by_kind = _pasts()
    cost, cost_unknown, duration, time_unknown, check_count = Decimal(0), 0, 0.0, 0, 0
    on_demand: Decimal | None = Decimal(0)
    simulated = False
    for pk, number in counts.items():
        if not number:
            continue
        model = models[pk]
        own, same_kind = by_model.get(pk, []), by_kind.get(model.kind, [])
        spec = spec_of(model)
        check_count += number * len(suite_for(spec, checks))
        simulated = simulated or any(past.simulated for past in own or same_kind)
        extra = _on_demand_cost(spec, checks)
        on_demand = None if on_demand is None or extra is None else on_demand + extra * number
        pair_cost = _cost(spec, own, same_kind, extra)
        if pair_cost is None:
            cost_unknown += number
        else:
            cost += pair_cost * number
        if own or same_kind:
            duration += number * statistics.median(past.duration_ms for past in own or same_kind)
        else:
            time_unknown += number
    called = sum(counts.values())
    concurrency = workers.live().aggregate(n=Sum("concurrency"))["n"] or 0
    return Forecast(
        pairs=len(pairs),
        called=called,
        not_offered=[(models[pk], regions) for pk, regions in not_offered.items()],
        forbidden=[(models[pk], regions) for pk, regions in forbidden.items()],
        checks=check_count,
        cost=cost if called > cost_unknown else None,
        cost_unknown=cost_unknown,
        on_demand=on_demand,
        seconds=(
            round(duration / 1000 / min(concurrency, called))
            if concurrency and called > time_unknown
            else None
        ),
        time_unknown=time_unknown,
        workers=concurrency,
        simulated=simulated,
    )


def _pasts() -> tuple[dict[UUID, list[_Past]], dict[str, list[_Past]]]:
    by_model: dict[UUID, list[_Past]] = {}
    by_kind: dict[str, list[_Past]] = {}
    rows = ModelCertification.objects.filter(passed__isnull=False, duration_ms__isnull=False)
    for model, kind, duration, cost, input_tokens, output_tokens, simulated in rows.values_list(
        "model_id",
        "model__kind",
        "duration_ms",
        "cost",
        "input_tokens",
        "output_tokens",
        "simulated",
    ):
        past = _Past(duration or 0, cost, input_tokens, output_tokens, bool(simulated))
        by_model.setdefault(model, []).append(past)
        by_kind.setdefault(kind, []).append(past)
    return by_model, by_kind


def _on_demand_cost(spec: ModelSpec, checks: Collection[str]) -> Decimal | None:
    """Returns what the checks that run only on request cost for one pair in USD, or None."""
    asked = [check for check in ON_DEMAND if check.id in checks and check.fits(spec)]
    tokens = sum(check.extra_tokens(spec) for check in asked)
    return spec.prices.over(spec.first_route).of_tokens(tokens, 0) if tokens else Decimal(0)


def _cost(
    spec: ModelSpec, own: Sequence[_Past], same_kind: Sequence[_Past], extra: Decimal | None
) -> Decimal | None:
    """Returns the cost of one pair in USD, or None if it is unknown."""
    costs = [past.cost for past in own if past.cost is not None]
    base: Decimal | None = None
    if costs:
        base = statistics.median(costs)
    elif spec.kind not in (Kind.IMAGE, Kind.IMAGE_EDIT) and same_kind:
        base = spec.prices.over(spec.first_route).of_tokens(
            _median(past.input_tokens for past in same_kind),
            _median(past.output_tokens for past in same_kind),
        )
    return None if base is None or extra is None else base + extra


def _median(values: Iterable[int]) -> int:
    return round(statistics.median(values))
