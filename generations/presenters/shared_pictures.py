"""A picture as a link shows it, by its number, and where its files are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generations.models import Choice, Image, ShareLink
from generations.models.key import ANY_KEY, new_key
from generations.presenters.formatting import clipped
from generations.presenters.frame import THUMBNAILS, Shown, srcset

LOOKS = {"": "", Choice.Kind.HEART: "is-approved", Choice.Kind.REJECT: "is-rejected"}


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
