from __future__ import annotations

from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CertificationConfig(AppConfig):
    name = "certification"
    verbose_name = _("Certification")

    def ready(self) -> None:
        # Only now are models there to be imported.
        from .accounts import roles, system_checks
        from .admin import schedule_form, tables  # noqa: F401 - they register with the site

        checks.register(system_checks.laptop_administrator, checks.Tags.database)
        # This app is the last, so all permissions have been made when it is told.
        post_migrate.connect(roles.make_roles, sender=self)
