from __future__ import annotations

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.core import checks
from django.db.models.signals import post_delete, post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class CertificationConfig(AppConfig):
    name = "certification"
    verbose_name = _("Certification")

    def ready(self) -> None:
        # Imported here because models cannot be imported before the app registry is ready.
        from axes.models import AccessAttempt

        from .accounts import guesses, roles, sessions, sign_in, system_checks
        from .admin import schedule_form, tables  # noqa: F401 - they register with the site
        from .models import deletion

        pre_migrate.connect(deletion.drop_triggers, sender=self)
        post_migrate.connect(deletion.make_triggers, sender=self)
        checks.register(system_checks.laptop_administrator, checks.Tags.database)
        user_logged_in.connect(sessions.begin)
        user_login_failed.connect(sign_in.log_failure)
        post_delete.connect(guesses.forget_with_failures, sender=AccessAttempt)
        # This app is the last in INSTALLED_APPS: all permissions exist when the signal arrives.
        post_migrate.connect(roles.make_roles, sender=self)
