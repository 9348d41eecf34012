"""Finds an installed browser. Never downloads one."""

from __future__ import annotations

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Missing(Exception):
    """No browser is installed. The message says what to install."""


def binary() -> str:
    """Returns the path of Chromium or Chrome. Raises Missing."""
    for name in (os.environ.get("CHROMIUM") or "", *NAMES):
        if found := shutil.which(name):
            return found
    raise Missing(
        "No Chromium: install it (Debian: apt install chromium; Ubuntu: snap install chromium) or "
        "name the program of one with CHROMIUM."
    )
