"""What certifying some pairs would take, before anyone starts it."""

from __future__ import annotations

import statistics
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum

from certification.engine import ON_DEMAND, Kind, ModelSpec, suite_for
from certification.models import ModelCertification
from models_registry import queries as registry
from models_registry.models import AIModel

from . import workers
from .model_specs import spec_of

Pair = tuple[AIModel, str]


@dataclass(frozen=True)
class Forecast:
    """What can be known beforehand, and for how many pairs it cannot.

    checks:      of all the pairs that are called; each makes one call at least
    cost:        USD, of the pairs whose cost can be told; the others are `cost_unknown`
    seconds:     by the live workers together, of the pairs whose duration can be told; the
                 others are `time_unknown`; None where no worker is alive or nothing is known
    simulated:   whether what it rests on came from the simulator
    """

    pairs: int
    called: int
    not_offered: Sequence[tuple[AIModel, Sequence[str]]]
    checks: int
    cost: Decimal | None
    cost_unknown: int
    seconds: int | None
    time_unknown: int
    workers: int
    simulated: bool

    @property
    def unoffered(self) -> int:
        return self.pairs - self.called


@dataclass(frozen=True)
class _Past:
    """One standing that was judged: how long it took (ms), what it cost (USD), tokens."""

    duration_ms: int
    cost: Decimal | None
    input_tokens: int
    output_tokens: int
    simulated: bool


def estimate(
    pairs: Sequence[Pair], *, probe_unoffered: bool = False, checks: Collection[str] = ()
) -> Forecast:
    """Three queries whatever the number of pairs; none of them reads history.

    A model's past is that of its own standings in any region, else that of its kind; where there
    is neither, or a price is not known, it is unknown rather than guessed.
    """
    models = {model.pk: model for model, _region in pairs}
    offered = registry.offers(models, {region for _model, region in pairs})
    counts: dict[UUID, int] = dict.fromkeys(models, 0)
    absent: dict[UUID, list[str]] = {}
    for model, region in pairs:
        if probe_unoffered or (model.pk, region) in offered:
            counts[model.pk] += 1
        else:
            absent.setdefault(model.pk, []).append(region)
    by_model, by_kind = _pasts()
    cost, cost_unknown, duration, time_unknown, n_checks = Decimal(0), 0, 0.0, 0, 0
    simulated = False
    for pk, number in counts.items():
        if not number:
            continue
        model = models[pk]
        own, alike = by_model.get(pk, []), by_kind.get(model.kind, [])
        spec = spec_of(model)
        n_checks += number * len(suite_for(spec, checks))
        simulated = simulated or any(past.simulated for past in own or alike)
        each = _cost(spec, own, alike, checks)
        if each is None:
            cost_unknown += number
        else:
            cost += each * number
        if own or alike:
            duration += number * statistics.median(past.duration_ms for past in own or alike)
        else:
            time_unknown += number
    called = sum(counts.values())
    at_once = workers.live().aggregate(n=Sum("concurrency"))["n"] or 0
    return Forecast(
        pairs=len(pairs),
        called=called,
        not_offered=[(models[pk], regions) for pk, regions in absent.items()],
        checks=n_checks,
        cost=cost if called > cost_unknown else None,
        cost_unknown=cost_unknown,
        seconds=(
            round(duration / 1000 / min(at_once, called))
            if at_once and called > time_unknown
            else None
        ),
        time_unknown=time_unknown,
        workers=at_once,
        simulated=simulated,
    )


def _pasts() -> tuple[dict[UUID, list[_Past]], dict[str, list[_Past]]]:
    by_model: dict[UUID, list[_Past]] = {}
    by_kind: dict[str, list[_Past]] = {}
    rows = ModelCertification.objects.filter(passed__isnull=False, duration_ms__isnull=False)
    for model, kind, duration, cost, read, written, simulated in rows.values_list(
        "model_id",
        "model__kind",
        "duration_ms",
        "cost",
        "input_tokens",
        "output_tokens",
        "simulated",
    ):
        past = _Past(duration or 0, cost, read, written, bool(simulated))
        by_model.setdefault(model, []).append(past)
        by_kind.setdefault(kind, []).append(past)
    return by_model, by_kind


def _cost(
    spec: ModelSpec, own: Sequence[_Past], alike: Sequence[_Past], checks: Collection[str]
) -> Decimal | None:
    """USD of one pair."""
    extra: Decimal | None = Decimal(0)
    on_demand = [check for check in ON_DEMAND if check.id in checks]
    if on_demand:
        tokens = sum(check.extra_tokens(spec) for check in on_demand if check.fits(spec))
        extra = spec.prices.of_tokens(tokens, 0)
    costs = [past.cost for past in own if past.cost is not None]
    base: Decimal | None = None
    if costs:
        base = statistics.median(costs)
    elif spec.kind not in (Kind.IMAGE, Kind.IMAGE_EDIT) and alike:
        base = spec.prices.of_tokens(
            _middle(past.input_tokens for past in alike),
            _middle(past.output_tokens for past in alike),
        )
    return None if base is None or extra is None else base + extra


def _middle(values: Iterable[int]) -> int:
    return round(statistics.median(values))
