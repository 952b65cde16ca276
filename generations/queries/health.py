"""Whether the installation can do its work: each part checked, with a sentence and what to do when it is not well.

The status page, `/healthz/ready` and `/metrics` all read these checks. Their sentences name no provider, bucket or
person, since anybody may read them as JSON; what administrators alone should know is a check's `place`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from importlib import import_module
from shutil import disk_usage
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count, Min, Q, Sum

from generations.errors import BY_KIND, NotStored
from generations.models import AuditEntry, Generation, Lease, Mail, Provider, Tally, Worker
from generations.models.key import now
from generations.models.stored_file import has_room, is_marked
from generations.models.tally import STOCK
from generations.translatable import Message, PluralMessage, gettext_noop
from imageweb import __version__
from imageweb.celery import SPOOL

MAX_WAIT = 300
"""Seconds that something due may wait for a worker."""
MAX_SWEEP_AGE = 120
SWEEP_LEASE = 9
"""Seconds for which a sweep takes its lease."""
BACKUP_HOURS = 26
"""A nightly backup that is late by two hours is missing."""
MAX_MAIL_WAIT = 15 * 60
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
MB, GB = 2**20, 2**30


class State(StrEnum):
    """How a part is. A part that fails makes the installation not ready; one that warns wants somebody to look."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    OFF = "off"


@dataclass(frozen=True)
class Check:
    """A part, how it is, a sentence that says so, and what to do; `word` is its state in short. All are texts to be
    translated. `place` is where the part is, for administrators alone."""

    name: str
    state: State
    sentence: str
    advice: str = ""
    word: str = ""
    place: str = ""

    @property
    def is_well(self) -> bool:
        return self.state in (State.OK, State.OFF)


def run_checks() -> list[Check]:
    """Every check, those that are not well first. What cannot be checked says so and fails."""
    found = [_run(name, check) for name, check in CHECKS.items()]
    order = [State.FAIL, State.WARN, State.OK, State.OFF]
    return sorted(found, key=lambda check: min(order.index(check.state), 2))


