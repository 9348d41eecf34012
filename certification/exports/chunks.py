"""Files in pieces of a size that is worth sending."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO, Final

SIZE: Final = 64 * 1024


def gathered(texts: Iterable[str]) -> Iterator[bytes]:
    """Many short texts as few pieces of UTF-8."""
    waiting: list[bytes] = []
    size = 0
    for text in texts:
        waiting.append(text.encode())
        size += len(waiting[-1])
        if size >= SIZE:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


def of_file(file: IO[bytes]) -> Iterator[bytes]:
    """A file from its beginning."""
    file.seek(0)
    while piece := file.read(SIZE):
        yield piece
