"""Checks that keep an unsafe production process from starting."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ImproperlyConfigured

from . import environment

# The administrator that `make run` creates; its address is public.
LAPTOP_ADMINISTRATOR = "admin@homologa.local"
MIN_KEY_LENGTH = 50
REDIS_SCHEMES = ("redis://", "rediss://", "redis+socket://", "unix://")
# Of a local socket, the file's permissions say who may connect.
REDIS_SOCKETS = ("redis+socket://", "unix://")
# Under the domains of countries: co.uk, com.br … Not the whole list of public suffixes, but what
# people take for their own domain by mistake.
SECOND_LEVEL = (
    *("ac", "adv", "art", "blog", "co", "com", "edu", "eng", "eco", "firm", "gen", "go", "gob"),
    *("gov", "gouv", "govt", "gr", "id", "in", "ind", "inf", "info", "jus", "ltd", "me", "mil"),
    *("ne", "net", "nom", "or", "org", "plc", "sch", "tv", "web"),
)
HOSTING = (
    "amazonaws.com",
    "appspot.com",
    "azurewebsites.net",
    "cloudapp.azure.com",
    "cloudfront.net",
    "fly.dev",
    "github.io",
    "gitlab.io",
    "herokuapp.com",
    "netlify.app",
    "ngrok.app",
    "ngrok.dev",
    "ngrok.io",
    "ngrok-free.app",
    "nip.io",
    "onrender.com",
    "pages.dev",
    "run.app",
    "sslip.io",
    "vercel.app",
    "web.app",
    "workers.dev",
)
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
    elif _is_poor(key, MIN_KEY_LENGTH) or key.startswith(DJANGO_KEY_PREFIX):
        yield f"HOMOLOGA_SECRET_KEY can be guessed: give it {MIN_KEY_LENGTH} random characters."
    if environment.text("DJANGO_DEBUG", "0") != "0":
        yield "DJANGO_DEBUG shows settings and source to whoever meets an error: unset it."
    yield from _faults_of_addresses()
    yield from _faults_of_servers()
    token = environment.text("METRICS_TOKEN")
    if token and (_is_poor(token, MIN_TOKEN_LENGTH) or _is_a_row_of_keys(token)):
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
    for host in hosts:
        if host.startswith(".") and _is_open_to_anybody(host):
            yield (
                f"HOMOLOGA_HOSTS has {host!r}, under which anybody can have a host: name the hosts."
            )
    for origin in environment.words("HOMOLOGA_ORIGINS"):
        host = origin.partition("://")[2].partition(":")[0]
        is_wild = host.startswith("*") and _is_open_to_anybody(host.removeprefix("*"))
        if not origin.startswith("https://") or is_wild:
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
        elif url and not url.startswith(REDIS_SOCKETS) and not _password_in(url):
            yield (
                f"{name} has no password: whoever reaches that Redis could send messages to the "
                "workers. Give it one (requirepass), as in redis://:password@host:6379/0."
            )


def _password_in(url: str) -> str:
    """Returns the password of a Redis URL, which may also be a parameter; else ""."""
    parts = urlsplit(url)
    return parts.password or "".join(parse_qs(parts.query).get("password", []))


def _is_poor(secret: str, length: int) -> bool:
    """Whether a secret is short, has few different characters, or repeats one piece."""
    is_repeated = secret in (secret + secret)[1:-1]
    return len(secret) < length or len(set(secret)) < MIN_DISTINCT or is_repeated


def _is_a_row_of_keys(secret: str) -> bool:
    """Whether most characters follow the one before: abcdef…, 123456…, aabbcc…."""
    steps = [abs(ord(b) - ord(a)) for a, b in pairwise(secret)]
    return sum(step <= 1 for step in steps) > len(steps) / 2


def _is_open_to_anybody(domain: str) -> bool:
    """Whether strangers can register hosts under this domain: a top-level domain, one such as
    `.com.br`, or one of a hosting service."""
    labels = domain.strip(".").lower().split(".")
    return (
        len(labels) < 2
        or (len(labels) == 2 and len(labels[1]) == 2 and labels[0] in SECOND_LEVEL)
        or ".".join(labels).endswith(HOSTING)
    )
