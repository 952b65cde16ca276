"""Having kept answers read again, and what that found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.urls import reverse
from django.utils.translation import gettext as _

from generations.errors import BY_KIND
from generations.models import Generation, Reread
from generations.queries.rereads import count_readable, generations_named, last_rereads
from generations.translation import translated
from generations.viewer import Viewer


@dataclass(frozen=True)
class Found:
    """An answer that was read otherwise; without its generation if that is gone."""

    was: str
    now: str
    generation: Generation | None

    @property
    def address(self) -> str:
        return reverse("exchange", args=[self.generation.key]) if self.generation else ""


@dataclass(frozen=True)
class Row:
    """One reading."""

    reread: Reread
    generations: Mapping[str, Generation]

    @property
    def found(self) -> list[Found]:
        """What is listed of it."""
        return [
            Found(_kind(said["was"]), _kind(said["now"]), self.generations.get(said["generation"]))
            for said in self.reread.found
        ]

    @property
    def more(self) -> int:
        """How many more were read otherwise."""
        return self.reread.otherwise - len(self.reread.found)


class RereadPage:
    """The last readings, and how much a new one would read."""

    def __init__(self, viewer: Viewer, day: str, since: datetime | None, problem: str = "") -> None:
        self.viewer, self.day, self.since, self.problem = viewer, day, since, problem

    @cached_property
    def count(self) -> int | None:
        """How many answers there are to read since the day; None: no day was chosen."""
        return count_readable(self.since) if self.since else None

    @cached_property
    def rows(self) -> list[Row]:
        rereads = last_rereads()
        keys = {said["generation"] for reread in rereads for said in reread.found}
        generations = generations_named(self.viewer, keys)
        return [Row(reread, generations) for reread in rereads]


def _kind(kind: str) -> str:
    """A kind of failure in words; "" is none: there are pictures."""
    error = BY_KIND.get(kind)
    return translated(error.title) if error else kind or _("Pictures")
