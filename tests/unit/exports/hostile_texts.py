"""Texts of others as an attacker would choose them."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

PIECES: Final = (
    *(
        "=1+1",
        "＝1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        '=cmd|"/c calc"!A1',
        '=HYPERLINK("http://e.example")',
    ),
    *(
        ";=1+1",
        "|@x",
        "\t=1",
        "\n=1+1",
        "\r-1",
        "\v=1",
        "\u2028+1",
        ';"=1',
        ' \u00a0\u200b"=1',
        "'=1",
    ),
    *(
        "<r>a & b</r>",
        "<r>",
        "</r>",
        "<r><t>x</t></r>",
        "</t></is><f>1+1</f>",
        "]]>",
        "&amp;",
        "<b>",
    ),
    *("_x0041_", "_x0041_x0042_", "_x005F_", "_x000D_", "_x", "\\u0041", "%s", "{0}"),
    *("[/preview]", "[bold]x[/]", "[link=http://e.example]x", ":smile:", "\\[x]"),
    *("\x1b[2J", "\x1b]8;;http://e.example\x07x", "\x9b31m", "\x00", "\x01", "\b", "\x7f", "\x85"),
    *("\r\n", "\n2026-01-01 00:00:00,000 INFO    root forged", '"}\n{"level": "INFO"}'),
    *("\u202e", "\u2066", "\u200b", "\u200d", "\ufeff", "\ufffe", "\uffff", "\ud800", "\udfff"),
    *(
        '"',
        "'",
        ",",
        ";",
        " ",
        "  x",
        "x  ",
        "模型",
        "Łódź",
        "жук",
        "한국어",
        "שלום (1.5)",
        "سلام لا",
        "🎉",
        "e\u0301",
        "𝕏",
    ),
    *("w" * 300, "http://e.example", "mailto:x@e.example", "#N/A", "TRUE", "1e5"),
)


def texts() -> st.SearchStrategy[str]:
    pieces = st.one_of(st.sampled_from(PIECES), st.text(max_size=8))
    return st.lists(pieces, min_size=1, max_size=4).map("".join).filter(bool)
