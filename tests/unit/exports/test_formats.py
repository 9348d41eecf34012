"""Tests of all export formats."""

from __future__ import annotations

import weakref
from collections.abc import Iterator

import pytest
from django.utils.translation import get_language, override

from certification.errors import UnknownFormat
from certification.exports import FORMATS, Row, filename, stream
from tests.unit.exports.reports import failed, report, row


class Identity(Row):
    """A row that compares by identity; rows themselves compare by value."""

    __hash__ = object.__hash__
    __eq__ = object.__eq__


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_name_says_what_of_when_and_is_plain_ascii(name: str) -> None:
    given = filename(name, report())

    assert given == f"homologa-job-1-20261121T083000Z.{FORMATS[name].extension}"
    assert given.isascii()


@pytest.mark.parametrize("name", ["docx", "", "CSV", "../csv"])
def test_an_unknown_format_is_refused_before_anything_is_written(name: str) -> None:
    with pytest.raises(UnknownFormat) as refusal:
        stream(name, report())

    assert refusal.value.status == 404
    assert refusal.value.details["known"] == list(FORMATS)
    with pytest.raises(UnknownFormat):
        filename(name, report())


def test_the_formats_that_clients_know_are_there() -> None:
    assert {"csv", "xlsx", "pdf", "json", "junit"} <= set(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_without_rows_is_written_like_any_other(name: str) -> None:
    pieces = list(stream(name, report()))

    assert all(isinstance(piece, bytes) for piece in pieces)


@pytest.mark.parametrize("name", ["csv", "xlsx", "pdf", "json", "junit"])
def test_a_format_with_a_frame_is_a_whole_file_without_rows_too(name: str) -> None:
    assert b"".join(stream(name, report()))


@pytest.mark.parametrize("name", FORMATS)
def test_the_reports_language_is_never_active_between_two_pieces(name: str) -> None:
    with override("en"):
        seen = {get_language() for _ in stream(name, report(row(), failed(), language="pt-br"))}

    assert seen == {"en"}


@pytest.mark.parametrize("name", ["csv", "json"])
def test_rows_are_sent_before_all_are_read(name: str) -> None:
    read = []

    def rows() -> Iterator[Row]:
        for number in range(5_000):
            read.append(number)
            yield row()

    pieces = stream(name, report(rows=rows()))
    first = next(pieces)

    assert len(first) < 70_000
    assert len(read) < 1_000
    assert len(list(pieces)) > 5


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_holds_on_to_the_rows(name: str) -> None:
    alive: weakref.WeakSet[Row] = weakref.WeakSet()
    most = 0

    def rows() -> Iterator[Row]:
        nonlocal most
        for number in range(500):
            made = Identity(**vars(failed(region=f"r-{number % 5}")))
            alive.add(made)
            most = max(most, len(alive))
            yield made

    assert b"".join(stream(name, report(rows=rows())))

    assert most <= 2
