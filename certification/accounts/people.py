"""Adds people, changes their roles and passwords, activates and deactivates them.

At least one active administrator always remains, and nobody changes their own account here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from knox.models import AuthToken

from certification import queries
from certification.errors import LastAdministrator, NameRefused, NotOnOneself, PasswordRefused
from certification.states import AuditAction

from . import audit, roles, sessions, sign_in, tokens
from .audit import Actor
from .roles import Role

TABLE = "auth.user"


@dataclass(frozen=True)
class NewPerson:
    """`screens`: whether they may use the admin, or only the API."""

    username: str
    email: str
    password: str
    role: Role
    screens: bool = True


def add(new: NewPerson, actor: Actor) -> User:
    """Raises NameRefused, PasswordRefused."""
    user = User(username=new.username, email=new.email, is_staff=new.screens)
    _set_password(user, new.password)
    try:
        with _one_at_a_time():
            _check_names(user)
            user.save(force_insert=True)
            roles.give_role(user, new.role)
            _note(actor, AuditAction.ROW_ADDED, user, role=new.role, screens=new.screens)
    except IntegrityError:
        raise _taken(user.username) from None
    return user


def change_role(user_id: int, role: Role, actor: Actor, *, screens: bool = True) -> User:
    """Raises PersonNotFound, NotOnOneself, LastAdministrator."""
    with _changing(user_id, actor) as user:
        stays = role is Role.ADMINISTRATOR and screens
        if not stays:
            _refuse_last_administrator(user)
        before = roles.role_of(user)
        roles.give_role(user, role)
        user.is_superuser = user.is_superuser and role is Role.ADMINISTRATOR
        user.is_staff = screens
        user.save(update_fields=["is_superuser", "is_staff"])
        tokens.shorten(user)
        _note(actor, AuditAction.ROW_CHANGED, user, role=role, before=before or "", screens=screens)
    return user


def deactivate(user_id: int, actor: Actor) -> User:
    """Deactivates an account, ends its sessions and revokes its tokens, which stay revoked if the
    account is activated again. Raises PersonNotFound, NotOnOneself, LastAdministrator."""
    with _changing(user_id, actor) as user:
        _refuse_last_administrator(user)
        user.is_active = False
        user.save(update_fields=["is_active"])
        _note(actor, AuditAction.ROW_CHANGED, user, active=False)
        sessions.end(user)
        tokens.revoke(AuthToken.objects.filter(user=user), actor)
    return user


def activate(user_id: int, actor: Actor) -> User:
    """Raises PersonNotFound, NotOnOneself."""
    with _changing(user_id, actor) as user:
        user.is_active = True
        user.save(update_fields=["is_active"])
        _note(actor, AuditAction.ROW_CHANGED, user, active=True)
    return user


def set_password(user_id: int, password: str, actor: Actor) -> User:
    """Also ends their sessions and forgets their wrong passwords. Raises PersonNotFound,
    NotOnOneself, PasswordRefused."""
    with _changing(user_id, actor) as user:
        _set_password(user, password)
        user.save(update_fields=["password"])
        sign_in.forget_wrong_passwords(user)
        _note(actor, AuditAction.ROW_CHANGED, user, fields=["password"])
    return user


def let_in(user_id: int, actor: Actor) -> User:
    """Ends a lock-out by forgetting the wrong passwords. Raises PersonNotFound, NotOnOneself."""
    with _changing(user_id, actor) as user:
        sign_in.forget_wrong_passwords(user)
        _note(actor, AuditAction.ROW_CHANGED, user, lockedOut=False)
    return user


@contextmanager
def _changing(user_id: int, actor: Actor) -> Iterator[User]:
    with _one_at_a_time():
        user = queries.people.get(user_id)
        if actor.user is not None and actor.user.pk == user.pk:
            raise NotOnOneself(_("You cannot do this to your own account: ask another one."))
        yield user


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Makes concurrent changes wait for each other: two administrators cannot remove each other's
    role, or add two people with one name, at the same time."""
    with transaction.atomic():
        list(roles.administrators().order_by("pk").select_for_update().values_list("pk"))
        yield


def _refuse_last_administrator(user: User) -> None:
    everyone = roles.administrators()
    if everyone.filter(pk=user.pk).exists() and not everyone.exclude(pk=user.pk).exists():
        raise LastAdministrator(
            _("%(name)s is the last active administrator: make another one first.")
            % {"name": user.get_username()}
        )


def _check_names(user: User) -> None:
    """Rejects a name or e-mail that is taken: people sign in by either. Raises NameRefused."""
    try:
        user.clean_fields(exclude=("password",))
    except ValidationError as error:
        raise NameRefused(" ".join(error.messages)) from None
    for name in filter(None, (user.username, user.email)):
        if User.objects.filter(Q(username__iexact=name) | Q(email__iexact=name)).exists():
            raise _taken(name)


def _taken(name: str) -> NameRefused:
    return NameRefused(_("Somebody is called %(name)s already.") % {"name": name}, name=name)


def _set_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise PasswordRefused(" ".join(error.messages)) from None
    user.set_password(password)


def _note(actor: Actor, action: AuditAction, user: User, **details: Any) -> None:
    audit.note(actor, action, subject=user.get_username(), table=TABLE, **details)
