"""The request to open a job, and its result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from certification.accounts.audit import COMMAND_LINE, Actor
from certification.models import CertificationJob, Schedule
from models_registry.models import AIModel

Pair = tuple[AIModel, str]
# A model by UUID or API model id, and a region by code.
NamedPair = tuple[str, str]


@dataclass(frozen=True)
class Options:
    """Options of a job, kept in its `config`.

    probe_unoffered: also call models in regions where the registry says they are not offered
    checks:          ids of on-demand checks to run too
    routes:          kinds of routes (RouteKind) that may be used; empty: all of them
    """

    probe_unoffered: bool = False
    checks: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()

    @property
    def allowed_routes(self) -> tuple[str, ...]:
        """Returns the kinds that both this job and the deployment allow."""
        return tuple(
            kind for kind in settings.ALLOWED_ROUTES if not self.routes or kind in self.routes
        )

    def as_config(self) -> dict[str, Any]:
        config: dict[str, Any] = {}
        if self.probe_unoffered:
            config["probeUnoffered"] = True
        if self.checks:
            config["checks"] = list(self.checks)
        if self.routes:
            config["routes"] = list(self.routes)
        return config

    @classmethod
    def of_config(cls, config: Mapping[str, Any]) -> Options:
        return cls(
            bool(config.get("probeUnoffered")),
            tuple(config.get("checks", ())),
            tuple(config.get("routes", ())),
        )


@dataclass(frozen=True)
class IdempotencyKey:
    """Makes a request that is sent twice open one job.

    `fingerprint` is a hash of the request: the same key with another fingerprint is a mistake of
    the client and is refused (KeyReused).
    """

    key: str
    fingerprint: str


@dataclass(frozen=True)
class OpenRequest:
    """Who opens a job, with which options, and what opened it: a schedule, or a request that may
    be sent twice."""

    actor: Actor = COMMAND_LINE
    options: Options = Options()
    idempotency_key: IdempotencyKey | None = None
    schedule: Schedule | None = None


@dataclass(frozen=True)
class Skipped:
    """A model that a job leaves out, and why."""

    model_id: str
    api_model_id: str
    reason: str


@dataclass(frozen=True)
class Opened:
    """A job and the status it was opened with. A request that is sent twice gets the first one's
    result again."""

    job: CertificationJob
    status: str
    skipped: Sequence[Skipped] = field(default=())
