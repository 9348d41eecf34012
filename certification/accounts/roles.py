"""Who may come in, and as what: people sign in by e-mail or user name, and roles are groups."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import pgettext_lazy


class EmailOrUsernameBackend(ModelBackend):
    """A user name is looked up first; an e-mail that two users share names neither."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        if not username or password is None:
            return None
        user = find(username)
        if user is None:
            # As slow as a real check, so that the time does not tell who exists.
            User().set_password(password)
            return None
        if user.check_password(password) and self.user_can_authenticate(user):
            return user
        return None


def find(name: str) -> User | None:
    """A user by user name or e-mail; an e-mail that two users share names neither."""
    user = User.objects.filter(username=name).first()
    if user is None and "@" in name:
        matches = list(User.objects.filter(email__iexact=name)[:2])
        user = matches[0] if len(matches) == 1 else None
    return user


def ensure_administrator(email: str, password: str) -> tuple[User, bool]:
    """The account with that e-mail, made as an administrator if there was none; true if it was
    made. One that was there is left as it is."""
    there = User.objects.filter(Q(email__iexact=email) | Q(username__iexact=email)).first()
    if there is not None:
        return there, False
    made = User.objects.create_superuser(username=email, email=email, password=password)
    return made, True


class Role(StrEnum):
    """What an account may do; each includes the ones before it. Roles are groups, made and kept
    whole by `manage.py migrate`."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> str:
        return str(ROLE_LABELS[self])


ROLE_LABELS = {
    Role.VIEWER: pgettext_lazy("role", "viewer"),
    Role.OPERATOR: pgettext_lazy("role", "operator"),
    Role.ADMINISTRATOR: pgettext_lazy("role", "administrator"),
}
OURS = ("certification", "models_registry")
MANAGED = (*OURS, "auth", "knox")


def make_roles(**_: object) -> None:
    """Makes the groups, and adds the rights that they lack; takes none away.

    Runs after every migration, so that what a new version brings is seen by those who may see.
    """
    ours = Permission.objects.filter(content_type__app_label__in=OURS)
    # What people did is between them and the administrators.
    sees = Q(codename__startswith="view_") & ~Q(codename="view_auditentry")
    rights = {
        Role.VIEWER: ours.filter(sees),
        Role.OPERATOR: ours.filter(sees | Q(codename="certify")),
        Role.ADMINISTRATOR: Permission.objects.filter(content_type__app_label__in=MANAGED),
    }
    for role, permissions in rights.items():
        Group.objects.get_or_create(name=role)[0].permissions.add(*permissions)


def give_role(user: User, role: Role) -> None:
    """Takes the user's other roles away."""
    groups = Group.objects.filter(name__in=list(Role))
    user.groups.remove(*groups.exclude(name=role))
    user.groups.add(groups.get(name=role))


def administrators() -> QuerySet[User]:
    """Those who could come in here and administer."""
    in_group = User.groups.through.objects.filter(
        user=OuterRef("pk"), group__name=Role.ADMINISTRATOR
    )
    has_role = Q(is_superuser=True) | Q(Exists(in_group))
    return User.objects.filter(has_role, is_active=True, is_staff=True)


def role_of(user: User) -> Role | None:
    """The highest one that the account has; a superuser is an administrator."""
    if user.is_superuser:
        return Role.ADMINISTRATOR
    names = {group.name for group in user.groups.all()}
    return next((role for role in reversed(Role) if role in names), None)


def end_sessions(user: User) -> None:
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            session.delete()


def wrong_passwords(user: User) -> QuerySet[AccessAttempt]:
    attempts: QuerySet[AccessAttempt] = AccessAttempt.objects.filter(username=user.get_username())
    return attempts


def is_locked_out_anywhere(user: User) -> bool:
    lately = Q(attempt_time__gt=timezone.now() - settings.AXES_COOLOFF_TIME)
    at_an_address = wrong_passwords(user).filter(lately).order_by().values("ip_address")
    failures = at_an_address.annotate(failures=Sum("failures_since_start"))
    return bool(failures.filter(failures__gte=settings.AXES_FAILURE_LIMIT).exists())


def counted_as(request: HttpRequest, credentials: Mapping[str, Any] | None) -> str:
    """One name for all those that can be typed for an account, so that wrong passwords are counted
    together; who is no one is counted as typed."""
    given = credentials or request.POST
    name = str(given.get("username") or "")
    user = find(name)
    return user.get_username() if user else name.lower()


def is_locked_out(request: HttpRequest) -> bool:
    """Whether too many wrong passwords came before for this name and address."""
    return bool(getattr(request, "axes_locked_out", False))
