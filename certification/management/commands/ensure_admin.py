from __future__ import annotations

import secrets
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from certification.accounts import roles
from config import environment
from models_registry.terminal import TerminalCommand


class Command(TerminalCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.description = _(
            "Makes the administrator HOMOLOGA_ADMIN_EMAIL with the password "
            "HOMOLOGA_ADMIN_PASSWORD (else a random one, printed this once), unless there is "
            "one with that e-mail; an existing password is never changed."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(_ensure())


def _ensure() -> str:
    """Returns a message that says what was done. Raises CommandError."""
    email = environment.text("HOMOLOGA_ADMIN_EMAIL")
    given = environment.text("HOMOLOGA_ADMIN_PASSWORD")
    password = given or secrets.token_urlsafe(12)
    if not email:
        raise CommandError(_("Set HOMOLOGA_ADMIN_EMAIL."), returncode=2)
    try:
        validate_email(email)
    except ValidationError:
        text = _("HOMOLOGA_ADMIN_EMAIL is not an e-mail address: %(email)s")
        raise CommandError(text % {"email": email}, returncode=2) from None
    if settings.MODE == "production":
        _refuse_weak_password(email, password)
    user, is_new = roles.ensure_administrator(email, password)
    if not is_new:
        if roles.administrators().filter(pk=user.pk).exists():
            text = _("Administrator %(email)s is there already.")
        else:
            text = _(
                "The account %(email)s is there already, but somebody made it something else than "
                "an active administrator: it is left so."
            )
        return text % {"email": email}
    if given:
        text = _("Administrator %(email)s made, with the password that you gave.")
        return text % {"email": email}
    text = _("Administrator %(email)s made. Password, shown this once: %(password)s")
    return text % {"email": email, "password": password}


def _refuse_weak_password(email: str, password: str) -> None:
    try:
        validate_password(password, User(username=email, email=email))
    except ValidationError as error:
        text = _("HOMOLOGA_ADMIN_PASSWORD can be guessed: %(why)s")
        raise CommandError(text % {"why": " ".join(error.messages)}, returncode=2) from None
