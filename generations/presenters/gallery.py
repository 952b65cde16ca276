"""Galleries as their list and their pages show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from generations import rights
from generations.models import Gallery, Image, Person, ProviderModel
from generations.models.key import address, with_query
from generations.presenters.frame import Shown
from generations.presenters.library import Chip, FilterGroup, Margin, address_of, chips_of, tiles_of
from generations.presenters.paging import Pages
from generations.queries.feedback import has_visitors, visitors_of
from generations.queries.galleries import (
    ARCHIVED,
    MINE,
    SHARED,
    TEAM,
    albums,
    covers_of,
    galleries_found,
    makers_in,
    numbers_found,
    people_around,
    pictures_to_show,
    tags_in,
)
from generations.queries.search import ANYBODY, Search
from generations.viewer import Viewer

SAID_OF_VISITORS = {
    "chosen": gettext_lazy("Chosen by %(name)s"),
    "rejected": gettext_lazy("Rejected by %(name)s"),
    "remarked": gettext_lazy("Commented on by %(name)s"),
}
FACES = 4
"""So many people are drawn, the others counted."""


def day_said(moment: datetime) -> str:
    """today, yesterday, then the date, with its year when it is another."""
    day, today = timezone.localdate(moment), timezone.localdate()
    if day == today:
        return _("today")
    if day == today - timedelta(days=1):
        return _("yesterday")
    return date_format(day, "MONTH_DAY_FORMAT" if day.year == today.year else "DATE_FORMAT")


@dataclass(frozen=True)
class Faces:
    """Some people as a row of initials."""

    people: list[Person]

    @property
    def shown(self) -> list[Person]:
        return self.people[:FACES]

    @property
    def more(self) -> int:
        return max(0, len(self.people) - FACES)

    @property
    def names(self) -> str:
        return ", ".join(map(str, self.people[: 4 * FACES]))


@dataclass(frozen=True)
class Album:
    """A gallery in the list: its cover is a picture that was chosen, or the newest."""

    gallery: Gallery
    amount: int
    covers: list[Image]
    faces: Faces
    changed: str
    may_fill: bool


class AlbumShelf:
    """A page, or several in a row, of the galleries around somebody."""

    def __init__(self, viewer: Viewer, show: str, words: str, wanted: tuple[int, int], only: str = "") -> None:
        self.viewer = viewer
        self.show = show if show in (MINE, SHARED, ARCHIVED) else TEAM
        self.words = words
        self.wanted = wanted
        self.only = only

    def address(self, pages: str) -> str:
        said = {"show": self.show if self.show != TEAM else "", "q": self.words, "page": pages if pages != "1" else ""}
        return with_query(address("galleries"), said)

    @property
    def tabs(self) -> list[tuple[str, str, bool]]:
        """Name, address and whether it is shown."""
        names = {TEAM: _("Team"), MINE: _("Mine"), SHARED: _("Shared by link"), ARCHIVED: _("Archived")}
        if self.viewer.is_guest:
            names[TEAM] = _("All")
        if not self.viewer.may_generate:
            del names[MINE], names[SHARED]
        shelves = ((name, AlbumShelf(self.viewer, show, "", (1, 1))) for show, name in names.items())
        return [(name, shelf.address("1"), shelf.show == self.show) for name, shelf in shelves]

    @cached_property
    def pages(self) -> Pages:
        found = galleries_found(self.viewer, self.show, self.words).values_list("pk", flat=True)
        return Pages(found, self.wanted, self.address, only=self.only)

    @cached_property
    def albums(self) -> list[Album]:
        found = albums(self.pages.rows)
        images = covers_of([pk for _gallery, _amount, cover in found for pk in cover])
        people = people_around([gallery for gallery, _amount, _newest in found])
        return [
            Album(
                gallery=gallery,
                amount=amount,
                covers=[images[pk] for pk in cover if pk in images],
                faces=Faces(people[gallery.pk]),
                changed=day_said(gallery.changed_at),
                may_fill=rights.fill_gallery.allows(self.viewer, gallery),
            )
            for gallery, amount, cover in found
        ]


class GallerySheet:
    """Pages of what a search finds in a gallery."""

    def __init__(
        self, viewer: Viewer, gallery: Gallery, search: Search, wanted: tuple[int, int] = (1, 1), only: str = ""
    ) -> None:
        self.viewer = viewer
        self.gallery = gallery
        self.search = search.of_pictures()
        if not self.may_read_feedback:
            self.search = replace(self.search, chosen=(), rejected=(), remarked=())
        self.wanted = wanted
        self.only = only

    def address(self, pages: str) -> str:
        """Of some of its pages."""
        return self.address_of(self.search, pages)

    def address_of(self, search: Search, pages: str = "1") -> str:
        return address_of(search, pages, self.gallery.get_absolute_url())

    @cached_property
    def pages(self) -> Pages:
        """What a filter leaves is looked for once, and not to be counted and again to be shown."""
        found, is_costly = numbers_found(self.gallery, self.search, self.viewer), bool(self.search.words)
        rows = list(found) if self.search and not is_costly else found
        return Pages(rows, self.wanted, self.address, costly=is_costly, only=self.only)

    @cached_property
    def tiles(self) -> list[Shown]:
        images = pictures_to_show(self.viewer, self.pages.rows)
        return tiles_of(self.viewer, images, lambda image: image.person.first_name or image.person.username)

    @property
    def as_of(self) -> str:
        """When this was looked up: what comes later is not meant by all of it."""
        return timezone.now().isoformat()

    @property
    def is_bare(self) -> bool:
        """Whether nothing lies in it."""
        return not self.search and not self.pages.count

    @cached_property
    def chips(self) -> list[Chip]:
        return [*chips_of(self.viewer, self.search, self.address_of), *self._chips_of_visitors()]

    def _chips_of_visitors(self) -> Iterable[Chip]:
        """A chip for each visitor whose choice the search asks for."""
        if not (self.search.chosen or self.search.rejected or self.search.remarked):
            return
        names = {**self.visitors, ANYBODY: _("anybody")}
        for name, text in SAID_OF_VISITORS.items():
            for key in getattr(self.search, name):
                label = str(text) % {"name": names.get(key, key)}
                yield Chip(label, self.address_of(self.search.without(name, key)))

    @cached_property
    def may_fill(self) -> bool:
        return rights.fill_gallery.allows(self.viewer, self.gallery)

    @cached_property
    def may_manage(self) -> bool:
        return rights.manage_gallery.allows(self.viewer, self.gallery)

    @property
    def may_read_record(self) -> bool:
        """Whether what happened to it is theirs to read."""
        return rights.read_entry.allows(self.viewer, self.gallery)

    @cached_property
    def may_read_feedback(self) -> bool:
        return rights.read_feedback.allows(self.viewer, self.gallery)

    @cached_property
    def has_feedback(self) -> bool:
        """Whether anybody chose or commented by a share link, and the viewer may read it, or restore it."""
        if not self.may_read_feedback:
            return False
        return bool(self.visitors) or has_visitors(self.gallery, or_deleted=self.may_manage)

    @cached_property
    def visitors(self) -> dict[str, str]:
        """The keys and the names of who chose or commented by a share link, for whom it is to read."""
        return visitors_of(self.gallery) if self.may_read_feedback else {}

    @property
    def may_annotate(self) -> bool:
        """Whether the viewer tags pictures that are not their own."""
        return not self.viewer.is_guest

    @property
    def is_named(self) -> bool:
        """Whether the viewer is named in it, and so can leave it."""
        return self.gallery.pk in self.viewer.gallery_roles

    @property
    def is_by_hand(self) -> bool:
        """Whether the viewer may move its pictures."""
        return self.may_fill and self.gallery.order == Gallery.Order.HAND

    # ── beside it ──

    @property
    def orders(self) -> list[tuple[str, str]]:
        return [(order.value, str(order.label)) for order in Gallery.Order]

    @property
    def since(self) -> str:
        return day_said(self.gallery.created_at)

    @cached_property
    def faces(self) -> Faces:
        return Faces(people_around([self.gallery])[self.gallery.pk])


class GalleryMargin(Margin):
    """What can be chosen beside a gallery: only what its pictures have."""

    def __init__(self, sheet: GallerySheet) -> None:
        super().__init__(sheet.viewer, sheet.search)
        self.sheet = sheet

    @property
    def states(self) -> list[tuple[str, object]]:
        """None: a picture is always there."""
        return []

    @cached_property
    def _makers(self) -> tuple[list[ProviderModel], list[Person]]:
        return makers_in(self.sheet.gallery)

    @property
    def models(self) -> list[ProviderModel]:
        return self._makers[0]

    @property
    def people(self) -> list[Person]:
        return self._makers[1]

    @property
    def groups(self) -> list[FilterGroup]:
        """Also who of its share links' visitors chose, rejected and commented on what."""
        visitors = self.sheet.visitors.items()
        names = {"chosen": _("Chosen by"), "rejected": _("Rejected by"), "remarked": _("Commented on by")}
        by_visitors = (
            FilterGroup(name, legend, [self._choice(name, key, visitor) for key, visitor in visitors])
            for name, legend in names.items()
        )
        return [*super().groups, *(group for group in by_visitors if group.choices)]

    @cached_property
    def tags(self) -> list[str]:
        offered = tags_in(self.sheet.gallery)
        return offered + [name for name in self.search.tag if name not in offered]
