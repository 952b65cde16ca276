"""Notifies workers of queued generations. The broker is only a hint: a row whose message is lost is notified again by
the sweep."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from threading import Lock

from kombu.exceptions import OperationalError

from generations.models import Generation
from imageweb.celery import app

log = logging.getLogger(__name__)

TASK = "generations.generate"
PAUSE_SECONDS = 30
LOCK_SECONDS = 0.5

publishing = Lock()
publish_again_at = 0.0


def notify(generations: Iterable[Generation]) -> None:
    """Publish a message for each. Never raises, and costs callers little: one thread at a time publishes, and after the
    broker refused a message nobody tries for 30 seconds. What that leaves out is left to the sweep."""
    for generation in generations:
        if not publishing.acquire(timeout=LOCK_SECONDS):
            return
        try:
            if not _publish(generation):
                return
        finally:
            publishing.release()


def send(generation_id: int) -> None:
    """One message. Raises what the broker's transport raises."""
    app.send_task(TASK, args=[generation_id])


def _publish(generation: Generation) -> bool:
    """Whether the broker took the message; False also during the pause."""
    global publish_again_at
    if time.monotonic() < publish_again_at:
        return False
    try:
        send(generation.pk)
    except (OperationalError, OSError) as error:
        publish_again_at = time.monotonic() + PAUSE_SECONDS
        log.warning("the broker takes no message (%s); the sweep notifies later", type(error).__name__)
        return False
    generation.mark_notified()
    return True
