"""The order in which Hebrew and Arabic are drawn, from the left."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certification.exports import pdf_text, right_to_left
from certification.exports.right_to_left import drawn
from tests.unit.exports.pdf_text import pages
from tests.unit.exports.reports import failed, written


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("Nova Lite (1.0)", "Nova Lite (1.0)"),
        ("שלום", "םולש"),
        ("שלום עולם", "םלוע םולש"),
        ("The model שלום עולם is gone", "The model םלוע םולש is gone"),
        ("לא נמצא (קוד 404, 12:30) abc", "(12:30 ,404 דוק) אצמנ אל abc"),
        ("error: לא, model", "error: אל, model"),
        ("לא (x) כן", "אל (x) ןכ"),
        ("model (לא) and (", "model (אל) and ("),
        (") לא [1]", ") [1] אל"),
        ("שָׁלוֹם", "םוֹלשָׁ"),
        ("a שלום", "a םולש"),
        ("١٢ אב", "בא ١٢"),
    ],
)
def test_each_word_begins_on_the_right_and_numbers_do_not(text: str, order: str) -> None:
    assert drawn(text) == unicodedata.normalize("NFD", order) or drawn(text) == order


@pytest.mark.parametrize(
    ("text", "order"),
    [
        # Initial, medial and final; one that joins only the character before it.
        ("بيت", "\ufe96\ufef4\ufe91"),
        ("دار", "\ufead\ufe8d\ufea9"),
        ("باب", "\ufe8f\ufe8e\ufe91"),
        # Lam and alef are one sign; a mark stays over its character.
        ("سلام", "\ufee1\ufefc\ufeb3"),
        ("لا", "\ufefb"),
        ("بَيت", "\ufe96\ufef4\ufe91\u064e"),
        ("پچ", "\ufb7b\ufb58"),
        ("بـ", "\u0640\ufe91"),
        ("نموذج 2.5", "2.5 \ufe9d\ufeab\ufeee\ufee4\ufee7"),
    ],
)
def test_characters_of_arabic_are_joined(text: str, order: str) -> None:
    assert drawn(text) == order


@given(st.text(st.sampled_from("אבשׁלابتلاـَ،؟١ 12.,:()-abc\u064b\u05b8"), max_size=30))
def test_nothing_is_lost(text: str) -> None:
    def signs(shown: str) -> list[str]:
        plain = unicodedata.normalize("NFKC", shown).translate(str.maketrans(")", "("))
        return sorted(unicodedata.normalize("NFKD", plain))

    assert signs(drawn(text)) == signs(text)


def test_a_pdf_draws_them_so() -> None:
    (page,) = pages(
        written("pdf", failed(model_name="שלום", error_message="דגם 'x' לא נמצא (404)"))
    )

    assert "םולש" in page.splitlines()
    assert "םגד 'x' (404) אצמנ אל Ask for access." in page.splitlines()


def test_a_font_that_has_a_character_has_its_forms() -> None:
    glyphs = pdf_text._glyphs("DejaVuSans")

    lacking = [
        character
        for character, forms in right_to_left._forms().items()
        if all(ord(sign) in glyphs for sign in character)
        and not all(ord(sign) in glyphs for sign in forms.values())
    ]

    assert lacking == []
