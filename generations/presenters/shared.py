"""What a client sees of a gallery: pictures by their numbers, and only what the link shows besides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from generations import rights
from generations.models import Choice, Comment, Image, ShareLink, Visitor
from generations.models.image import ImageQuerySet
from generations.models.key import ANY_KEY, new_key
from generations.presenters.formatting import clipped
from generations.presenters.frame import THUMBNAILS, Shown, srcset
from generations.presenters.paging import A_PAGE, Pages
from generations.queries.shared import (
    MAX_NOTED,
    keys_of,
    mark_counts,
    marks_on,
    numbers_of,
    place_of,
    remark_counts,
    remarks_of,
    shared_images,
    thread_on,
    with_facts,
    with_mark,
    with_sizes,
)
from generations.rights import Viewer

LOOKS = {"": "", Choice.Kind.HEART: "is-approved", Choice.Kind.REJECT: "is-rejected"}
SHOWS = {
    "chosen": (gettext_lazy("Chosen"), Choice.Kind.HEART.value),
    "rejected": (gettext_lazy("Not these"), Choice.Kind.REJECT.value),
    "unmarked": (gettext_lazy("Without a mark"), ""),
}
SIZES_OF_TILES = "(width < 40rem) 100vw, 20vw"
MAX_PROMPT = 80


class Addresses:
    """Where the pictures of a link are. A page names hundreds, so that each kind is looked up once."""

    def __init__(self, token: str) -> None:
        page = reverse("shared_image", args=[token, ANY_KEY])
        self._pages = page.removesuffix(ANY_KEY)
        self._file = reverse("shared_file", args=[token, ANY_KEY, 0]).removeprefix(page).removesuffix("0")
        self._download = reverse("shared_download", args=[token, ANY_KEY]).removeprefix(page)

    def page(self, image: Image) -> str:
        return f"{self._pages}{image.key}"

    def file(self, image: Image, side: int | str = "") -> str:
        """A copy of this long side; without one what stands before it."""
        return f"{self.page(image)}{self._file}{side}"

    def download(self, image: Image) -> str:
        return f"{self.page(image)}{self._download}"


@dataclass(frozen=True)
class SharedPicture:
    """One picture as a link shows it; `number` counts in the gallery's order, `mark` is the visitor's, and so many
    `remarks` on it they read. `draft` was written about it and not taken. `offers` says what can be done to it, and
    `is_given` that its file can be had."""

    image: Image
    number: int
    link: ShareLink
    at: Addresses
    offers: Shown
    mark: str = ""
    remarks: int = 0
    draft: str = ""
    draft_key: str = ""
    is_given: bool = False

    @property
    def src(self) -> str:
        return self.at.file(self.image, 640)

    @property
    def large(self) -> str:
        return self.at.file(self.image, THUMBNAILS[-1])

    @property
    def srcset(self) -> str:
        """The widths a browser may choose from."""
        return srcset(self.image, self.at.file(self.image))

    @property
    def download(self) -> str:
        """Where the file is that the link gives; "" if it gives none."""
        return self.at.download(self.image) if self.is_given else ""

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
    def remarks_said(self) -> str:
        text = ngettext("%(n)s comment on picture %(number)s", "%(n)s comments on picture %(number)s", self.remarks)
        return text % {"n": self.remarks, "number": self.number}

    @property
    def thumb(self) -> Shown:
        """What `_thumb.html` shows of it."""
        return {
            "page": self.at.page(self.image),
            "small": self.at.file(self.image, THUMBNAILS[0]),
            "name": self.name,
            "width": str(self.image.width),
            "height": str(self.image.height),
            "ratio": self.image.ratio,
        }

    @cached_property
    def marked(self) -> Shown:
        """What `_mark.html` shows of it. The key of the field below it makes what is sent twice one comment."""
        return {
            **self.offers,
            "key": self.image.key,
            "page": self.at.page(self.image),
            "number": str(self.number),
            "look": LOOKS[self.mark],
            "is_chosen": self.mark == Choice.Kind.HEART,
            "is_rejected": self.mark == Choice.Kind.REJECT,
            "remarks": str(self.remarks or ""),
            "remarks_said": self.remarks_said,
            "download": self.download,
            "draft": self.draft,
            "submission": (self.draft_key or new_key()) if self.mark else "",
        }

    @property
    def tile(self) -> Shown:
        """What `_picture.html` shows of it."""
        return {
            **self.marked,
            "src": self.src,
            "srcset": self.srcset,
            "sizes": SIZES_OF_TILES,
            "placeholder_uri": self.image.placeholder_uri,
            "width": str(self.image.width),
            "height": str(self.image.height),
            "ratio": self.image.ratio,
            "alt": self.alt,
            "prompt": clipped(self.prompt, MAX_PROMPT),
            "author": self.author,
        }


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
        self._numbers: dict[str, int] = {}
        self._amount = 0
        self._at = Addresses(token)

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

    @cached_property
    def _offers(self) -> Shown:
        return {"is_offered": self.is_offered, "may_choose": self.may_choose, "may_comment": self.may_comment}

    @property
    def submission(self) -> str:
        """A key of this page's form: sent twice it is one comment."""
        return new_key()

    @cached_property
    def shown(self) -> ImageQuerySet:
        """The pictures that are shown, in their order; they may be thousands."""
        return shared_images(self.viewer, self.link.gallery)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many of the pictures that are shown have each mark."""
        return mark_counts(self.visitor, self.shown) if self.visitor else {}

    @cached_property
    def amount(self) -> int:
        """How many pictures are shown. They are counted along with the numbers of those that are drawn for their
        marks."""
        self.numbers({key for keys in self._noted.values() for key in keys})
        return self._amount or self.shown.order_by().count()

    @property
    def counts_of_all(self) -> Mapping[str, int]:
        """The same, also of those without a mark."""
        return Counter({**self.counts, "": self.amount - sum(self.counts.values())})

    @property
    def has_marks(self) -> bool:
        return bool(self.counts)

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
        return self.counts.get(Choice.Kind.HEART, 0)

    @property
    def rejected_count(self) -> int:
        return self.counts.get(Choice.Kind.REJECT, 0)

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
        return bool(self.visitor and (self.has_marks or self.remarks))

    @cached_property
    def _noted(self) -> dict[str, list[str]]:
        """Keys of the pictures that are drawn for each mark: the first."""
        return {
            kind: list(keys_of(with_mark(self.visitor, kind, self.shown))[:MAX_NOTED]) if self.visitor else []
            for kind in self.counts
        }

    def numbers(self, keys: Collection[str]) -> dict[str, int]:
        """Of these pictures, as far as they are shown. To count them costs the same for one and for many, so those that
        are drawn for their marks are counted along."""
        if missing := set(keys) - self._numbers.keys():
            wanted = missing.union(*self._noted.values()) - self._numbers.keys()
            found, self._amount = numbers_of(self.shown, wanted)
            self._numbers |= dict.fromkeys(wanted, 0) | found
        return {key: number for key in keys if (number := self._numbers[key])}

    def pictures(self, numbers: Mapping[str, int]) -> list[SharedPicture]:
        """These pictures, whose numbers are known, with the visitor's marks and how much is said about each."""
        keys = list(numbers)
        found = with_facts(keys) if keys else {}
        marks = marks_on(self.visitor, keys) if self.visitor and keys else {}
        said = remark_counts(self.link, self.visitor, keys) if self.is_talked_about and keys else {}
        return [
            self._picture(found[key], number, marks.get(key, ""), said.get(key, 0), self._gives(found[key]))
            for key, number in numbers.items()
            if key in found
        ]

    def picture(self, image: Image, number: int) -> SharedPicture:
        """One that is shown alone, with the visitor's mark."""
        marks = marks_on(self.visitor, [image.key]) if self.visitor else {}
        return self._picture(image, number, marks.get(image.key, ""), is_given=self._gives(image))

    def picture_of(self, key: str) -> SharedPicture | None:
        """One of the pictures that are shown, with all that its buttons say."""
        return next(iter(self.pictures(self.numbers([key]))), None)

    @property
    def is_talked_about(self) -> bool:
        """Whether the visitor may read any comment."""
        return self.visitor is not None or self.link.shows_comments

    def _gives(self, image: Image) -> bool:
        return rights.gives_shown(self.viewer, image)

    def _picture(self, image: Image, number: int, mark: str, remarks: int = 0, is_given: bool = False) -> SharedPicture:
        draft = self.drafts.get(image.key, ("", ""))
        return SharedPicture(image, number, self.link, self._at, self._offers, mark, remarks, *draft, is_given)

    def _drawn(self, kind: str) -> list[SharedPicture]:
        keys = self._noted.get(kind, [])
        numbers, found = self.numbers(keys), with_sizes(keys) if keys else {}
        return [self._picture(found[key], number, kind) for key, number in numbers.items() if key in found]


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
        query = urlencode({name: value for name, value in said.items() if value})
        return reverse("shared", args=[self.round.token]) + (f"?{query}" if query else "")

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


@dataclass(frozen=True)
class Remark:
    """A comment as a visitor reads it; `place` numbers those with a place on the picture. `is_named` where the link
    shows who of the team wrote it."""

    comment: Comment
    place: int = 0
    is_named: bool = False

    @property
    def look(self) -> str:
        """The design's classes."""
        looks = {"comment--answer": self.comment.parent_id, "is-resolved": self.comment.is_resolved}
        return " ".join(name for name, is_so in looks.items() if is_so)

    @property
    def by(self) -> str:
        """The name a visitor gave, or who answered them."""
        return self.comment.by if self.is_named or self.comment.author is None else _("The team")

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


def placed(comments: Iterable[Comment], *, is_named: bool) -> list[Remark]:
    """These comments, with a number for each that has a place on the picture."""
    number, remarks = 0, []
    for comment in comments:
        number += comment.x is not None
        remarks.append(Remark(comment, number if comment.x is not None else 0, is_named))
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
