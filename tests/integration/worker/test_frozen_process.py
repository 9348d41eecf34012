"""A process that freezes in the middle of a transaction keeps nothing from the others for long."""

from __future__ import annotations

import pytest
from django.db import connection


@pytest.mark.servers_only
@pytest.mark.django_db
def test_the_database_ends_the_transaction_of_a_process_that_says_nothing_more() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's locks die with their process, and a frozen one is the only one")
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")

        assert cursor.fetchone() == ("30s",)
