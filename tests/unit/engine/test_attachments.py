"""Documents, pictures, videos and recordings: every format is read, in as few calls as can be."""

from __future__ import annotations

import csv
import io
import wave
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from certification.engine import Category, Deadline, ModelSpec, Status, certify
from certification.engine.check import Outcome
from certification.engine.checks import CHECKS, audio_heard, document_read, image_read, video_read
from certification.engine.checks.attachments import Attachment
from certification.engine.checks.documents import docx, pdf, table
from certification.engine.checks.speech import DIGIT_SECONDS, spoken
from certification.engine.checks.videos import FRAMES, SIZE, video_of
from certification.engine.errors import CallError
from certification.engine.transport import Json

from .scripted import REGION, Script, Scripted, model_that, result, said, subject_of, text_model

MODEL = text_model()
CHECK = {check.id: check for check in CHECKS}
FILES: dict[str, Callable[[Any], list[Attachment]]] = {
    "document_read": document_read.documents_for,
    "image_read": image_read.pictures_for,
}


def attached(request: Json) -> list[str]:
    """Returns the formats of the files in a request."""
    return [
        next(iter(block.values()))["format"]
        for block in request["messages"][0]["content"]
        if "text" not in block
    ]


def reads(check: str, *, all_but: tuple[str, ...] = (), at_most: int = 9) -> Script:
    """A model that reads the files of a request, unless there are too many."""
    secrets = {file.format: file.secret for file in FILES[check](subject_of(Scripted(), MODEL))}

    def script(request: Json) -> Json:
        formats = attached(request)
        if len(formats) > at_most:
            raise CallError(Category.INVALID_REQUEST, "too many files")
        return said(", ".join(secrets[each] for each in formats if each not in all_but))

    return script


def run(check: str, script: Script) -> tuple[Outcome, list[list[str]]]:
    transport = Scripted(script)
    outcome = CHECK[check].run(subject_of(transport, MODEL))
    return outcome, [attached(request) for request in transport.requests]


@pytest.mark.parametrize("check", FILES)
def test_all_formats_are_read_in_one_call(check: str) -> None:
    outcome, calls = run(check, reads(check))
    assert outcome.passed
    assert len(calls) == 1
    assert len(set(calls[0])) == 4


@pytest.mark.parametrize("check", FILES)
def test_a_model_that_takes_one_file_at_a_time_gets_one_at_a_time(check: str) -> None:
    outcome, calls = run(check, reads(check, at_most=1))
    assert outcome.passed
    assert [len(formats) for formats in calls] == [4, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("check", "missing"),
    [("document_read", "pdf"), ("document_read", "docx"), ("document_read", "csv"),
     ("image_read", "webp"), ("image_read", "jpeg"), ("image_read", "gif")],
)  # fmt: skip
def test_a_format_that_is_not_read_is_named_and_costs_its_share(check: str, missing: str) -> None:
    outcome, calls = run(check, reads(check, all_but=(missing,)))
    assert (outcome.points, str(outcome.note)) == (0.75, f"did not read: {missing}")
    assert calls[1:] == [[missing]]


@pytest.mark.parametrize("check", FILES)
def test_one_format_that_is_refused_costs_its_share(check: str) -> None:
    right = reads(check)

    def script(request: Json) -> Json:
        if attached(request)[-1] in ("docx", "webp"):
            raise CallError(Category.INVALID_REQUEST, "Unsupported format")
        return right(request)

    outcome, _calls = run(check, script)
    assert outcome.points == 0.75


@pytest.mark.parametrize("check", FILES)
@pytest.mark.parametrize(("declared", "calls"), [(True, 2), (None, 1)])
def test_a_model_that_refuses_files_is_not_asked_for_each_format(
    check: str, declared: bool | None, calls: int
) -> None:
    def script(_request: Json) -> Json:
        raise CallError(Category.CAPABILITY, "This model doesn't support documents.")

    ability = CHECK[check].needs[0]
    transport = Scripted(script)
    model = ModelSpec("m", capabilities={ability: True} if declared else {})
    with pytest.raises(CallError) as refused:
        CHECK[check].run(subject_of(transport, model))
    assert refused.value.category is Category.CAPABILITY
    assert len(transport.requests) == calls


@pytest.mark.parametrize("check", FILES)
def test_an_error_that_is_no_refusal_is_raised_at_once(check: str) -> None:
    def script(_request: Json) -> Json:
        raise CallError(Category.THROTTLED, "slow down")

    transport = Scripted(script)
    with pytest.raises(CallError):
        CHECK[check].run(subject_of(transport, MODEL))
    assert len(transport.requests) == 1


def test_a_declared_input_that_reads_nothing_is_dead_and_one_format_lost_is_not() -> None:
    blind = certify(MODEL, REGION, model_that(MODEL, image_read=lambda _r: said("?")), Deadline(60))
    assert blind.dead == ("image_input",)
    half = model_that(MODEL, image_read=reads("image_read", all_but=("gif",)))
    found = certify(MODEL, REGION, half, Deadline(60))
    assert (found.dead, found.proved.get("image_input")) == ((), None)


