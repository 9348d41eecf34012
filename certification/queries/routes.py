"""The routes of one model in every region: those that are listed, and what came of each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from certification.models import ModelCertification
from certification.states import OPEN_STANDING, RouteKind, RouteOutcome
from models_registry import offers as registered
from models_registry.models import AIModel, ModelOffer, Origin, Region


class Unjudged(TextChoices):
    """Why nothing came of a listed route yet."""

    NOT_CERTIFIABLE = "NOT_CERTIFIABLE", _("the model cannot be certified")
    REGION_OFF = "REGION_OFF", _("the region is switched off")
    IS_OVER = "IS_OVER", _("past its end of life")
    FORBIDDEN = "FORBIDDEN", _("not allowed in this deployment")
    RUNNING = "RUNNING", _("being certified")
    NEVER = "NEVER", _("never certified")
    LEFT_OUT = (
        "LEFT_OUT",
        _("not in the last certification: its job did not allow it, or it is listed since then"),
    )


@dataclass(frozen=True)
class KnownRoute:
    """A route and what came of it in the last certification.

    result:    as evidence.of_routes writes it; None if it was not judged
    because:   why it was not; None if it was
    is_main:   whether the checks ran over it
    is_listed: whether the region still lists it
    """

    kind: RouteKind
    id: str
    result: Mapping[str, Any] | None
    because: Unjudged | None
    is_main: bool
    is_listed: bool


@dataclass(frozen=True)
class RegionRoutes:
    """The routes of the model in one region, in the order of preference.

    origin: who says that they are there; None if nobody does (any more)
    since:  when the origin was last read; None if unknown
    """

    region: Region
    standing: ModelCertification | None
    routes: Sequence[KnownRoute]
    origin: Origin | None
    since: date | datetime | None


def of_model(
    model: AIModel, offers: Iterable[ModelOffer], standings: Iterable[ModelCertification]
) -> list[RegionRoutes]:
    """Returns the regions that list the model (registry.offers_of), and those in which a route was
    called without being listed, by region. No query."""
    by_region = {one.region_id: one for one in standings}
    listed = {offer.region_id: offer for offer in offers}
    called = {code for code, one in by_region.items() if one.routes}
    return [
        _in_region(model, listed.get(code), by_region.get(code))
        for code in sorted({*listed, *called})
    ]


def counts(found: Iterable[RegionRoutes]) -> dict[str, int]:
    """Returns the number of routes by RouteOutcome, and of those not judged under ""."""
    numbers = dict.fromkeys([*RouteOutcome.values, ""], 0)
    for place in found:
        for route in place.routes:
            numbers[route.result["outcome"] if route.result else ""] += 1
    return numbers


def _in_region(
    model: AIModel, offer: ModelOffer | None, standing: ModelCertification | None
) -> RegionRoutes:
    results = {one["id"]: one for one in standing.routes} if standing else {}
    listed = registered.routes(model.api_model_id, offer.inference_types) if offer else []
    ids = {id for _kind, id in listed}
    called = [(one["kind"], one["id"]) for one in results.values() if one["id"] not in ids]
    routes = [
        KnownRoute(
            kind=RouteKind(kind),
            id=id,
            result=results.get(id),
            because=None if id in results else _because(model, kind, offer, standing),
            is_main=standing is not None and id == standing.route_id,
            is_listed=id in ids,
        )
        for kind, id in [*listed, *called]
    ]
    place = offer or standing
    assert place is not None
    origin, since = _known_from(model, offer)
    return RegionRoutes(place.region, standing, routes, origin, since)


def _because(
    model: AIModel, kind: str, offer: Any, standing: ModelCertification | None
) -> Unjudged:
    allowed: Collection[str] = settings.ALLOWED_ROUTES
    if not model.is_certifiable:
        return Unjudged.NOT_CERTIFIABLE
    if offer and not offer.region.is_active:
        return Unjudged.REGION_OFF
    if offer and offer.is_over:
        return Unjudged.IS_OVER
    if kind not in allowed:
        return Unjudged.FORBIDDEN
    if standing and standing.verdict:
        return Unjudged.LEFT_OUT
    if standing and standing.status in OPEN_STANDING:
        return Unjudged.RUNNING
    return Unjudged.NEVER


def _known_from(
    model: AIModel, offer: ModelOffer | None
) -> tuple[Origin | None, date | datetime | None]:
    if offer is None:
        return None, None
    if offer.region.synced_at:
        return Origin.AWS, offer.region.synced_at
    if model.origin == Origin.CATALOGUE:
        return Origin.CATALOGUE, model.checked_on
    return Origin(model.origin), model.created_at
