"""What Celery knows of us: one task, and the beat of each worker process. The broker is a bell; only ids cross it."""

from __future__ import annotations

import logging
import os
import signal
import socket
import time
from collections.abc import Iterable
from pathlib import Path
from threading import Event, Lock, Thread

from celery.signals import celeryd_after_setup, worker_shutdown, worker_shutting_down
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from kombu.exceptions import OperationalError

from generations import pipeline
from generations.errors import NotStored
from generations.models import Generation, Image, Lease, Worker
from generations.models.stored_file import has_room
from generations.models.worker import BEAT_SECONDS
from imageweb.celery import app
from imageweb.sessions import SessionStore

log = logging.getLogger(__name__)

SWEEP_SECONDS = 3
PUBLISH_PAUSE = 30
PUBLISH_TURN = 0.5
NO_ROOM = "The disk is nearly full, so nothing is sent until there is room again."

worker = Worker(name=f"{socket.gethostname()}:{os.getpid()}:{time.time_ns():x}", slots=settings.WORKER_THREADS)
stopping = Event()
claiming, publishing = Lock(), Lock()
publish_again_at = 0.0


@app.task(name="generations.generate")
def generate(generation_id: int, **_: object) -> None:
    """A bell: run what is fairest to run next, until there is nothing. The id only says who rang."""
    while not stopping.is_set() and has_room():
        with claiming:  # threads of one process would only race each other for the same row
            generation = Generation.objects.claim_next(worker)
        if generation is None:
            break
        pipeline.run(generation)


def ring(generations: Iterable[Generation]) -> None:
    """Publish a bell for each. Never raises, and costs callers little: one at a time publishes, and when the broker
    does not take its bell, nobody tries for 30 seconds. Whom that leaves out, the sweep rings for later."""
    for generation in generations:
        if not publishing.acquire(timeout=PUBLISH_TURN):
            return
        try:
            if not publish(generation):
                return
        finally:
            publishing.release()


def publish(generation: Generation) -> bool:
    """Whether the broker took the bell; False also while nobody tries."""
    global publish_again_at
    if time.monotonic() < publish_again_at:
        return False
    try:
        generate.delay(generation.pk)
    except (OperationalError, OSError) as error:
        publish_again_at = time.monotonic() + PUBLISH_PAUSE
        log.warning("the broker takes no bell (%s); the sweep rings later", type(error).__name__)
        return False
    generation.rung()
    return True


class Beat(Thread):
    """The heart of a worker process: beats for its row and its claims, and sweeps for everybody."""

    def __init__(self) -> None:
        super().__init__(name="beat", daemon=True)
        self.finished = Event()

    def run(self) -> None:
        """Beat until the process ends. A process whose heart breaks ends too, so that its supervisor starts another."""
        try:
            self.beat()
        finally:
            if not self.finished.is_set():
                os.kill(os.getpid(), signal.SIGTERM)

    def beat(self) -> None:
        """Beat until the worker is finished; a database that is away is no reason to stop."""
        next_beat = next_sweep = 0.0
        while not self.finished.wait(0.5):
            try:
                if time.monotonic() >= next_beat:
                    worker.beat("" if has_room() else NO_ROOM)
                    next_beat = time.monotonic() + BEAT_SECONDS / 3
                    pipeline.beat()
                if time.monotonic() >= next_sweep and not stopping.is_set():
                    next_sweep = time.monotonic() + SWEEP_SECONDS
                    ring(pipeline.sweep())
                    run_overdue()
                    tidy_spool()
                    empty_trash()
            except (DatabaseError, InterfaceError) as error:
                log.warning("the database does not answer the beat: %s", error)
            finally:
                connection.close()


def run_overdue() -> None:
    """Run here what has waited long although it could run: the broker is away, or this worker is deaf to it.

    One more thread each time; like any bell's it goes on until nothing is left."""
    overdue = Generation.objects.overdue().values_list("pk", flat=True).first()
    if overdue is not None and len(pipeline.RUNNING) < settings.WORKER_THREADS:
        Thread(target=run_and_release, args=(overdue,), name="overdue").start()


def run_and_release(pk: int) -> None:
    """`generate` on a thread of ours, which leaves no database connection behind."""
    try:
        generate(pk)
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
    """Once an hour, by one process: remove what lay in the trash long enough, beside the beat: it may take long."""
    if Lease.take("purge", seconds=3600):
        Thread(target=purge, name="purge", daemon=True).start()


def purge() -> None:
    try:
        count = Image.objects.purge()
        SessionStore.clear_expired()
        log.info("%d pictures removed from the trash", count)
        if connection.vendor == "sqlite":  # which keeps no statistics by itself, and plans badly without
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA analysis_limit=1000")
                cursor.execute("ANALYZE")
    except (DatabaseError, OSError, NotStored) as error:
        log.warning("the trash is not emptied, in an hour again: %s", error)
    finally:
        connection.close()


the_beat = Beat()


@celeryd_after_setup.connect
def begin(**_: object) -> None:
    """The worker is about to start; its heart does not wait for the broker."""
    close_old_connections()
    the_beat.start()


@worker_shutting_down.connect
def stop_claiming(**_: object) -> None:
    """Running calls finish; nothing new is claimed. The beat goes on for them."""
    stopping.set()


@worker_shutdown.connect
def end(**_: object) -> None:
    """The broker's last call is done; those of our own threads may still run, and are beaten for until they end."""
    while pipeline.RUNNING:
        time.sleep(0.2)
    the_beat.finished.set()
    worker.stop()
