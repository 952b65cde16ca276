"""The review page: its queue, its sheet, what its filters offer, and the count in the bar."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from django.urls import reverse
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from generations import rights
from generations.models import Gallery, Image, Person, Team
from generations.presenters.formatting import clipped, names_apart
from generations.presenters.frame import Shown, srcset, thumbnails
from generations.presenters.review_place import ReviewPlace
from generations.presenters.review_rules import reasons_of
from generations.queries.library import models_that_drew
from generations.queries.refusals import MAX_IN_TAB, count_unseen
from generations.queries.review import (
    LISTED,
    MAX_COUNTED,
    ReviewFilter,
    count_awaiting,
    count_found,
    count_in_tab,
    galleries_to_offer,
    image_at,
    last_decisions,
    listed_after,
    listed_from,
    people_to_offer,
    teams_to_offer,
)
from generations.viewer import Viewer

MAX_PROMPT = 80


class ReviewBadge:
    """How many pictures await a person's review, in the bar of who may review."""

    def __init__(self, viewer: Viewer | None) -> None:
        self.viewer = viewer

    @property
    def may_review(self) -> bool:
        return self.viewer is not None and self.viewer.reviews

    @cached_property
    def count(self) -> int:
        return count_awaiting(self.viewer) if self.viewer else 0

    @property
    def text(self) -> str:
        """The count, 999+ where there are more than anybody counts."""
        return capped(self.count, MAX_COUNTED)


def capped(count: int, most: int) -> str:
    """A count that went no further than `most`: 99+ for 100 of 100."""
    return f"{most - 1}+" if count >= most else str(count)


@dataclass(frozen=True)
class Item:
    """A picture in the queue or on the sheet."""

    image: Image
    address: str
    viewer: Viewer
    over: str = ""
    """The key of the decision that is seen here, whether it counts or not."""

    @property
    def src(self) -> str:
        return f"{thumbnails(self.image)}320"

    @property
    def srcset(self) -> str:
        return srcset(self.image, thumbnails(self.image))

    @property
    def listed(self) -> Shown:
        """What `_item.html` shows of it."""
        return {
            "key": self.image.key,
            "page": self.address,
            "src": self.src,
            "width": str(self.image.width),
            "height": str(self.image.height),
            "mark": self.image.mark,
            "words": clipped(self.image.words, MAX_PROMPT),
            "person": str(self.image.person),
            "age": timesince(self.image.created_at),
        }


class ReviewDesk:
    """A page of review. `at` is the picture that is shown, else the first; `after` the one a sheet begins behind."""

    def __init__(self, viewer: Viewer, wanted: ReviewFilter, *, at: str = "", after: str = "") -> None:
        self.viewer, self.wanted = viewer, wanted
        self.at, self.after = image_at(viewer, at), image_at(viewer, after)

    @cached_property
    def images(self) -> list[Image]:
        if self.after:
            return listed_after(self.viewer, self.wanted, self.after)
        return listed_from(self.viewer, self.wanted, self.at)

    @cached_property
    def items(self) -> list[Item]:
        return [Item(image, self.address_of(image), self.viewer) for image in self.images]

    @cached_property
    def cells(self) -> list[Item]:
        """The items with what was decided about each so far, for the sheet."""
        over = last_decisions(self.images)
        return [replace(item, over=over.get(item.image.pk, "")) for item in self.items]

    def address_of(self, image: Image | None, view: str = "") -> str:
        query = self.wanted.query(at=image.key if image else "", view=view)
        return f"{reverse('review')}?{query}" if query else reverse("review")

    @cached_property
    def place(self) -> ReviewPlace | None:
        """The picture that is shown."""
        current = self.at or (image_at(self.viewer, self.images[0].key) if self.images else None)
        return ReviewPlace(self.viewer, current, self.wanted) if current else None

    @property
    def more(self) -> str:
        """Where the list goes on; "" at its end."""
        if len(self.images) < LISTED:
            return ""
        return f"{reverse('review')}?{self.wanted.query(after=self.images[-1].key)}"

    @property
    def more_of_sheet(self) -> str:
        return f"{self.more}&view=grid" if self.more else ""

    @cached_property
    def count(self) -> int:
        """How many the filters leave: those listed, where that is all of them."""
        is_all = not self.at and not self.after and len(self.images) < LISTED
        return len(self.images) if is_all else count_found(self.viewer, self.wanted)

    @property
    def amount(self) -> str:
        """The count as it is shown."""
        return capped(self.count, MAX_COUNTED)

    def _in_tab(self, show: str) -> str:
        return capped(count_in_tab(self.viewer, show), MAX_IN_TAB)

    @property
    def tabs(self) -> list[tuple[str, str, str, bool]]:
        """Name, address, how many, "" where nobody counts, and whether it is shown."""
        rows = [("", _("Waiting"), self._in_tab(""))]
        if self.viewer.asks_for_second_approvals:
            rows.append(("second", _("Second approval"), self._in_tab("second")))
        rows.append(("changes", _("Changes requested"), self._in_tab("changes")))
        rows.append(("decided", _("Decided"), ""))
        here = reverse("review")
        return [
            (name, f"{here}?show={key}" if key else here, count, key == self.wanted.show) for key, name, count in rows
        ]

    @cached_property
    def refused_count(self) -> str:
        """Refused prompts that nobody has marked as seen, "" for none."""
        count = count_unseen(self.viewer)
        return capped(count, MAX_IN_TAB) if count else ""

    @property
    def one_address(self) -> str:
        return self.address_of(self.at)

    @property
    def grid_address(self) -> str:
        return self.address_of(self.at, "grid")

    @property
    def show_all(self) -> str:
        return f"{reverse('review')}?show={self.wanted.show}" if self.wanted.show else reverse("review")

    # ── what the filters offer ──

    @cached_property
    def teams(self) -> list[Team]:
        return teams_to_offer(self.viewer)

    @cached_property
    def people(self) -> list[Person]:
        return people_to_offer(self.teams)

    @cached_property
    def models(self) -> list[tuple[str, str]]:
        """Keys and names of the models to filter by."""
        models = models_that_drew()
        names = names_apart(models)
        return [(model.key, names[model.pk]) for model in models]

    @cached_property
    def galleries(self) -> list[Gallery]:
        return galleries_to_offer(self.viewer)

    @property
    def ages(self) -> list[tuple[str, str]]:
        return [("hour", _("More than an hour")), ("day", _("More than a day")), ("week", _("More than a week"))]

    @property
    def ruled(self) -> list[Team]:
        """The teams whose rules of review the viewer may change."""
        return [team for team in self.teams if rights.manage_team_review.allows(self.viewer, team)]

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """Those of the team, where there is one; on a sheet of several teams those everybody begins with."""
        teams = [team for team in self.teams if team.key == self.wanted.team] or self.teams
        return reasons_of(teams[0] if len(teams) == 1 else None)
