"""Whether what is kept is safe: the database and its migrations, the storage, the backups."""

from __future__ import annotations

import time
from functools import cache
from shutil import disk_usage

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from generations.errors import NotStored
from generations.models import AuditEntry, Tally
from generations.models.storage import has_room, is_marked
from generations.models.tally import STOCK
from generations.queries.health.check import Check, State, age_text, seconds_since, size_text
from generations.translatable import Message, PluralMessage, gettext_noop
from imageweb import __version__

BACKUP_HOURS = 26
"""A nightly backup that is late by two hours is missing."""


def database() -> Check:
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        took = time.monotonic() - began
        cursor.execute(SIZES[connection.vendor])
        size, used, most = cursor.fetchone()
    place = f"PostgreSQL {_version_of_postgres()}" if connection.vendor == "postgresql" else "SQLite"
    said = {"milliseconds": max(1, round(1000 * took)), "size": size_text(size)}
    if not most:
        return Check("database", State.OK, Message("Answers in %(milliseconds)s ms; %(size)s.", **said), place=place)
    sentence = Message(
        "Answers in %(milliseconds)s ms; %(size)s; %(used)s of %(most)s connections.", **said, used=used, most=most
    )
    if used < 0.9 * most:
        return Check("database", State.OK, sentence, place=place)
    advice = gettext_noop("Raise max_connections of PostgreSQL, or lower DATABASE_POOL.")
    return Check("database", State.WARN, sentence, advice, gettext_noop("Nearly full"), place)


SIZES = {
    "sqlite": "SELECT page_count * page_size, 0, 0 FROM pragma_page_count(), pragma_page_size()",
    "postgresql": (
        "SELECT pg_database_size(current_database()), (SELECT count(*) FROM pg_stat_activity), "
        "current_setting('max_connections')::int"
    ),
}
"""Bytes of the database, connections in use, and the most there may be; 0 for no such limit."""


def _version_of_postgres() -> str:
    number = getattr(connection, "pg_version", 0)
    return f"{number // 10_000}.{number % 10_000}" if number else ""


def storage() -> Check:
    place = f"s3://{settings.STORAGE_BUCKET}" if settings.STORAGE_BUCKET else str(settings.DATA_DIR / "files")
    try:
        has_marker = is_marked()
    except NotStored:
        return Check(
            "storage",
            State.FAIL,
            Message("The storage does not answer, so pictures can neither be shown nor stored."),
            gettext_noop("Check STORAGE_ENDPOINT and its keys, or the disk. Answers that arrive are kept meanwhile."),
            gettext_noop("Does not answer"),
            place,
        )
    if not has_marker:
        return Check(
            "storage",
            State.FAIL,
            Message("The storage lacks its marker, so this is not the storage that the pictures are in."),
            gettext_noop("Mount its volume, or correct STORAGE_BUCKET. Then restart."),
            gettext_noop("Missing"),
            place,
        )
    return _room(place)


def _room(place: str) -> Check:
    disk, reserve = disk_usage(settings.DATA_DIR), settings.MIN_FREE_BYTES
    said = {"free": size_text(disk.free), "total": size_text(disk.total), "reserve": size_text(reserve)}
    stored = Tally.objects.filter(name=STOCK, label="bytes").values_list("amount", flat=True).first()
    free = (
        Message("%(free)s of %(total)s are free.", **said)
        if stored is None
        else Message(
            "%(free)s of %(total)s are free. What is stored takes %(stored)s.", stored=size_text(stored), **said
        )
    )
    if not has_room():
        return Check(
            "storage",
            State.FAIL,
            Message(
                "%(free)s of %(total)s are free, less than the %(reserve)s that are kept. Nothing is sent.", **said
            ),
            gettext_noop("Free some space or enlarge the disk; prompts that wait start by themselves then."),
            gettext_noop("Full"),
            place,
        )
    if disk.free < max(2 * reserve, disk.total // 20):
        return Check(
            "storage",
            State.WARN,
            Message("%(free)s of %(total)s are free. Below %(reserve)s nothing new is sent.", **said),
            gettext_noop("Enlarge the disk, move to a bucket, or set rules of how long requests are kept."),
            gettext_noop("Nearly full"),
            place,
        )
    return Check("storage", State.OK, free, place=place)


def backup() -> Check:
    last = AuditEntry.objects.filter(verb="backed_up").order_by("-number").first()
    advice = gettext_noop("Run manage.py backup every night by a timer, and copy it to another machine.")
    if last is None:
        return Check("backup", State.WARN, Message("No backup is on record."), advice, gettext_noop("None"))
    age = seconds_since(last.at)
    sentence = Message("The last one is %(age)s old.", age=age_text(age))
    if age > BACKUP_HOURS * 3600:
        return Check("backup", State.WARN, sentence, advice, gettext_noop("Too old"))
    if not (last.after or {}).get("whole", True):
        return Check(
            "backup",
            State.WARN,
            Message("The last one is %(age)s old, and files were missing or damaged.", age=age_text(age)),
            gettext_noop("Run manage.py verify_storage: it names them."),
            gettext_noop("Not whole"),
        )
    return Check("backup", State.OK, sentence, word=gettext_noop("Recent"))


def version() -> Check:
    """Whether the database has every migration of this code, and no other."""
    applied = set(MigrationRecorder(connection).applied_migrations())
    pending, unknown = known_migrations() - applied, _of_ours(applied) - known_migrations()
    if pending:
        return Check(
            "version",
            State.FAIL,
            PluralMessage("%(number)s migration is pending.", "%(number)s migrations are pending.", len(pending)),
            gettext_noop("Restart the web server, which migrates when it starts, or run manage.py migrate."),
            gettext_noop("Not migrated"),
            __version__,
        )
    if unknown:
        return Check(
            "version",
            State.FAIL,
            Message("The database was migrated by a newer release than this one."),
            gettext_noop("Start the newer release, or restore the backup from before it."),
            gettext_noop("Too old"),
            __version__,
        )
    return Check("version", State.OK, Message("All migrations are applied."), place=__version__)


@cache
def known_migrations() -> frozenset[tuple[str, str]]:
    """Those that this code has, of every application; read once, since files do not change below a running process."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def _of_ours(migrations: set[tuple[str, str]]) -> set[tuple[str, str]]:
    return {(app, name) for app, name in migrations if app == "generations"}
