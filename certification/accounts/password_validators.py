"""Passwords that are long enough and can be guessed all the same."""

from __future__ import annotations

import re
from typing import Final

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# What everybody here would try first; hosts and the like come from the settings.
CONTEXT: Final = ("homologa", "homologacao", "bedrock", "certification", "certificacao", "amazon")
LEETSPEAK: Final = str.maketrans("@4310$57!", "aaeiossti")
# What has to be left of a password without these words and without digits and signs.
FEWEST_LEFT: Final = 6
FEWEST_DISTINCT: Final = 5


class GuessableValidator:
    """Refuses the names of this product and of this deployment with a few characters around, a
    common password with digits or signs around or in it, and a few characters again and again."""

    def __init__(self) -> None:
        self._common = CommonPasswordValidator().passwords

    def validate(self, password: str, user: object = None) -> None:
        """Raises ValidationError."""
        plain = password.lower()
        rest = re.sub(r"[\W\d_]", "", plain.translate(LEETSPEAK))
        for word in _words_of_this_place():
            rest = rest.replace(word, "")
        spelt = {re.sub(r"[\W\d_]+", "", plain), plain.strip("0123456789!?.*-_@#$"), rest}
        is_common = any(text in self._common for text in spelt)
        is_long_enough = len(rest) >= FEWEST_LEFT or _has_digits_enough(plain)
        if is_common or not is_long_enough or len(set(plain)) < FEWEST_DISTINCT:
            raise ValidationError(self.get_help_text(), code="password_guessable")

    def get_help_text(self) -> str:
        return _(
            "Your password can’t be a common one with something around it, nor the name of this "
            "product or server."
        )


def _words_of_this_place() -> list[str]:
    """Returns the words, longest first: one may contain another."""
    hosts = {label for host in settings.ALLOWED_HOSTS for label in host.lower().split(".")}
    words = {*CONTEXT, *(re.sub(r"[\W\d_]", "", label) for label in hosts)}
    return sorted((word for word in words if len(word) > 3), key=len, reverse=True)


def _has_digits_enough(password: str) -> bool:
    """Random hexadecimal digits and the like have few of a to z."""
    return len(set(re.findall(r"\d", password))) >= FEWEST_LEFT and bool(
        re.search(r"[a-z].*\d.*[a-z]", password)
    )
