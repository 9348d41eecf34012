"""The suite runs over the first route that answers; every other one is judged by one call."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from certification.engine import (
    Category,
    Certification,
    Deadline,
    Kind,
    ModelSpec,
    Prices,
    Route,
    RouteKind,
    RouteOutcome,
    Verdict,
    certify,
)
from certification.engine.errors import CallError

from .scripted import REGION, Scripted, model_that, text_model

IN_REGION = Route(RouteKind.IN_REGION, "vendor.model-v1")
GEO = Route(RouteKind.GEO, "us.vendor.model-v1")
WORLD = Route(RouteKind.GLOBAL, "global.vendor.model-v1")
ROUTES = (IN_REGION, GEO, WORLD)
NEEDS_PROFILE = CallError(Category.NEEDS_PROFILE, "use a profile")
WORKS, REFUSED, NOT_PROBED = RouteOutcome.WORKS, RouteOutcome.REFUSED, RouteOutcome.NOT_PROBED


def certified(
    errors: dict[Route, CallError], model: ModelSpec | None = None, **more: Any
) -> tuple[Certification, Scripted]:
    """Certifies a faultless model of which some routes answer every call with an error."""
    model = model or replace(text_model(), routes=ROUTES)
    right = model_that(model)

    def refusing(answer: Any) -> Any:
        def script(request: Any) -> Any:
            error = next((e for r, e in errors.items() if r.id == request["modelId"]), None)
            if error:
                raise error
            return answer(request)

        return script

    transport = Scripted(refusing(right.converses), refusing(right.streams))
    return certify(model, REGION, transport, Deadline(60), **more), transport


def outcomes(found: Certification) -> list[tuple[str, str, str | None]]:
    return [
        (each.route.kind, each.outcome, each.error.category if each.error else None)
        for each in found.routes
    ]


def calls_over(transport: Scripted, route: Route) -> int:
    return sum(request["modelId"] == route.id for request in transport.requests)


def test_the_suite_runs_over_the_first_route_and_each_other_gets_one_call() -> None:
    found, transport = certified({})

    assert (found.verdict, found.route) == (Verdict.PASSED, IN_REGION)
    assert outcomes(found) == [
        ("IN_REGION", WORKS, None),
        ("GEO", WORKS, None),
        ("GLOBAL", WORKS, None),
    ]
    assert calls_over(transport, IN_REGION) > 10
    assert calls_over(transport, GEO) == calls_over(transport, WORLD) == 1
    assert all(each.latency_ms is not None for each in found.routes)


def test_a_route_that_is_refused_blames_nothing_and_the_suite_runs_over_the_next() -> None:
    found, transport = certified({IN_REGION: NEEDS_PROFILE})

    assert (found.verdict, found.score, found.route) == (Verdict.PASSED, 100.0, GEO)
    assert found.error is None
    assert outcomes(found)[0] == ("IN_REGION", REFUSED, "NEEDS_PROFILE")
    assert calls_over(transport, IN_REGION) == 1


def test_a_route_whose_quota_is_used_up_leaves_the_pair_to_the_next() -> None:
    found, transport = certified({IN_REGION: CallError(Category.QUOTA, "tokens per day")})

    assert (found.verdict, found.route) == (Verdict.PASSED, GEO)
    assert outcomes(found)[0] == ("IN_REGION", NOT_PROBED, "QUOTA")
    assert calls_over(transport, IN_REGION) == 1


def test_a_refused_probe_leaves_the_verdict_as_it_is() -> None:
    found, _transport = certified({WORLD: CallError(Category.ACCESS, "denied by a policy")})

    assert found.verdict is Verdict.PASSED
    assert outcomes(found)[2] == ("GLOBAL", REFUSED, "ACCESS")


@pytest.mark.parametrize(
    "category", [Category.THROTTLED, Category.NETWORK, Category.SERVICE, Category.DEADLINE]
)
def test_a_probe_that_met_a_passing_error_does_not_call_its_route_refused(
    category: Category,
) -> None:
    found, _transport = certified({GEO: CallError(category, "later")})

    assert outcomes(found)[1] == ("GEO", NOT_PROBED, category)


def test_if_every_route_is_refused_the_refusal_that_helps_most_is_the_verdict() -> None:
    denied = CallError(Category.ACCESS, "not authorised")
    absent = CallError(Category.NOT_AVAILABLE, "invalid identifier")
    found, transport = certified({IN_REGION: NEEDS_PROFILE, GEO: absent, WORLD: denied})

    assert found.error is not None
    assert (found.error.category, found.route) == (Category.ACCESS, WORLD)
    assert [outcome for _kind, outcome, _error in outcomes(found)] == [REFUSED] * 3
    assert len(transport.requests) == 3

    found, _transport = certified({IN_REGION: NEEDS_PROFILE, GEO: absent, WORLD: absent})
    assert found.error is not None
    assert found.error.category is Category.NOT_AVAILABLE


def test_an_error_that_passes_does_not_move_on_to_another_route() -> None:
    found, transport = certified({IN_REGION: CallError(Category.THROTTLED, "too many")})

    assert (found.verdict, found.route) == (Verdict.INCONCLUSIVE, IN_REGION)
    assert [outcome for _kind, outcome, _error in outcomes(found)] == [NOT_PROBED] * 3
    assert not calls_over(transport, GEO)


def test_a_refusal_after_an_answer_is_of_the_check_not_of_the_route() -> None:
    model = replace(text_model(), routes=ROUTES)

    def denied(request: Any) -> Any:
        raise CallError(Category.ACCESS, "no system prompts here")

    found = certify(model, REGION, model_that(model, system_prompt=denied), Deadline(60))

    assert found.route == IN_REGION
    assert outcomes(found)[0] == ("IN_REGION", WORKS, None)


PRICES = Prices(Decimal(1), Decimal(1), cache_read=Decimal(1))


def test_what_a_probe_costs_is_in_the_sum() -> None:
    priced = replace(text_model(), routes=ROUTES, prices=PRICES)
    alone, _transport = certified({}, replace(priced, routes=(IN_REGION,)))
    found, _transport = certified({}, priced)

    assert found.input_tokens > alone.input_tokens
    assert found.cost is not None
    assert alone.cost is not None
    assert found.cost > alone.cost


def test_a_geographic_route_costs_its_share_more_than_the_global_one() -> None:
    prices = Prices(Decimal(10), Decimal(50), geo_factor=Decimal("1.1"))

    assert prices.over(WORLD) == prices
    assert prices.over(GEO).of_tokens(1_000_000, 0) == 11
    assert prices.over(IN_REGION).output == 55


def test_a_picture_is_too_much_for_a_probe() -> None:
    model = ModelSpec("stability.sd3-5-large-v1:0", Kind.IMAGE, routes=(IN_REGION, GEO))
    found = certify(model, REGION, Scripted(invokes=lambda _body: {"images": []}), Deadline(60))

    assert outcomes(found)[1] == ("GEO", NOT_PROBED, None)


def test_without_routes_the_model_is_called_by_its_own_id() -> None:
    found, _transport = certified({}, text_model())

    assert found.route == IN_REGION
    assert outcomes(found) == [("IN_REGION", WORKS, None)]
