from __future__ import annotations

import os
import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from certification import accounts


class Command(BaseCommand):
    help = (
        "Makes the administrator HOMOLOGA_ADMIN_EMAIL with the password HOMOLOGA_ADMIN_PASSWORD "
        "(else a random one, printed this once), unless there is one with that e-mail; an "
        "existing password is never changed."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        email = os.environ.get("HOMOLOGA_ADMIN_EMAIL", "")
        given = os.environ.get("HOMOLOGA_ADMIN_PASSWORD")
        password = given or secrets.token_urlsafe(12)
        if not email:
            raise CommandError("Set HOMOLOGA_ADMIN_EMAIL.", returncode=2)
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(
                f"HOMOLOGA_ADMIN_EMAIL is not an e-mail address: {email}", returncode=2
            ) from None
        if not accounts.ensure_administrator(email, password):
            self.stdout.write(f"Administrator {email} is there already.")
        elif given:
            self.stdout.write(f"Administrator {email} made, with the password that you gave.")
        else:
            self.stdout.write(f"Administrator {email} made. Password, shown this once: {password}")
