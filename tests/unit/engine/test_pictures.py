"""Pictures of an answer are looked at before they are decoded."""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode
from io import BytesIO

import pytest
from PIL import Image

from certification.engine import Category
from certification.engine.errors import CallError
from certification.engine.pictures import MAX_PIXELS, pixels_of


def saved(kind: str, width: int = 300, height: int = 200, **options: object) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (width, height), "red").save(buffer, kind, **options)
    return buffer.getvalue()


def looked_at(picture: bytes) -> int:
    return pixels_of(b64encode(picture).decode())


def refused(picture: bytes) -> CallError:
    with pytest.raises(CallError) as refusal:
        looked_at(picture)
    return refusal.value


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))


def header(width: int, height: int) -> bytes:
    return chunk(b"IHDR", struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0))


SMALL_FRAME = b"\xff\xc0\x00\x07\x08\x00\x09\x00\x09"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    "picture",
    [
        saved("PNG"),
        saved("JPEG"),
        saved("JPEG", progressive=True, exif=b"Exif\0\0" + b"x" * 60_000),
        saved("WEBP"),
        saved("WEBP", lossless=True),
        saved("WEBP", exif=b"Exif\0\0MM\0*"),
    ],
)
def test_the_pixels_are_those_that_a_decoder_finds(picture: bytes) -> None:
    assert looked_at(picture) == 300 * 200


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "PPM", "ICO", "TGA", "JPEG2000"])
def test_other_formats_reach_no_decoder(kind: str) -> None:
    assert refused(saved(kind)).category is Category.MODEL_ERROR


@pytest.mark.parametrize(
    "picture", [b"", b"hello", PNG, saved("PNG")[:20], saved("JPEG")[:20], saved("WEBP")[:20]]
)
def test_what_does_not_tell_its_size_reaches_no_decoder(picture: bytes) -> None:
    assert refused(picture).category is Category.MODEL_ERROR


@pytest.mark.parametrize(
    "picture",
    [
        PNG + header(20_000, 20_000) + chunk(b"IDAT", b""),
        # Decoders take the last of several sizes.
        PNG + header(9, 9) + header(20_000, 20_000) + chunk(b"IDAT", b""),
        b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff" + b"\x03" * 10 + b"\xff\xda\x00",
        b"".join((b"\xff\xd8", SMALL_FRAME, b"\xff\xc2\x00\x07\x08\xff\xff\xff\xff\xff\xda\x00")),
        b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0" + b"\0" * 4 + b"\xff\xff\x00" * 2,
    ],
)
def test_too_many_pixels_are_refused(picture: bytes) -> None:
    error = refused(picture)
    assert error.category is Category.ANSWER_TOO_LARGE
    assert "pixels" in error.text


def test_the_largest_picture_of_an_upscaler_is_not_refused() -> None:
    assert looked_at(PNG + header(4096, 4096) + chunk(b"IDAT", b"")) == MAX_PIXELS


def test_what_is_no_base64_reaches_no_decoder_either() -> None:
    assert pixels_of("not base64!") == 0
