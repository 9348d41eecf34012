"""Fixtures: a simulator in a thread of each test process, and a copy of a migrated database."""

from __future__ import annotations

import fcntl
import gc
import json
import os
import random
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django.test import TransactionTestCase
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from bedrock_simulator.__main__ import listen, server
from bedrock_simulator.catalogue import load
from config.sqlite import compiler

SimulatorApi = Callable[..., Any]


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    listener = listen("127.0.0.1", 0)
    running = server(load())
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not running.started and time.monotonic() < deadline:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    running.should_exit = True
    thread.join(60)


@pytest.fixture
def simulator_api(endpoint: str) -> Iterator[SimulatorApi]:
    """Returns a function that calls /_simulator/ endpoints; resets the simulator around a test."""

    def call(method: str, what: str, payload: Any = None) -> Any:
        data = None if payload is None else json.dumps(payload).encode()
        request = urllib.request.Request(f"{endpoint}/_simulator/{what}", data, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    call("POST", "reset")
    yield call
    call("POST", "reset")


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """Instead of pytest-django's, which migrates in every process: that is seconds in each."""
    creation, given = connection.creation, connection.settings_dict["NAME"]
    name = getattr(request.config, "workerinput", {}).get("workerid", "")
    of_process = tmp_path_factory.getbasetemp()
    copies = (of_process.parent if name else of_process) / "databases"
    name = name or "alone"
    copies.mkdir(exist_ok=True)
    with django_db_blocker.unblock():
        with _alone(copies):
            if any(copies.iterdir()):
                connection.settings_dict["NAME"] = creation._get_test_db_name()
            else:
                creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
            # What SQLite has not yet brought from its log into the file would not be copied.
            connection.close()
            creation.clone_test_db(name, verbosity=0)
            (copies / name).touch()
        original = connection.settings_dict["NAME"]
        connection.settings_dict["NAME"] = creation.get_test_db_clone_settings(name)["NAME"]
    yield
    with django_db_blocker.unblock():
        creation.destroy_test_db(original, verbosity=0)
        with _alone(copies):
            (copies / name).unlink()
            if not any(copies.iterdir()):
                creation.destroy_test_db(given, verbosity=0)


# Folders whose tests mostly wait: for seconds to pass, for an answer that does not come.
WAITING = ("engine", "live")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begins with files that wait: at the end, the other processes would have nothing to do.

    TEST_ORDER=<any text> shuffles the tests instead; the same text gives the same order.
    """
    if seed := os.environ.get("TEST_ORDER"):
        items.sort(key=lambda item: item.nodeid)
        random.Random(seed).shuffle(items)
        return
    items.sort(key=lambda item: item.path.parent.name not in WAITING)


def pytest_configure() -> None:
    """With TEST_COARSE_CLOCK=1 all clocks stand still for a second at a time, so that moments that
    usually differ are the same: of this process, of SQLite and of PostgreSQL."""
    if not os.environ.get("TEST_COARSE_CLOCK"):
        return
    exact = timezone.now

    def coarse() -> datetime:
        return exact().replace(microsecond=0)

    timezone.now = coarse
    compiler.NOW = compiler.NOW.replace("%%f000", "%%S.000000")
    Now.as_postgresql = lambda self, compiler, connection, **context: self.as_sql(
        compiler, connection, template="DATE_TRUNC('second', STATEMENT_TIMESTAMP())", **context
    )


def pytest_collection_finish() -> None:
    """What has been imported stays: looking through it for garbage again and again was a tenth of
    what tests took."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 100)


@pytest.fixture(scope="session", autouse=True)
def _a_cheaper_flush() -> Iterator[None]:
    """After a test with transactions: only what has rows is emptied. Django truncates every table
    and makes all permissions anew, which takes longer than most of these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", _flush)
        yield


# Made by `migrate`; a test with transactions that changes them has to put them back.
KEPT = ("django_content_type", "auth_permission", "auth_group", "auth_group_permissions")


def _flush(_case: TransactionTestCase) -> None:
    tables = set(connection.introspection.django_table_names(include_views=False))
    quoted = {table: connection.ops.quote_name(table) for table in sorted(tables.difference(KEPT))}
    filled = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {name})" for table, name in quoted.items()
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(filled)
        for (table,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {quoted[table]}")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process of tests at a time."""
    with folder.with_suffix(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
