"""What a client sees of a gallery: its pages of pictures, and one picture between the one before and the one after."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from generations.models import Choice, Image
from generations.models.key import with_query
from generations.presenters.paging import A_PAGE, Pages
from generations.presenters.shared_pictures import SIZES_OF_TILES, SharedPicture
from generations.presenters.shared_remarks import Remark, placed
from generations.presenters.shared_round import Round
from generations.queries.shared import thread_on, with_sizes

SHOWS = {
    "chosen": (gettext_lazy("Chosen"), Choice.Kind.HEART.value),
    "rejected": (gettext_lazy("Not these"), Choice.Kind.REJECT.value),
    "unmarked": (gettext_lazy("Without a mark"), ""),
}


class SharedSheet:
    """A page of the pictures that a link shows, or of those among them with a mark of the visitor's; `show` is of
    SHOWS."""

    def __init__(self, round: Round, wanted: tuple[int, int] = (1, 1), show: str = "") -> None:
        self.round = round
        self.wanted = wanted
        self.show = show if show in SHOWS and round.visitor else ""

    @cached_property
    def pages(self) -> Pages:
        found = self.round.with_mark(SHOWS[self.show][1]) if self.show else self.round.order
        return Pages(found, self.wanted, self.address)

    def address(self, pages: str, show: str | None = None) -> str:
        said = {"show": self.show if show is None else show, "page": pages if pages != "1" else ""}
        return with_query(reverse("shared", args=[self.round.token]), said)

    @cached_property
    def tabs(self) -> list[tuple[str, str, int, bool]]:
        """Name, address, number of pictures and whether it is shown; none before there is a mark."""
        if not self.round.has_marks:
            return []
        marked = [(show, str(name), self.round.counts[mark]) for show, (name, mark) in SHOWS.items()]
        shows = [("", _("All"), self.round.amount), *marked]
        return [(name, self.address("1", show), count, show == self.show) for show, name, count in shows]

    @cached_property
    def pictures(self) -> list[SharedPicture]:
        """Those of this page."""
        return self.round.pictures(self.pages.rows)

    @property
    def sizes(self) -> str:
        return SIZES_OF_TILES


class SharedNeighbours:
    """One picture with what was said about it, the one before and the one after. Raises DoesNotExist for one
    that is not shown."""

    def __init__(self, round: Round, image: Image) -> None:
        if image.pk not in round.places:
            raise Image.DoesNotExist
        self.round = round
        self.count = round.amount
        self.picture = round.picture(image)
        place, order = self.picture.number, round.order
        before, after = order[place - 2 : place - 1] if place > 1 else [], order[place : place + 1]
        beside = with_sizes(before + after)
        self.before, self.after = self._address(beside, before), self._address(beside, after)

    def _address(self, beside: Mapping[int, Image], images: list[int]) -> str:
        """Of the first of these pictures; "" where there is none."""
        keys = [beside[image].key for image in images if image in beside]
        return reverse("shared_image", args=[self.round.token, keys[0]]) if keys else ""

    @cached_property
    def remarks(self) -> list[Remark]:
        link = self.round.link
        return placed(thread_on(link, self.round.visitor, self.picture.image), is_named=link.shows_names)

    @property
    def points(self) -> list[Remark]:
        """Those with a place on the picture."""
        return [remark for remark in self.remarks if remark.place]

    @property
    def page(self) -> str:
        """The sheet on which the picture is."""
        number = (self.picture.number - 1) // A_PAGE + 1
        return SharedSheet(self.round).address(str(number))
