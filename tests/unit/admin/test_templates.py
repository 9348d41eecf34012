"""Rules of form for all templates."""

from __future__ import annotations

from django.conf import settings

LONGEST_LINE = 160


def test_no_line_of_a_template_is_too_long_to_be_read() -> None:
    lines = {
        f"{path.relative_to(settings.BASE_DIR)}:{number}": len(line)
        for path in (settings.BASE_DIR / "templates").rglob("*.*")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
    }

    assert lines
    assert [place for place, length in lines.items() if length > LONGEST_LINE] == []
