"""The worker's application in a hurry, for `celery -A tests.hurried worker`: what the database counts as a minute is
six seconds, so that a test need not wait one for a silence, a pause or a second bell. How long a call may last is as
always. With LATE=1 the broker is set as it should not be: late acknowledgement, and impatient."""

import os
from datetime import timedelta

import django

django.setup()

from generations import tasks  # noqa: E402
from generations.models import key  # noqa: E402
from imageweb.celery import app  # noqa: E402

HURRY = 10

key.timedelta = lambda **later: timedelta(**later) / HURRY
tasks.BEAT_SECONDS /= HURRY
tasks.SWEEP_SECONDS /= HURRY
tasks.PUBLISH_PAUSE /= HURRY

if os.environ.get("LATE") == "1":
    app.conf.task_acks_late = True
    app.conf.worker_disable_prefetch = False
    app.conf.broker_transport_options["visibility_timeout"] = 2

__all__ = ["app"]
