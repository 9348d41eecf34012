"""The database setting of Django."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dj_database_url

from . import environment


def from_environment(data: Path, concurrency: int) -> dict[str, Any]:
    """Returns the database of DATABASE_URL, or SQLite in the folder `data` for several processes.

    `concurrency` is the number of pairs that a worker process runs at a time; each needs a
    connection.

    IMMEDIATE: a deferred transaction that reads and then writes fails with "database is locked",
    whatever the timeout, if another transaction wrote in between.
    """
    url = environment.database_url()
    if not url:
        url = f"sqlite:///{data / 'homologa.sqlite3'}"
    database: dict[str, Any] = {**dj_database_url.parse(url)}
    options = database.setdefault("OPTIONS", {})
    if database["ENGINE"].endswith("sqlite3"):
        database["ENGINE"] = "config.sqlite"
        # Tests need a file: threads that share an in-memory database block each other.
        database["TEST"] = {"NAME": data / "test.sqlite3"}
        options.update(
            transaction_mode="IMMEDIATE",
            timeout=20,
            init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        )
    else:
        # Seconds that a request waits for an unavailable database.
        wait = environment.number("DATABASE_WAIT_SECONDS", 20, minimum=1)
        options.setdefault(
            "pool",
            {
                "min_size": 1,
                # One connection per running pair, and some for heartbeat, reconciler and probes.
                "max_size": environment.number(
                    "DATABASE_POOL_SIZE", max(24, concurrency + 8), minimum=2
                ),
                "timeout": wait,
                # By default the pool's retry intervals grow, and after an outage it stays
                # unavailable for as long as the outage lasted.
                "reconnect_timeout": wait,
            },
        )
        # Detects a host that no longer answers: unacknowledged data is given up after this time.
        options.setdefault("connect_timeout", wait)
        options.setdefault("tcp_user_timeout", wait * 1000)
        # Do not use connections that the database has closed.
        database["CONN_HEALTH_CHECKS"] = True
        # A frozen or disconnected process must not keep its locks.
        options.setdefault("options", "-c idle_in_transaction_session_timeout=30s")
    return database
