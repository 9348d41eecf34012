"""Durations and ages as people read them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.template.defaultfilters import floatformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def in_words(took: timedelta | None) -> str:
    """Such as “0.8 s”, “42 s”, “3 min 20 s”, “2 h 5 min”; empty for None."""
    if took is None:
        return ""
    seconds = took.total_seconds()
    # From there on it would read as 10.0.
    if seconds < 9.95:
        return _("%(seconds)s s") % {"seconds": floatformat(seconds, 1)}
    minutes, seconds = divmod(round(seconds), 60)
    if not minutes:
        return _("%(seconds)s s") % {"seconds": seconds}
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": seconds}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}


def of_ms(ms: int | None) -> str:
    return "" if ms is None else in_words(timedelta(milliseconds=ms))


def days_between(at: datetime, now: datetime) -> int:
    """By the calendar: yesterday evening is a day ago this morning."""
    return (timezone.localdate(now) - timezone.localdate(at)).days


def days_ago(days: int) -> str:
    if days < 1:
        return _("today")
    return ngettext("%(days)d day ago", "%(days)d days ago", days) % {"days": days}
