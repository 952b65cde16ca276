"""A comparison of pictures: the facts, options and prompts in which they differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.template.defaultfilters import filesizeformat
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from generations.models import Image
from generations.models.key import address
from generations.presenters.cost import price_text
from generations.presenters.formatting import names_apart, seconds, show_size
from generations.presenters.lineage import difference
from generations.protocol.json import leaves
from generations.translation import listed

MAX_COMPARED = 16
"""Pictures side by side on one page: as many as one model draws at once."""


def compare_address(keys: Sequence[str]) -> str:
    """Where these pictures stand side by side."""
    return f"{address('compare')}?{urlencode({'i': keys}, doseq=True)}"


@dataclass(frozen=True)
class Side:
    """One of the pictures. `model` is the name of its model, with its provider's where another has the same."""

    image: Image
    model: str

    @property
    def words(self) -> str:
        return self.image.words


@dataclass(frozen=True)
class Row:
    """One fact with its value for each picture. The name of a body field stands as it is sent; the values of
    `has_pictures` are lists of them."""

    name: str
    values: tuple[object, ...]
    is_field: bool = False
    has_pictures: bool = False


class Comparison:
    """The differences of some pictures; what they share is named without its value. `others` are the keys of pictures
    that were chosen too and do not fit on one page."""

    def __init__(self, images: list[Image], others: Sequence[str] = ()) -> None:
        self.images = images
        self.others = others

    @property
    def sides(self) -> list[Side]:
        names = names_apart(image.model for image in self.images if image.model)
        return [Side(image, names.get(image.model_id or 0, "")) for image in self.images]

    @property
    def columns(self) -> int:
        """How many stand in a line of a wide window: all up to four, then as many as leave no line nearly empty."""
        count = len(self.images)
        return count if count <= 4 else 3 if count in (5, 6, 9) else 4

    @property
    def others_url(self) -> str:
        """Where those that do not fit are compared."""
        return compare_address(self.others)

    @cached_property
    def _all(self) -> list[Row]:
        facts = [
            Row(str(name), tuple(value(image) for image in self.images), has_pictures=value is references_of)
            for name, value in FACTS
        ]
        options = [asked(image) for image in self.images]
        paths = dict.fromkeys(path for each in options for path in each)
        return facts + [row_of(path, tuple(each.get(path, "–") for each in options)) for path in paths]

    @property
    def rows(self) -> list[Row]:
        """Only what differs."""
        return [row for row in self._all if len(set(map(str, row.values))) > 1]

    @property
    def shared(self) -> str:
        """Names of the facts that are the same for all, in one text."""
        names = [] if self.prompts else [_("prompt")]
        names += [row.name if row.is_field else row.name.lower() for row in self._all if row not in self.rows]
        return listed(names)

    @cached_property
    def prompts(self) -> Row | None:
        """The prompts, where they differ, each with its changes from the first marked."""
        said = [image.words for image in self.images]
        if len(set(said)) == 1:
            return None
        return Row(_("Prompt"), (said[0], *(difference(said[0], words) or words for words in said[1:])))


def asked(image: Image) -> dict[tuple[str, ...], str]:
    """Its options as JSON texts by path: ("seed",), and ("added", "style") for a field that staff added."""
    return dict(leaves(image.batch.options)) if image.batch else {}


def row_of(path: tuple[str, ...], values: tuple[str, ...]) -> Row:
    """An option under its label, which the composer marks for translation; a field that staff added to the request
    under its own name."""
    if len(path) > 1:
        return Row(".".join(path[1:]), values, is_field=True)
    return Row(_(path[0].replace("_", " ").capitalize()), values)


def references_of(image: Image) -> list[Image]:
    return list(image.batch.references.all()) if image.batch else []


def requested_size(image: Image) -> str:
    if image.generation is None:
        return "–"
    return show_size(image.generation.size) or _("any shape")


def file_of(image: Image) -> str:
    """Its format and size."""
    return _("%(format)s, %(size)s") % {"format": image.extension.upper(), "size": filesizeformat(image.file.size)}


def origin_of(image: Image) -> str:
    """How it derives from another picture, if it does."""
    if image.batch is None:
        return _("uploaded")
    return str(image.batch.get_derivation_display() or _("new"))


def took(image: Image) -> str:
    """How long its generation took, in whole seconds."""
    drawn = image.generation
    if not drawn or not drawn.started_at or not drawn.finished_at:
        return "–"
    return seconds(max(1, round((drawn.finished_at - drawn.started_at).total_seconds())))


FACTS: list[tuple[object, Callable[[Image], object]]] = [
    (gettext_lazy("Model"), lambda image: image.model.name if image.model else "–"),
    (gettext_lazy("Provider"), lambda image: image.model.provider.name if image.model else "–"),
    (gettext_lazy("Requested"), requested_size),
    (gettext_lazy("Size"), lambda image: f"{image.width}×{image.height}"),
    (gettext_lazy("File"), file_of),
    (gettext_lazy("References"), references_of),
    (gettext_lazy("Took"), took),
    (gettext_lazy("Price"), price_text),
    (gettext_lazy("Origin"), origin_of),
    (gettext_lazy("Author"), lambda image: str(image.person)),
    (gettext_lazy("Date"), lambda image: date_format(localtime(image.created_at), "DATETIME_FORMAT")),
]
