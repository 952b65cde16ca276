"""What a command says when the machine lets it write no further."""

from __future__ import annotations

import sqlite3

import pytest
from django.db import OperationalError

from imageweb.command_line import why_not_written


def test_a_full_disk_is_one_sentence() -> None:
    with pytest.raises(OSError) as full, open("/dev/full", "wb", buffering=0) as file:
        file.write(b"a byte")
    assert why_not_written(full.value) == "No space is left on the disk. Free some, then run this again."


def test_so_is_one_that_is_full_for_the_database() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("PRAGMA max_page_count = 2")
    with pytest.raises(sqlite3.OperationalError) as full:
        connection.execute("CREATE TABLE row AS SELECT zeroblob(100000) AS data")
    assert why_not_written(OperationalError(str(full.value))).startswith("No space is left on the disk.")


def test_a_database_that_this_account_may_not_write_is_named() -> None:
    connection = sqlite3.connect("file::memory:?mode=memory", uri=True)
    connection.execute("PRAGMA query_only = 1")
    with pytest.raises(sqlite3.OperationalError) as refused:
        connection.execute("CREATE TABLE row (data)")
    assert why_not_written(refused.value) == "The database may not be written: its file or folder is read-only."
    assert why_not_written(ValueError("another")) == ""
