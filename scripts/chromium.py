"""Finds the browser of this machine; none is ever downloaded or installed."""

from __future__ import annotations

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Missing(Exception):
    """This machine has no browser; the message says what would change that."""


def binary() -> str:
    """The path of Chromium, or of Chrome. Raises Missing."""
    for name in (os.environ.get("CHROMIUM") or "", *NAMES):
        if found := shutil.which(name):
            return found
    raise Missing(
        "No Chromium: install it (Debian: apt install chromium; Ubuntu: snap install chromium) or "
        "name the program of one with CHROMIUM."
    )
