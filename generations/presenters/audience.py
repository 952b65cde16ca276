"""Who may come to see a batch: oneself, a team or the people of a gallery, as choices of a menu."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from generations import rights
from generations.forms.composer import GALLERY, PRIVATE
from generations.models import Batch, Gallery, Team
from generations.queries.audience import teams_around
from generations.queries.galleries import galleries_to_fill
from generations.viewer import Viewer

MANY = 8
"""More galleries than these are searched."""


@dataclass(frozen=True)
class Audience:
    """One choice of who sees it: `value` as forms send it."""

    value: str
    label: str
    icon: str
    is_chosen: bool


class Audiences:
    """All the choices, in the order in which a menu has them. The chosen gallery is always among them."""

    def __init__(
        self, viewer: Viewer, teams: Sequence[Team], chosen: str, gallery: Gallery | None = None, words: str = ""
    ) -> None:
        self.viewer = viewer
        self.chosen = chosen
        self.gallery = gallery
        self.words = words
        self.private = self._choice(PRIVATE, _("Only me"), "lock")
        self.teams = [self._choice(team.key, team.name, "user") for team in teams]

    @cached_property
    def galleries(self) -> list[Audience]:
        found = galleries_to_fill(self.viewer, self.words)
        if self.gallery and self.gallery not in found:
            found.insert(0, self.gallery)
        return [self._choice(f"{GALLERY}{gallery.key}", gallery.title, "gallery") for gallery in found]

    @property
    def is_long(self) -> bool:
        return len(self.galleries) > MANY

    @property
    def shown(self) -> Audience:
        """The one that is chosen, else oneself alone."""
        gallery = [self._choice(f"{GALLERY}{self.gallery.key}", self.gallery.title, "gallery")] if self.gallery else []
        chosen = (choice for choice in [*self.teams, *gallery] if choice.is_chosen)
        return next(chosen, self.private)

    def _choice(self, value: str, label: str, icon: str) -> Audience:
        return Audience(value, label, icon, value == self.chosen)


class Change(Audiences):
    """Other people to show these batches to. `derived` was made from them and follows where one asks for it."""

    def __init__(self, viewer: Viewer, batches: Sequence[Batch], derived: Sequence[Batch], words: str = "") -> None:
        self.batches = batches
        self.derived = derived
        values = {value_of(batch) for batch in batches}
        galleries = {batch.gallery for batch in batches}
        gallery = galleries.pop() if len(galleries) == 1 else None
        gallery = gallery if gallery and rights.see_gallery.allows(viewer, gallery) else None
        teams = teams_around(viewer, {batch.person for batch in batches})
        super().__init__(viewer, teams, values.pop() if len(values) == 1 else "", gallery, words)
        if any(batch.person_id != viewer.user.pk for batch in batches):
            self.private = self._choice(PRIVATE, _("Only the author"), "lock")


def value_of(batch: Batch) -> str:
    """Who sees it, as a menu says it."""
    if batch.visibility == Batch.Visibility.PRIVATE:
        return PRIVATE
    if batch.gallery:
        return f"{GALLERY}{batch.gallery.key}"
    return batch.team.key if batch.team else PRIVATE
