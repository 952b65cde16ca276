"""Pictures side by side."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Prefetch

from generations import rights
from generations.models import Image
from generations.viewer import Viewer


def images_to_compare(viewer: Viewer, keys: Sequence[str]) -> list[Image]:
    """Those of the named pictures the viewer may read, with all that may tell them apart, in the order of the names."""
    images = rights.read_image.of(viewer, Image.objects.filter(key__in=keys))
    related = images.select_related("file", "person", "batch", "generation", "model__provider", "verdict")
    references = Prefetch("batch__references", Image.objects.as_sent())
    found = {image.key: image for image in related.prefetch_related(references)}
    return [found[key] for key in dict.fromkeys(keys) if key in found]
