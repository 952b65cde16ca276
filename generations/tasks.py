"""The Celery tasks. Only ids cross the queue, and a task's name outlives deploys: few, never renamed."""

from __future__ import annotations

from generations import worker
from generations.notify import TASK
from imageweb.celery import app


@app.task(name=TASK)
def generate(generation_id: int, **_: object) -> None:
    """A notification: run what is fairest to run next, until nothing is due. The id only says who notified."""
    worker.run_due()
