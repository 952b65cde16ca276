"""The field for what should change in a picture, who would draw the change, and how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from generations.forms.composer import COUNTS
from generations.models import Image, ProviderModel
from generations.models.key import new_key
from generations.models.price import dollars
from generations.presenters.cost import free
from generations.queries.composer import models_to_offer
from generations.viewer import Viewer


@dataclass(frozen=True)
class Refiner:
    """The field for what should change in a picture, and who may draw the change: `models`, of which `model` is
    chosen, by its key if that was."""

    image: Image
    models: Sequence[ProviderModel]
    prompt: str = ""
    chosen: str = ""
    count: int = 1

    counts = COUNTS

    @classmethod
    def of(cls, viewer: Viewer, image: Image, prompt: str = "", chosen: str = "", count: str = "") -> Refiner:
        """With these words in the field, and with the model of this key and this number chosen as far as offered."""
        return cls(image, drawers(viewer), prompt, chosen, next((each for each in COUNTS if str(each) == count), 1))

    @property
    def model(self) -> ProviderModel | None:
        chosen = next((model for model in self.models if model.key == self.chosen), None)
        return chosen or own_or_first(self.models, self.image)

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        """Of each model its key, its name with what a picture costs, and whether it is chosen."""
        offered = Counter(model.name for model in self.models)
        return [
            (model.key, self._label(model, is_alone=offered[model.name] == 1), model == self.model)
            for model in self.models
        ]

    def _label(self, model: ProviderModel, *, is_alone: bool) -> str:
        """gpt-image-1 · ≈ $0.04"""
        generation = self.image.generation
        size, options = (generation.size, generation.batch.options) if generation else ("", {})
        price = model.price_for(model.nearest(size), options)
        name = model.name if is_alone else model.name_at_provider
        if price is None:
            return name
        return f"{name} · ≈ {dollars(price)}" if price else f"{name} · {free()}"

    @property
    def note(self) -> str:
        """Why the picture's own model cannot draw the change, whichever other is chosen, where it cannot."""
        if self.model is None:
            return no_model()
        drew = self.image.generation
        if drew is None or drew.model in self.models:
            return ""
        if drew.model.max_references:
            sentence = _("%(model)s is no longer offered. Another model draws the change.")
        else:
            sentence = _("%(model)s takes no reference pictures. Another model draws the change.")
        return sentence % {"model": drew.model.name}

    @property
    def submission(self) -> str:
        """A key under which a double click is one batch."""
        return new_key()


def no_model() -> str:
    return _("No available model takes reference pictures.")


def drawers(viewer: Viewer) -> list[ProviderModel]:
    """The models on offer that take references."""
    return [model for model in models_to_offer(viewer) if model.max_references]


def own_or_first(models: Sequence[ProviderModel], image: Image) -> ProviderModel | None:
    """The picture's own model if it is among these, else the first."""
    own = image.generation and image.generation.model_id
    return next((model for model in models if model.pk == own), models[0] if models else None)


def field_url(image: Image) -> str:
    """Where the field stands on the picture's page."""
    return f"{image.get_absolute_url()}#refine"
