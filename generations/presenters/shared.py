"""What a client sees of a gallery: its pages of pictures, and one picture between the one before and the one after."""

from __future__ import annotations

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
from generations.queries.shared import keys_of, place_of, thread_on, with_mark

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
        images, round = self.round.shown, self.round
        if not (self.show and round.visitor):
            return Pages(keys_of(images), self.wanted, self.address, count=round.amount)
        mark = SHOWS[self.show][1]
        found = with_mark(round.visitor, mark, images)
        count = round.counts.get(mark, 0) if mark else round.counts_of_all[mark]
        pages = Pages(keys_of(found), self.wanted, self.address, count=count)
        round.numbers(pages.rows)  # before those that are drawn for their marks are counted alone
        return pages

    def address(self, pages: str, show: str | None = None) -> str:
        said = {"show": self.show if show is None else show, "page": pages if pages != "1" else ""}
        return with_query(reverse("shared", args=[self.round.token]), said)

    @cached_property
    def tabs(self) -> list[tuple[str, str, int, bool]]:
        """Name, address, number of pictures and whether it is shown; none before there is a mark."""
        if not self.round.has_marks:
            return []
        counts = self.round.counts_of_all
        marked = [(show, str(name), counts[mark]) for show, (name, mark) in SHOWS.items()]
        shows = [("", _("All"), self.round.amount), *marked]
        return [(name, self.address("1", show), count, show == self.show) for show, name, count in shows]

    @cached_property
    def pictures(self) -> list[SharedPicture]:
        """Those of this page. Where some stand here without those between them, their numbers are looked up."""
        keys = self.pages.rows
        first = (self.pages.first - 1) * A_PAGE + 1
        numbers = self.round.numbers(keys) if self.show else {key: number for number, key in enumerate(keys, first)}
        return self.round.pictures(numbers)

    @property
    def sizes(self) -> str:
        return SIZES_OF_TILES


class SharedNeighbours:
    """One picture with what was said about it, the one before and the one after. Raises DoesNotExist for one
    that is not shown."""

    def __init__(self, round: Round, image: Image) -> None:
        place = place_of(round.viewer, round.link.gallery, image)
        self.round = round
        self.count = place.of
        self.picture = round.picture(image, place.number)
        self.before = reverse("shared_image", args=[round.token, place.before]) if place.before else ""
        self.after = reverse("shared_image", args=[round.token, place.after]) if place.after else ""

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
