"""What workers do beside the calls: each by one process at a time, and what may take long on a thread of its own."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock, Thread

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from generations import mailing
from generations.errors import NotStored
from generations.models import (
    Client,
    Comment,
    Gallery,
    Image,
    Invitation,
    Lease,
    Mail,
    Notification,
    RecordHead,
    Reread,
    SignIn,
    Visitor,
)
from generations.models.erasure import erase_again
from generations.models.record_guard import missing
from generations.models.retention import apply_rules
from generations.models.tally import count_all, measure_stock
from generations.reconcile import drop_unused, remove_strays
from generations.record_head import check_if_asked, check_record
from generations.rereading import read_portion
from imageweb.sessions import SessionStore

log = logging.getLogger(__name__)

MAX_DROPPED = 500
"""Unused files that one purge removes; there is another in an hour."""

posting = Lock()
counting = Lock()


def begin_what_is_due(is_stopping: Callable[[], bool]) -> None:
    """Do what is due by now, or begin it beside the heartbeat; called every few seconds. Once `is_stopping` says that
    this process ends, no further mail is sent."""
    tidy_spool()
    empty_trash()
    prove_record()
    count_work()
    go_on_rereading()
    send_mail(is_stopping)


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


def purge() -> None:
    try:
        count = Image.objects.purge()
        Gallery.objects.purge()
        Comment.objects.purge()
        Visitor.objects.purge()
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


def prove_record() -> None:
    """Once a day, by one process: remove what was kept long enough, prove the record and sign its head, beside the
    heartbeat. When somebody asks for a proof, prove it soon."""
    if Lease.take("record", seconds=24 * 3600):
        Thread(target=prove, name="record", daemon=True).start()
    elif (head := RecordHead.objects.first()) and head.is_check_due and Lease.take("check", seconds=60):
        Thread(target=prove_again, name="check", daemon=True).start()


def prove() -> None:
    try:
        if names := missing(connection):
            log.error("nothing keeps the record as it is: the triggers %s are missing or changed", ", ".join(names))
        for line in apply_rules():
            log.info("%s: %d removed by retention", line.rule.kind, line.count)
        if broken := check_record():
            log.error("the record does not hold at entry %d: %s", broken.number, broken.reason)
    except (DatabaseError, OSError, NotStored, ValueError) as error:
        log.warning("the record is not proved, tomorrow again: %s", error)
    finally:
        connection.close()


def prove_again() -> None:
    """Prove the record because somebody asked for it."""
    try:
        check_if_asked()
    except (DatabaseError, OSError, ValueError) as error:
        log.warning("the record is not proved, in a minute again: %s", error)
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


def send_mail(is_stopping: Callable[[], bool]) -> None:
    """Send what is due on a thread of its own: a mail server that is silent holds up nothing else. One process at a
    time begins, and none twice; what each of several sends is claimed for each message."""
    if settings.EMAIL_URL and not posting.locked() and Lease.take("mail", seconds=5):
        Thread(target=post, args=[is_stopping], name="mail", daemon=True).start()


def post(is_stopping: Callable[[], bool] = lambda: False) -> None:
    """Make messages of what people are told, and send them until this process ends."""
    if not posting.acquire(blocking=False):
        return
    try:
        mailing.queue_notifications()
        if Lease.take("digest", seconds=300):
            mailing.queue_digests()
        mailing.send_due(is_stopping)
    except (DatabaseError, InterfaceError) as error:
        log.warning("no mail is sent, soon again: %s", error)
    finally:
        posting.release()
        connection.close()
