"""Makes small documents of several formats from lines of text; the same lines make the same bytes.

Formats: PDF 1.4 (ISO 32000-1), Office Open XML (ECMA-376).
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

# The earliest time that a ZIP file can hold.
NO_TIME: Final = (1980, 1, 1, 0, 0, 0)
XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
FORMATS_OF: Final = "http://schemas.openxmlformats.org"
DOCX_PARTS: Final = {
    "[Content_Types].xml": (
        f'<Types xmlns="{FORMATS_OF}/package/2006/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.wordprocessingml.document.main+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{FORMATS_OF}/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{FORMATS_OF}/officeDocument/2006/relationships/'
        'officeDocument" Target="word/document.xml"/></Relationships>'
    ),
}


def txt(lines: Sequence[str]) -> bytes:
    return "\n".join((*lines, "")).encode()


def table(lines: Sequence[str]) -> bytes:
    """Returns a CSV file; what stands behind a colon goes into a column of its own."""
    found = io.StringIO()
    rows = csv.writer(found, lineterminator="\r\n")
    rows.writerow(("Field", "Value"))
    rows.writerows([part.strip() for part in line.partition(":")[::2]] for line in lines)
    return found.getvalue().encode()


def docx(lines: Sequence[str]) -> bytes:
    paragraphs = "".join(
        f'<w:p><w:r><w:t xml:space="preserve">{escape(line)}</w:t></w:r></w:p>' for line in lines
    )
    main = f"{FORMATS_OF}/wordprocessingml/2006/main"
    document = f'<w:document xmlns:w="{main}"><w:body>{paragraphs}</w:body></w:document>'
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w") as archive:
        for name, part in {**DOCX_PARTS, "word/document.xml": document}.items():
            entry = zipfile.ZipInfo(name, NO_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, XML + part)
    return found.getvalue()


def pdf(lines: Sequence[str]) -> bytes:
    """Returns one page in Helvetica; `lines` are ASCII."""
    shown = " ".join(f"({_pdf_text(line)}) Tj T*" for line in lines)
    page = f"BT /F1 14 Tf 18 TL 72 760 Td {shown} ET"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        f"<< /Length {len(page)} >>\nstream\n{page}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        "<< /Font << /F1 5 0 R >> >>",
    )
    found = "%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(found))
        found += f"{number} 0 obj\n{content}\nendobj\n"
    entries = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    return (
        f"{found}xref\n0 {size}\n0000000000 65535 f \n{entries}"
        f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(found)}\n%%EOF\n"
    ).encode("ascii")


def _pdf_text(line: str) -> str:
    return "".join(f"\\{sign}" if sign in "\\()" else sign for sign in line)
