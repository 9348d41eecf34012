"""Contents of the database with which a production deployment does not start."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from pytest_django import Settings

from config.production import LAPTOP_ADMINISTRATOR

pytestmark = pytest.mark.django_db


def migrate() -> None:
    call_command("migrate", verbosity=0, skip_checks=False)


def test_a_production_database_with_the_laptops_administrator_does_not_start(
    settings: Settings,
) -> None:
    User.objects.create_superuser("admin", LAPTOP_ADMINISTRATOR, "whatever")
    migrate()
    settings.MODE = "production"

    with pytest.raises(SystemCheckError, match=r"administrator admin@homologa\.local"):
        migrate()


def test_one_that_is_deactivated_does_no_harm(settings: Settings) -> None:
    settings.MODE = "production"
    User.objects.create_superuser("admin", LAPTOP_ADMINISTRATOR, "whatever", is_active=False)

    migrate()


@pytest.mark.parametrize("password", ["short", "password12345", "123456789012345", "root@example"])
def test_a_first_password_that_can_be_guessed_is_refused(
    password: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MODE = "production"
    monkeypatch.setenv("HOMOLOGA_ADMIN_EMAIL", "root@example.com")
    monkeypatch.setenv("HOMOLOGA_ADMIN_PASSWORD", password)

    with pytest.raises(CommandError, match="HOMOLOGA_ADMIN_PASSWORD can be guessed"):
        call_command("ensure_admin")

    assert not User.objects.exists()
