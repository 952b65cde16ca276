"""The members of a ZIP of copies: pictures with a label or without any metadata, each made when its turn comes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from django.db import connection
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext

from generations.errors import BadPicture, NotStored
from generations.models import Image, Person, StoredFile
from generations.models.image import EXTENSIONS
from generations.models.semaphore import NotNow
from generations.models.storage import Missing
from generations.presenters.downloads import file_name
from generations.request import PageRequest
from generations.web.archive import Made
from generations.web.copies import clean_file_of, labelled_file_of
from generations.web.manifest import COLUMNS, csv_of, row_of

MAX_COPIES = 500
"""More are not made for one download: each may take a second."""
KINDS = ("labelled", "clean", "client")
PATIENCE_SECONDS = 120
PAUSE_SECONDS = 2


def copies_of(images: Sequence[Image], kind: str, request: PageRequest) -> Iterator[Made]:
    """The copies of these pictures. For a client they are numbered, nothing in them says what was asked for, and no
    list goes along; otherwise manifest.csv says at the end what each is, and which could not be made."""
    rows: list[Sequence[object]] = [COLUMNS]
    width, not_made = max(3, len(str(len(images)))), gettext("No copy of this picture could be made.")
    for number, image in enumerate(images, 1):
        copy = _bytes_of(request.user, image, kind)
        if copy is None:
            rows.append(row_of(file_name(image), image, not_made, request))
            continue
        extension, data = copy
        name = f"{number:0{width}}.{extension}" if kind == "client" else _unique(image, extension, kind)
        rows.append(row_of(name, image, "", request))
        yield Made(name, timezone.localtime(image.created_at).replace(tzinfo=None), data)
    if kind != "client":
        yield Made("manifest.csv", timezone.localtime().replace(tzinfo=None), csv_of(rows).encode())


def _unique(image: Image, extension: str, kind: str) -> str:
    """A name that no other picture has."""
    return file_name(image, extension, kind).replace(f"_{image.key[:4]}_", f"_{image.key}_")


def _bytes_of(person: Person, image: Image, kind: str) -> tuple[str, bytes] | None:
    """The extension and the bytes of its copy; None if there is none to be had. It is made in a thread that no
    request's end frees of its connection."""
    try:
        file = _patiently(lambda: _file_of(person, image, kind))
        return EXTENSIONS.get(file.media_type, "bin"), file.bytes()
    except (BadPicture, Missing, NotStored, Http404):
        return None
    finally:
        if not connection.in_atomic_block:
            connection.close()


def _file_of(person: Person, image: Image, kind: str) -> StoredFile:
    if kind == "labelled" and image.generation:
        return labelled_file_of(person, image, image.generation)
    return clean_file_of(person, image)


def _patiently(make: Callable[[], StoredFile]) -> StoredFile:
    """What is not made now, because others work too, is made a little later. Raises NotStored at last."""
    patience = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return make()
        except NotNow as error:
            if error.retry_after is None or time.monotonic() > patience:
                raise NotStored(str(error)) from error
            time.sleep(PAUSE_SECONDS)
