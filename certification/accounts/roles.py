"""Who may come in, and as what: people sign in by e-mail or user name, and roles are groups."""

from __future__ import annotations

from enum import StrEnum

from django.contrib.auth.models import Group, Permission, User
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import pgettext_lazy


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
