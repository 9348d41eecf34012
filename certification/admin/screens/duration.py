"""Durations as people read them."""

from __future__ import annotations

from datetime import timedelta

from django.utils.formats import number_format
from django.utils.translation import gettext as _


def in_words(took: timedelta | None) -> str:
    """Such as “0.8 s”, “42 s”, “3 min 20 s”, “2 h 5 min”; empty for None."""
    if took is None:
        return ""
    seconds = took.total_seconds()
    if seconds < 10:
        return _("%(seconds)s s") % {"seconds": number_format(seconds, 1)}
    minutes, seconds = divmod(round(seconds), 60)
    if not minutes:
        return _("%(seconds)s s") % {"seconds": seconds}
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": seconds}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}


def of_ms(ms: int | None) -> str:
    return "" if ms is None else in_words(timedelta(milliseconds=ms))
