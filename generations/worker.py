"""This process as a worker: what it runs, its heartbeat, and its sweep of lapsed claims."""

from __future__ import annotations

import logging
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread

from celery.signals import celeryd_after_setup, worker_shutdown, worker_shutting_down
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from generations import pipeline
from generations.models import Generation, Lease, Worker, queue
from generations.models.storage import has_room
from generations.models.worker import HEARTBEAT_SECONDS, SWEEP_LEASE
from generations.notify import notify
from generations.translatable import gettext_noop
from generations.upkeep import begin_what_is_due, posting
from generations.wire import CancelScope

log = logging.getLogger(__name__)

SWEEP_SECONDS = 3
NO_ROOM = gettext_noop("The disk is nearly full, so nothing is sent until there is space again.")

process = Worker(name=f"{socket.gethostname()}:{os.getpid()}:{time.time_ns():x}", slots=settings.WORKER_THREADS)
stopping = Event()
claiming = Lock()

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
    if not Lease.take("sweep", seconds=SWEEP_LEASE):
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
                    begin_what_is_due(stopping.is_set)
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
    """The broker's last call is done; those of our own threads may still run; the heartbeat goes on until they end."""
    while RUNNING:
        time.sleep(0.2)
    posting.acquire(timeout=settings.EMAIL_TIMEOUT)  # a message that is being sent now is not sent once more
    heartbeat.finished.set()
    process.stop()
