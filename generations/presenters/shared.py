"""What a client sees of a gallery: pictures by their numbers, and only what the link shows besides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from generations.models import Choice, Comment, Image, ShareLink, Visitor
from generations.models.image import ImageQuerySet
from generations.models.key import new_key
from generations.presenters.frame import THUMBNAILS, srcset
from generations.presenters.paging import A_PAGE, Pages
from generations.queries.shared import (
    MAX_NOTED,
    Marked,
    keys_of,
    marked_by,
    numbers_of,
    place_of,
    remark_counts,
    remarks_of,
    shared_images,
    thread_on,
    with_facts,
    with_mark,
)
from generations.rights import Viewer

LOOKS = {"": "", Choice.Kind.HEART: "is-approved", Choice.Kind.REJECT: "is-rejected"}
SHOWS = {
    "chosen": (gettext_lazy("Chosen"), Choice.Kind.HEART.value),
    "rejected": (gettext_lazy("Not these"), Choice.Kind.REJECT.value),
    "unmarked": (gettext_lazy("Without a mark"), ""),
}
SIZES_OF_TILES = "(width < 40rem) 100vw, 20vw"


@dataclass(frozen=True)
class SharedPicture:
    """One picture as a link shows it; `number` counts in the gallery's order, `mark` is the visitor's, and so many
    `remarks` on it they read. `draft` was written about it and not taken."""

    image: Image
    number: int
    link: ShareLink
    token: str
    mark: str = ""
    remarks: int = 0
    draft: str = ""
    draft_key: str = ""

    @property
    def page(self) -> str:
        return reverse("shared_image", args=[self.token, self.image.key])

    @property
    def src(self) -> str:
        return self._file(640)

    @property
    def small(self) -> str:
        return self._file(THUMBNAILS[0])

    @property
    def large(self) -> str:
        return self._file(THUMBNAILS[-1])

    @property
    def srcset(self) -> str:
        """The widths a browser may choose from."""
        return srcset(self.image, self._file(0).removesuffix("0"))

    @property
    def download(self) -> str:
        """Where the file is that the link gives; "" if it gives none."""
        return reverse("shared_download", args=[self.token, self.image.key]) if self.link.download else ""

    @property
    def name(self) -> str:
        return _("Picture %(number)s") % {"number": self.number}

    @property
    def alt(self) -> str:
        """What somebody wrote for it, else its number: never the prompt, unless the link shows prompts."""
        shown = self.image.description if self.link.shows_prompts else self.image.alt
        return shown or self.name

    @property
    def prompt(self) -> str:
        return self.image.words if self.link.shows_prompts else ""

    @property
    def author(self) -> str:
        return str(self.image.person) if self.link.shows_names else ""

    @property
    def look(self) -> str:
        """The design's class for the visitor's mark."""
        return LOOKS[self.mark]

    @property
    def submission(self) -> str:
        """A key of the field below it: sent twice it is one comment."""
        return self.draft_key or new_key()

    @property
    def is_chosen(self) -> bool:
        return self.mark == Choice.Kind.HEART

    @property
    def is_rejected(self) -> bool:
        return self.mark == Choice.Kind.REJECT

    def _file(self, side: int) -> str:
        return reverse("shared_file", args=[self.token, self.image.key, side])


class Round:
    """What a visitor has done by a link so far, and what they still can: `visitor` is None as long as nobody gave a
    name. `drafts` are comments that were not taken, each with its key, by the keys of their pictures."""

    def __init__(
        self,
        viewer: Viewer,
        link: ShareLink,
        token: str,
        visitor: Visitor | None,
        drafts: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        self.viewer = viewer
        self.link = link
        self.token = token
        self.visitor = visitor
        self.drafts = drafts or {}

    @property
    def is_offered(self) -> bool:
        """Whether there is anything to choose or to say."""
        return self.link.choosing or self.link.commenting

    @property
    def is_finished(self) -> bool:
        return self.visitor is not None and self.visitor.is_finished

    @property
    def may_choose(self) -> bool:
        return self.link.choosing and not self.is_finished

    @property
    def may_comment(self) -> bool:
        return self.link.commenting and not self.is_finished

    @property
    def submission(self) -> str:
        """A key of this page's form: sent twice it is one comment."""
        return new_key()

    @property
    def shown(self) -> ImageQuerySet:
        """The pictures that are shown, in their order; they may be thousands."""
        return shared_images(self.viewer, self.link.gallery)

    @cached_property
    def marks(self) -> dict[str, Marked]:
        """The pictures with a mark, by their keys, in their order."""
        return {marked.key: marked for marked in marked_by(self.visitor, self.shown)} if self.visitor else {}

    def marked(self, kind: str) -> list[Marked]:
        return [marked for marked in self.marks.values() if marked.kind == kind]

    @cached_property
    def chosen(self) -> list[SharedPicture]:
        """The first of them, as `rejected` are."""
        return self._drawn(Choice.Kind.HEART)

    @cached_property
    def rejected(self) -> list[SharedPicture]:
        return self._drawn(Choice.Kind.REJECT)

    @property
    def count(self) -> int:
        """Hearts."""
        return len(self.marked(Choice.Kind.HEART))

    @property
    def rejected_count(self) -> int:
        return len(self.marks) - self.count

    @property
    def sentence(self) -> str:
        """How far it is: 3 of 5 chosen."""
        if (limit := self.link.choose_limit) is not None:
            text = ngettext("%(number)s of %(limit)s chosen", "%(number)s of %(limit)s chosen", self.count)
            return text % {"number": self.count, "limit": limit}
        return ngettext("%(number)s chosen", "%(number)s chosen", self.count) % {"number": self.count}

    @cached_property
    def remarks(self) -> list[tuple[Comment, int]]:
        """What the visitor wrote, each with the number of its picture; 0 where that is no longer shown."""
        said = remarks_of(self.visitor) if self.visitor else []
        numbers = self.numbers([comment.image.key for comment in said])
        return [(comment, numbers.get(comment.image.key, 0)) for comment in said]

    @property
    def is_begun(self) -> bool:
        """Whether there is something to send."""
        return bool(self.visitor and (self.marks or self.remarks))

    def numbers(self, keys: list[str]) -> dict[str, int]:
        """Of these pictures, as far as they are shown."""
        return numbers_of(self.shown, Q(key__in=keys)) if keys else {}

    def picture(self, image: Image, number: int, remarks: int = 0) -> SharedPicture:
        mark = self.marks[image.key].kind if image.key in self.marks else ""
        draft = self.drafts.get(image.key, ("", ""))
        return SharedPicture(image, number, self.link, self.token, mark, remarks, *draft)

    def picture_of(self, key: str) -> SharedPicture | None:
        """One of the pictures that are shown, with all that its buttons say."""
        number = self.marks[key].number if key in self.marks else self.numbers([key]).get(key)
        image = with_facts([key]).get(key)
        if number is None or image is None:
            return None
        said = remark_counts(self.link, self.visitor, [key])
        return self.picture(image, number, said.get(key, 0))

    def _drawn(self, kind: str) -> list[SharedPicture]:
        first = self.marked(kind)[:MAX_NOTED]
        found = with_facts([marked.key for marked in first]) if first else {}
        return [self.picture(found[marked.key], marked.number) for marked in first if marked.key in found]


