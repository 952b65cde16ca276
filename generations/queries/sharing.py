"""The share links of a gallery."""

from __future__ import annotations

from django.db.models import Sum
from django.db.models.functions import Coalesce

from generations.models import Gallery, ShareLink


def links_of(gallery: Gallery) -> list[tuple[ShareLink, int]]:
    """Its links, the newest first, each with how often it was opened; one query."""
    links = gallery.links.select_related("gallery", "client").annotate(opened=Coalesce(Sum("visits__count"), 0))
    return [(link, link.opened) for link in links.order_by("-pk")]
