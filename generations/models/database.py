"""The database connection of this thread."""

from __future__ import annotations

from django.db import connection


def release_connection() -> None:
    """Hold no database connection while waiting for something outside."""
    if not connection.in_atomic_block:
        connection.close()
