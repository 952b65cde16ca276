"""The field for what should change in a picture, and who would draw the change."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from generations.models import Image, ProviderModel
from generations.models.key import new_key
from generations.queries.composer import models_to_offer
from generations.rights import Viewer


@dataclass(frozen=True)
class Refiner:
    """The field for what should change in a picture, and who would draw the change."""

    image: Image
    model: ProviderModel | None
    prompt: str = ""

    @classmethod
    def of(cls, viewer: Viewer, image: Image, prompt: str = "") -> Refiner:
        """With these words in the field."""
        return cls(image, drawer_of(viewer, image), prompt)

    @property
    def note(self) -> str:
        """Why another model draws the change, where it does."""
        if self.model is None:
            return no_model()
        drew = self.image.generation
        if drew is None or drew.model == self.model:
            return ""
        if drew.model.max_references:
            sentence = _("%(model)s is no longer offered, so %(other)s draws the change.")
        else:
            sentence = _("%(model)s takes no reference pictures, so %(other)s draws the change.")
        return sentence % {"model": drew.model.name, "other": self.model.name}

    @property
    def submission(self) -> str:
        """A key under which a double click is one batch."""
        return new_key()


def no_model() -> str:
    return _("No available model takes reference pictures.")


def drawer_of(viewer: Viewer, image: Image) -> ProviderModel | None:
    """The picture's own model if it takes references, else the first on offer that does."""
    offered = [model for model in models_to_offer(viewer) if model.max_references]
    own = image.generation and image.generation.model_id
    return next((model for model in offered if model.pk == own), offered[0] if offered else None)


def field_url(image: Image) -> str:
    """Where the field stands on the picture's page."""
    return f"{image.get_absolute_url()}#refine"
