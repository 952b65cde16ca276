"""Legal holds, retention and erasure, as administrators see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generations import rights
from generations.models import AuditEntry, Erasure, Hold, Person, RecordHead, RetentionRule, Team
from generations.models.erasure import Preview, preview
from generations.models.hold import TARGETS
from generations.models.retention import Line
from generations.models.retention import preview as due_now
from generations.presenters.days import day_of
from generations.presenters.record import Named, named
from generations.queries import keeping
from generations.queries.holds import pictures_covered, released_holds, standing_holds, things_named
from generations.queries.numbering import headings_of
from generations.queries.record import last_check
from generations.rights import Viewer
from generations.translation import listed

Kind = RetentionRule.Kind
LATE = timedelta(hours=36)
"""After so long without a proof of the record something is wrong with the workers."""


@dataclass(frozen=True)
class HoldRow:
    """A legal hold in a list."""

    hold: Hold
    headings: Mapping[int, str]
    named: tuple[int, int] = (0, 0)
    """How many batches and pictures it names, where these are several."""
    pictures: int = 0

    @property
    def target(self) -> Named:
        """What it covers, with its page."""
        row = next(filter(None, (getattr(self.hold, name) for name in TARGETS)), None)
        if row is None and any(self.named):
            batches, images = self.named
            prompts = (ngettext("%(number)s prompt", "%(number)s prompts", batches), batches)
            pictures = (ngettext("%(number)s picture", "%(number)s pictures", images), images)
            return Named(listed(_lines([prompts, pictures])))
        return named(row, self.headings) if row else Named(_("something that is gone"))

    @property
    def covers(self) -> str:
        text = ngettext("%(number)s picture", "%(number)s pictures", self.pictures)
        return _counted(text, self.pictures)

    @property
    def placed(self) -> str:
        said = {"day": day_of(self.hold.placed_at), "name": self.hold.placed_by or _("Somebody")}
        return _("%(day)s, %(name)s") % said

    @property
    def released(self) -> str:
        if self.hold.released_at is None:
            return ""
        said = {"day": day_of(self.hold.released_at), "name": self.hold.released_by or _("Somebody")}
        return _("%(day)s, %(name)s") % said


@dataclass(frozen=True)
class HoldsPage:
    """All holds, and what the form for a new one holds."""

    viewer: Viewer
    name: str = ""
    reason: str = ""
    kind: str = "gallery"
    which: str = ""
    since: str = ""
    until: str = ""
    problems: dict[str, list[str]] = field(default_factory=dict)

    @cached_property
    def standing(self) -> list[HoldRow]:
        holds = list(standing_holds(self.viewer))
        pictures, headings = pictures_covered(holds), _headings(holds)
        several = things_named(holds)
        return [HoldRow(hold, headings, several[hold.pk], pictures[hold.pk]) for hold in holds]

    @cached_property
    def released(self) -> list[HoldRow]:
        holds = released_holds(self.viewer)
        headings, several = _headings(holds), things_named(holds)
        return [HoldRow(hold, headings, several[hold.pk]) for hold in holds]

    @property
    def kinds(self) -> list[tuple[str, str, bool]]:
        names = {"gallery": _("A gallery"), "person": _("A person"), "batch": _("A prompt"), "image": _("A picture")}
        names["period"] = _("What a person made between two days")
        return [(kind, name, kind == self.kind) for kind, name in names.items()]

    @property
    def is_open(self) -> bool:
        """Whether the form is open from the start."""
        return bool(self.problems or self.which)


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
        return _counted(text, self.otherwise)


@dataclass(frozen=True)
class DueRow:
    """How much goes by a rule, in words."""

    line: Line

    @property
    def rule(self) -> RetentionRule:
        return self.line.rule

    @property
    def count(self) -> str:
        return self._said(number_format(self.line.count, use_l10n=True, force_grouping=True))

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


class ErasurePage:
    """What erasing somebody would do."""

    def __init__(self, viewer: Viewer, person: Person, problem: str = "") -> None:
        self.viewer, self.person, self.problem = viewer, person, problem

    @cached_property
    def preview(self) -> Preview:
        return preview(self.person)

    @property
    def is_again(self) -> bool:
        """Whether they were erased before, and something was held then."""
        return self.person.erased_at is not None

    @property
    def gone(self) -> list[str]:
        count = self.preview.gone
        lines = [
            (ngettext("%(number)s picture", "%(number)s pictures", count["pictures"]), count["pictures"]),
            (
                ngettext(
                    "%(number)s prompt with its requests and responses",
                    "%(number)s prompts with their requests and responses",
                    count["batches"],
                ),
                count["batches"],
            ),
            (
                ngettext("The words of %(number)s comment", "The words of %(number)s comments", count["comments"]),
                count["comments"],
            ),
            (
                ngettext(
                    "%(number)s gallery that nobody else is in",
                    "%(number)s galleries that nobody else is in",
                    count["galleries"],
                ),
                count["galleries"],
            ),
        ]
        rest = _("Drafts, reference pictures, tags, favourites, saved searches and notifications")
        return [_("Name, email address, password, roles and sessions"), *_lines(lines), rest]

    @property
    def kept(self) -> list[str]:
        count = self.preview.kept
        lines = [
            (
                ngettext(
                    "%(number)s picture that another prompt sends as a reference, without its prompt",
                    "%(number)s pictures that other prompts send as references, without their prompts",
                    count["references"],
                ),
                count["references"],
            ),
            (
                ngettext(
                    "%(number)s gallery that others are in",
                    "%(number)s galleries that others are in",
                    count["galleries"],
                ),
                count["galleries"],
            ),
            (ngettext("%(number)s verdict", "%(number)s verdicts", count["verdicts"]), count["verdicts"]),
        ]
        return [*_lines(lines), _("The record, which never had a name")]

    @property
    def held(self) -> str:
        """What holds keep, in one line; "" for nothing."""
        return listed(held_lines(self.preview.held))

    @property
    def holds(self) -> str:
        """The names of the holds that keep it."""
        return listed([_("“%(name)s”") % {"name": hold.name} for hold in self.preview.holds])

    @property
    def new_name(self) -> str:
        """How they are called from then on."""
        return self.person.former_name


@dataclass(frozen=True)
class ErasureRow:
    """Somebody who was erased."""

    viewer: Viewer
    erasure: Erasure

    @property
    def when(self) -> str:
        return day_of(self.erasure.at)

    @property
    def held(self) -> str:
        """What holds kept, in one line."""
        return listed(held_lines(self.erasure.held_back))

    @property
    def may_go_on(self) -> bool:
        """Whether a hold kept something that can be tried once more."""
        return bool(self.erasure.held) and rights.erase_person.allows(self.viewer, self.erasure.person)


class CheckPage:
    """How the record was found when it was last proved, and what to do."""

    def __init__(self, viewer: Viewer, compared: str | None = None) -> None:
        self.viewer = viewer
        self.compared = compared
        """What is wrong with a head that was uploaded; "" nothing, None: none was."""

    @cached_property
    def head(self) -> RecordHead:
        return keeping.record_head()

    @property
    def broken(self) -> int | None:
        """The number of the first entry that did not hold."""
        return self.head.broken_number

    @cached_property
    def last(self) -> AuditEntry | None:
        """The entry of the last proof that found it whole."""
        return last_check()

    @property
    def is_late(self) -> bool:
        """Whether nobody has proved it for long, though there is something to prove."""
        proved = self.head.checked_at or (self.last.at if self.last else None)
        if proved is None:
            return self.head.number > 0 and self.head.at is not None and timezone.now() - self.head.at > LATE
        return timezone.now() - proved > LATE


def held_lines(count: Mapping[str, int]) -> list[str]:
    """What of a person's a hold keeps, by kind."""
    pictures, batches = count.get("pictures", 0), count.get("batches", 0)
    comments, galleries = count.get("comments", 0), count.get("galleries", 0)
    return _lines(
        [
            (ngettext("%(number)s picture", "%(number)s pictures", pictures), pictures),
            (ngettext("%(number)s prompt", "%(number)s prompts", batches), batches),
            (ngettext("%(number)s comment", "%(number)s comments", comments), comments),
            (ngettext("%(number)s gallery", "%(number)s galleries", galleries), galleries),
        ]
    )


def _headings(holds: Iterable[Hold]) -> dict[int, str]:
    """How the pictures under these are called."""
    return headings_of(hold.image.batch for hold in holds if hold.image)


def _lines(counted: list[tuple[str, int]]) -> list[str]:
    """Those of these texts that are about something."""
    return [_counted(text, number) for text, number in counted if number]


def _counted(text: str, number: int) -> str:
    """The text with a number in it, as the language writes numbers."""
    return text % {"number": number_format(number, use_l10n=True, force_grouping=True)}
