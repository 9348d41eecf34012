"""Every text of others is, in every output, what it was, and nothing more."""

from __future__ import annotations

import csv
import json
import logging
import re
import unicodedata
from collections.abc import Iterator
from io import BytesIO, StringIO
from xml.etree import ElementTree
from zipfile import ZipFile

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from certification.api import badge
from certification.exports import right_to_left
from certification.exports.csv_injection import FORMULA, FORMULA_SIGNS, SEPARATORS, UNSAFE
from config.log_format import Json, Line
from models_registry.terminal import PrintableOutput, console, printable
from tests.unit.exports.hostile_texts import PIECES, texts
from tests.unit.exports.pdf_text import pages
from tests.unit.exports.reports import failed, written

# All at once, so that a file is written for many texts.
many = st.lists(texts(), min_size=1, max_size=6)
some = settings(max_examples=10, deadline=None)
every_piece = example(list(PIECES))


def stored(text: str) -> str:
    """Half surrogate pairs cannot be written in UTF-8."""
    return text.encode(errors="replace").decode()


def rows_of(content: str, separator: str = ",") -> list[list[str]]:
    return list(csv.reader(StringIO(content, newline=""), delimiter=separator))


@some
@every_piece
@given(many)
def test_a_workbook(given_texts: list[str]) -> None:
    content = written("xlsx", *(failed(model_name=t, error_message=t) for t in given_texts))

    with ZipFile(BytesIO(content)) as parts:
        sheets = [parts.read(name) for name in parts.namelist() if name.endswith(".xml")]
    assert not any(re.search(b"<f[ >/]|<hyperlink", sheet) for sheet in sheets)
    head, *lines = openpyxl.load_workbook(BytesIO(content)).worksheets[0].iter_rows()
    column = [cell.value for cell in head].index("Error message")
    for text, line in zip(given_texts, lines, strict=True):
        for cell in (line[0], line[column]):
            assert cell.data_type == "s"
            assert _without_escapes(str(cell.value or "")) == stored(text)


def _without_escapes(value: str) -> str:
    """Reads ST_Xstring (ECMA-376, part 1, 22.9.2.19)."""
    return re.sub("_x([0-9a-fA-F]{4})_", lambda found: chr(int(found[1], 16)), value)


@some
@every_piece
@given(many)
def test_csv(given_texts: list[str]) -> None:
    content = written("csv", *(failed(model_name=t, error_message=t) for t in given_texts))

    text = content.decode("utf-8-sig")
    head, *lines = rows_of(text)
    for told, line in zip(given_texts, lines, strict=True):
        for cell in (line[0], line[head.index("Error message")]):
            assert not cell.startswith(("\t", "\r", "\n", *FORMULA_SIGNS))
            assert _without_apostrophes(cell) == stored(told)
            assert cell == stored(told) or UNSAFE.search(told)
    for cell in _cells_of_other_readers(text):
        assert not cell.lstrip('" \u00a0\u200b\ufeff').startswith(tuple(FORMULA_SIGNS))


def _without_apostrophes(cell: str) -> str:
    return re.sub(rf"\A'(?='*[\t\r\n]|{FORMULA})|(?<=[{SEPARATORS}])'(?={FORMULA})", "", cell)


def _cells_of_other_readers(text: str) -> Iterator[str]:
    for separator in ";|\t":
        for line in rows_of(text, separator):
            yield from line
    yield from re.split(f"[{SEPARATORS}]", text)


@some
@every_piece
@given(many)
def test_json(given_texts: list[str]) -> None:
    content = written("json", *(failed(model_name=t, error_message=t) for t in given_texts))

    for text, told in zip(given_texts, json.loads(content)["rows"], strict=True):
        assert (told["model"]["name"], told["errorMessage"]) == (stored(text), stored(text))


@some
@every_piece
@given(many)
def test_junit(given_texts: list[str]) -> None:
    content = written("junit", *(failed(model_name=t, error_message=t) for t in given_texts))

    cases = list(ElementTree.fromstring(content).iter("testcase"))
    for text, case in zip(given_texts, cases, strict=True):
        held = _that_xml_can_hold(text)
        assert {element.tag for element in case.iter()} == {
            *("testcase", "properties", "property", "failure")
        }
        failure = case.find("failure")
        assert failure is not None
        assert failure.text == f"AccessDeniedException\n{held}\nAsk for access."
        assert failure.attrib["message"] == held
        (name, *_) = case.iter("property")
        assert name.attrib == {"name": "model", "value": held}


