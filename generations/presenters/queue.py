"""The queue page: numbers, a lane for each model, and what waits, runs, tries again or failed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from generations import rights
from generations.errors import BY_KIND, GenerationError
from generations.models import Generation, ProviderModel
from generations.models.pause import BY_HAND
from generations.presenters.formatting import clock, names_apart, seconds, seconds_since, seconds_until
from generations.presenters.frame import is_heartbeat_late
from generations.queries.queue import (
    KINDS,
    Counts,
    Job,
    Lane,
    count_to_retry,
    counts,
    jobs,
    lanes,
    running_by_provider,
)
from generations.queries.studio import HELPED, FailedToday
from generations.translation import translated
from generations.viewer import Viewer

MAX_PROMPT = 300
MAX_SLOTS = 16
"""Slots that are drawn for a lane; of more only the number is said."""


@dataclass(frozen=True)
class LaneRow:
    """A model's lane. `others` are calls of other models that run at its provider; None where the viewer sees only
    their team's."""

    lane: Lane
    name: str
    others: int | None
    may_resume: bool

    @property
    def model(self) -> ProviderModel:
        return self.lane.model

    @property
    def state(self) -> tuple[str, str]:
        model = self.model
        if not (model.is_enabled and model.provider.is_enabled):
            return "off", _("Switched off")
        if model.is_paused:
            return "stop", _("Paused by hand") if model.paused_for == BY_HAND else _("Paused")
        if self.lane.running:
            return "ok", pgettext("a lane of the queue", "Running")
        if self.lane.waiting:
            return "wait", pgettext("a lane of the queue", "Waiting")
        return "done", _("Idle")

    @property
    def slots(self) -> list[str]:
        """The class of each slot that is drawn: the provider's, without those that its other models take."""
        running, limit = self.lane.running, self.model.provider.running_limit
        if self.others is None or limit > MAX_SLOTS:
            return ["is-busy"] * min(running, MAX_SLOTS)
        free = max(0, limit - running - self.others)
        return ["is-busy"] * running + ["is-paused" if self.model.is_paused else ""] * free

    @property
    def said(self) -> str:
        """The slots in words."""
        running = self.lane.running
        if self.others is None:
            return ngettext("%(number)s runs", "%(number)s run", running) % {"number": running} if running else "–"
        values = {"running": running, "limit": self.model.provider.running_limit}
        return _("%(running)s of %(limit)s slots of the provider") % values

    @property
    def median(self) -> str:
        return seconds(round(self.lane.median)) if self.lane.median is not None else "–"

    @property
    def failed(self) -> str:
        every = self.lane.done + self.lane.failed
        return _("%(failed)s of %(all)s") % {"failed": self.lane.failed, "all": every} if every else "–"

    @property
    def pause_url(self) -> str:
        """Where the model is paused; "" where it is paused already, or not for the viewer."""
        is_called = self.model.is_enabled and self.model.provider.is_enabled and not self.model.is_paused
        return reverse("pause_model", args=[self.model.key]) if self.may_resume and is_called else ""

    @property
    def resume_url(self) -> str:
        """Where its pause is ended, its provider's if that is what holds; "" where there is none to end, or not for the
        viewer."""
        if not (self.may_resume and self.model.is_paused):
            return ""
        provider = self.model.provider
        return (
            reverse("resume_provider", args=[provider.key])
            if provider.is_paused
            else reverse("resume_model", args=[self.model.key])
        )


class Act(NamedTuple):
    """A button of a row: the name of its address, its icon, and what it does."""

    name: str
    icon: str
    label: str


@dataclass(frozen=True)
class JobRow:
    """One generation of the list. `prompt` is empty where it is somebody's private one: opening it is recorded."""

    job: Job
    model_name: str
    prompt: str
    acts: tuple[Act, ...]

    @property
    def generation(self) -> Generation:
        return self.job.generation

    @property
    def state(self) -> tuple[str, str]:
        """A tone and a word."""
        generation = self.generation
        if generation.state == "failed":
            tone = "off" if generation.outcome == "declined" else "stop"  # nothing broke
            return tone, translated((generation.error or GenerationError).title)
        if generation.cancel_asked_at:
            return "wait", _("Cancelling")
        if generation.state == "running":
            return self._running
        if generation.model.is_paused:
            return "stop", _("Held by a pause")
        if generation.is_trying_again:
            return "lamp", _("Trying again")
        if not self.job.before:
            return "wait", _("Queued, next")
        ahead = ngettext("Queued, %(number)s before it", "Queued, %(number)s before it", self.job.before)
        return "wait", ahead % {"number": self.job.before}

    @property
    def _running(self) -> tuple[str, str]:
        generation = self.generation
        if is_heartbeat_late(generation.state, generation.claim_until):
            return "stop", _("Its worker is silent")
        if generation.percent is not None:
            return "lamp", _("%(percent)s%%") % {"percent": generation.percent}
        return "lamp", _("Developing")

    @property
    def reason(self) -> str:
        """Why it tries again."""
        generation = self.generation
        return translated(BY_KIND.get(generation.kind, GenerationError).title) if generation.is_trying_again else ""

    @property
    def elapsed(self) -> int:
        """Seconds since it was started, or asked for."""
        return seconds_since(self.generation.started_at or self.generation.created_at)

    @property
    def clock(self) -> str:
        return clock(self.elapsed)

    @property
    def wait(self) -> int | None:
        """Seconds to its next try."""
        return seconds_until(self.generation.run_at) if self.generation.is_trying_again else None

    @property
    def attempt(self) -> str:
        """Which call it is at; with how many there may be, where another comes by itself."""
        tries = self.generation.tries(self.job.calls) if self.generation.is_trying_again else None
        if tries is None:
            return str(self.job.calls)
        return _("%(number)s of %(most)s") % {"number": tries[0], "most": tries[1]}


