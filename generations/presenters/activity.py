"""What the bar says of the person's generations."""

from __future__ import annotations

from functools import cached_property

from django.utils.translation import pgettext

from generations.models import Person, Worker
from generations.queries.pulse import unfinished_counts


class ActivityBadge:
    """The light in the bar: how many of the person's generations develop or wait, and whether a worker is there."""

    def __init__(self, person: Person | None) -> None:
        self.person = person

    @cached_property
    def _counts(self) -> dict[str, int]:
        return unfinished_counts(self.person) if isinstance(self.person, Person) else {}

    @property
    def developing(self) -> int:
        """Generations that are at work."""
        return self._counts.get("running", 0)

    @property
    def waiting(self) -> int:
        """Generations that are queued: for a worker, a later try or the end of a pause."""
        return self._counts.get("queued", 0)

    @property
    def is_busy(self) -> bool:
        """Whether any develops or waits."""
        return bool(self.developing or self.waiting)

    @property
    def word(self) -> str:
        """What its number counts: those at work, or while there is none, those that wait."""
        if self.developing:
            return pgettext("after a number of pictures", "developing")
        return pgettext("after a number of pictures", "waiting")

    @cached_property
    def is_alone(self) -> bool:
        """Whether something waits and nobody would start it."""
        return bool(self._counts) and not Worker.objects.taking_work().exists()
