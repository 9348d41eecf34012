from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from certification.accounts.roles import Role
from tests.factories.certification import someone

pytestmark = pytest.mark.django_db


def ensure_admin(monkeypatch: pytest.MonkeyPatch, email: str, password: str | None = None) -> str:
    monkeypatch.setenv("HOMOLOGA_ADMIN_EMAIL", email)
    if password:
        monkeypatch.setenv("HOMOLOGA_ADMIN_PASSWORD", password)
    else:
        monkeypatch.delenv("HOMOLOGA_ADMIN_PASSWORD", raising=False)
    said = io.StringIO()
    call_command("ensure_admin", stdout=said)
    return said.getvalue()


def test_it_makes_an_administrator_with_the_given_password(monkeypatch: pytest.MonkeyPatch) -> None:
    said = ensure_admin(monkeypatch, "root@example.com", "given by hand")

    user = User.objects.get(email="root@example.com")
    assert user.is_superuser
    assert user.check_password("given by hand")
    assert "given by hand" not in said


def test_the_password_may_be_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("kept in a file\n")
    monkeypatch.setenv("HOMOLOGA_ADMIN_PASSWORD_FILE", str(tmp_path / "password"))

    ensure_admin(monkeypatch, "root@example.com")

    assert User.objects.get().check_password("kept in a file")


def test_a_random_password_is_printed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said = ensure_admin(monkeypatch, "root@example.com")

    password = said.rsplit(": ", 1)[1].strip()
    assert User.objects.get().check_password(password)
    assert password not in ensure_admin(monkeypatch, "root@example.com")
    assert User.objects.get().check_password(password)


@pytest.mark.parametrize("change", [{"is_superuser": False}, {"is_active": False}])
@pytest.mark.parametrize("names", [{}, {"username": "maria"}, {"email": ""}])
def test_a_changed_account_is_not_reset(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, bool], names: dict[str, str]
) -> None:
    ensure_admin(monkeypatch, "root@example.com", "given by hand")
    User.objects.update(**change, **names)

    said = ensure_admin(monkeypatch, "root@example.com", "given by hand")

    assert "something else than an active administrator" in said
    assert User.objects.filter(**change, **names).count() == User.objects.count() == 1


def test_an_administrator_by_role_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    maria = someone(Role.ADMINISTRATOR)
    User.objects.update(is_staff=True)

    said = ensure_admin(monkeypatch, maria.email.upper())

    assert "is there already." in said
    assert User.objects.count() == 1


def test_what_is_no_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="not an e-mail address"):
        ensure_admin(monkeypatch, "root")
    assert not User.objects.exists()
