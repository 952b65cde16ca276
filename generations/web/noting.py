"""What is recorded of looking: downloads of others' pictures, and what staff open that is private to somebody."""

from __future__ import annotations

from generations import rights
from generations.models import Batch, Image
from generations.models.audit_entry import record_once
from generations.request import PageRequest


def note_download(request: PageRequest, image: Image, kind: str = "original") -> None:
    """Record that somebody had the file of another's picture; once an hour."""
    if image.person_id != request.user.pk:
        record_once("downloaded_original", image, after={"kind": kind})


def note_private(request: PageRequest, batch: Batch) -> None:
    """Record that staff opened what is private to somebody; once an hour."""
    if rights.private_batch.allows(request.viewer, batch):
        record_once("opened_private", batch)