LINES = ("Delivery note", "A (small) parcel, \\ by hand", "Reference code: QX-1234")


def test_a_pdf_is_whole_and_its_table_of_objects_right() -> None:
    content = pdf(LINES)
    start = int(content.split(b"startxref\n")[1].split(b"\n")[0])
    assert content[start : start + 4] == b"xref"
    entries = content[start:].split(b"\n")[3:]
    for number, entry in enumerate(entries[:6], 1):
        assert content[int(entry[:10]) :].startswith(f"{number} 0 obj".encode())
    assert b"(A \\(small\\) parcel, \\\\ by hand) Tj" in content


def test_a_word_document_and_a_table_hold_the_lines() -> None:
    with zipfile.ZipFile(io.BytesIO(docx(("a < b", *LINES)))) as archive:
        assert archive.testzip() is None
        document = archive.read("word/document.xml").decode()
    assert "a &lt; b" in document
    assert LINES[2] in document
    rows = list(csv.reader(io.StringIO(table(LINES).decode(), newline="")))
    assert ["Reference code", "QX-1234"] in rows
    assert {len(row) for row in rows} == {2}


def test_files_are_the_same_each_time() -> None:
    for check, files in FILES.items():
        first, second = (
            [file.block for file in files(subject_of(Scripted(), MODEL))] for _time in range(2)
        )
        assert first == second, check
    assert video_of("12345") == video_of("12345")


@pytest.mark.parametrize("file_format", image_read.FORMATS)
def test_a_picture_is_of_the_format_that_is_told(file_format: str) -> None:
    files = image_read.pictures_for(subject_of(Scripted(), MODEL))
    [picture] = [file.block["image"] for file in files if file.format == file_format]
    with Image.open(io.BytesIO(picture["source"]["bytes"])) as opened:
        assert (opened.format or "").lower() == file_format


SEES = ModelSpec("m", capabilities={"video_input": True, "audio_input": True})
NUMBER = subject_of(Scripted(), SEES).number(10_000, 99_999, "video")
DIGITS = str(subject_of(Scripted(), SEES).number(1000, 9999, "recording"))
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def answered(check: str, text: str) -> tuple[float, str]:
    outcome = CHECK[check].run(subject_of(Scripted(lambda _request: said(text)), SEES))
    return outcome.points, str(outcome.note or "")


def test_a_video_is_a_webm_with_key_frames_that_are_pictures() -> None:
    content = video_of("48213")
    assert content.startswith(b"\x1a\x45\xdf\xa3")
    # The start code of a VP8 key frame, with its size.
    start = b"\x9d\x01\x2a" + SIZE[0].to_bytes(2, "little") + SIZE[1].to_bytes(2, "little")
    assert content.count(start) == FRAMES


@pytest.mark.parametrize(
    ("text", "points", "note"),
    [
        (f"The video shows {NUMBER:,}.", 1, ""),
        (str(NUMBER + 1), 0, f"read {NUMBER + 1} where {NUMBER} is shown"),
        ("", 0, f"read – where {NUMBER} is shown"),
    ],
)
def test_the_number_in_a_video_is_read(text: str, points: float, note: str) -> None:
    assert answered("video_read", text) == (points, note)


def test_a_recording_is_a_wav_of_its_digits() -> None:
    with wave.open(io.BytesIO(spoken("4703"))) as recording:
        assert (recording.getnchannels(), recording.getsampwidth()) == (1, 2)
        seconds = recording.getnframes() / recording.getframerate()
        length = len(recording.readframes(-1)) // 4
    assert seconds == pytest.approx(4 * DIGIT_SECONDS)
    one, other = spoken("44"), spoken("47")
    assert one[-length:] == one[-2 * length : -length]
    assert one[-length:] != other[-length:]


@pytest.mark.parametrize(
    ("text", "points"),
    [
        (DIGITS, 1),
        (f"The digits are {', '.join(DIGITS)}.", 1),
        (" ".join(WORDS[int(digit)] for digit in DIGITS).capitalize() + ".", 1),
        (f"{DIGITS[:-1]}{(int(DIGITS[-1]) + 1) % 10}", 0.5),
        (DIGITS[:-1], 0),
        (DIGITS[::-1] if DIGITS[::-1] != DIGITS else "", 0),
        ("I cannot hear anything.", 0),
        ("", 0),
    ],
)
def test_the_digits_of_a_recording_are_heard(text: str, points: float) -> None:
    found, note = answered("audio_heard", text)
    assert found == points
    assert (points == 1) is (note == "")


@pytest.mark.parametrize("check", [video_read.CHECK, audio_heard.CHECK], ids=lambda check: check.id)
def test_video_and_audio_are_sent_only_to_models_that_declare_them(check: Any) -> None:
    assert check.fits(SEES)
    assert not check.fits(MODEL)
    model = ModelSpec("m", capabilities={check.proves: True})
    found = certify(model, REGION, model_that(model), Deadline(60))
    assert result(found.results, check.id).status is not Status.SKIPPED
