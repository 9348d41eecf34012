"""A run can be stopped between two checks."""

from __future__ import annotations

import pytest

from certification.engine import Deadline, Stopped, certify

from .scripted import REGION, model_that, text_model


def test_a_stopped_run_ends_between_two_checks() -> None:
    transport = model_that(text_model())
    with pytest.raises(Stopped):
        certify(
            text_model(),
            REGION,
            transport,
            Deadline(60),
            stopped=lambda: len(transport.requests) >= 3,
        )
    assert len(transport.requests) == 3


def test_a_run_that_is_stopped_at_once_makes_no_call() -> None:
    transport = model_that(text_model())
    with pytest.raises(Stopped):
        certify(text_model(), REGION, transport, Deadline(60), stopped=lambda: True)
    assert transport.requests == []


def test_a_check_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="No such check: teleport"):
        certify(
            text_model(),
            REGION,
            model_that(text_model()),
            Deadline(60),
            also=["needle", "teleport"],
        )
