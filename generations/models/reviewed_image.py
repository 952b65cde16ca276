"""A picture that is reviewed: the decisions on it that stand, and which of them counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from generations.models.image import Image
from generations.models.team import Person

if TYPE_CHECKING:
    from generations.models.verdict import Verdict


class ReviewedImage:
    """A picture that is locked, and the decisions on it that stand, oldest first."""

    def __init__(self, image: Image) -> None:
        self.image = image
        self.decisions: list[Verdict] = []
        self.team = image.batch.team if image.batch else None
        self.judged_for = self.team.pk if self.team else None
        """The number of the team that a decision made now is for."""

    def seen_in(self, team: int | None) -> None:
        """Who decides saw it in this team, and may review there, whichever it was shown to meanwhile. What was seen in
        none only staff decide, for its own."""
        self.judged_for = team or self.judged_for

    @property
    def verdict(self) -> Verdict | None:
        """The decision that counts: the newest, but an approval only when enough reviewers of its team agree on it."""
        if not self.decisions:
            return None
        newest = self.decisions[-1]
        needed = self.team.review_approvals if self.team else 1
        is_final = not newest.is_approval or len(agreeing(self.decisions, self.image)) >= needed
        return newest if is_final else None

    @property
    def last(self) -> Verdict | None:
        """The newest decision, whether it counts or not."""
        return self.decisions[-1] if self.decisions else None

    def is_said(self, person: Person, state: str, note: str, reason: str) -> bool:
        """Whether this person deciding so once more would say nothing new."""
        last = self.last
        return last is not None and last.team_id == self.judged_for and last.is_same(person, state, note, reason)

    def ends_with(self, person: Person, key: str) -> bool:
        return self.last is not None and (self.last.reviewer_id, self.last.key) == (person.pk, key)

    def is_overtaken(self, person: Person, seen: str) -> bool:
        """Whether somebody else has decided since the person saw the decision of this key, "" for none."""
        last = self.last
        return (last.key if last else "") != seen and (last is None or last.reviewer_id != person.pk)


def agreeing(decisions: Sequence[Verdict], image: Image) -> set[int]:
    """Who approves of this picture for the team it belongs to, by the decisions on it that stand, oldest first: since
    anybody last said otherwise. With four eyes its author is none of them."""
    team = image.batch.team if image.batch else None
    reviewers: set[int] = set()
    for verdict in reversed(decisions):
        if not verdict.is_approval:
            break
        if verdict.team_id == (team.pk if team else None):
            reviewers.add(verdict.reviewer_id)
    return reviewers - {image.person_id} if team and team.has_four_eyes else reviewers
