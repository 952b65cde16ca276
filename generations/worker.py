"""This process as a worker: what it runs, its heartbeat, its sweep of lapsed claims, and its purge of the trash."""

from __future__ import annotations

import logging
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock, Thread

from celery.signals import celeryd_after_setup, worker_shutdown, worker_shutting_down
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from generations import mailing, pipeline
from generations.errors import NotStored
from generations.models import (
    Client,
    Comment,
    Gallery,
    Generation,
    Image,
    Invitation,
    Lease,
    Mail,
    Notification,
    RecordHead,
    Reread,
    SignIn,
    Worker,
    queue,
)
from generations.models.erasure import erase_again
from generations.models.retention import apply_rules
from generations.models.stored_file import has_room
from generations.models.tally import count_all, measure_stock
from generations.models.worker import HEARTBEAT_SECONDS
from generations.notify import notify
from generations.reconcile import drop_unused, remove_strays
from generations.record_head import check_if_asked, check_record
from generations.rereading import read_portion
from generations.translatable import gettext_noop
from generations.wire import CancelScope
from imageweb.sessions import SessionStore

log = logging.getLogger(__name__)

SWEEP_SECONDS = 3
MAX_DROPPED = 500
"""Unused files that one purge removes; there is another in an hour."""
NO_ROOM = gettext_noop("The disk is nearly full, so nothing is sent until there is space again.")

process = Worker(name=f"{socket.gethostname()}:{os.getpid()}:{time.time_ns():x}", slots=settings.WORKER_THREADS)
stopping = Event()
claiming = Lock()
posting = Lock()
counting = Lock()

RUNNING: dict[str, CancelScope] = {}
"""Claims of this process and what bounds their calls: the heartbeat renews them, and cancels those whose cancel was
asked for."""


def run_due() -> None:
    """Run what is fairest to run next, until nothing is due."""
    while not stopping.is_set() and has_room():
        with claiming:  # threads of one process would only race each other for the same row
            generation = queue.claim_next(process)
        if generation is None:
            break
        run(generation)


def run(generation: Generation) -> None:
    """Run a claimed generation to its next state; its claim is renewed meanwhile."""
    with registered(generation) as scope:
        pipeline.run(generation, scope)


@contextmanager
def registered(generation: Generation) -> Iterator[CancelScope]:
    """What bounds its call, among those of this process."""
    scope = RUNNING[generation.claim] = CancelScope()
    try:
        yield scope
    finally:
        del RUNNING[generation.claim]


def renew_claims() -> None:
    """Renew the claims of this process; cancel the calls whose cancel was asked for. A call whose claim is lost goes
    on: it may be paid for, and its answer is kept."""
    scopes = dict(RUNNING)
    held = queue.renew(list(scopes))
    for claim, scope in scopes.items():
        if held.get(claim) is not None:
            scope.cancel()


def sweep() -> list[Generation]:
    """Reclaim what lapsed, end what is too old; the generations to notify again.

    Done by one process at a time; two at once would be harmless."""
    if not Lease.take("sweep", seconds=9):
        return []
    queue.reclaim_lapsed()
    queue.expire_overdue()
    return list(Generation.objects.due_for_notify().order_by("pk")[:500])


class Heartbeat(Thread):
    """The background thread of a worker process: renews its heartbeat and its claims, and sweeps."""

    def __init__(self) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self.finished = Event()

    def run(self) -> None:
        """Renew until the process ends. Where this thread fails, the process ends too, so that its supervisor starts
        another."""
        try:
            self._renew_and_sweep()
        finally:
            if not self.finished.is_set():
                os.kill(os.getpid(), signal.SIGTERM)

    def _renew_and_sweep(self) -> None:
        """Every half second until the worker is finished; a database that is away is no reason to stop."""
        next_heartbeat = next_sweep = 0.0
        while not self.finished.wait(0.5):
            try:
                if time.monotonic() >= next_heartbeat:
                    process.heartbeat("" if has_room() else NO_ROOM)
                    next_heartbeat = time.monotonic() + HEARTBEAT_SECONDS / 3
                    renew_claims()
                if time.monotonic() >= next_sweep and not stopping.is_set():
                    next_sweep = time.monotonic() + SWEEP_SECONDS
                    notify(sweep())
                    run_unclaimed()
                    tidy_spool()
                    empty_trash()
                    prove_record()
                    count_work()
                    go_on_rereading()
                    send_mail()
            except (DatabaseError, InterfaceError) as error:
                log.warning("the database does not answer the heartbeat: %s", error)
            finally:
                connection.close()


def run_unclaimed() -> None:
    """Run here what has waited long although it could run: the broker is away, or this worker is deaf to it.

    One more thread each time; it goes on until nothing is due."""
    if Generation.objects.unclaimed().exists() and len(RUNNING) < settings.WORKER_THREADS:
        Thread(target=run_and_release, name="overdue").start()


def run_and_release() -> None:
    """`run_due` on a thread of ours, which leaves no database connection behind."""
    try:
        run_due()
    finally:
        connection.close()


def tidy_spool() -> None:
    """Remove messages of the file broker that were taken more than ten minutes ago."""
    if settings.REDIS_URL or not Lease.take("tidy", seconds=600):
        return
    for path in Path(settings.DATA_DIR, "broker", "processed").iterdir():
        if path.stat().st_mtime < time.time() - 600:
            path.unlink(missing_ok=True)


