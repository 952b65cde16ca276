"""A place on a picture in words, for people and for models, who both read them better than numbers."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from generations.models.region import FULL, Region

MOST = FULL * 2 / 3
"""A box that takes as much of a side is about all of that side."""
CELLS: dict[tuple[int, int], str | Promise] = {
    (0, 0): gettext_lazy("Upper left"),
    (1, 0): pgettext_lazy("part of a picture", "Top"),
    (2, 0): gettext_lazy("Upper right"),
    (0, 1): pgettext_lazy("part of a picture", "Left"),
    (1, 1): pgettext_lazy("part of a picture", "Centre"),
    (2, 1): pgettext_lazy("part of a picture", "Right"),
    (0, 2): gettext_lazy("Lower left"),
    (1, 2): pgettext_lazy("part of a picture", "Bottom"),
    (2, 2): gettext_lazy("Lower right"),
}
"""The nine parts of a picture, by column and row."""


def region_words(region: Region | None) -> str:
    """The part of the picture: "Upper left", "Bottom" for a band along it; "" for all or most of it."""
    if region is None or (region.width >= MOST and region.height >= MOST):
        return ""
    x, y = region.middle
    column = 1 if region.width >= MOST else _third(x)
    row = 1 if region.height >= MOST else _third(y)
    return str(CELLS[column, row])


def places() -> list[tuple[str, str]]:
    """The nine parts as a form offers them: the point in the middle of each, and its words."""
    third = FULL / 3
    return [
        (str(Region(round((column + 0.5) * third), round((row + 0.5) * third))), str(words))
        for (column, row), words in CELLS.items()
    ]


def instruction(text: str, region: Region | None) -> str:
    """What somebody said of a part of a picture, as an instruction to change it, on one line."""
    text, place = " ".join(text.split()), region_words(region)
    return _("%(place)s of the picture: %(text)s") % {"place": place, "text": text} if place else text


def _third(value: float) -> int:
    return min(2, int(value * 3 / FULL))
