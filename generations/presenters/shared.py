"""What a client sees of a gallery: pictures by their numbers, and only what the link shows besides."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from generations.models import Image, ShareLink
from generations.presenters.frame import THUMBNAILS, srcset
from generations.presenters.paging import A_PAGE, Pages
from generations.queries.shared import keys_of, place_of, shared_images, with_facts
from generations.rights import Viewer


@dataclass(frozen=True)
class SharedPicture:
    """One picture as a link shows it; `number` counts in the gallery's order."""

    image: Image
    number: int
    link: ShareLink
    token: str

    @property
    def page(self) -> str:
        return reverse("shared_image", args=[self.token, self.image.key])

    @property
    def src(self) -> str:
        return self._file(640)

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
    def alt(self) -> str:
        """What somebody wrote for it, else its number: never the prompt, unless the link shows prompts."""
        shown = self.image.description if self.link.shows_prompts else self.image.alt
        return shown or _("Picture %(number)s") % {"number": self.number}

    @property
    def prompt(self) -> str:
        return self.image.words if self.link.shows_prompts else ""

    @property
    def author(self) -> str:
        return str(self.image.person) if self.link.shows_names else ""

    def _file(self, side: int) -> str:
        return reverse("shared_file", args=[self.token, self.image.key, side])


class SharedSheet:
    """A page of the pictures that a link shows."""

    def __init__(self, viewer: Viewer, link: ShareLink, token: str, wanted: tuple[int, int] = (1, 1)) -> None:
        self.viewer = viewer
        self.link = link
        self.token = token
        self.wanted = wanted

    @cached_property
    def pages(self) -> Pages:
        return Pages(keys_of(shared_images(self.viewer, self.link.gallery)), self.wanted, self.address)

    def address(self, pages: str) -> str:
        address = reverse("shared", args=[self.token])
        return address if pages == "1" else f"{address}?{urlencode({'page': pages})}"

    @cached_property
    def pictures(self) -> list[SharedPicture]:
        """Those of this page."""
        found = with_facts(self.pages.rows)
        first = (self.pages.first - 1) * A_PAGE + 1
        numbered = enumerate(self.pages.rows, first)
        return [SharedPicture(found[key], number, self.link, self.token) for number, key in numbered if key in found]


class SharedNeighbours:
    """One picture, the one before and the one after."""

    def __init__(self, viewer: Viewer, link: ShareLink, token: str, image: Image) -> None:
        place = place_of(viewer, link.gallery, image)
        self.count = place.of
        self.picture = SharedPicture(image, place.number, link, token)
        self.before = reverse("shared_image", args=[token, place.before]) if place.before else ""
        self.after = reverse("shared_image", args=[token, place.after]) if place.after else ""
