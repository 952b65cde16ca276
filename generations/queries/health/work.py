"""Whether work goes on: the workers, what waits for them, what runs, and the sweeps."""

from __future__ import annotations

from django.db.models import Count, Min, Sum

from generations.models import Generation, Lease, Worker
from generations.models.worker import SWEEP_LEASE
from generations.queries.health.check import Check, State, age_text, seconds_since
from generations.translatable import Message, PluralMessage, gettext_noop

MAX_WAIT = 300
"""Seconds that something due may wait for a worker."""
MAX_SWEEP_AGE = 120


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
    last_heard = max(each.heartbeat_at for each in working)
    said = {
        "workers": PluralMessage("%(number)s worker", "%(number)s workers", len(working)),
        "age": age_text(seconds_since(last_heard)),
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