def _run(name: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except (DatabaseError, OSError) as error:
        sentence = Message("This could not be checked (%(error)s).", error=type(error).__name__)
        advice = gettext_noop("See whether the database answers, and look into the log of the web server.")
        return Check(name, State.FAIL, sentence, advice, gettext_noop("Unknown"))


# ── the checks ──


def web() -> Check:
    said = {
        "processes": PluralMessage("%(number)s process", "%(number)s processes", settings.WEB_WORKERS),
        "threads": settings.WEB_THREADS,
    }
    return Check("web", State.OK, Message("This server answers. %(processes)s, %(threads)s threads each.", **said))


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


def worker() -> Check:
    refused = Worker.objects.alive().filter(slots=0).first()
    if refused is not None:
        return Check(
            "worker",
            State.FAIL,
            Message("A worker does not start. %(remark)s", remark=Message(refused.remark)),
            gettext_noop("Give web server and worker the same SECRET_KEY, and start the worker again."),
            gettext_noop("Does not start"),
            refused.name.removesuffix(":refused"),
        )
    working = list(Worker.objects.taking_work())
    if not working:
        last = Worker.objects.order_by("-heartbeat_at").values_list("heartbeat_at", flat=True).first()
        sentence = (
            Message("No worker has been heard for %(age)s, so nothing is drawn.", age=age_text(seconds_since(last)))
            if last
            else Message("No worker has been heard yet, so nothing is drawn.")
        )
        advice = gettext_noop("Start the worker: restart the service, or run manage.py up. Prompts keep their place.")
        return Check("worker", State.FAIL, sentence, advice, gettext_noop("None heard"))
    beat = max(each.heartbeat_at for each in working)
    said = {
        "workers": PluralMessage("%(number)s worker", "%(number)s workers", len(working)),
        "age": age_text(seconds_since(beat)),
        "slots": sum(each.slots for each in working),
    }
    sentence = Message("%(workers)s, last heard %(age)s ago; %(slots)s calls at once.", **said)
    held = next((each.remark for each in working if each.remark), "")
    if held:
        return Check(
            "worker",
            State.FAIL,
            Message("A worker takes no work. %(remark)s", remark=Message(held)),
            gettext_noop("See what is said of the storage."),
            gettext_noop("Waiting"),
        )
    return Check("worker", State.OK, sentence)


def queue() -> Check:
    """Whether what is due is started soon."""
    found = Generation.objects.due().aggregate(count=Count("pk"), oldest=Min("run_at"))
    if not found["count"]:
        return Check("queue", State.OK, Message("Nothing waits for a worker."))
    waited = seconds_since(found["oldest"])
    if waited < MAX_WAIT:
        sentence = PluralMessage(
            "%(number)s generation waits for a worker, for %(age)s.",
            "%(number)s generations wait for a worker, the oldest for %(age)s.",
            found["count"],
            age=age_text(waited),
        )
        return Check("queue", State.OK, sentence)
    return Check(
        "queue",
        State.FAIL,
        PluralMessage(
            "%(number)s generation could be started and has waited for %(age)s.",
            "%(number)s generations could be started, and the oldest has waited for %(age)s.",
            found["count"],
            age=age_text(waited),
        ),
        gettext_noop("See whether workers run and have room; raise WORKER_THREADS or a provider’s running limit."),
        gettext_noop("Too slow"),
    )


def calls() -> Check:
    running = Generation.objects.running().count()
    slots = Worker.objects.taking_work().aggregate(total=Sum("slots"))["total"] or 0
    sentence = PluralMessage(
        "%(number)s call runs; the workers have %(slots)s slots.",
        "%(number)s calls run; the workers have %(slots)s slots.",
        running,
        slots=slots,
    )
    if slots and running >= slots and Generation.objects.due().exists():
        advice = gettext_noop("Raise WORKER_THREADS, or start a worker on another machine.")
        return Check("calls", State.WARN, sentence, advice, gettext_noop("All busy"))
    return Check("calls", State.OK, sentence)


def scheduler() -> Check:
    """The sweeps of the workers: later tries, deadlines, clean-up."""
    until = Lease.objects.filter(name="sweep").values_list("until", flat=True).first()
    swept = max(0.0, seconds_since(until) + SWEEP_LEASE) if until else None
    if swept is not None and swept < MAX_SWEEP_AGE:
        return Check("scheduler", State.OK, Message("The last round was %(age)s ago.", age=age_text(swept)))
    sentence = (
        Message("The last round was %(age)s ago.", age=age_text(swept))
        if swept is not None
        else Message("There was no round yet.")
    )
    advice = gettext_noop("Every worker does these rounds: start one, or restart those that run.")
    return Check("scheduler", State.WARN, sentence, advice, gettext_noop("Stopped"))


def broker() -> Check:
    if not settings.REDIS_URL:
        count = sum(1 for path in (SPOOL / "messages").iterdir() if path.is_file())
        messages = PluralMessage(
            "Takes messages; %(number)s is not fetched yet.", "Takes messages; %(number)s are not fetched yet.", count
        )
        return Check("broker", State.OK, messages, place=str(SPOOL))
    took = redis_seconds(settings.REDIS_URL)
    if took is None:
        return Check(
            "broker",
            State.WARN,
            Message("Redis does not answer. Prompts start up to half a minute late, and none is lost."),
            gettext_noop("Start Redis, or correct REDIS_URL."),
            gettext_noop("Does not answer"),
            "Redis",
        )
    sentence = Message("Answers in %(milliseconds)s ms.", milliseconds=max(1, round(1000 * took)))
    return Check("broker", State.OK, sentence, place="Redis")


def redis_seconds(url: str) -> float | None:
    """How long Redis takes to answer; None when it does not within two seconds."""
    redis = import_module("redis")  # only where there is one: it takes memory
    client = redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2)
    began = time.monotonic()
    try:
        client.ping()
        return time.monotonic() - began
    except redis.RedisError:
        return None
    finally:
        client.close()


def providers() -> Check:
    every = list(Provider.objects.filter(is_enabled=True))
    real = [provider for provider in every if not provider.is_sandbox]
    if not every:
        advice = gettext_noop("Set up a provider, so that people can draw.")
        return Check("providers", State.WARN, Message("There is no provider."), advice, gettext_noop("Not set up"))
    broken = [each for each in real if each.is_paused and needs_administrator(each.paused_for)]
    if broken:
        sentence = PluralMessage(
            "%(number)s provider is paused until somebody acts.",
            "%(number)s providers are paused until somebody acts.",
            len(broken),
        )
        advice = gettext_noop("Open the provider’s page: it says why, and tests a new key or address at once.")
        return Check("providers", State.WARN, sentence, advice, gettext_noop("Paused"))
    if by_hand := sum(each.is_paused_by_hand for each in every):
        sentence = PluralMessage(
            "%(number)s provider was paused by an administrator.",
            "%(number)s providers were paused by an administrator.",
            by_hand,
        )
        advice = gettext_noop("What waits for it is sent when somebody resumes it on its page.")
        return Check("providers", State.WARN, sentence, advice, gettext_noop("Paused"))
    if not real:
        samples = Message("Only the sandbox draws, which makes samples.")
        return Check(
            "providers", State.OFF, samples, gettext_noop("Set up a real endpoint."), gettext_noop("Sandbox only")
        )
    paused = sum(each.is_paused for each in real)
    if paused:
        sentence = PluralMessage(
            "%(number)s provider is paused for a while and goes on by itself.",
            "%(number)s providers are paused for a while and go on by themselves.",
            paused,
        )
        return Check("providers", State.OK, sentence)
    sentence = PluralMessage("%(number)s provider is called.", "%(number)s providers are called.", len(real))
    return Check("providers", State.OK, sentence)


