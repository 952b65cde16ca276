"""The reference pictures of a call: without metadata, and no larger than its model and its provider take. What a person
brought stays as it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from generations.errors import BadPicture, InvalidRequest
from generations.imaging.decode import clean_copy, open_picture, reduced_copy
from generations.imaging.formats import format_of
from generations.models import Image, ProviderModel, ReducedCopy, StoredFile
from generations.models.stored_file import retry_on_integrity_error
from generations.translatable import Message

MIB = 1024 * 1024
GRAIN = 64 * 1024
"""Bytes: shares are whole multiples, so that a longer prompt does not make every copy anew."""
AROUND = 200
"""Bytes of JSON around a picture's base64."""


@dataclass(frozen=True)
class Sent:
    """A reference as it is sent; `width` and `height` in pixels where that is less than its own, else None."""

    file: StoredFile
    data: bytes
    width: int | None = None
    height: int | None = None


def as_sent(images: Iterable[Image], model: ProviderModel, words: int) -> list[Sent]:
    """These pictures as they are sent to the model in a request whose JSON has so many bytes besides.

    Raises InvalidRequest for one that cannot be encoded, NotStored."""
    found = [(image, *clean(image)) for image in images]
    shares = shares_of([file.size for _, file, _ in found], room_for(model, words, len(found)))
    return [
        reduced(image, file, data, model.max_reference_side, most)
        for (image, file, data), most in zip(found, shares, strict=True)
    ]


def room_for(model: ProviderModel, words: int, pictures: int) -> int:
    """How many bytes of pictures a request to the model holds, before base64 makes four of three; 0: any."""
    limit = model.provider.request_limit * MIB
    return max(GRAIN, (limit - words - AROUND * pictures) * 3 // 4) if limit else 0


def shares_of(sizes: Sequence[int], room: int) -> list[int]:
    """The most bytes each picture may have so that together they have `room`; 0 for one that may stay as it is. What
    the small ones leave is shared by the large ones."""
    if not room or sum(sizes) <= room:
        return [0] * len(sizes)
    shares = [0] * len(sizes)
    left = room
    order = sorted(range(len(sizes)), key=sizes.__getitem__)
    for done, place in enumerate(order):
        share = left // (len(sizes) - done)
        if sizes[place] > share:
            share = max(GRAIN, share // GRAIN * GRAIN)
            shares[place] = share
        left -= min(sizes[place], share)
    return shares


def clean(image: Image) -> tuple[StoredFile, bytes | None]:
    """The copy of a picture without the metadata of whoever drew it, made once and kept; its bytes where they are at
    hand."""
    if image.clean_file is not None:
        return image.clean_file, None
    try:
        data = clean_copy(image.file.bytes())
        return image.keep_copy("clean_file", data), data
    except BadPicture as error:
        raise cannot_be_sent(error) from error


def reduced(image: Image, file: StoredFile, data: bytes | None, longest: int, most: int) -> Sent:
    """The copy within these limits, 0 for any, made once for each pair of them and kept; `file` is the clean one."""
    is_long = 0 < longest < max(image.width, image.height)
    if not is_long and (not most or file.size <= most):
        return Sent(file, data or file.bytes())
    kept = image.reduced_copies.filter(longest=longest, most=most).select_related("file").first()
    if kept is not None:
        return Sent(kept.file, kept.file.bytes(), kept.width, kept.height)
    try:
        made = reduced_copy(data or file.bytes(), longest=longest, most=most)
        size = open_picture(made)
    except BadPicture as error:
        raise cannot_be_sent(error) from error

    def store() -> StoredFile:
        stored = StoredFile.put(made, format_of(made).media_type)
        about = {"file": stored, "width": size.width, "height": size.height}
        ReducedCopy.objects.update_or_create(image=image, longest=longest, most=most, defaults=about)
        return stored

    return Sent(retry_on_integrity_error(store), made, size.width, size.height)


def cannot_be_sent(error: BadPicture) -> InvalidRequest:
    return InvalidRequest(Message("A reference picture cannot be sent. %(reason)s", reason=error.detail))
