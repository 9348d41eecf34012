"""No more passwords are checked than are allowed, however many are sent at a time, and wherever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from axes.models import AccessFailureLog
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connections
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings

from certification.accounts import guesses, sign_in
from certification.accounts.roles import Role
from certification.models import PasswordGuess
from tests.factories.certification import someone

RIGHT = "correct horse battery"


@pytest.fixture
def ana() -> User:
    user = someone(Role.VIEWER)
    user.set_password(RIGHT)
    user.is_staff = True
    user.save()
    return user


def sign_in_with(name: str, password: str) -> User | None:
    request = RequestFactory().post("/", REMOTE_ADDR="10.0.0.1")
    found = authenticate(request, username=name, password=password)
    assert found is None or isinstance(found, User)
    return found


@pytest.mark.django_db(transaction=True)
def test_of_sixty_at_the_same_time_eight_are_checked(
    ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    monkeypatch.setattr(User, "check_password", lambda _user, given: bool(checked.append(given)))

    def guess(number: int) -> None:
        try:
            sign_in_with(ana.username, f"wrong {number}")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(guess, range(60)))

    assert len(checked) == 8


@pytest.mark.django_db
def test_a_right_password_begins_anew(ana: User) -> None:
    for _ in range(3):
        for _ in range(7):
            assert sign_in_with(ana.username, "wrong") is None
        guesses_before = PasswordGuess.objects.get().guesses
        assert sign_in_with(ana.email, RIGHT) == ana
        assert (guesses_before, PasswordGuess.objects.count()) == (7, 0)
        sign_in.wrong_passwords(ana).delete()


@pytest.mark.django_db
def test_after_the_time_is_over_there_are_as_many_again(ana: User, settings: Settings) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        assert guesses.take(ana.username, "10.0.0.1")
    assert not guesses.take(ana.username, "10.0.0.1")
    assert guesses.take(ana.username, "10.0.0.2")

    past = timezone.now() - settings.AXES_COOLOFF_TIME - timedelta(seconds=2)
    PasswordGuess.objects.update(last_at=past)

    taken = [guesses.take(ana.username, "10.0.0.1") for _ in range(9)]
    assert taken == [True] * 8 + [False]


@pytest.mark.django_db
def test_what_lets_somebody_in_again_forgets_the_guesses(ana: User) -> None:
    for _ in range(8):
        sign_in_with(ana.username, "wrong")
    assert sign_in_with(ana.username, RIGHT) is None

    call_command("axes_reset_username", ana.username)

    assert sign_in_with(ana.username, RIGHT) == ana


@pytest.mark.django_db
def test_old_passwords_at_the_change_form_are_limited_and_logged(
    ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(ana, backend="certification.accounts.EmailOrUsernameBackend")
    new = "a whole new sentence"

    def change(old: str) -> int:
        form = {"old_password": old, "new_password1": new, "new_password2": new}
        return client.post("/admin/password_change/", form).status_code

    statuses = [change(f"wrong {number}") for number in range(12)]

    assert statuses == [200] * 7 + [429] * 5
    assert change(RIGHT) == 429
    assert AccessFailureLog.objects.filter(username=ana.username).count() >= 8
    ana.refresh_from_db()
    assert ana.check_password(RIGHT)
    sign_in.forget_wrong_passwords(ana)
    assert change(RIGHT) == 302


@pytest.mark.parametrize(
    "password",
    [
        "homologa2026!",
        "Homologa-Homologa",
        "H0m0l0g@2026",
        "bedrock-bedrock-1",
        "certification1",
        "example-2026-x",
        "password2026!",
        "P@ssw0rd2026",
        "iloveyou-2026",
        "qwertyuiop12",
        "aaaaaaaaaaaa",
        "ababababababab",
    ],
)
def test_a_password_that_is_long_and_can_be_guessed_is_refused(
    password: str, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["homologa.example.com"]

    with pytest.raises(ValidationError):
        validate_password(password)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "trocar-a-corda-do-violao",
        "8f14e45fceea167a5a36dedd",
        "xK9#vT2!qLmZ",
        "we homologate seven models",
    ],
)
def test_other_passwords_are_accepted(password: str) -> None:
    validate_password(password)
