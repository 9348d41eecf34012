"""Checks that keep an unsafe production process from starting."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.core.exceptions import ImproperlyConfigured

from . import environment

# The administrator that `make run` creates; its address is public.
LAPTOP_ADMINISTRATOR = "admin@homologa.local"
MIN_KEY_LENGTH = 50
REDIS_SCHEMES = ("redis://", "rediss://", "redis+socket://", "unix://")
ANY_HOST = re.compile(r"https://\*(:\d+)?$")
# Distinct characters. 50 random hexadecimal digits practically always have at least 10; a key typed
# by hand often has fewer.
MIN_DISTINCT = 10
# The prefix of the keys that Django generates for development.
DJANGO_KEY_PREFIX = "django-insecure-"
MIN_TOKEN_LENGTH = 20
MIN_PASSWORD_LENGTH = 12


def refuse_unless_safe() -> None:
    """Raises ImproperlyConfigured with a sentence for each missing or unsafe setting."""
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
    elif (
        len(key) < MIN_KEY_LENGTH
        or len(set(key)) < MIN_DISTINCT
        or key.startswith(DJANGO_KEY_PREFIX)
    ):
        yield f"HOMOLOGA_SECRET_KEY can be guessed: give it {MIN_KEY_LENGTH} random characters."
    if environment.text("DJANGO_DEBUG", "0") != "0":
        yield "DJANGO_DEBUG shows settings and source to whoever meets an error: unset it."
    yield from _faults_of_addresses()
    yield from _faults_of_servers()
    token = environment.text("METRICS_TOKEN")
    if token and len(token) < MIN_TOKEN_LENGTH:
        yield f"METRICS_TOKEN can be guessed: give it {MIN_TOKEN_LENGTH} random characters."
    if environment.text("HOMOLOGA_ADMIN_EMAIL").lower() == LAPTOP_ADMINISTRATOR:
        yield (
            f"HOMOLOGA_ADMIN_EMAIL is {LAPTOP_ADMINISTRATOR}, the administrator of every laptop: "
            "name a person of yours."
        )
    password = environment.text("HOMOLOGA_ADMIN_PASSWORD")
    if password and len(password) < MIN_PASSWORD_LENGTH:
        yield (
            f"HOMOLOGA_ADMIN_PASSWORD can be guessed: give it {MIN_PASSWORD_LENGTH} characters, "
            "or leave it out and a random one is made."
        )


def _faults_of_addresses() -> Iterator[str]:
    hosts = environment.words("HOMOLOGA_HOSTS")
    if not hosts:
        yield "HOMOLOGA_HOSTS is not set: name the hosts to be served, with commas."
    elif "*" in hosts:
        yield "HOMOLOGA_HOSTS is *, which lets anybody choose the links we write: name the hosts."
    for origin in environment.words("HOMOLOGA_ORIGINS"):
        if not origin.startswith("https://") or ANY_HOST.match(origin):
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
        if url and not url.startswith(REDIS_SCHEMES):
            yield f"{name} names no Redis: production needs one."
