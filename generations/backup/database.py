"""The database of a backup, dumped at one moment and put back."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection, transaction

from generations.backup.manifest import BackupFailed, Manifest
from generations.models import StoredFile
from generations.models.batch import SEARCH_INDEX

EXTENSION = re.compile(r"^\d+; \d+ \d+ EXTENSION - (\S+)", re.MULTILINE)
"""Its line in what `pg_restore --list` prints."""

SESSIONS = Session._meta.db_table
"""The only table that stays empty in a backup: a row's key is a cookie that signs its person in."""

Query = Callable[[str], list[tuple]]


@dataclass(frozen=True)
class Snapshot:
    """What a dump holds: rows by table, our migrations, and the stored files it names."""

    counts: dict[str, int]
    migrations: list[str]
    stored: list[StoredFile]


def dump(target: Path) -> Snapshot:
    """Write the database without its sessions into a new file while others go on writing to it. Raises BackupFailed."""
    return dump_sqlite(target) if connection.vendor == "sqlite" else dump_postgresql(target)


def dump_sqlite(target: Path) -> Snapshot:
    """A copy of one moment, without the side files of a live database."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(target)])
    with closing(sqlite3.connect(target)) as copy:
        forget_sessions(copy)
        if copy.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise BackupFailed("The database is damaged: SQLite's integrity check fails on its copy.")
        return look_into(lambda sql: copy.execute(sql).fetchall())


def forget_sessions(copy: sqlite3.Connection) -> None:
    """Empty the table and overwrite what was in it; the journal, which would hold it once more, stays in memory."""
    copy.execute("PRAGMA journal_mode=MEMORY")
    copy.execute("PRAGMA secure_delete=ON")
    with copy:
        copy.execute(f"DELETE FROM {SESSIONS}")  # noqa: S608


def dump_postgresql(target: Path) -> Snapshot:
    """pg_dump's custom format, counted in the very snapshot it is taken from."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
        postgresql("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}",
                   f"--exclude-table-data={SESSIONS}", f"--file={target}")  # fmt: skip

        def query(sql: str) -> list[tuple]:
            cursor.execute(sql)
            return cursor.fetchall()

        whole = look_into(query)
        return replace(whole, counts=whole.counts | {SESSIONS: 0})


def look_into(query: Query) -> Snapshot:
    """Count and list what a database holds."""
    tables = [table for table in connection.introspection.table_names() if not table.startswith(SEARCH_INDEX)]
    counts = {table: query(f'SELECT count(*) FROM "{table}"')[0][0] for table in tables}  # noqa: S608
    applied = query("SELECT name FROM django_migrations WHERE app = 'generations' ORDER BY id")
    stored = query(f"SELECT sha256, CAST(thumbnails AS text) FROM {StoredFile._meta.db_table} ORDER BY sha256")  # noqa: S608
    files = [StoredFile(sha256=sha256, thumbnails=json.loads(sides)) for sha256, sides in stored]
    return Snapshot(counts, [name for (name,) in applied], files)


def put_back(dumped: Path, manifest: Manifest, stamp: str) -> Path | None:
    """Make the dump the database. Where the previous one is kept, if there was one. Raises BackupFailed."""
    return (
        put_back_sqlite(dumped, stamp)
        if connection.vendor == "sqlite"
        else put_back_postgresql(dumped, manifest, stamp)
    )


def put_back_sqlite(dumped: Path, stamp: str) -> Path | None:
    """Rename the old file and its side files away together, then the new one into place."""
    live = Path(connection.settings_dict["NAME"])
    connection.close()
    arriving = live.with_name(f"{live.name}.restoring")
    shutil.copyfile(dumped, arriving)
    with arriving.open("rb") as file:
        os.fsync(file.fileno())
    kept = live.with_name(f"{live.name}.before-{stamp}")
    had_one = live.exists()
    for suffix in ("", "-wal", "-shm"):  # a stale -wal beside another database would be played into it
        if (old := Path(f"{live}{suffix}")).exists():
            old.rename(f"{kept}{suffix}")
    arriving.replace(live)
    return kept if had_one else None


def put_back_postgresql(dumped: Path, manifest: Manifest, stamp: str) -> Path:
    """Dump the old database beside the data, drop what only a newer version has, then restore all or nothing.

    Extensions stay as they are: only who created one may drop it, and that may be the superuser."""
    kept = settings.DATA_DIR / f"database.before-{stamp}.pgdump"
    postgresql("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={kept}")
    contents = postgresql("pg_restore", "--list", str(dumped))
    for name in EXTENSION.findall(contents):
        create_extension(name)
    newer = [table for table in connection.introspection.table_names() if table not in manifest.counts]
    with connection.cursor() as cursor:
        for table in newer:
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)} CASCADE")
    connection.close()
    with NamedTemporaryFile("w", suffix=".list") as wanted:
        wanted.writelines(line for line in contents.splitlines(True) if " EXTENSION " not in line)
        wanted.flush()
        into = f"--dbname={connection.settings_dict['NAME']}"
        postgresql("pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction",
                   into, f"--use-list={wanted.name}", str(dumped))  # fmt: skip
    return kept


def create_extension(name: str) -> None:
    """Have what the dump needs. Raises BackupFailed where that is for somebody else to do."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {connection.ops.quote_name(name)}")
    except DatabaseError:
        raise BackupFailed(
            f"The backup needs the extension {name}, which this role cannot create. Have the owner of the database or "
            f"its superuser run CREATE EXTENSION {name}, then restore again."
        ) from None


def postgresql(program: str, *arguments: str) -> str:
    """Run one of PostgreSQL's own programs on our database and return what it prints; the password goes by the
    environment, never by argv."""
    at = connection.settings_dict
    wanted = {"PGHOST": at["HOST"], "PGPORT": at["PORT"], "PGUSER": at["USER"], "PGDATABASE": at["NAME"]}
    wanted |= {"PGPASSWORD": at["PASSWORD"]}
    wanted |= {f"PG{name.upper()}": at["OPTIONS"].get(name) for name in ("sslmode", "sslrootcert", "sslcert", "sslkey")}
    environment = os.environ | {name: str(value) for name, value in wanted.items() if value}
    try:
        run = subprocess.run([program, *arguments], env=environment, check=True, capture_output=True, text=True)  # noqa: S603
    except FileNotFoundError:
        raise BackupFailed(f"{program} is not installed here; it comes with PostgreSQL's client programs.") from None
    except subprocess.CalledProcessError as error:
        raise BackupFailed(f"{program} failed: {error.stderr.strip()}") from None
    return run.stdout
