"""Legal holds, as administrators see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generations.models import Hold
from generations.models.hold import TARGETS
from generations.presenters.days import day_of
from generations.presenters.formatting import counted, counted_lines
from generations.presenters.record import Named, named
from generations.queries.holds import pictures_covered, released_holds, standing_holds, things_named
from generations.queries.numbering import headings_of
from generations.translation import listed
from generations.viewer import Viewer


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
            return Named(listed(counted_lines([prompts, pictures])))
        return named(row, self.headings) if row else Named(_("something that is gone"))

    @property
    def covers(self) -> str:
        text = ngettext("%(number)s picture", "%(number)s pictures", self.pictures)
        return counted(text, self.pictures)

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


def _headings(holds: Iterable[Hold]) -> dict[int, str]:
    """How the pictures under these are called."""
    return headings_of(hold.image.batch for hold in holds if hold.image)
