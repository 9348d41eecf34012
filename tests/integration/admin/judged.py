"""Standings with the record that they come from."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from certification.models import ModelCertification
from models_registry.models import AIModel, Region
from tests.factories.certification import PairFactory, StandingFactory
from tests.factories.registry import (
    RegionFactory,
)


def judged(
    model: AIModel, region: Region | None = None, score: float | None = 91.0, **more: Any
) -> ModelCertification:
    """A standing with the record that it rests on; passed unless told otherwise."""
    place = region or RegionFactory.create()
    now = timezone.now()
    pair = PairFactory.create(
        model=model, region=place, status="PASSED", passed=True, score=score, completed_at=now
    )
    standing: ModelCertification = StandingFactory.create(
        model=model,
        region=place,
        certification=pair,
        score=score,
        **{
            "status": "CERTIFIED",
            "verdict": "CERTIFIED",
            "passed": True,
            "completed_at": now,
            **more,
        },
    )
    return standing
