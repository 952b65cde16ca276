"""How a team reviews, and its ready reasons."""

from __future__ import annotations

from typing import cast

from django.http import QueryDict
from django.utils.translation import gettext as _

from generations.forms.review import TeamReviewForm
from generations.models import Team
from generations.models.review_policy import DEFAULT_REASONS, REASONS, Gate
from generations.models.verdict import shown_reason
from generations.queries.review import reviewers_of


class TeamRules:
    """How a team reviews, as its page shows it; of a form that was not taken, what was sent."""

    def __init__(self, team: Team, form: TeamReviewForm) -> None:
        self.team, self.form = team, form

    @property
    def kinds(self) -> list[tuple[str, str, str, bool]]:
        """Value, name, what it means, and whether it is so."""
        about = {
            Team.Review.OFF: _("Nothing is reviewed and nothing waits."),
            Team.Review.ADVISORY: _("Reviewers decide; nothing is held back."),
            Team.Review.REQUIRED: _("What is ticked below waits until a picture is approved."),
        }
        return [
            (value, str(label), about[Team.Review(value)], value == self.form["review"].value())
            for value, label in Team.Review.choices
        ]

    @property
    def gates(self) -> list[tuple[str, str, bool]]:
        chosen = self.form["gates"].value() if self.form.is_bound else self.team.review_gates
        return [(value, str(label), value in (chosen or "")) for value, label in Gate.choices]

    @property
    def reasons(self) -> list[str]:
        """Six fields."""
        texts = [shown for _reason, shown in reasons_of(self.team)]
        if self.form.is_bound:
            texts = cast(QueryDict, self.form.data).getlist("reason")
        return [*texts, *[""] * REASONS][:REASONS]

    @property
    def reviewers(self) -> list[str]:
        return [str(person) for person in reviewers_of(self.team)]


def reasons_of(team: Team | None) -> list[tuple[str, str]]:
    """The ready reasons as they are kept, and as they are shown."""
    return [(reason, shown_reason(reason)) for reason in (team.reasons if team else DEFAULT_REASONS)]
