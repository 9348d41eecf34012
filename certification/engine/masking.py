"""Replaces credentials in the texts of errors, however they are spelt."""

from __future__ import annotations

import re
from typing import Final

MASK: Final = "***"
# Between a name and its value: as a header, in JSON (escaped, too), as an assignment, in a URL.
_FILLER: Final = r"[\s\"'\\\[(]|%(?:25)?(?:20|22|27|5c)|&quot;|&#3[49];|u002[27]|\+"
# The last two: as an element of XML, and as a pair of Python.
_SIGN: Final = r"[:=]|=>|%(?:25)?3[ad]|u003[ad]|(?<=\w)>|(?<=['\"]),\s?b?(?=['\"])"
_SEPARATOR: Final = rf"(?:{_FILLER}){{0,8}}(?:{_SIGN})(?:{_FILLER}){{0,8}}"
# A value behind blanks alone must look like one, since prose names these things too.
_LOOKS_SECRET: Final = r"(?=[^\s\"'\\&,;]{0,200}(?-i:[0-9A-Z+/=]))(?=[^\s]{8})"  # noqa: S105
_BLANKS: Final = rf"(?:{_FILLER}){{1,8}}{_LOOKS_SECRET}"
_VALUE: Final = r"[^\s\"'\\&,;<>(){}\[\]]+"
# With the lines that go on with it.
_REST: Final = r"[^\r\n\"'\\}]+(?:\r?\n[ \t]+[^\r\n\"'\\}]+)*"
_NAME: Final = (
    r"(?:x[_-]amz[_-](?:security[_-]token|signature|credential)"
    r"|(?:aws[_-]?)?(?:secret[_-]?access[_-]?key|access[_-]?key[_-]?id|session[_-]?token"
    r"|security[_-]token|bearer[_-]?token(?:[_-]bedrock)?|secret[_-]?key)"
    r"|(?:id|auth|csrf|xsrf)[_-]?token|session[_-]?id|passphrase"
    r"|x[_-]api[_-]key|api[_-]key|apikey|access[_-]token|refresh[_-]token|client[_-]secret)"
)
_SECRETS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # Whole headers: their values may hold blanks.
        rf"((?:proxy-)?authorization{_SEPARATOR}){_REST}",
        rf"((?:set-)?cookie2?{_SEPARATOR}){_REST}",
        r"(\b(?:authorization)(?:\s|%20|\+){1,8})(?:bearer|basic|digest|aws4-[a-z0-9-]+)" + _REST,
        r"(\b(?:bearer|basic)(?:[\s:=\"'\\]|%20|%3a|%3d|\+){1,8})(?!token\b)"
        r"(?=[^\s\"'\\&,;]{0,200}(?-i:[0-9A-Z+/=])[^\s]{5}|[^\s]{20})" + _VALUE,
        rf"({_NAME}(?:{_SEPARATOR}|{_BLANKS})){_VALUE}",
        rf"(\b(?:password|passwd|pwd|secret|token|signature|credential){_SEPARATOR}){_VALUE}",
        # The user information of a URL.
        r"(://|%3a%2f%2f)[^/?#\s]{1,512}(?=@|%40)",
        # Keys by their own form: access keys, and API keys of Bedrock.
        r"()\b(?:AKIA|ASIA|ABIA|ACCA|AIDA|AROA)[A-Z0-9]{4,128}(?::[a-z0-9/+=]{16,})?",
        r"()\beyJ[a-z0-9_-]{8,}\.[a-z0-9_-]{4,}(?:\.[a-z0-9_-]*)?",
        r"()\b(?:bedrock-api-key-[a-z0-9+/=_-]{8,}|ABSK[a-z0-9+/=]{16,})",
    )
)  # fmt: skip


def masked(text: str) -> str:
    """Returns `text` with MASK in place of each credential; in linear time."""
    for secret in _SECRETS:
        text = secret.sub(rf"\g<1>{MASK}", text)
    return text