class QueueSheet:
    """The page for one viewer; `kind` says which generations are listed."""

    def __init__(self, viewer: Viewer, kind: str) -> None:
        self.viewer, self.kind = viewer, kind if kind in KINDS else KINDS[0]

    @cached_property
    def counts(self) -> Counts:
        return counts(self.viewer)

    @property
    def oldest(self) -> str:
        """0:48; "" when nothing waits for a worker."""
        return clock(self.oldest_seconds) if self.counts.oldest else ""

    @property
    def oldest_seconds(self) -> int:
        return seconds_since(self.counts.oldest) if self.counts.oldest else 0

    @cached_property
    def to_retry(self) -> FailedToday:
        return count_to_retry(self.viewer)

    @cached_property
    def _lanes(self) -> list[Lane]:
        return lanes(self.viewer)

    @cached_property
    def lanes(self) -> list[LaneRow]:
        names = names_apart(lane.model for lane in self._lanes)
        total = running_by_provider() if self.viewer.is_staff else {}
        return [
            LaneRow(
                lane,
                names[lane.model.pk],
                total.get(lane.model.provider_id, 0) - lane.running if self.viewer.is_staff else None,
                rights.manage_model.allows(self.viewer, lane.model),
            )
            for lane in self._lanes
        ]

    @property
    def pauses(self) -> list[LaneRow]:
        """Lanes that are paused, one for each pause."""
        held: dict[str, LaneRow] = {}
        for row in self.lanes:
            if row.model.is_paused:
                provider = row.model.provider
                held.setdefault(provider.key if provider.is_paused else row.model.key, row)
        return list(held.values())

    @cached_property
    def jobs(self) -> list[JobRow]:
        found = jobs(self.viewer, self.kind)
        names = names_apart([*(job.generation.model for job in found), *(lane.model for lane in self._lanes)])
        return [self._row(job, names[job.generation.model_id]) for job in found]

    def _row(self, job: Job, name: str) -> JobRow:
        batch = job.generation.batch
        is_private = rights.private_batch.allows(self.viewer, batch)
        return JobRow(job, name, "" if is_private else batch.prompt[:MAX_PROMPT], tuple(self._acts(job.generation)))

    def _acts(self, generation: Generation) -> Iterator[Act]:
        """What the viewer may do with it, and what would do something."""
        said = {"number": generation.batch.number}
        if generation.state == "failed":
            if generation.kind in HELPED and rights.retry_generation.allows(self.viewer, generation):
                yield Act("retry", "retry", _("Retry %(number)s") % said)
        elif rights.cancel_generation.allows(self.viewer, generation) and generation.cancel_asked_at is None:
            if generation.is_trying_again and not generation.model.is_paused:
                yield Act("try_now", "next", _("Try %(number)s now") % said)
            yield Act("cancel", "close", _("Cancel %(number)s") % said)

    @property
    def is_cut(self) -> bool:
        """Whether there are more than are listed."""
        return any(count > len(self.jobs) for kind, _word, count in self.kinds if kind == self.kind)

    @property
    def kinds(self) -> list[tuple[str, str, int]]:
        """What can be listed: its name in the address, its word, how many."""
        return [
            ("active", pgettext("generations", "Active"), self.counts.waiting + self.counts.running),
            ("again", _("Trying again"), self.counts.again),
            ("failed", _("Failed"), self.counts.failed),
        ]

    @property
    def here(self) -> str:
        """Its own address."""
        return f"{reverse('queue')}?show={self.kind}"

    @cached_property
    def digest(self) -> str:
        """The same as long as the page would show the same, but for clocks that count by themselves."""
        said = [
            self.kind,
            (self.counts.waiting, self.counts.running, self.counts.again, self.counts.failed, self.counts.oldest),
            self.to_retry,
            [(row.name, row.state, row.said, row.median, row.failed, row.resume_url) for row in self.lanes],
            [(row.generation.key, row.state, row.attempt, row.acts) for row in self.jobs],
        ]
        return hashlib.sha256(repr(said).encode()).hexdigest()[:16]
