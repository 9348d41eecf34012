"""Entries of the audit log in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certification.accounts.roles import Role
from certification.models import AuditEntry
from certification.states import JobType

LABELS = {
    "type": gettext_lazy("type"),
    "pairs": gettext_lazy("pairs"),
    "regions": gettext_lazy("regions"),
    "retryOf": gettext_lazy("retry of"),
    "probeUnoffered": gettext_lazy("probes regions where it is not offered"),
    "checks": gettext_lazy("on-demand checks"),
    "fields": gettext_lazy("fields"),
    "role": gettext_lazy("role"),
    "before": gettext_lazy("before"),
    "screens": gettext_lazy("may use these screens"),
    "active": gettext_lazy("active"),
    "lockedOut": gettext_lazy("locked out"),
    "public": gettext_lazy("public"),
    "token": gettext_lazy("token"),
    "tokens": gettext_lazy("tokens"),
    "expires": gettext_lazy("expires"),
    "deadLetters": gettext_lazy("dead letters"),
    # The key in entries of earlier versions.
    "letters": gettext_lazy("dead letters"),
    "limit": gettext_lazy("limit"),
    "new": gettext_lazy("new offers"),
    "changed": gettext_lazy("changed offers"),
    "gone": gettext_lazy("offers that are gone"),
    "lifecycles": gettext_lazy("lifecycles"),
    "added": gettext_lazy("added rows"),
    "updated": gettext_lazy("updated rows"),
    "refused": gettext_lazy("rows not taken"),
}
ROLES = {"role", "before"}


@dataclass(frozen=True)
class Detail:
    label: str
    text: str
    job: UUID | None = None


@dataclass(frozen=True)
class AuditLine:
    """`subject` is what the action was on, "" if that is the job of the entry."""

    entry: AuditEntry
    subject: str
    details: list[Detail]


def describe(entry: AuditEntry) -> AuditLine:
    details = dict(entry.details)
    table = details.pop("table", "")
    subject = "" if entry.job_id else entry.subject
    if table:
        subject = f"{capfirst(_table(table))}: {entry.subject}"
    # Each option of a job is a detail of its own.
    details |= details.pop("options", {})
    return AuditLine(entry, subject, list(_details(details)))


def _details(details: Mapping[str, Any]) -> Iterator[Detail]:
    for name, value in details.items():
        label = str(LABELS.get(name, name))
        if name == "retryOf":
            yield Detail(label, value[:8], UUID(value))
        elif name == "type" and value in JobType.values:
            yield Detail(label, str(JobType(value).label))
        elif name in ROLES and value in set(Role):
            yield Detail(label, Role(value).label)
        elif name == "expires":
            moment = timezone.localtime(datetime.fromisoformat(value))
            yield Detail(label, date_format(moment, "SHORT_DATETIME_FORMAT"))
        elif name == "fields":
            yield Detail(label, ", ".join(_field(field) for field in value))
        elif value not in ("", [], None):
            yield Detail(label, _text(value))


def _field(label: str) -> str:
    """Translates a field's name, which Django writes in English with a capital."""
    return _(label[:1].lower() + label[1:]) if label else ""


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(value)


def _table(label: str) -> str:
    """Returns the label itself for a table that this version does not have."""
    try:
        return str(apps.get_model(label)._meta.verbose_name)
    except LookupError:
        return label
