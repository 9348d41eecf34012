"""Addresses of the old database, as Prisma and its drivers write them."""

from __future__ import annotations

import pytest
from psycopg.conninfo import conninfo_to_dict

from certification.legacy import NotTheOldDatabase
from certification.legacy.source import _parse_url

URL = "postgresql://ana:p%40ss@db.example:5433/old"


@pytest.mark.parametrize(
    ("query", "kept", "left_out"),
    [
        ("schema=public&connection_limit=5&pgbouncer=true&pool_timeout=0", {}, []),
        ("sslmode=prefer&sslaccept=strict", {"sslmode": "prefer"}, []),
        ("sslmode=require&uselibpqcompat=true", {"sslmode": "require"}, []),
        ("sslmode=no-verify", {"sslmode": "require"}, []),
        (
            "sslidentity=client.p12&sslpassword=x&sslcert=server.pem",
            {"sslpassword": "x"},
            ["sslidentity", "sslcert"],
        ),
        (
            "sslcert=a.pem&sslkey=a.key&sslrootcert=c.pem",
            {"sslcert": "a.pem", "sslkey": "a.key", "sslrootcert": "c.pem"},
            [],
        ),
        (
            "options=-c%20search_path%3Dtenant%20-c%20statement_timeout%3D5s",
            {"options": "-c search_path=tenant -c statement_timeout=5s"},
            [],
        ),
        ("options=-c+x%3D1", {"options": "-c x=1"}, []),
        ("application_name=a%2Bb", {"application_name": "a+b"}, []),
        ("statement_cache_size=0&max_idle_connection_lifetime=9", {}, []),
        ("connect_timeout=7&host=%2Frun%2Fpg", {"connect_timeout": "7", "host": "/run/pg"}, []),
        ("timezone=UTC&foo=&bar=1", {}, ["timezone", "foo", "bar"]),
    ],
)
def test_what_libpq_knows_is_kept_and_what_nobody_knows_is_named(
    query: str, kept: dict[str, str], left_out: list[str]
) -> None:
    address, schema, unknown = _parse_url(f"{URL}?{query}")

    expected = {"user": "ana", "password": "p@ss", "port": "5433", "dbname": "old"}
    assert conninfo_to_dict(address) == {"host": "db.example", **expected, **kept}
    assert (schema, unknown) == ("public", left_out)


def test_the_schema_is_prismas() -> None:
    assert _parse_url(f"{URL}?schema=tenant%20a")[1] == "tenant a"


@pytest.mark.parametrize("url", ["mysql://a:hunter2@b/c", "hunter2", "postgresql://[::1/x"])
def test_another_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(NotTheOldDatabase) as refusal:
        _parse_url(url)

    assert "hunter2" not in str(refusal.value)
