"""Turns: what several processes begin at the same time and only one at a time may do."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

LOCK_FILE = ".preparing.lock"
LOCK_NUMBER = 0x1A6E_3EB0
"""Of the advisory lock; any number that is always the same."""


@contextmanager
def turn_to_prepare() -> Iterator[None]:
    """Wait until no other process of this data folder or of this PostgreSQL prepares them; then it is ours.

    A process that dies gives its turn back: both locks end with it."""
    settings.DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (settings.DATA_DIR / LOCK_FILE).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if connection.vendor != "postgresql":
            yield
            return
        with database_lock():
            yield


@contextmanager
def database_lock() -> Iterator[None]:
    """An advisory lock on a connection of its own, which no migration closes. Asked for again and again, since
    `lock_timeout` would end a wait."""
    session = connection.copy()
    try:
        with session.cursor() as cursor:
            while True:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_NUMBER])
                if cursor.fetchone() == (True,):
                    break
                time.sleep(0.2)
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK_NUMBER])
    finally:
        session.close()
