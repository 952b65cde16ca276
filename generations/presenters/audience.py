"""Who may come to see a batch: oneself, a team or the people of a gallery, as choices of a menu."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from generations.forms import GALLERY, PRIVATE
from generations.models import Gallery, Team
from generations.queries.galleries import galleries_to_fill
from generations.rights import Viewer

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
