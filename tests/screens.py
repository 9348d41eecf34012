"""Every page of the admin, from its registration, so that new pages are tested automatically.

Needs Django to be set up, but no database.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.apps import apps
from django.contrib.admin import site
from django.db.models import Model
from django.urls import reverse

from certification.admin.pages.screen import Screen
from certification.admin.screens import SCREENS

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
OF_DJANGO = ("login", "index", "tables", "password_change", "password_change_done")
BY_NAME: Mapping[str, Screen] = {screen.name: screen for screen in SCREENS}
TABLES: Mapping[str, type[Model]] = {
    f"{model._meta.app_label}_{model._meta.model_name}": model
    for model in apps.get_models()
    if site.is_registered(model)
}
NAMES: tuple[str, ...] = (
    *OF_DJANGO,
    *BY_NAME,
    *(f"{table}_{page}" for table in TABLES for page in ("changelist", "add", "change")),
)


def parameters(name: str) -> list[str]:
    """Returns the parameters in the address of one of Homologa's screens."""
    screen = BY_NAME.get(name)
    return _PARAMETER.findall(screen.path) if screen else []


def address(name: str, samples: Mapping[str, str]) -> str:
    """Returns a page's address. `samples` holds a value per parameter of a screen's path, and a key
    per table that has a row, by the names in TABLES.

    Raises LookupError for a missing sample: a new parameter, or an empty table.
    """
    table, _, page = name.rpartition("_")
    if page == "change" and table in TABLES:
        return reverse(f"admin:{name}", args=[samples[table]])
    return reverse(
        f"admin:{name}", kwargs={parameter: samples[parameter] for parameter in parameters(name)}
    )
