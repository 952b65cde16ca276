"""Every check of the installation, run for the status page and for monitors."""

from __future__ import annotations

from collections.abc import Callable

from django.db import DatabaseError

from generations.queries.health.check import Check, State
from generations.queries.health.data import backup, database, storage, version
from generations.queries.health.surroundings import address, broker, mail, providers, web
from generations.queries.health.work import calls, queue, scheduler, worker
from generations.translatable import Message, gettext_noop


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
