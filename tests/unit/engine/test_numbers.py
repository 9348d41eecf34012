"""The numbers in prompts: pseudo-random, but the same on every run."""

from __future__ import annotations

from certification.engine import Deadline, ModelSpec
from certification.engine.subject import Subject

from .scripted import Scripted


def numbers(region: str, model: str = "vendor.model") -> list[int]:
    subject = Subject(ModelSpec(model), region, Scripted(), Deadline(60))
    return [subject.number(1000, 9999, salt) for salt in ("locker", "document", "needle")]


def test_the_numbers_are_the_same_from_run_to_run() -> None:
    assert numbers("us-east-1") == numbers("us-east-1") == [9878, 6636, 2271]


def test_the_numbers_differ_between_regions_models_and_purposes() -> None:
    seen = [*numbers("us-east-1"), *numbers("sa-east-1"), *numbers("us-east-1", "vendor.other")]
    assert len(set(seen)) == len(seen)


def test_the_numbers_fill_their_range_and_stay_in_it() -> None:
    subject = Subject(ModelSpec("m"), "us-east-1", Scripted(), Deadline(60))
    assert {subject.number(3, 5, str(n)) for n in range(60)} == {3, 4, 5}
