"""The tab of prompts that were refused: who sent them, how many a week, and what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from generations import rights
from generations.errors import BY_KIND, GenerationError
from generations.models import Generation, Membership, Person, Team
from generations.queries.refusals import RefusalFilter, Tally, Totals, latest, people_and_teams, totals
from generations.translation import translated
from generations.viewer import Viewer
from generations.withheld import Sayings


def title_of(kind: str) -> str:
    """What a failure of this kind is called."""
    return translated(BY_KIND.get(kind, GenerationError).title)


@dataclass(frozen=True)
class Refused:
    """One of them, as it is listed. `says` is what its failure says of itself, as far as the viewer may read it."""

    generation: Generation
    says: str

    @property
    def reason(self) -> str:
        return title_of(self.generation.kind)


@dataclass(frozen=True)
class Row:
    """A person of the table."""

    tally: Tally
    address: str
    may_pause: bool
    may_write: bool
    number: int

    @property
    def may_act(self) -> bool:
        return self.may_pause or self.may_write

    @property
    def most_often(self) -> str:
        return title_of(self.tally.most_often)

    @property
    def membership(self) -> Membership:
        return self.tally.membership

    @property
    def share(self) -> str:
        """Of all they sent."""
        whole = max(self.tally.sent, self.tally.count, 1)
        percent = number_format(100 * self.tally.count / whole, 1, use_l10n=True)
        return _("%(percent)s%%") % {"percent": percent}

    @property
    def weeks(self) -> str:
        """The last weeks, oldest first: 0 · 2 · 1."""
        return " · ".join(str(count) for count in self.tally.weeks)


class Refusals:
    """The page."""

    def __init__(self, viewer: Viewer, wanted: RefusalFilter) -> None:
        self.viewer, self.wanted = viewer, wanted

    @cached_property
    def latest(self) -> list[Refused]:
        found = latest(self.viewer, self.wanted)
        sayings = Sayings(self.viewer, found)
        return [Refused(generation, sayings.shown(generation, generation.shown_detail)) for generation in found]

    @cached_property
    def totals(self) -> Totals:
        return totals(self.viewer, self.wanted)

    @cached_property
    def rows(self) -> list[Row]:
        return [
            Row(
                tally,
                self.address(by=tally.membership.person.username),
                rights.pause_membership.allows(self.viewer, tally.membership),
                rights.write_to_membership.allows(self.viewer, tally.membership),
                number,
            )
            for number, tally in enumerate(self.totals.tallies, 1)
        ]

    def address(self, **more: str) -> str:
        return f"{reverse('refused_prompts')}?{self.wanted.query(**more)}"

    @property
    def here(self) -> str:
        return self.address()

    @cached_property
    def offered(self) -> tuple[list[Person], list[Team]]:
        return people_and_teams(self.viewer)
