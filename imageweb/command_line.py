"""`manage.py`: what keeps a command from beginning is told in one sentence instead of a traceback."""

from __future__ import annotations

import errno
import sqlite3
import sys
from collections.abc import Sequence
from importlib import import_module

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import Error, OperationalError, ProgrammingError, connection

CONNECT_SECONDS = 5
PREPARE = ("up", "migrate")
UNDEFINED = ("42P01", "42703")
"""What PostgreSQL calls a table and a column that is not there."""
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
NO_ROOM_FOR_ROWS = ("database or disk is full", "could not extend file")


def run(arguments: Sequence[str]) -> None:
    """Run a command. Ends the process with a sentence when a setting is wrong, the disk is full, or the database is not
    reached or not prepared; with --traceback as it comes."""
    try:
        execute_from_command_line(list(arguments))
    except ImproperlyConfigured as error:
        if "--traceback" in arguments:
            raise
        sys.exit(f"{error}")
    except (OSError, OperationalError, ProgrammingError, sqlite3.OperationalError) as error:
        if "--traceback" in arguments or not (reason := why_not_written(error) or why_not_read(error, arguments)):
            raise
        sys.exit(reason)


def why_not_written(error: Exception) -> str:
    """What to do where nothing more can be written; "" for another error."""
    said = str(error)
    if getattr(error, "errno", None) in NO_ROOM or any(words in said for words in NO_ROOM_FOR_ROWS):
        return "No space is left on the disk. Free some, then run this again."
    is_read_only = "attempt to write a readonly database" in said
    return "The database may not be written: its file or folder is read-only." if is_read_only else ""


def why_not_read(error: Exception, arguments: Sequence[str]) -> str:
    """What to do where the database is not reached or not prepared; "" for another error."""
    if isinstance(error, OSError):
        return ""
    return why_unreachable() or why_late(error) or why_unprepared(error, arguments)


def why_unreachable() -> str:
    """Why there is no connection to the database; "" if there is one. PostgreSQL is asked without the pool, which tells
    nothing but that it waited."""
    try:
        if connection.vendor == "postgresql":
            where = {"connect_timeout": CONNECT_SECONDS} | connection.get_connection_params()
            del where["cursor_factory"], where["context"]
            with connection.wrap_database_errors:
                # Loaded only here: an installation without PostgreSQL would wait for it at each start.
                import_module("psycopg").connect(**where).close()
        else:
            connection.ensure_connection()
    except Error as error:
        reason = str(error).partition("\n")[0]
        return f"The database of DATABASE_URL cannot be reached: {reason.rstrip('.')}."
    return ""


def why_late(error: Exception) -> str:
    """What to do where the database came up while it was waited for; "" for another error."""
    is_late = type(error.__cause__).__name__ == "PoolTimeout"
    return "The database of DATABASE_URL answered too late. It does now: begin again." if is_late else ""


def why_unprepared(error: Exception, arguments: Sequence[str]) -> str:
    """What to do where a table or a column is not there; "" for another error, and for what prepares the database."""
    is_absent = str(error).startswith("no such ") or getattr(error.__cause__, "sqlstate", "") in UNDEFINED
    if not is_absent or (arguments[1:2] and arguments[1] in PREPARE):
        return ""
    return "The database is not prepared. Run `manage.py up` once."
