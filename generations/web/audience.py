"""Other people for a batch, from a form: which batches it names, whom it chooses, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generations import access, rights
from generations.forms.composer import PRIVATE, gallery_to_fill
from generations.models import Batch, Gallery, Person, Team
from generations.models.batch import Audience
from generations.queries.audience import batches_of, batches_to_show, in_other_galleries, members_among, teams_around
from generations.request import PageRequest
from generations.submit import audience_in
from generations.translation import number_text, sentences
from generations.viewer import Viewer
from generations.web.selection import selected_images


def named_batches(request: PageRequest) -> tuple[list[Batch], int]:
    """The batch that a form names, else those of the selected pictures: those one may change, and how many others are
    named. Raises TooMany."""
    said = request.POST if request.method == "POST" else request.GET
    if key := said.get("batch", ""):
        return [access.batch_to_show(request.viewer, key)], 0
    found = batches_of(selected_images(request))
    batches = batches_to_show(request.viewer, found)
    return batches, found.count() - len(batches)


@dataclass(frozen=True)
class Target:
    """Whom a form chooses: a team, a gallery's people, or the author alone."""

    team: Team | None = None
    gallery: Gallery | None = None

    @classmethod
    def chosen(cls, request: PageRequest, batches: Collection[Batch]) -> Target | None:
        """None where the form chooses nothing that the viewer could choose."""
        value = request.POST.get("visible", "")
        if value == PRIVATE:
            return cls()
        if gallery := gallery_to_fill(request.viewer, value):
            return cls(gallery=gallery)
        teams = teams_around(request.viewer, {batch.person for batch in batches})
        team = next((team for team in teams if team.key == value), None)
        return cls(team=team) if team else None

    def audience_of(self, viewer: Viewer, batches: Collection[Batch]) -> Callable[[Batch], Audience | None]:
        """Whom each of these batches is shown to; None where its author is not in the team, and where the viewer may
        not change it as it stands by now. Authors are looked up once."""
        shown = self._audience_by_author(batches)
        return lambda batch: shown(batch) if rights.show_batch.allows(viewer, batch) else None

    def _audience_by_author(self, batches: Collection[Batch]) -> Callable[[Batch], Audience | None]:
        people: dict[int, Person] = {batch.person_id: batch.person for batch in batches}
        if self.gallery:
            by_author = {pk: audience_in(self.gallery, person) for pk, person in people.items()}
            return lambda batch: by_author[batch.person_id]
        if self.team:
            members = members_among(self.team, people)
            shown = Audience(self.team, Batch.Visibility.TEAM)
            return lambda batch: shown if batch.person_id in members else None
        return lambda batch: Audience(batch.team, Batch.Visibility.PRIVATE)

    def sentence(self, batches: Collection[Batch], count: int, not_allowed: int) -> str:
        """What was done, and what was not and why."""
        said = [self._done(count) if count else _("Nothing was changed.")]
        if not_allowed:
            others = ngettext(
                "%(number)s prompt was not changed: only its author and who leads the team may.",
                "%(number)s prompts were not changed: only their authors and who leads the team may.",
                not_allowed,
            )
            said.append(others % {"number": number_text(not_allowed)})
        if self.team and (outside := self._outside(self.team, batches)):
            others = ngettext(
                "%(number)s prompt was not changed, because its author is not in %(team)s.",
                "%(number)s prompts were not changed, because their authors are not in %(team)s.",
                outside,
            )
            said.append(others % {"number": number_text(outside), "team": self.team})
        if not self.team and not self.gallery and (left := in_other_galleries([batch.pk for batch in batches])):
            others = ngettext(
                "%(number)s picture still lies in a gallery, whose people see it.",
                "%(number)s pictures still lie in galleries, whose people see them.",
                left,
            )
            said.append(others % {"number": number_text(left)})
        return sentences(said)

    def _done(self, count: int) -> str:
        if self.gallery:
            said = ngettext(
                "%(number)s prompt and its pictures are now in “%(gallery)s”, seen by its people.",
                "%(number)s prompts and their pictures are now in “%(gallery)s”, seen by its people.",
                count,
            )
        elif self.team:
            said = ngettext(
                "%(number)s prompt is now seen by %(team)s.", "%(number)s prompts are now seen by %(team)s.", count
            )
        else:
            said = ngettext(
                "%(number)s prompt is now seen by its author alone.",
                "%(number)s prompts are now seen by their authors alone.",
                count,
            )
        return said % {"number": number_text(count), "gallery": self.gallery, "team": self.team}

    @staticmethod
    def _outside(team: Team, batches: Collection[Batch]) -> int:
        members = members_among(team, {batch.person_id for batch in batches})
        return sum(batch.person_id not in members for batch in batches)
