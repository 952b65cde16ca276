"""Pictures side by side, and what tells them apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from django.template.defaultfilters import filesizeformat
from django.utils.formats import date_format
from django.utils.timezone import localtime

from generations.models import Image
from generations.presenters.cost import price_text
from generations.presenters.formatting import show_size
from generations.presenters.lineage import difference
from generations.protocol.json import leaves


@dataclass(frozen=True)
class Row:
    """One fact with its value for each picture. The name of a body field stands as it is sent."""

    name: str
    values: tuple[object, ...]
    is_field: bool = False


class Comparison:
    """What tells some pictures apart; what they share is counted, not listed."""

    def __init__(self, images: list[Image]) -> None:
        self.images = images

    @property
    def captioned(self) -> list[tuple[Image, str]]:
        """Each picture with its words."""
        return [(image, image.words) for image in self.images]

    @cached_property
    def _all(self) -> list[Row]:
        facts = [Row(name, tuple(value(image) for image in self.images)) for name, value in FACTS]
        options = [asked(image) for image in self.images]
        paths = dict.fromkeys(path for each in options for path in each)
        return facts + [row_of(path, tuple(each.get(path, "–") for each in options)) for path in paths]

    @property
    def rows(self) -> list[Row]:
        """Only what differs."""
        return [row for row in self._all if len(set(map(str, row.values))) > 1]

    @property
    def shared(self) -> list[str]:
        """Names of the facts that are the same for all."""
        return [row.name if row.is_field else row.name.lower() for row in self._all if row not in self.rows]

    @cached_property
    def prompts(self) -> Row | None:
        """The prompts if they differ, each marked against the first."""
        said = [image.words for image in self.images]
        if len(set(said)) == 1:
            return None
        return Row("Prompt", (said[0], *(difference(said[0], words) or words for words in said[1:])))


def asked(image: Image) -> dict[tuple[str, ...], str]:
    """The options it was drawn with as JSON, each under its path: ("seed",), and ("added", "style") by hand."""
    return dict(leaves(image.batch.options)) if image.batch else {}


def row_of(path: tuple[str, ...], values: tuple[str, ...]) -> Row:
    """An option under its label, what staff added to the body by hand under the name of its field."""
    if len(path) > 1:
        return Row(".".join(path[1:]), values, is_field=True)
    return Row(path[0].replace("_", " ").capitalize(), values)


def references_of(image: Image) -> list[Image]:
    return list(image.batch.references.all()) if image.batch else []


def took(image: Image) -> str:
    """Whole seconds of its generation."""
    drawn = image.generation
    if not drawn or not drawn.started_at or not drawn.finished_at:
        return "–"
    return f"{max(1, round((drawn.finished_at - drawn.started_at).total_seconds()))} s"


FACTS: list[tuple[str, Callable[[Image], object]]] = [
    ("Model", lambda image: image.model.name if image.model else "–"),
    ("Provider", lambda image: image.model.provider.name if image.model else "–"),
    ("Asked", lambda image: show_size(image.generation.size) or "any shape" if image.generation else "–"),
    ("Size", lambda image: f"{image.width}×{image.height}"),
    ("File", lambda image: f"{image.extension.upper()}, {filesizeformat(image.file.size)}"),
    ("References", references_of),
    ("Took", took),
    ("Price", price_text),
    ("Origin", lambda image: image.batch.get_derivation_display() or "anew" if image.batch else "brought"),
    ("Author", lambda image: str(image.person)),
    ("Date", lambda image: date_format(localtime(image.created_at), "j M Y H:i")),
]
