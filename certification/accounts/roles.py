"""Roles: viewer, operator, administrator. Each is a group of Django's, kept by `migrate`."""

from __future__ import annotations

from enum import StrEnum

from django.contrib.auth.models import Group, Permission, User
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import pgettext_lazy


def ensure_administrator(email: str, password: str) -> tuple[User, bool]:
    """Returns the account with this e-mail, and whether it was created. An account that exists is
    not changed."""
    there = User.objects.filter(Q(email__iexact=email) | Q(username__iexact=email)).first()
    if there is not None:
        return there, False
    made = User.objects.create_superuser(username=email, email=email, password=password)
    return made, True


class Role(StrEnum):
    """Each role includes the rights of the ones before it."""

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
    """Creates the groups, and adds rights that they lack; removes none.

    Runs after every migration, so that the roles cover the tables of a new version.
    """
    ours = Permission.objects.filter(content_type__app_label__in=OURS)
    # The audit log is for administrators alone.
    sees = Q(codename__startswith="view_") & ~Q(codename="view_auditentry")
    rights = {
        Role.VIEWER: ours.filter(sees),
        Role.OPERATOR: ours.filter(sees | Q(codename="certify")),
        Role.ADMINISTRATOR: Permission.objects.filter(content_type__app_label__in=MANAGED),
    }
    for role, permissions in rights.items():
        Group.objects.get_or_create(name=role)[0].permissions.add(*permissions)


def give_role(user: User, role: Role) -> None:
    """Gives a user this role, and no other one."""
    groups = Group.objects.filter(name__in=list(Role))
    user.groups.remove(*groups.exclude(name=role))
    user.groups.add(groups.get(name=role))


def administrators() -> QuerySet[User]:
    """Active users who may sign in to the admin and administer."""
    in_group = User.groups.through.objects.filter(
        user=OuterRef("pk"), group__name=Role.ADMINISTRATOR
    )
    has_role = Q(is_superuser=True) | Q(Exists(in_group))
    return User.objects.filter(has_role, is_active=True, is_staff=True)


def role_of(user: User) -> Role | None:
    """The highest role of an account, or None; a superuser is an administrator."""
    if user.is_superuser:
        return Role.ADMINISTRATOR
    names = {group.name for group in user.groups.all()}
    return next((role for role in reversed(Role) if role in names), None)
