"""The status page: each part in a row, the workers, the providers, and a report to copy."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from functools import cached_property

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from generations.errors import BY_KIND, GenerationError
from generations.models import Worker
from generations.models.worker import HEARTBEAT_SECONDS
from generations.presenters.formatting import clock, seconds
from generations.queries.health.check import Check, State, seconds_since
from generations.queries.health.run import run_checks
from generations.queries.health.surroundings import needs_administrator
from generations.queries.status import (
    Now,
    ProviderNow,
    Trouble,
    now_at_work,
    providers_now,
    troubles,
    workers_heard,
)
from generations.translation import translated
from generations.viewer import Viewer
from imageweb import __version__

NAMES = {
    "storage": gettext_lazy("Storage"),
    "backup": gettext_lazy("Backup"),
    "version": gettext_lazy("Version"),
    "web": gettext_lazy("Web"),
    "worker": gettext_lazy("Workers"),
    "queue": gettext_lazy("Queue"),
    "calls": gettext_lazy("Running calls"),
    "broker": gettext_lazy("Broker"),
    "database": gettext_lazy("Database"),
    "scheduler": gettext_lazy("Scheduler"),
    "providers": gettext_lazy("Providers"),
    "mail": gettext_lazy("Email"),
    "address": gettext_lazy("Address"),
}
TONES = {State.OK: "ok", State.WARN: "lamp", State.FAIL: "stop", State.OFF: "off"}
WORDS = {
    State.OK: gettext_lazy("Works"),
    State.WARN: gettext_lazy("Needs attention"),
    State.FAIL: gettext_lazy("Does not work"),
    State.OFF: gettext_lazy("Not set up"),
}
MAX_SLOTS = 32
"""Slots that are drawn; of more only the number is said."""
COMMANDS = {"backup": "manage.py backup /backup/$(date +%F)"}


@dataclass(frozen=True)
class PartRow:
    """A check as the page shows it."""

    check: Check
    link: tuple[str, str] | None
    """An address where something can be done, and what it is called."""

    @property
    def name(self) -> str:
        return str(NAMES[self.check.name])

    @property
    def tone(self) -> str:
        return TONES[self.check.state]

    @property
    def word(self) -> str:
        return translated(self.check.word) if self.check.word else str(WORDS[self.check.state])

    @property
    def sentence(self) -> str:
        return translated(self.check.sentence)

    @property
    def advice(self) -> str:
        return translated(self.check.advice)

    @property
    def command(self) -> str:
        """What to run, to be copied; "" while there is no need."""
        return "" if self.check.is_well else COMMANDS.get(self.check.name, "")


@dataclass(frozen=True)
class WorkerCard:
    """One worker process."""

    worker: Worker

    @property
    def name(self) -> str:
        """Its host and process number, without the moment it started."""
        host, _colon, rest = self.worker.name.partition(":")
        return _("%(host)s, process %(number)s") % {"host": host, "number": rest.partition(":")[0]}

    @property
    def heard(self) -> str:
        return _("%(duration)s ago") % {"duration": seconds(int(max(0, seconds_since(self.worker.heartbeat_at))))}

    @property
    def is_late(self) -> bool:
        """Whether two heartbeats are missing."""
        return seconds_since(self.worker.heartbeat_at) > 2 * HEARTBEAT_SECONDS

    @property
    def slots(self) -> list[bool]:
        """Each slot, whether it is busy; none where there are too many to draw."""
        busy, slots = self.worker.busy, self.worker.slots
        return [n < busy for n in range(slots)] if slots <= MAX_SLOTS else []

    @property
    def said(self) -> str:
        values = {"busy": self.worker.busy, "slots": self.worker.slots}
        return _("%(busy)s of %(slots)s slots are busy") % values


@dataclass(frozen=True)
class ProviderRow:
    """One provider as it is now. `may_open` says whether its page is for the viewer."""

    now: ProviderNow
    may_open: bool

    @property
    def state(self) -> tuple[str, str]:
        provider = self.now.provider
        if provider.is_paused:
            return ("stop" if needs_administrator(provider.paused_for) else "lamp"), _("Paused")
        if self.now.calls and self.now.failed == self.now.calls:
            return "lamp", _("All calls fail")
        return ("ok", _("Works")) if self.now.last else ("wait", _("Not used yet"))

    @property
    def took(self) -> str:
        last = self.now.last
        if last is None or last.started_at is None or last.finished_at is None:
            return "–"
        return seconds(round((last.finished_at - last.started_at).total_seconds()))

    @property
    def failed(self) -> str:
        if not self.now.calls:
            return "–"
        return _("%(failed)s of %(all)s") % {"failed": self.now.failed, "all": self.now.calls}

    @property
    def remark(self) -> str:
        return self.now.provider.pause_sentence


@dataclass(frozen=True)
class TroubleRow:
    """Failures of one reason."""

    trouble: Trouble

    @property
    def reason(self) -> str:
        return translated(BY_KIND.get(self.trouble.kind, GenerationError).title)

    @property
    def count(self) -> str:
        count = self.trouble.count
        return ngettext("%(number)s call", "%(number)s calls", count) % {"number": count}


class StatusSheet:
    """The page."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer

    @cached_property
    def checks(self) -> list[Check]:
        return run_checks()

    @cached_property
    def parts(self) -> list[PartRow]:
        return [PartRow(check, self._link_of(check)) for check in self.checks]

    def _link_of(self, check: Check) -> tuple[str, str] | None:
        runs = self.viewer.runs_providers
        if check.name == "providers" and runs:
            return (reverse("setup"), _("Set up")) if check.state == State.OFF else (reverse("providers"), _("Open"))
        return None

    @property
    def tone(self) -> str:
        states = {check.state for check in self.checks}
        return next(TONES[state] for state in (State.FAIL, State.WARN, State.OK) if state in states)

    @property
    def summary(self) -> str:
        """How it is as a whole."""
        failing = sum(check.state == State.FAIL for check in self.checks)
        warned = sum(check.state == State.WARN for check in self.checks)
        if failing:
            return ngettext("%(number)s part does not work", "%(number)s parts do not work", failing) % {
                "number": failing
            }
        if warned:
            return ngettext("Works; %(number)s thing to do", "Works; %(number)s things to do", warned) % {
                "number": warned
            }
        return _("Everything works")

    @property
    def urgent(self) -> list[PartRow]:
        """What does not work, to be said first."""
        return [part for part in self.parts if part.check.state == State.FAIL]

    @cached_property
    def workers(self) -> list[WorkerCard]:
        return [WorkerCard(worker) for worker in workers_heard()]

    @cached_property
    def now(self) -> Now:
        return now_at_work(card.worker for card in self.workers)

    @property
    def oldest(self) -> str:
        """How long the oldest waits: 0:48; "" when nothing waits for a worker."""
        return clock(int(max(0, seconds_since(self.now.oldest)))) if self.now.oldest else ""

    @cached_property
    def providers(self) -> list[ProviderRow]:
        return [ProviderRow(each, self.viewer.runs_providers) for each in providers_now()]

    @cached_property
    def troubles(self) -> list[TroubleRow]:
        return [TroubleRow(each) for each in troubles()]

    @property
    def report(self) -> str:
        """For whoever is asked for help: in English, without keys, names and addresses."""
        lines = [f"Imageweb {__version__}, Python {platform.python_version()}, {platform.system()}"]
        lines += [f"{check.name}: {check.state}. {check.sentence}" for check in self.checks]
        lines += [f"{row.trouble.count} × {row.trouble.kind} within a day" for row in self.troubles]
        return "\n".join(lines)
