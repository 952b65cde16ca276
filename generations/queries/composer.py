"""What the composer offers and remembers: models, references, prompts, drafts."""

from __future__ import annotations

from collections.abc import Sequence

from generations import rights
from generations.models import Batch, Image, Person, ProviderModel
from generations.viewer import Viewer


def image_if_read(viewer: Viewer, key: str) -> Image | None:
    """The picture of this key if a model drew it and the viewer may read its words."""
    if not key:
        return None
    drawn = rights.see_drawn.of(viewer, Image.objects.filter(key=key))
    return drawn.select_related("batch").first()


def prompts_of(person: Person, limit: int) -> list[str]:
    """What the person asked for lately, each prompt once, the last first."""
    said = Batch.objects.of(person).newest_first().values_list("prompt", flat=True)[: 4 * limit]
    return list(dict.fromkeys(said))[:limit]


def references_to_use(viewer: Viewer, keys: Sequence[str]) -> list[Image]:
    """Those of the named pictures the viewer may use, in the order of the names; foreign keys are left out."""
    images = rights.see_image.of(viewer, Image.objects.filter(key__in=keys))
    found = {image.key: image for image in images.select_related("file")}
    return [found[key] for key in dict.fromkeys(keys) if key in found]


def reference_brought_before(person: Person, sha256: str) -> Image | None:
    """The person's own reference with these bytes, so that the same file sent twice is one picture."""
    return person.images.kept().filter(generation=None, file=sha256).select_related("file").first()


def models_to_offer(viewer: Viewer) -> list[ProviderModel]:
    """What the composer offers the viewer, in its order, with its prices."""
    return list(rights.use_model.of(viewer, ProviderModel.objects.offered()).priced())


def names_of_models(keys: Sequence[str]) -> list[tuple[str, str]]:
    """Keys with the names of their models; with the provider's where another model has the same name."""
    if not keys:
        return []
    named = ProviderModel.objects.filter(key__in=keys).told_apart()
    return [(model.key, model.told_name) for model in named]
