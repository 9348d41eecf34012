"""Reads the text of documents, each by its format."""

from __future__ import annotations

import io
import re
import zipfile

_PDF_STRING = re.compile(rb"\(((?:\\.|[^\\()])*)\)\s*Tj")
_DOCX_PARAGRAPH_END = re.compile(r"</w:p>")
_TAG = re.compile(r"<[^>]+>")
_MAX_DOCX = 1_000_000


def text_of(file_format: str, content: bytes) -> str:
    """Returns the text of a document, "" if it is not of its format."""
    if file_format == "pdf":
        return _pdf(content)
    if file_format == "docx":
        return _docx(content)
    return content.decode("utf-8", "replace")


def _pdf(content: bytes) -> str:
    if not content.startswith(b"%PDF-"):
        return ""
    shown = (found.group(1) for found in _PDF_STRING.finditer(content))
    return "\n".join(re.sub(r"\\(.)", r"\1", line.decode("latin-1")) for line in shown)


def _docx(content: bytes) -> str:
    try:
        with (
            zipfile.ZipFile(io.BytesIO(content)) as archive,
            archive.open("word/document.xml") as part,
        ):
            xml = part.read(_MAX_DOCX).decode("utf-8", "replace")
    except (zipfile.BadZipFile, KeyError, OSError):
        return ""
    return _TAG.sub("", _DOCX_PARAGRAPH_END.sub("\n", xml))
