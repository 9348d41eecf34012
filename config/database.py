"""The database setting of Django."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dj_database_url

from . import environment


def from_environment(data: Path, concurrency: int) -> dict[str, Any]:
    """SQLite in the folder `data`, tuned for several processes, or the database of DATABASE_URL.

    `concurrency` is the number of pairs that a worker process runs at a time: each keeps a
    connection.

    IMMEDIATE: a deferred transaction that reads and then writes dies of "database is locked"
    whatever the timeout, as soon as another one wrote in between.
    """
    url = environment.database_url()
    if not url:
        url = f"sqlite:///{data / 'homologa.sqlite3'}"
    database: dict[str, Any] = {**dj_database_url.parse(url)}
    options = database.setdefault("OPTIONS", {})
    if database["ENGINE"].endswith("sqlite3"):
        # Tests too need a file: threads that share a database in memory lock each other out.
        database["TEST"] = {"NAME": data / "test.sqlite3"}
        options.update(
            transaction_mode="IMMEDIATE",
            timeout=20,
            init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        )
    else:
        # Seconds that a request waits for a database that is away before it says so.
        wait = environment.number("DATABASE_WAIT_SECONDS", 20, minimum=1)
        options.setdefault(
            "pool",
            {
                "min_size": 1,
                # Each pair that is at work keeps one; heartbeat, reconciler and probes have theirs.
                "max_size": environment.number(
                    "DATABASE_POOL_SIZE", max(24, concurrency + 8), minimum=2
                ),
                "timeout": wait,
                # Left to itself, the pool tries more and more seldom, and is still away for as
                # long as the database was when that is back.
                "reconnect_timeout": wait,
            },
        )
        # A host that is gone does not say so: what was sent there and not received is given up.
        options.setdefault("connect_timeout", wait)
        options.setdefault("tcp_user_timeout", wait * 1000)
        # A connection that the database closed meanwhile is not handed out.
        database["CONN_HEALTH_CHECKS"] = True
        # A process that froze, or whose host is gone, must not keep its locks from all others.
        options.setdefault("options", "-c idle_in_transaction_session_timeout=30s")
    return database
