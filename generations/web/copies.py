"""Derived copies of a picture, each made on first request and then stored; and which file a viewer gets."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404
from django.utils.translation import gettext as _

from generations import rights
from generations.imaging.decode import clean_copy
from generations.imaging.label import Label, labelled_copy
from generations.models import Generation, Image, Person, StoredFile
from generations.models.provider_model import ADDED
from generations.models.semaphore import NotNow, picture_work
from generations.models.storage import Missing, has_room
from generations.viewer import Viewer


def file_to_show(viewer: Viewer, image: Image) -> StoredFile:
    """The original of a picture of `access.picture_to_open`. Somebody who sees it only as a reference gets its clean
    copy: the original's metadata, such as a prompt or a place, is private to its person.

    Raises BadPicture, NotStored, NotNow."""
    return image.file if rights.see_original.allows(viewer, image) else clean_file_of(viewer.user, image)


def clean_file_of(person: Person, image: Image) -> StoredFile:
    """The copy without metadata, made at `person`'s request if there is none. Raises BadPicture, NotStored, NotNow."""
    return _kept(person, image, "clean_file", clean_copy)


def labelled_file_of(person: Person, image: Image, generation: Generation) -> StoredFile:
    """The copy with a label in its metadata, made at `person`'s request if there is none. Raises BadPicture, NotStored,
    NotNow."""
    label = label_of(generation)
    return _kept(person, image, "labelled_file", lambda data: labelled_copy(data, label))


def marked_file_of(person: Person, image: Image) -> StoredFile:
    """The copy for clients who read no prompts: without metadata but the label that a model made it. In every format:
    what takes no label becomes a PNG. Made at `person`'s request if there is none. Raises BadPicture, NotStored,
    NotNow."""
    return _kept(person, image, "marked_file", lambda data: labelled_copy(clean_copy(data), Label()))


def label_of(generation: Generation) -> Label:
    """What was requested of a generation, without the fields staff added to its request."""
    batch = generation.batch
    options = {name: value for name, value in batch.options.items() if name != ADDED}
    return Label(prompt=batch.prompt, model=generation.model.name, options=options, size=batch.size)


def _kept(person: Person, image: Image, name: str, make: Callable[[bytes], bytes]) -> StoredFile:
    if known := getattr(image, name):
        return known
    with picture_work(person):
        image.refresh_from_db(fields=[name])  # somebody may have had it made meanwhile
        if known := getattr(image, name):
            return known
        if not has_room():
            raise NotNow(
                _("The disk is nearly full, so no copy is made. Ask an administrator to free some space."), 507
            )
        try:
            data = image.file.bytes()
        except Missing as error:
            raise Http404 from error
        return image.keep_copy(name, make(data))
