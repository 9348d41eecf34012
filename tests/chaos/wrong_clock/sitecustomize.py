"""Shifts the clock of a process, with this folder in its PYTHONPATH, by CHAOS_CLOCK_SHIFT seconds.

Replaces the methods of the datetime type itself instead of subclassing it, so that comparisons and
type checks still work.
"""

from __future__ import annotations

import ctypes
import datetime
import gc
import os
import time
from typing import Any

SHIFT = float(os.environ.get("CHAOS_CLOCK_SHIFT", "0"))
_time, _time_ns = time.time, time.time_ns
_now, _utcnow = datetime.datetime.now, datetime.datetime.utcnow


def _shifted_now(cls: type[datetime.datetime], tz: Any = None) -> datetime.datetime:
    return _now(tz) + datetime.timedelta(seconds=SHIFT)


def _shifted_utcnow(cls: type[datetime.datetime]) -> datetime.datetime:
    return _utcnow() + datetime.timedelta(seconds=SHIFT)


if SHIFT:
    time.time = lambda: _time() + SHIFT
    time.time_ns = lambda: _time_ns() + int(SHIFT * 1e9)
    methods = gc.get_referents(datetime.datetime.__dict__)[0]
    methods["now"] = classmethod(_shifted_now)
    methods["utcnow"] = classmethod(_shifted_utcnow)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(datetime.datetime))
