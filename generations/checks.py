"""What must hold before work is taken: `manage.py check --database default` says it, and no worker starts without it.

What needs a service is asked only when services may be asked, so that a plain `check` needs none. A service that is
away is no finding: the page and the worker live with that."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import redis
from celery.signals import worker_init
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register, run_checks
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection

from generations.errors import NotStored
from generations.models import StoredFile
from generations.models.stored_file import is_marked
from imageweb.permissions import is_open

Apps = Sequence[AppConfig] | None
Databases = Sequence[str] | None


@register(Tags.database)
def storage_is_there(app_configs: Apps, databases: Databases, **_: object) -> list[CheckMessage]:
    """A database that knows pictures beside a storage without its marker means a volume that is not mounted."""
    try:
        if not databases or is_marked() or not StoredFile.objects.exists():
            return []
    except (DatabaseError, NotStored):  # not prepared yet, or away
        return []
    place = f"the bucket {settings.STORAGE_BUCKET}" if settings.STORAGE_BUCKET else str(settings.DATA_DIR / "files")
    return [
        Error(
            f"The database knows pictures, but {place} does not carry the marker of a picture storage.",
            hint="A volume is probably missing: mount it. If this is the storage, run verify_storage --repair.",
            id="generations.E001",
        )
    ]


@register(Tags.database)
def redis_evicts_nothing(app_configs: Apps, databases: Databases, **_: object) -> list[CheckMessage]:
    """Any other policy than noeviction silently drops the whole queue when memory runs out."""
    if not (databases and settings.REDIS_URL):
        return []
    policy = eviction_policy(settings.REDIS_URL)
    if policy in {None, "noeviction"}:
        return []
    return [
        Error(
            f"Redis has maxmemory-policy {policy}: when its memory runs out it silently forgets what is queued.",
            hint="Set maxmemory-policy to noeviction, or give the queue a Redis of its own.",
            id="generations.E002",
        )
    ]


@register(Tags.database)
def sqlite_writes_ahead(app_configs: Apps, databases: Databases, **_: object) -> list[CheckMessage]:
    """Without WAL every reader blocks every writer; a file system that shares no memory refuses it silently."""
    if not databases or connection.vendor != "sqlite":
        return []
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        (mode,) = cursor.fetchone()
    if mode == "wal":
        return []
    return [
        Error(
            f"SQLite uses the journal mode {mode} where it should use wal.",
            hint="Keep DATA_DIR on a local disk, not on a network share.",
            id="generations.E003",
        )
    ]


@register(Tags.security)
def nobody_else_reads_the_data(app_configs: Apps, **_: object) -> list[CheckMessage]:
    """The database holds sessions, .env passwords, and the spool and the pictures are nobody else's: other accounts may
    read none."""
    folder = settings.DATA_DIR
    places = [(folder, 700), (settings.BASE_DIR / ".env", 600)]
    if connection.vendor == "sqlite" and folder not in (database := Path(connection.settings_dict["NAME"])).parents:
        places.append((database, 600))
    return [
        Warning(
            f"Other accounts of this machine may read {path}.",
            hint=f"Run chmod {mode} {path} as its owner."
            + (" If others need what lies there, choose a DATA_DIR of its own." if path == folder else ""),
            id="generations.W001",
        )
        for path, mode in places
        if is_open(path)
    ]


def eviction_policy(url: str) -> str | None:
    """Redis's maxmemory-policy; None when it is away or does not say."""
    client = redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2, decode_responses=True)
    try:
        return client.info("memory").get("maxmemory_policy")
    except redis.RedisError:
        return None
    finally:
        client.close()


@worker_init.connect
def refuse_to_work(**_: object) -> None:
    """Before a worker takes its first message. Celery swallows exceptions here, but not the exit."""
    found = [error for error in run_checks(databases=[DEFAULT_DB_ALIAS]) if error.is_serious()]
    connection.close()
    if found:
        raise SystemExit("\n".join(f"{error.msg} {error.hint or ''}" for error in found))