def _that_xml_can_hold(text: str) -> str:
    def holds(sign: str) -> bool:
        return sign in "\t\n\r" or (sign >= " " and not "\ud800" <= sign <= "\udfff")

    return "".join(sign for sign in text if holds(sign) and sign not in "\ufffe\uffff")


@some
@example(["".join(PIECES[number : number + 10]) for number in range(0, len(PIECES), 10)])
@given(many)
def test_pdf(given_texts: list[str]) -> None:
    told = [text[:100] for text in given_texts]
    content = written("pdf", *(failed(error_message=t, advice="", region=".") for t in told))

    lines = "\n".join(pages(content)).splitlines()
    starts = [number for number, line in enumerate(lines) if line == "Modelo Ágil"]
    for text, start in zip(told, starts, strict=True):
        drawn = "".join(_reason(lines[start:]))
        assert drawn.isprintable()
        read = re.sub(r"\[U\+([0-9A-F]{4,6})\]", lambda found: chr(int(found[1], 16)), drawn)
        if {"R", "AL"} & {unicodedata.bidirectional(sign) for sign in text}:
            assert _in_any_order(read) == _in_any_order(text)
        else:
            assert _dense(read) == _dense(text)


def _reason(lines: list[str]) -> Iterator[str]:
    """Yields the lines below a row, up to the next row or the end of the page."""
    ends = ("Modelo Ágil", "Model")
    for line in lines[lines.index("11/21/2026 00:00") + 1 :]:
        if line in ends:
            return
        yield line


def _in_any_order(text: str) -> list[str]:
    """What is read from the right is drawn from its end, in joined forms, brackets turned."""
    plain = unicodedata.normalize("NFKD", _dense(text))
    return sorted(sign for sign in plain if ord(sign) not in right_to_left.MIRRORED)


def _dense(text: str) -> str:
    return unicodedata.normalize("NFC", re.sub(r"\s", "", text))


@some
@every_piece
@given(many)
def test_a_badge(given_texts: list[str]) -> None:
    for text in given_texts:
        svg = ElementTree.fromstring(badge._picture(text, "certified", "#000"))

        assert svg.attrib["aria-label"] == f"{_that_xml_can_hold(text)}: certified"
        assert [element.tag.partition("}")[2] for element in svg.iter()] == [
            *("svg", "title", "rect", "path", "g", "text", "text")
        ]
        assert [shown.text for shown in svg.findall(".//{*}text")] == [
            _that_xml_can_hold(text) or None,
            "certified",
        ]


@some
@every_piece
@given(many)
def test_the_log(given_texts: list[str]) -> None:
    for text in given_texts:
        record = logging.LogRecord("x", logging.INFO, "", 1, "%s", (text,), None)

        as_json, as_line = Json().format(record), Line().format(record)

        assert as_json.isprintable()
        assert json.loads(as_json)["message"] == text
        assert as_line.isprintable()
        assert "".join(filter(str.isprintable, text)) in re.sub(
            r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|[nrt])", "", as_line
        ) or ("\\" in text)


def test_a_traceback_in_the_log_is_indented() -> None:
    try:
        raise ValueError("\n2026-01-01 00:00:00,000 INFO    root forged \x1b[2J")
    except ValueError as error:
        exc_info = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("x", logging.INFO, "", 1, "hello", (), exc_info)

    first, *others = Line().format(record).split("\n")

    assert first.endswith("hello")
    assert all(line.startswith("  ") and line.isprintable() for line in others)


@some
@every_piece
@given(many)
def test_the_terminal(given_texts: list[str]) -> None:
    shown, written_by_commands = console(), StringIO()
    shown.file, shown.width = StringIO(), 10_000
    out = PrintableOutput(written_by_commands)

    for text in given_texts:
        shown.print(printable(text))
        out.write(printable(text))

    expected = ["".join(sign if sign.isprintable() else "�" for sign in t) for t in given_texts]
    assert shown.file.getvalue().split("\n") == [*expected, ""]
    assert written_by_commands.getvalue().split("\n") == [*expected, ""]


def test_a_command_never_writes_control_characters() -> None:
    out = StringIO()

    PrintableOutput(out).write("two\nlines\x1b[2J\r\ud800")

    assert out.getvalue() == "two\nlines�[2J��\n"


@pytest.mark.parametrize("text", ["x;=1+1", "x; ＝1+1", "x|@A1", "x\n-1", 'x;"=1"'])
def test_a_reader_that_separates_elsewhere_gets_no_formula_either(text: str) -> None:
    content = written("csv", failed(error_message=text)).decode("utf-8-sig")

    for cell in _cells_of_other_readers(content):
        assert not cell.lstrip('" ').startswith(tuple(FORMULA_SIGNS))
