"""A process that freezes inside a transaction holds its locks only for a limited time."""

from __future__ import annotations

import pytest
from django.db import connection


@pytest.mark.servers_only
@pytest.mark.django_db
def test_the_database_ends_the_transaction_of_a_frozen_process() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no such timeout, and a single machine")
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")

        assert cursor.fetchone() == ("30s",)
