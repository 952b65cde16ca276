"""Counting semaphores of lease rows: how much costly work the web processes of an installation do at once.

Nobody waits without limit in a web thread: a few may wait for some seconds, everybody else is told at once to come
again. So costly work holds a bounded number of threads, whoever asks for it and however often."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from generations.models.key import now
from generations.models.team import Person
from generations.models.worker import Lease
from generations.translatable import gettext_noop as _

HELD_SECONDS = 180
"""Longer than any piece of work takes between two renewals; what a process that died held is free again after it."""
PATIENCE = 5.0
LOOK_SECONDS = 0.2
RETRY_SECONDS = 5


class NotNow(Exception):
    """Something costly is not done now: `sentence` is for the person, translated where it is shown, `status` HTTP's,
    `retry_after` in seconds where coming again soon will help."""

    def __init__(self, sentence: str, status: int, retry_after: int | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True)
class Semaphore:
    """`count` pieces of work of this name at once, and `waiting` more that wait for up to PATIENCE seconds; `sentence`
    and `status` are for the rest."""

    name: str
    count: int
    waiting: int
    sentence: str
    status: int

    @contextmanager
    def acquired(self) -> Iterator[Callable[[], None]]:
        """Hold one of the places; gives what renews the hold of work that may take longer. Raises NotNow."""
        lease = self._taken("", self.count) or self._waited_for()
        if not lease:
            raise NotNow(self.sentence, self.status, RETRY_SECONDS)
        try:
            yield _renewal(lease)
        finally:
            Lease.prolong(lease, 0)

    def _waited_for(self) -> str:
        seat = self._taken("waits ", self.waiting)
        if not seat:
            return ""
        try:
            patience = time.monotonic() + PATIENCE
            while time.monotonic() < patience:
                time.sleep(LOOK_SECONDS)
                if lease := self._taken("", self.count):
                    return lease
            return ""
        finally:
            Lease.prolong(seat, 0)

    def _taken(self, kind: str, count: int) -> str:
        """The name of a lease that was free, "" when none is. Asked by reading first: who waits writes nothing."""
        names = [f"{self.name} {kind}{n}" for n in range(count)]
        held = set(Lease.objects.filter(name__in=names, until__gt=now()).values_list("name", flat=True))
        return next((name for name in names if name not in held and Lease.take(name, HELD_SECONDS)), "")


def _renewal(lease: str) -> Callable[[], None]:
    """What keeps a lease, however often it is called, at the cost of a write in a while."""
    renewed = time.monotonic()

    def renew() -> None:
        nonlocal renewed
        if time.monotonic() - renewed > HELD_SECONDS / 6:
            Lease.prolong(lease, HELD_SECONDS)
            renewed = time.monotonic()

    return renew


ARCHIVES = Semaphore("archives", 2, 2, _("Two downloads are being prepared already. Try again in a minute."), 503)
PICTURES = Semaphore("pictures", 2, 4, _("Too many pictures are being processed. Try again in a few seconds."), 503)


@contextmanager
def picture_work(person: Person) -> Iterator[None]:
    """Work on the pixels of one picture: one at a time for a person, two for the installation. Raises NotNow."""
    sentence = _("Another picture of yours is being processed. Try again in a few seconds.")
    with Semaphore(f"pictures of {person.pk}", 1, 1, sentence, 429).acquired(), PICTURES.acquired():
        yield
