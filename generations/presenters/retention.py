"""How long things are kept, as administrators see and set it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generations.models import RetentionRule, Team
from generations.models.retention import Line
from generations.models.retention import preview as due_now
from generations.presenters.formatting import counted
from generations.queries import keeping
from generations.queries.holds import standing_holds
from generations.translation import number_text
from generations.viewer import Viewer

Kind = RetentionRule.Kind


@dataclass(frozen=True)
class RetentionRow:
    """One kind of thing and its days, as they are kept or were sent."""

    kind: str
    days: str
    otherwise: int | None
    is_of_team: bool
    problem: str = ""

    @property
    def name(self) -> str:
        return str(Kind(self.kind).label)

    @property
    def about(self) -> str:
        return {
            Kind.TRASH: _("Deleted pictures and galleries."),
            Kind.PICTURES: _(
                "Of prompts of which no picture is approved or in a gallery. Pictures go to the trash; the prompt goes "
                "when none is left. Date, model and cost stay."
            ),
            Kind.EXCHANGES: _("Of prompts that made pictures. Date, model and cost stay."),
            Kind.FAILED: _("Date, model and cost stay."),
            Kind.UPLOADS: _("In no prompt and no draft. They go to the trash."),
            Kind.DRAFTS: _("What was written and not sent."),
            Kind.VISITS: _("How often each was opened on a day."),
            Kind.ADDRESSES: _("The entries stay."),
            Kind.RECORD: _("The oldest entries. A signed entry takes their place."),
        }[Kind(self.kind)]

    @property
    def if_empty(self) -> str:
        """What holds where the field is empty."""
        if self.otherwise is None:
            return _("Empty: kept.")
        if self.is_of_team:
            text = ngettext(
                "Empty: %(number)s day, as everybody.", "Empty: %(number)s days, as everybody.", self.otherwise
            )
        else:
            text = ngettext("Empty: %(number)s day.", "Empty: %(number)s days.", self.otherwise)
        return counted(text, self.otherwise)


@dataclass(frozen=True)
class DueRow:
    """How much goes by a rule, in words."""

    line: Line

    @property
    def rule(self) -> RetentionRule:
        return self.line.rule

    @property
    def count(self) -> str:
        return self._said(number_text(self.line.count))

    @property
    def size(self) -> str:
        return self._said(filesizeformat(self.line.size)) if self.line.size else "–"

    def _said(self, amount: str) -> str:
        return _("more than %(amount)s") % {"amount": amount} if self.line.is_more else amount


class RetentionPage:
    """The days of everybody or of a team, and what would go now."""

    def __init__(
        self,
        viewer: Viewer,
        team: Team | None,
        sent: dict[str, str] | None = None,
        problems: dict[str, str] | None = None,
    ) -> None:
        self.viewer, self.team, self.sent, self.problems = viewer, team, sent, problems or {}

    @property
    def key(self) -> str:
        return self.team.key if self.team else ""

    @cached_property
    def teams(self) -> list[tuple[Team, bool]]:
        """Each with whether it has rules of its own."""
        ruled = keeping.teams_with_rules(self.viewer)
        return [(team, team.pk in ruled) for team in keeping.teams_to_keep_for(self.viewer)]

    @cached_property
    def rows(self) -> list[RetentionRow]:
        own = keeping.rules_of(self.viewer, self.team)
        general = keeping.rules_of(self.viewer, None) if self.team else {}
        kinds = RetentionRule.OF_TEAMS if self.team else Kind
        return [
            RetentionRow(
                kind.value,
                self.sent.get(kind.value, "") if self.sent is not None else str(own.get(kind.value, "")),
                self._otherwise(kind, general.get(kind.value)),
                self.team is not None,
                self.problems.get(kind.value, ""),
            )
            for kind in kinds
        ]

    def _otherwise(self, kind: Kind, general: int | None) -> int | None:
        """The days that hold where the field is empty; None: it is kept."""
        return settings.TRASH_DAYS if kind == Kind.TRASH and general is None else general

    @cached_property
    def lines(self) -> list[Line]:
        return due_now()

    @property
    def due_rows(self) -> list[DueRow]:
        return [DueRow(line) for line in self.lines]

    @property
    def due(self) -> int:
        """How much goes now, as far as it was counted."""
        return sum(line.count for line in self.lines)

    @property
    def is_more_due(self) -> bool:
        """Whether there is more than that."""
        return any(line.is_more for line in self.lines)

    @property
    def seen(self) -> str:
        """The rules that these amounts are by."""
        return seen_rules(self.lines)

    @cached_property
    def holds(self) -> int:
        return standing_holds(self.viewer).count()


def seen_rules(lines: list[Line]) -> str:
    """What tells a set of rules from another, to see that nobody changed them since somebody looked."""
    return " ".join(f"{line.rule.kind}/{line.rule.team_id or ''}/{line.rule.days}" for line in lines)
