from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation

from certification.engine import POLICIES, Category
from certification.outcomes.advice import advice_on, explain, policy_of
from certification.states import EXPIRED


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.mark.parametrize("category", list(Category))
def test_each_category_has_its_title_and_advice(category: Category) -> None:
    policy = POLICIES[category]

    assert policy_of(category) is policy
    assert explain(category) == (policy.title, policy.advice)
    assert advice_on(category) == policy.advice


def test_a_category_is_explained_in_the_readers_language() -> None:
    with translation.override("pt-br"):
        title, advice = explain(Category.THROTTLED)

    assert title != POLICIES[Category.THROTTLED].title
    assert advice != POLICIES[Category.THROTTLED].advice


def test_what_an_earlier_version_wrote_reads_as_it_is_called_now() -> None:
    assert explain("REGION_SHUT") == explain(Category.CIRCUIT_OPEN)


@pytest.mark.parametrize("category", ["", "NO_LONGER_KNOWN"])
def test_an_unknown_category_is_its_own_title_without_advice(category: str) -> None:
    assert explain(category) == (category, "")
    assert policy_of(category) is None


def test_an_expired_certification_says_what_to_do() -> None:
    title, advice = explain(EXPIRED)

    assert title == "Past its days"
    assert advice.startswith("Certify it again")
