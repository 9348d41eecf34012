"""Files as chunks of a size that is efficient to send."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO, Final

# Bytes.
CHUNK_SIZE: Final = 64 * 1024


def encode_in_chunks(texts: Iterable[str]) -> Iterator[bytes]:
    """Joins many short texts into few chunks of UTF-8; half a surrogate pair becomes “?”."""
    buffered: list[bytes] = []
    size = 0
    for text in texts:
        buffered.append(text.encode(errors="replace"))
        size += len(buffered[-1])
        if size >= CHUNK_SIZE:
            yield b"".join(buffered)
            buffered, size = [], 0
    if buffered:
        yield b"".join(buffered)


def read_in_chunks(file: IO[bytes]) -> Iterator[bytes]:
    """Rewinds the file and yields it to its end."""
    file.seek(0)
    while chunk := file.read(CHUNK_SIZE):
        yield chunk
