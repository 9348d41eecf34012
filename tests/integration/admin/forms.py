from __future__ import annotations

from collections import defaultdict
from html.parser import HTMLParser


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.sent: defaultdict[str, list[str]] = defaultdict(list)
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given:
            self.sent[self._select].append(value)
        elif tag == "input" and name and given.get("type") not in ("submit", "button"):
            if given.get("type") not in ("checkbox", "radio"):
                self.sent[name].append(value)
            elif "checked" in given:
                self.sent[name].append(value or "on")


def as_it_stands(page: bytes) -> dict[str, list[str]]:
    """What a browser sends of a page's forms if the user changes nothing."""
    fields = _Fields()
    fields.feed(page.decode())
    return dict(fields.sent)