def empty_trash() -> None:
    """Once an hour, by one process: remove what lay in the trash long enough. Beside the heartbeat, as it may
    take long."""
    if Lease.take("purge", seconds=3600):
        Thread(target=purge, name="purge", daemon=True).start()


def prove_record() -> None:
    """Once a day, by one process: remove what was kept long enough, prove the record and sign its head, beside the
    heartbeat. When somebody asks for a proof, prove it soon."""
    if Lease.take("record", seconds=24 * 3600):
        Thread(target=prove, name="record", daemon=True).start()
    elif (head := RecordHead.objects.first()) and head.is_check_due and Lease.take("check", seconds=60):
        Thread(target=prove_again, name="check", daemon=True).start()


def prove() -> None:
    try:
        for line in apply_rules():
            log.info("%s: %d removed by retention", line.rule.kind, line.count)
        if broken := check_record():
            log.error("the record does not hold at entry %d: %s", broken.number, broken.reason)
    except (DatabaseError, OSError, NotStored, ValueError) as error:
        log.warning("the record is not proved, tomorrow again: %s", error)
    finally:
        connection.close()


def count_work() -> None:
    """Every ten seconds, by one process: count what is over for monitoring, beside the heartbeat; once a minute also
    what there is."""
    if not counting.locked() and Lease.take("count", seconds=10):
        Thread(target=count, name="count", daemon=True).start()


def count() -> None:
    if not counting.acquire(blocking=False):
        return
    try:
        count_all()
        if Lease.take("measure", seconds=60):
            measure_stock()
    except (DatabaseError, InterfaceError) as error:
        log.warning("nothing is counted, soon again: %s", error)
    finally:
        counting.release()
        connection.close()


def prove_again() -> None:
    """Prove the record because somebody asked for it."""
    try:
        check_if_asked()
    except (DatabaseError, OSError, ValueError) as error:
        log.warning("the record is not proved, in a minute again: %s", error)
    finally:
        connection.close()


def go_on_rereading() -> None:
    """While somebody has kept answers read again: one portion after the other, by one process at a time, beside the
    heartbeat."""
    if Reread.objects.unfinished().exists() and Lease.take("reread", seconds=120):
        Thread(target=reread, name="reread", daemon=True).start()


def reread() -> None:
    try:
        if under_way := Reread.objects.unfinished().first():
            read_portion(under_way)
        Lease.prolong("reread", seconds=0)
    except (DatabaseError, OSError, NotStored) as error:
        log.warning("kept answers are not read again, soon again: %s", error)
    finally:
        connection.close()


def send_mail() -> None:
    """Send what is due on a thread of its own: a mail server that is silent holds up nothing else. One process at a
    time begins, and none twice; what each of several sends is claimed for each message."""
    if settings.EMAIL_URL and not posting.locked() and Lease.take("mail", seconds=5):
        Thread(target=post, name="mail", daemon=True).start()


def post() -> None:
    """Make messages of what people are told, and send them."""
    if not posting.acquire(blocking=False):
        return
    try:
        mailing.queue_notifications()
        if Lease.take("digest", seconds=300):
            mailing.queue_digests()
        mailing.send_due(stopping.is_set)
    except (DatabaseError, InterfaceError) as error:
        log.warning("no mail is sent, soon again: %s", error)
    finally:
        posting.release()
        connection.close()


def purge() -> None:
    try:
        count = Image.objects.purge()
        Gallery.objects.purge()
        Comment.objects.purge()
        Client.objects.purge()
        SessionStore.clear_expired()
        SignIn.objects.purge()
        Invitation.objects.purge()
        Notification.objects.purge()
        Mail.objects.purge()
        tidy_files()
        for sentence in erase_again().stay:  # whom the start could not: a bucket was silent, or a hold stood
            log.warning("%s", sentence)
        log.info("%d pictures removed from the trash", count)
        if connection.vendor == "sqlite":  # which keeps no statistics by itself, and plans badly without
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA analysis_limit=1000")
                cursor.execute("ANALYZE")
    except (DatabaseError, OSError, NotStored) as error:
        log.warning("the trash is not emptied, in an hour again: %s", error)
    finally:
        connection.close()


def tidy_files() -> None:
    """Remove files whose removal failed, or was cut off by a crash. What a folder has set aside is looked for once a
    day, as all of it is walked; a bucket sets nothing aside."""
    if count := drop_unused(MAX_DROPPED):
        log.info("%d files removed that nothing refers to", count)
    if not settings.STORAGE_BUCKET and Lease.take("strays", seconds=24 * 3600) and (count := remove_strays()):
        log.info("%d files removed that were left behind", count)


heartbeat = Heartbeat()


@celeryd_after_setup.connect
def begin(**_: object) -> None:
    """The worker is about to start; its heart does not wait for the broker."""
    close_old_connections()
    heartbeat.start()


@worker_shutting_down.connect
def stop_claiming(**_: object) -> None:
    """Running calls finish; nothing new is claimed. The heartbeat goes on for them."""
    stopping.set()


@worker_shutdown.connect
def end(**_: object) -> None:
    """The broker's last call is done; those of our own threads may still run, and are beaten for until they end."""
    while RUNNING:
        time.sleep(0.2)
    posting.acquire(timeout=settings.EMAIL_TIMEOUT)  # a message that is being sent now is not sent once more
    heartbeat.finished.set()
    process.stop()
