"""Readings of kept answers once more: what there is to read, and what was found."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from generations import rights
from generations.models import Generation, Reread
from generations.models.reread import readable
from generations.viewer import Viewer

MAX_SHOWN = 20


def count_readable(since: datetime) -> int:
    """How many failed since then with an answer that is kept. For staff, who see all."""
    return readable(since).count()


def last_rereads() -> list[Reread]:
    """The last ones."""
    return list(Reread.objects.select_related("by")[:MAX_SHOWN])


def generations_named(viewer: Viewer, keys: Iterable[str]) -> dict[str, Generation]:
    """Those of these that the viewer may see, by key; one query."""
    rows = rights.see_generation.of(viewer, Generation.objects.filter(key__in=list(keys)))
    return {row.key: row for row in rows.select_related("batch", "model")}
