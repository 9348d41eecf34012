from __future__ import annotations

import re

_SPACE = re.compile(r"\s+")
# After an opening tag, before a closing one, and around blocks, a browser shows no space.
_NOT_SHOWN = re.compile(
    r"(?<=>) (?=</?(?:d[dlt]|div|h[1-6]|li|ol|p|section|t[dhr]|table|tbody|thead|ul)\b)| (?=</)"
)
_AFTER_OPENING = re.compile(r"(<[a-z][^>]*>) ")


def without_layout(page: bytes) -> str:
    """The text of a page without the spaces and line breaks that a browser does not show."""
    return _AFTER_OPENING.sub(r"\1", _NOT_SHOWN.sub("", _SPACE.sub(" ", page.decode())))
