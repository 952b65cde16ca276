"""The shapes one may ask for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from generations.models import ProviderModel
from generations.models.sizes import ratio_class, shape_of
from generations.presenters.formatting import show_size


@dataclass(frozen=True)
class Size:
    """A shape one may ask for."""

    value: str
    label: str
    ratio: str
    is_chosen: bool


def shapes_of(models: Iterable[ProviderModel], chosen: str) -> list[tuple[str, list[Size]]]:
    """Every size that any of these models takes, by orientation: of each the ratios, then what is named in pixels.
    "auto" is what not asking means."""
    named = {1: _("Landscape"), 0: _("Square"), -1: _("Portrait")}
    groups: dict[int, list[Size]] = {way: [] for way in named}
    every = {size for model in models for size in model.sizes if size != "auto"}
    for size in sorted(every, key=_order):
        width, height = shape_of(size)
        groups[(width > height) - (width < height)].append(
            Size(size, show_size(size), ratio_class(width, height), size == chosen)
        )
    return [(named[way], sizes) for way, sizes in groups.items() if sizes]


def _order(size: str) -> tuple[bool, float, str]:
    """Ratios first, the widest before; then the smallest."""
    width, height = shape_of(size)
    return ":" not in size, -width / height if ":" in size else width * height, size
