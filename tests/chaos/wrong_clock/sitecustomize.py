"""Shifts the clock of the process that finds this on its path by CHAOS_CLOCK_SHIFT seconds.

The methods of the datetime type itself are replaced, so that it stays one type for everybody who
compares, adapts or parses its instances.
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
