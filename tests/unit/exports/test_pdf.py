from __future__ import annotations

from decimal import Decimal

import pytest

from certification.exports.pdf_text import EMBEDDED, FONTS
from tests.unit.exports.pdf_text import pages
from tests.unit.exports.reports import failed, over_the_world, row, written


def test_it_works() -> None:
    pdf = written("pdf", row(), failed())

    (page,) = pages(pdf)
    lines = page.splitlines()
    assert "Certification job 1" in lines
    for text in ("Modelo Ágil", "sa-east-1", "certified", "95.5", "1,250", "0.000123", "failed"):
        assert text in lines
    assert "You don't have access to the model. Ask for access." in lines
    assert "Page 1" in lines
    assert b"/MediaBox [ 0 0 841.8898 595.2756 ]" in pdf


def test_the_route_that_was_judged_is_a_column_and_dead_abilities_a_line() -> None:
    (page,) = pages(written("pdf", over_the_world(), row(route_kind="IN_REGION")))

    assert {"GLOBAL", "IN_REGION", "Declared, but dead: tools, image_input."} <= set(
        page.splitlines()
    )


def test_headings_and_numbers_are_on_every_page_and_no_row_is_lost() -> None:
    rows = [row(model_name=f"Model {number}") for number in range(100)]

    found = pages(written("pdf", *rows))

    assert len(found) > 2
    for number, page in enumerate(found, start=1):
        lines = page.splitlines()
        assert "Error category" in lines
        assert f"Page {number}" in lines
    names = [line for page in found for line in page.splitlines() if line.startswith("Model ")]
    assert names == [f"Model {number}" for number in range(100)]


def test_every_page_says_when_results_are_simulated() -> None:
    rows = [row(simulated=number > 98) for number in range(100)]

    found = pages(written("pdf", *rows))

    assert all("Simulated: these verdicts" in page for page in found)
    assert found[-1].splitlines().count("yes") == 1


def test_real_results_are_not_called_simulated() -> None:
    assert "Simulated:" not in "".join(pages(written("pdf", row())))


def test_times_and_numbers_are_those_of_the_reports_language() -> None:
    (english,) = pages(written("pdf", row(score=95.5)))
    (portuguese,) = pages(written("pdf", row(score=95.5), language="pt-br"))

    assert "11/21/2026 00:00" in english
    assert "21/11/2026 00:00" in portuguese
    assert "95,5" in portuguese


def test_numbers_are_rounded_and_not_cut_off() -> None:
    (page,) = pages(written("pdf", row(score=66.67, cost=Decimal("0.00000190"))))

    assert {"66.7", "0.000002"} <= set(page.splitlines())


@pytest.mark.parametrize("message", ["word " * 4_000, "w" * 20_000], ids=["words", "one word"])
def test_a_long_message_is_cut_off_with_dots_and_leaves_room_for_the_advice(message: str) -> None:
    (page,) = pages(written("pdf", failed(error_message=message)))

    reason = [line for line in page.splitlines() if line.startswith(("word", "ww", "Ask"))]
    assert len(reason) <= 3
    assert "…" in "".join(reason)
    assert "Ask for access." in " ".join(reason)


def test_a_stale_verdict_says_so() -> None:
    (page,) = pages(written("pdf", row(stale_reason="THROTTLED"), kind="standings"))

    assert "Stale: THROTTLED." in page.splitlines()


@pytest.mark.parametrize(
    "text",
    [
        "Zażółć gęślą jaźń",
        "Příliš žluťoučký kůň",
        "Съешь ещё этих булок",
        "Ξεσκεπάζω την ψυχοφθόρα",
        "Trí tuệ nhân tạo",
        "通义千问 · 深度求索",
        "さくらインターネット",
        "네이버 하이퍼클로바",
        "Mistral → 混元 (х)\\",
    ],
)
def test_each_script_is_drawn_in_a_font_that_has_it(text: str) -> None:
    (page,) = pages(written("pdf", failed(model_name=text, error_message=text)))

    assert text in page.splitlines()
    assert f"{text} Ask for access." in page.splitlines()


def test_each_font_has_its_licence_beside_it() -> None:
    for name in EMBEDDED:
        assert "Copyright" in (FONTS / f"{name}.LICENSE.txt").read_text()


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("go 🎉 go", "go [U+1F389] go"),
        ("a\x01b", "a[U+0001]b"),
        ("a\u202eb", "a[U+202E]b"),
        ("a\ud800b", "a[U+D800]b"),
        ("a\n\tb\xa0c", "a  b c"),
        ("e\u0301", "é"),
    ],
)
def test_what_no_font_has_is_named_by_its_code_point(text: str, drawn: str) -> None:
    (page,) = pages(written("pdf", row(model_name=text)))

    assert drawn in page.splitlines()


def test_a_long_text_without_spaces_goes_on_in_the_next_line() -> None:
    text = "模型不可用" * 60

    (page,) = pages(written("pdf", failed(error_message=text)))

    lines = [line for line in page.splitlines() if line.startswith(tuple("模型不可用"))]
    assert len(lines) > 1
    assert "".join(lines) == f"{text} Ask for access."


def test_a_name_that_is_too_long_is_cut_off_with_dots() -> None:
    (page,) = pages(written("pdf", row(model_name="Very long name " * 10)))

    (name,) = [line for line in page.splitlines() if line.startswith("Very long name")]
    assert name.endswith("…")
    assert len(name) < 60