def needs_administrator(kind: str) -> bool:
    """Whether a pause of this kind ends only when an administrator acts."""
    error = BY_KIND.get(kind)
    return bool(error and error.whose_move == "admin")


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


def mail() -> Check:
    if not settings.EMAIL_URL:
        sentence = Message("No mail is sent: invitations are copied as links, and nobody gets a digest.")
        return Check("mail", State.OFF, sentence, gettext_noop("Set EMAIL_URL and EMAIL_FROM to have mail sent."))
    late = Q(sent_at=None, failed_at=None, created_at__lt=now(seconds=-MAX_MAIL_WAIT))
    found = Mail.objects.aggregate(
        late=Count("pk", filter=late), failed=Count("pk", filter=Q(failed_at__gt=now(days=-1)))
    )
    place = settings.EMAIL_HOST
    if found["late"] or found["failed"]:
        sentence = PluralMessage(
            "%(number)s message waits for long, and since yesterday %(failed)s were given up.",
            "%(number)s messages wait for long, and since yesterday %(failed)s were given up.",
            found["late"],
            failed=found["failed"],
        )
        advice = gettext_noop("Check EMAIL_URL. Under Mails the administration says why each was not taken.")
        return Check("mail", State.WARN, sentence, advice, gettext_noop("Not taken"), place)
    return Check("mail", State.OK, Message("Everything is sent."), place=place)


def address() -> Check:
    place = settings.SITE_URL
    if not settings.IS_HTTPS and urlsplit(settings.SITE_URL).hostname not in LOCAL_HOSTS:
        return Check(
            "address",
            State.WARN,
            Message("The site is reached by http, so passwords and pictures can be read on their way."),
            gettext_noop("Put a proxy that speaks https in front, and set SITE_URL and TRUSTED_PROXIES."),
            gettext_noop("Not secure"),
            place,
        )
    if settings.DEBUG:
        return Check(
            "address",
            State.WARN,
            Message("DEBUG is on: pages for errors show settings and rows to whoever sees them."),
            gettext_noop("Set DEBUG=0 and restart."),
            gettext_noop("Not secure"),
            place,
        )
    return Check("address", State.OK, Message("The address is as it should be."), place=place)


CHECKS: dict[str, Callable[[], Check]] = {
    "storage": storage,
    "backup": backup,
    "version": version,
    "web": web,
    "worker": worker,
    "queue": queue,
    "calls": calls,
    "broker": broker,
    "database": database,
    "scheduler": scheduler,
    "providers": providers,
    "mail": mail,
    "address": address,
}


# ── how it is said ──


def seconds_since(moment: datetime) -> float:
    return (datetime.now(UTC) - moment).total_seconds()


def age_text(seconds: float) -> Message:
    """A time in its largest fitting unit: 48 seconds, 5 minutes, 26 hours, 3 days."""
    whole = max(0, round(seconds))
    if whole < 120:
        return PluralMessage("%(number)s second", "%(number)s seconds", whole)
    minutes, hours, days = whole // 60, whole // 3600, whole // (24 * 3600)
    if hours < 2:
        return PluralMessage("%(number)s minute", "%(number)s minutes", minutes)
    if hours < 48:
        return PluralMessage("%(number)s hour", "%(number)s hours", hours)
    return PluralMessage("%(number)s day", "%(number)s days", days)


def size_text(size: float) -> Message:
    """Bytes as MB, or as GB from one on."""
    if size < GB:
        return Message("%(number)s MB", number=round(size / MB))
    return Message("%(number)s GB", number=round(size / GB, 1) if size < 100 * GB else round(size / GB))
