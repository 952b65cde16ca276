"""What must hold before work is taken: `manage.py check --database default` says it, and no worker starts without it.

What needs a service is asked only when services may be asked, so that a plain `check` needs none. A service that is
away is no finding: the page and the worker live with that."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from celery.signals import worker_init
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register, run_checks
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection

from generations.errors import NotStored
from generations.models import KeySeal, StoredFile, Worker
from generations.models.storage import is_marked, storage_place
from generations.translatable import gettext_noop
from imageweb.permissions import is_open

NOT_OUR_KEY = gettext_noop("Its SECRET_KEY is not the web server’s, so it does not start.")
FOREIGN_KEY = "generations.E004"
DATA = "data"
"""The tag of what is checked whenever a command begins."""
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
    return [
        Error(
            f"The database knows pictures, but {storage_place()} does not carry the marker of a picture storage.",
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


@register(Tags.database)
def the_secret_key_is_the_web_server_s(app_configs: Apps, databases: Databases, **_: object) -> list[CheckMessage]:
    """Another SECRET_KEY opens no provider's key, and every call would fail."""
    try:
        if not databases or KeySeal.is_ours():
            return []
    except DatabaseError:  # not prepared yet, or away
        return []
    return [
        Error(
            "The SECRET_KEY here is not the one the web server was last prepared with.",
            hint="Give both the same SECRET_KEY. If this is the new one, restart the web server first.",
            id=FOREIGN_KEY,
        )
    ]


@register(Tags.security, DATA)
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
    redis = import_module("redis")  # only where there is one: it takes memory
    client = redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2, decode_responses=True)
    try:
        policy: str | None = client.info("memory").get("maxmemory_policy")
        return policy
    except redis.RedisError:
        return None
    finally:
        client.close()


def is_redis_away(url: str) -> bool:
    """Whether Redis takes no connection, or not this one."""
    redis = import_module("redis")
    client = redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2)
    try:
        return not client.ping()
    except redis.RedisError:
        return True
    finally:
        client.close()


@worker_init.connect
def refuse_to_work(**_: object) -> None:
    """Before a worker takes its first message, by the checks of what can differ here. The others load every page, which
    takes memory that a worker may never need. Celery swallows exceptions here, but not the exit."""
    found = [error for error in run_checks(tags=[Tags.database], databases=[DEFAULT_DB_ALIAS]) if error.is_serious()]
    if any(error.id == FOREIGN_KEY for error in found):
        Worker.refused(socket.gethostname(), NOT_OUR_KEY)  # for the health check: who reads logs knows already
    connection.close()
    if found:
        raise SystemExit("\n".join(f"{error.msg} {error.hint or ''}" for error in found))
