from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class PasswordGuess(models.Model):
    """How many passwords were checked for a name from an address since the last right one."""

    username = models.CharField(_("user name"), max_length=255)
    ip_address = models.CharField(_("address"), max_length=45)
    guesses = models.PositiveIntegerField(_("guesses"), default=0, db_default=0)
    last_at = models.DateTimeField(_("last"), db_default=Now())

    class Meta:
        db_table = "certification_password_guesses"
        verbose_name = _("guess of a password")
        verbose_name_plural = _("guesses of passwords")
        constraints = (
            models.UniqueConstraint(
                fields=["username", "ip_address"], name="guesses_once_per_name_and_address"
            ),
            models.CheckConstraint(name="guesses_not_negative", condition=Q(guesses__gte=0)),
        )

    def __str__(self) -> str:
        return self.username
