"""What is recorded of looking: downloads of others' pictures, and what staff open that is private to somebody."""

from __future__ import annotations

from collections.abc import Iterable

from generations import rights
from generations.models import Batch, Image
from generations.models.audit_entry import record_all, record_once
from generations.request import PageRequest


def note_download(request: PageRequest, image: Image, kind: str = "original") -> None:
    """Record that somebody had the file of another's picture; once an hour."""
    if image.person_id != request.user.pk:
        record_once("downloaded_original", image, after={"kind": kind})


def note_downloads(request: PageRequest, images: Iterable[Image], kind: str, count: int) -> None:
    """Record which of others' pictures left in one download of so many."""
    others = [image for image in images if image.person_id != request.user.pk]
    record_all("downloaded_original", others, after={"kind": kind, "pictures": count})


def note_private(request: PageRequest, batch: Batch | None) -> None:
    """Record that staff opened what is private to somebody; once an hour."""
    if batch is not None and rights.private_batch.allows(request.viewer, batch):
        record_once("opened_private", batch)
