"""What keeps a production process from starting."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.core.exceptions import ImproperlyConfigured

from . import environment

# Whom `make run` makes, with a name that anybody can look up.
LAPTOP_ADMINISTRATOR = "admin@homologa.local"
SHORTEST_KEY = 50
OF_REDIS = ("redis://", "rediss://", "redis+socket://", "unix://")
ANYBODY = re.compile(r"https://\*(:\d+)?$")
# Of 50 random digits of 16 kinds nobody meets as few; what is typed by hand has no more.
FEWEST = 10
# What Django writes into settings that are not meant for production.
OF_DJANGO = "django-insecure-"
SHORTEST_TOKEN = 20
SHORTEST_PASSWORD = 12


def refuse_unless_safe() -> None:
    """Raises ImproperlyConfigured with a sentence for each thing that is missing or unsafe."""
    found = list(_faults())
    if found:
        raise ImproperlyConfigured(" ".join(found))


def _faults() -> Iterator[str]:
    key = environment.text("HOMOLOGA_SECRET_KEY")
    if not key:
        yield (
            "HOMOLOGA_SECRET_KEY is not set: give it, or HOMOLOGA_SECRET_KEY_FILE, "
            "a long random text that only this deployment knows."
        )
    elif len(key) < SHORTEST_KEY or len(set(key)) < FEWEST or key.startswith(OF_DJANGO):
        yield f"HOMOLOGA_SECRET_KEY can be guessed: give it {SHORTEST_KEY} random characters."
    if environment.text("DJANGO_DEBUG", "0") != "0":
        yield "DJANGO_DEBUG shows settings and source to whoever meets an error: unset it."
    yield from _faults_of_addresses()
    yield from _faults_of_servers()
    token = environment.text("METRICS_TOKEN")
    if token and len(token) < SHORTEST_TOKEN:
        yield f"METRICS_TOKEN can be guessed: give it {SHORTEST_TOKEN} random characters."
    if environment.text("HOMOLOGA_ADMIN_EMAIL").lower() == LAPTOP_ADMINISTRATOR:
        yield (
            f"HOMOLOGA_ADMIN_EMAIL is {LAPTOP_ADMINISTRATOR}, the administrator of every laptop: "
            "name a person of yours."
        )
    password = environment.text("HOMOLOGA_ADMIN_PASSWORD")
    if password and len(password) < SHORTEST_PASSWORD:
        yield (
            f"HOMOLOGA_ADMIN_PASSWORD can be guessed: give it {SHORTEST_PASSWORD} characters, "
            "or leave it out and a random one is made."
        )


def _faults_of_addresses() -> Iterator[str]:
    hosts = environment.words("HOMOLOGA_HOSTS")
    if not hosts:
        yield "HOMOLOGA_HOSTS is not set: name the hosts to be served, with commas."
    elif "*" in hosts:
        yield "HOMOLOGA_HOSTS is *, which lets anybody choose the links we write: name the hosts."
    for origin in environment.words("HOMOLOGA_ORIGINS"):
        if not origin.startswith("https://") or ANYBODY.match(origin):
            yield f"HOMOLOGA_ORIGINS has {origin!r}: name origins that begin with https://."


def _faults_of_servers() -> Iterator[str]:
    database = environment.database_url()
    if not database:
        yield "Neither DATABASE_URL nor DATABASE_HOST is set: production needs PostgreSQL."
    elif not database.startswith(("postgres://", "postgresql://")):
        yield "DATABASE_URL names no PostgreSQL: production needs one."
    redis = environment.redis_url()
    if not redis:
        yield "Neither REDIS_URL nor REDIS_HOST is set: production needs Redis."
    for name, url in (("REDIS_URL", redis), ("CELERY_BROKER_URL", environment.broker_url(""))):
        if url and not url.startswith(OF_REDIS):
            yield f"{name} names no Redis: production needs one."
