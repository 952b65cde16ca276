"""A worker in a hurry, for `celery -A tests.support.hurried worker`: what the database counts as a minute is
six seconds, so that a test need not wait one for a silence, a pause or a second message. How long a call may last is as
always. A stop says when nothing new is claimed. With LATE=1 the broker is set as it should not be: late
acknowledgement, and impatient."""

import os
from datetime import timedelta

import django

django.setup()

from celery.signals import worker_shutting_down  # noqa: E402

from generations import notify, worker  # noqa: E402
from generations.models import key  # noqa: E402
from imageweb.celery import app  # noqa: E402

HURRY = float(os.environ.get("HURRY", "10"))

key.timedelta = lambda **later: timedelta(**later) / HURRY
worker.HEARTBEAT_SECONDS /= HURRY
worker.SWEEP_SECONDS /= HURRY
notify.PAUSE_SECONDS /= HURRY


@worker_shutting_down.connect
def stopping(**_: object) -> None:
    os.write(2, b"Nothing new is claimed.\n")  # a log may be in use by who was interrupted


if os.environ.get("LATE") == "1":
    app.conf.task_acks_late = True
    app.conf.worker_disable_prefetch = False
    app.conf.broker_transport_options["visibility_timeout"] = 2

__all__ = ["app"]
