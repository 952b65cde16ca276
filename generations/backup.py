"""What a backup is: a dump of the database, every file it names, and a manifest with the sha256 of each, written last.

It lies in a folder or, with the same paths, in a .tar. The database is dumped first: files never change under their
name, so whatever comes while they are copied does no harm.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Protocol

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection, transaction

from generations.models import StoredFile
from generations.models.batch import SEARCH_INDEX
from generations.reconcile import OURS

FORMAT = 1
MANIFEST = "manifest.json"
DATABASES = {"sqlite": "database.sqlite3", "postgresql": "database.pgdump"}
EXTENSION = re.compile(r"^\d+; \d+ \d+ EXTENSION - (\S+)", re.MULTILINE)
"""Its line in what `pg_restore --list` prints."""

SESSIONS = Session._meta.db_table
"""The only table that stays empty in a backup: a row's key is a cookie that signs its person in."""

Query = Callable[[str], list[tuple]]


class BackupFailed(Exception):
    """A backup could not be made, read or put back; the text is a sentence for the operator."""


@dataclass(frozen=True)
class Manifest:
    """`files` maps each path in the backup, the database's too, to the sha256 of its bytes; `counts` are rows by table,
    `migrations` those of our app that the database has."""

    made_at: str
    database: str
    migrations: list[str]
    counts: dict[str, int]
    files: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def to_json(self) -> bytes:
        return json.dumps(asdict(self), indent=1).encode() + b"\n"

    @classmethod
    def from_json(cls, data: bytes) -> Manifest:
        """Raises BackupFailed for anything but a manifest this program wrote."""
        try:
            said = json.loads(data)
            if said["format"] != FORMAT:
                raise BackupFailed(f"This backup has format {said['format']}; this version reads format {FORMAT}.")
            manifest = cls(**{each.name: said[each.name] for each in fields(cls)})
            foreign = [path for path in manifest.files if not belongs(path)]
        except (ValueError, KeyError, TypeError) as error:
            raise BackupFailed(f"{MANIFEST} is not the manifest of a backup ({type(error).__name__}).") from None
        if foreign or manifest.database not in manifest.files:
            raise BackupFailed(f"{MANIFEST} names paths that are not a backup's, such as {(foreign or ['none'])[0]}.")
        return manifest


@dataclass(frozen=True)
class Snapshot:
    """What a dump holds: rows by table, our migrations, and the stored files it names."""

    counts: dict[str, int]
    migrations: list[str]
    stored: list[StoredFile]


def belongs(path: str) -> bool:
    """Whether a backup may hold this path."""
    return path in {MANIFEST, *DATABASES.values()} or OURS.fullmatch(path) is not None


# ── where it lies ──


class Box(Protocol):
    """A folder or an archive that takes files."""

    def add(self, path: str, file: IO[bytes], size: int) -> str:
        """Keep these bytes under this path; their sha256."""


class Hashed:
    """A file being read, and the sha256 of what was read so far."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size)
        self.digest.update(data)
        return data


class Folder:
    """A new folder, for its owner's eyes alone."""

    def __init__(self, path: Path) -> None:
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise BackupFailed(f"{path} is not an empty folder. Choose a new one for each backup.")
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
        self.path = path

    def add(self, path: str, file: IO[bytes], size: int) -> str:
        target = self.path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        source = Hashed(file)
        with target.open("xb") as copy:
            shutil.copyfileobj(source, copy, 1024 * 1024)
            copy.flush()
            os.fsync(copy.fileno())
        return source.digest.hexdigest()


class Archive:
    """A new .tar with the same paths."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self.tar = tar

    def add(self, path: str, file: IO[bytes], size: int) -> str:
        member = tarfile.TarInfo(path)
        member.size, member.mode = size, 0o600
        source = Hashed(file)
        self.tar.addfile(member, source)
        return source.digest.hexdigest()


@contextmanager
def new_box(path: Path, *, is_archive: bool) -> Iterator[Box]:
    """The place of a new backup. Raises BackupFailed when something is there already."""
    if not is_archive:
        yield Folder(path)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BackupFailed(f"{path} exists already. Choose a new name for each backup.") from None
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w") as tar:
            yield Archive(tar)
        file.flush()
        os.fsync(file.fileno())


def unpack(archive: Path, folder: Path) -> None:
    """Take a backup out of its .tar. Raises BackupFailed for a member that is not a backup's."""
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                data = tar.extractfile(member) if member.isreg() else None
                if data is None or not belongs(member.name):
                    raise BackupFailed(f"{archive} holds {member.name!r}, which is no part of a backup.")
                (folder / member.name).parent.mkdir(parents=True, exist_ok=True)
                with (folder / member.name).open("wb") as copy:
                    shutil.copyfileobj(data, copy)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise BackupFailed(f"{archive} cannot be unpacked: {error}.") from None


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the backup in this folder. Raises BackupFailed."""
    try:
        return Manifest.from_json((folder / MANIFEST).read_bytes())
    except OSError:
        raise BackupFailed(
            f"There is no {MANIFEST} in {folder}. It is written last, so a backup without one did not finish."
        ) from None


def differences(folder: Path, manifest: Manifest) -> Iterator[str]:
    """A line for each file that is not what the manifest says; every byte is read."""
    for path, sha256 in manifest.files.items():
        try:
            with (folder / path).open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                    yield f"{path} has changed since the backup was made."
        except OSError as error:
            yield f"{path} cannot be read: {error.strerror}."


def add_bytes(box: Box, path: str, data: bytes) -> str:
    """Keep these bytes; their sha256."""
    return box.add(path, io.BytesIO(data), len(data))


# ── the database, out and in ──


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