class SharedSheet:
    """A page of the pictures that a link shows, or of those among them with a mark of the visitor's; `show` is of
    SHOWS."""

    def __init__(self, round: Round, wanted: tuple[int, int] = (1, 1), show: str = "") -> None:
        self.round = round
        self.wanted = wanted
        self.show = show if show in SHOWS and round.visitor else ""

    @cached_property
    def pages(self) -> Pages:
        images = self.round.shown
        if self.show and self.round.visitor:
            images = with_mark(self.round.visitor, SHOWS[self.show][1], images)
        return Pages(keys_of(images), self.wanted, self.address)

    def address(self, pages: str, show: str | None = None) -> str:
        said = {"show": self.show if show is None else show, "page": pages if pages != "1" else ""}
        query = urlencode({name: value for name, value in said.items() if value})
        return reverse("shared", args=[self.round.token]) + (f"?{query}" if query else "")

    @property
    def tabs(self) -> list[tuple[str, str, int, bool]]:
        """Name, address, number of pictures and whether it is shown; none before there is a mark."""
        if not self.round.marks:
            return []
        count = self.round.shown.count() if self.show else self.pages.count
        counts = Counter(marked.kind for marked in self.round.marks.values())
        counts[""] = count - len(self.round.marks)
        marked = [(show, str(name), counts[mark]) for show, (name, mark) in SHOWS.items()]
        shows = [("", _("All"), count), *marked]
        return [(name, self.address("1", show), count, show == self.show) for show, name, count in shows]

    @cached_property
    def pictures(self) -> list[SharedPicture]:
        """Those of this page."""
        round, keys = self.round, self.pages.rows
        found = with_facts(keys)
        first = (self.pages.first - 1) * A_PAGE + 1
        said = remark_counts(round.link, round.visitor, keys) if self.is_talked_about else {}
        numbers = self._numbers(keys) if self.show else {}
        numbered = ((numbers.get(key, number), key) for number, key in enumerate(keys, first))
        return [round.picture(found[key], number, said.get(key, 0)) for number, key in numbered if key in found]

    def _numbers(self, keys: list[str]) -> dict[str, int]:
        """Of pictures that stand here without those between them."""
        if SHOWS[self.show][1]:
            return {marked.key: marked.number for marked in self.round.marks.values()}
        return self.round.numbers(keys)

    @property
    def is_talked_about(self) -> bool:
        """Whether the visitor may read any comment."""
        return self.round.visitor is not None or self.round.link.shows_comments

    @property
    def sizes(self) -> str:
        return SIZES_OF_TILES


