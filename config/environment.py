"""Reads environment variables. All settings of a deployment are read here."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from urllib.parse import quote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    """Returns the variable, or the content of the file that `<name>_FILE` names."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error}.") from error
    return os.environ.get(name, "").strip() or default


def number(name: str, default: int, *, minimum: int = 0) -> int:
    given = text(name)
    if not given:
        return default
    try:
        value = int(given)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, got {given!r}.") from None
    if value < minimum:
        raise ImproperlyConfigured(f"{name} must be at least {minimum}, got {value}.")
    return value


def choice(name: str, *allowed: str) -> str:
    """Returns the variable, which must be one of `allowed`; by default the first."""
    given = text(name, allowed[0])
    if given not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, got {given!r}.")
    return given


def words(name: str, default: str = "") -> list[str]:
    """Returns a comma-separated variable as a list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def loopback(name: str) -> str:
    """Returns a variable that holds an http address of this machine; "" for any other address."""
    url = text(name)
    return url if urlsplit(url).hostname in ("127.0.0.1", "::1", "localhost") else ""


def some_of(name: str, *allowed: str) -> list[str]:
    """Returns a comma-separated variable as a list, in the order of `allowed`; all of them if it is
    not set. Raises ImproperlyConfigured for anything else."""
    given = words(name) or list(allowed)
    if unknown := [word for word in given if word not in allowed]:
        raise ImproperlyConfigured(
            f"{name} may only name {', '.join(allowed)}, got {', '.join(unknown)}."
        )
    return [word for word in allowed if word in given]


def kept_secret(path: Path) -> str:
    """Returns a random secret, created once and stored in `path`, readable only by its owner."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        secret = secrets.token_urlsafe(50)
        file.write(secret)
    return secret


def database_url() -> str:
    """Returns DATABASE_URL, or a PostgreSQL URL from DATABASE_HOST and its other parts; else ""."""
    given = text("DATABASE_URL")
    host = text("DATABASE_HOST")
    if given or not host:
        return given
    name, user, password = (
        quote(text(f"DATABASE_{part}", default), safe="")
        for part, default in (("NAME", "homologa"), ("USER", "homologa"), ("PASSWORD", ""))
    )
    return f"postgres://{user}:{password}@{host}:{number('DATABASE_PORT', 5432)}/{name}"


def redis_url() -> str:
    """Returns REDIS_URL, or a URL from REDIS_HOST, REDIS_PORT and REDIS_PASSWORD; else "".

    Of several hosts it names the first; redis_nodes names all.
    """
    url, nodes = _redis()
    if not nodes:
        return url
    given = _authority(url)
    credentials, at, _ = given.rpartition("@")
    return url.replace(given, f"{credentials}{at}{nodes[0]}", 1)


def redis_nodes() -> str:
    """Returns the hosts and ports that REDIS_URL or REDIS_HOST names, as "host:port,host:port".

    Several are nodes of one cluster, or sentinels. "" for none and for a socket.
    """
    return ",".join(_redis()[1])


def _redis() -> tuple[str, list[str]]:
    """Returns the URL, which may name several hosts, and "host:port" of each.

    Raises ImproperlyConfigured.
    """
    port = number("REDIS_PORT", 6379)
    url, hosts = text("REDIS_URL"), text("REDIS_HOST")
    if not url and hosts:
        password = text("REDIS_PASSWORD")
        credentials = f":{quote(password, safe='')}@" if password else ""
        url = f"redis://{credentials}{hosts}/0"
    elif url:
        port = 6379
    if not url.startswith(("redis://", "rediss://")):
        return url, []
    given = [host.strip() for host in _authority(url).rpartition("@")[2].split(",")]
    return url, [_with_port(host, port) for host in given if host]


def _authority(url: str) -> str:
    """Returns the part of a URL with credentials and hosts. Unlike urlsplit, it takes several."""
    return url.partition("://")[2].partition("/")[0].partition("?")[0]


def _with_port(host: str, port: int) -> str:
    """Raises ImproperlyConfigured."""
    name, colon, given = host.rpartition(":")
    if not colon or host.endswith("]"):  # an IPv6 address in brackets has colons, too
        return f"{host}:{port}"
    if not name or not given.isdecimal():
        raise ImproperlyConfigured(f"REDIS_URL or REDIS_HOST has {host!r}: give host or host:port.")
    return host


def broker_of_running_laptop(data: Path) -> str:
    """Returns the URL of the broker that `make run` started for this data folder; "" if none runs.

    A command in another terminal then publishes to the same broker.
    """
    try:
        sockets = json.loads((data / "run.json").read_text())["sockets"]
    except (OSError, ValueError, KeyError):
        return ""
    socket = Path(sockets) / "redis.sock"
    return f"unix://{socket}" if socket.is_socket() else ""


def broker_url(redis: str) -> str:
    """Returns CELERY_BROKER_URL, or `redis` in the form that Celery's transport requires."""
    url = text("CELERY_BROKER_URL") or redis.replace("unix://", "redis+socket://", 1)
    if url.startswith("rediss://") and "ssl_cert_reqs=" not in url:
        # By default the transport accepts any certificate, and any server gets the password.
        url += f"{'&' if '?' in url else '?'}ssl_cert_reqs=required"
    return url
