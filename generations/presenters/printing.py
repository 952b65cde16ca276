"""A gallery as a contact sheet on paper: sheets of numbered pictures, each whole on its page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.utils import timezone
from django.utils.formats import date_format

from generations.models import Gallery, Image
from generations.models.key import address, with_query
from generations.presenters.formatting import clipped
from generations.presenters.frame import thumbnails
from generations.queries.galleries import lying_in, pictures_to_show
from generations.text import number_in
from generations.viewer import Viewer

A_PART = 396
"""Pictures printed at once: 33 sheets, or 44 with prompts."""
A_SHEET, A_SHEET_WITH_PROMPTS = 12, 9
MAX_PROMPT = 280


@dataclass(frozen=True)
class Print:
    """One picture of a sheet; `number` counts in the gallery's order."""

    image: Image
    number: int

    @property
    def src(self) -> str:
        return f"{thumbnails(self.image)}640"

    @property
    def title(self) -> str:
        """What somebody wrote for it, else the number of its batch."""
        return self.image.alt or str(self.image.batch or "")

    @property
    def prompt(self) -> str:
        return clipped(self.image.words, MAX_PROMPT)


@dataclass(frozen=True)
class Sheet:
    """One page of paper."""

    number: int
    prints: list[Print]


class ContactSheet:
    """The sheets of one part of a gallery."""

    def __init__(self, viewer: Viewer, gallery: Gallery, part: str = "", *, shows_prompts: bool = False) -> None:
        self.viewer = viewer
        self.gallery = gallery
        self.shows_prompts = shows_prompts
        self.part = min(max(number_in(part, 5) or 1, 1), self.parts)

    @cached_property
    def count(self) -> int:
        return lying_in(self.gallery).count()

    @property
    def parts(self) -> int:
        return max(1, -(-self.count // A_PART))

    @property
    def part_links(self) -> list[tuple[int, int, str, bool]]:
        """From which to which picture each part goes, its address, and whether it is shown."""
        return [
            (first + 1, min(first + A_PART, self.count), self._address(n), n == self.part)
            for n, first in enumerate(range(0, self.count, A_PART), 1)
        ]

    def _address(self, part: int) -> str:
        said = {"part": str(part) if part > 1 else "", "prompts": "1" if self.shows_prompts else ""}
        return with_query(address("print_gallery", self.gallery.key), said)

    @property
    def day(self) -> str:
        return date_format(timezone.localdate())

    @cached_property
    def sheets(self) -> list[Sheet]:
        return list(self._sheets())

    def _sheets(self) -> Iterator[Sheet]:
        first = (self.part - 1) * A_PART
        numbers = self.gallery.in_order(Image.objects.kept()).values_list("pk", flat=True)[first : first + A_PART]
        images = pictures_to_show(self.viewer, list(numbers))
        prints = [Print(image, number) for number, image in enumerate(images, first + 1)]
        size = A_SHEET_WITH_PROMPTS if self.shows_prompts else A_SHEET
        for number, begin in enumerate(range(0, len(prints), size), 1):
            yield Sheet(number, prints[begin : begin + size])
