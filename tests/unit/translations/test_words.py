"""Portuguese texts that were wrong before."""

from __future__ import annotations

import pytest
from django.utils import translation
from django.utils.translation import gettext
from rest_framework.exceptions import Throttled

from certification.exports.columns import COLUMNS


@pytest.fixture(autouse=True)
def in_portuguese() -> object:
    with translation.override("pt-br"):
        yield


def test_a_throttled_client_gets_the_wait_in_portuguese() -> None:
    told = str(Throttled(wait=7).detail)

    assert told == "Requisições demais em pouco tempo. Tente de novo em 7 segundos."


def test_an_open_circuit_and_a_closed_one_have_words_of_their_own() -> None:
    assert gettext("Open circuits") == "Circuitos abertos"
    assert translation.pgettext("circuit", "closed") == "fechado"


def test_a_column_that_is_true_where_a_pair_passed_has_a_singular() -> None:
    headings = {column.key: str(column.heading) for column in COLUMNS}

    assert headings["passed"] == "Aprovado"
    assert (headings["score"], headings["grade"]) == ("Score", "Nota")
