"""A reference that somebody uploads becomes a picture of theirs."""

from __future__ import annotations

from django.conf import settings

from generations.errors import BadPicture
from generations.imaging.decode import clean_copy
from generations.imaging.formats import format_of
from generations.imaging.thumbnail import open_with_thumbnails
from generations.models import Image, Person, StoredFile
from generations.models.image import MAX_ALT
from generations.models.semaphore import NotNow, picture_work
from generations.models.storage import has_room
from generations.models.stored_file import retry_on_integrity_error
from generations.text import tidy
from generations.translatable import Message

NO_ROOM = Message(
    "The disk of this installation is nearly full, so the picture was not saved. Ask an administrator to free some"
    " space."
)


def store_reference(person: Person, data: bytes, name: str = "") -> Image:
    """Keep an uploaded picture: the original, a clean copy to send, thumbnails. Raises BadPicture, NotStored, and
    NotNow when there is no room for it or too much other work."""
    if len(data) > settings.MAX_UPLOAD_BYTES:
        raise BadPicture(
            Message(
                "This file is larger than %(max)s MB. Choose a smaller one.", max=settings.MAX_UPLOAD_BYTES // 2**20
            )
        )
    with picture_work(person):
        check_room(person, len(data))
        return _store(person, data, name)


def check_room(person: Person, size: int) -> None:
    """Raise NotNow with the sentence that helps, if there is no room for another reference of this person."""
    if not has_room():
        raise NotNow(NO_ROOM, 507)
    if Image.objects.bytes_brought_today(person) + size > settings.MAX_REFERENCES_BYTES:
        raise NotNow(
            Message(
                "You have uploaded %(max)s MB of pictures within 24 hours, the most one person may. Try again tomorrow,"
                " or ask an administrator to raise the limit.",
                max=settings.MAX_REFERENCES_BYTES // 2**20,
            ),
            422,
        )


def _store(person: Person, data: bytes, name: str) -> Image:
    (picture, ladder), clean = open_with_thumbnails(data), clean_copy(data)
    clean_type = format_of(clean).media_type
    return retry_on_integrity_error(
        lambda: Image.objects.create(
            person=person,
            file=StoredFile.put(data, picture.media_type, ladder.by_side, sha256=picture.sha256),
            clean_file=StoredFile.put(clean, clean_type),
            alt=tidy(name, MAX_ALT),
            **Image.measured(picture, ladder.placeholder),
        )
    )
