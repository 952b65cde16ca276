"""Models that could draw what others did not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from generations.models import Batch, ProviderModel
from generations.presenters.formatting import snapped

MAX_OTHERS = 6


@dataclass(frozen=True)
class Other:
    """Another model that could draw what one did not. `note` says what it would make of the size."""

    model: ProviderModel
    note: str
    is_namesake: bool = False
    """Whether a model of its name was asked or is offered elsewhere too."""

    @property
    def name(self) -> str:
        return self.model.name_at_provider if self.is_namesake else self.model.name


def other_models(
    batch: Batch, references: int, asked: Iterable[ProviderModel], offered: Iterable[ProviderModel]
) -> tuple[Other, ...]:
    """Of the models on offer those that were not asked and take the batch's words and so many references: first those
    that take its size, then those that choose the shape themselves."""
    known, offered = {model.pk: model for model in asked}, list(offered)
    names = Counter(model.name for model in offered)
    names.update({model.name for model in known.values()})
    fitting = (
        Other(model, snapped(model, batch.size), is_namesake=names[model.name] > 1)
        for model in offered
        if model.pk not in known
        and model.min_references <= references <= model.max_references
        and len(batch.prompt) <= model.max_prompt
    )

    def far(other: Other) -> tuple[bool, bool]:
        return bool(other.note), bool(batch.size and not other.model.sizes)

    return tuple(sorted(fitting, key=far)[:MAX_OTHERS])