@dataclass(frozen=True)
class Remark:
    """A comment as a visitor reads it; `place` numbers those with a place on the picture."""

    comment: Comment
    place: int = 0

    @property
    def look(self) -> str:
        """The design's classes."""
        looks = {"comment--answer": self.comment.parent_id, "is-resolved": self.comment.is_resolved}
        return " ".join(name for name, is_so in looks.items() if is_so)

    @property
    def by(self) -> str:
        return self.comment.by

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in self.by.split()[:2]).upper()

    @property
    def x(self) -> str:
        """In percent of the picture, as SVG takes it."""
        return percent(self.comment.x or 0)

    @property
    def y(self) -> str:
        return percent(self.comment.y or 0)

    @property
    def width(self) -> str:
        return percent(self.comment.width or 0)

    @property
    def height(self) -> str:
        return percent(self.comment.height or 0)

    @property
    def is_box(self) -> bool:
        return bool(self.comment.width)


def percent(thousandths: int) -> str:
    """52.5%, whatever the language."""
    return f"{thousandths / 10:g}%"


def placed(comments: Iterable[Comment]) -> list[Remark]:
    """These comments, with a number for each that has a place on the picture."""
    number, remarks = 0, []
    for comment in comments:
        number += comment.x is not None
        remarks.append(Remark(comment, number if comment.x is not None else 0))
    return remarks


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
        return placed(thread_on(self.round.link, self.round.visitor, self.picture.image))

    @property
    def points(self) -> list[Remark]:
        """Those with a place on the picture."""
        return [remark for remark in self.remarks if remark.place]

    @property
    def page(self) -> str:
        """The sheet on which the picture is."""
        number = (self.picture.number - 1) // A_PAGE + 1
        return SharedSheet(self.round).address(str(number))
