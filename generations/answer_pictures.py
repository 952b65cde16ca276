"""The pictures of an answer: fetched or decoded, verified, measured and stored, each alone and once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from django.db import transaction

from generations.errors import BadPicture, GenerationError, NotStored, PictureGone, PictureNotFetched, TimedOut
from generations.imaging.fetch import fetch
from generations.imaging.thumbnail import open_with_thumbnails
from generations.models import Attempt, Generation, Image, Provider, StoredFile
from generations.models.database import release_connection
from generations.models.numbering import DRAFTS_OF_ANSWER
from generations.models.stored_file import retry_on_integrity_error
from generations.protocol.answer import Answer
from generations.protocol.image_bytes import is_whole, sniff
from generations.protocol.image_ref import ImageRef
from generations.translatable import Message, PluralMessage
from generations.wire import CancelScope

LAST_FETCH = PictureNotFetched.max_fetches - 1


class ClaimLost(Exception):
    """Somebody else decides about this generation now; what was received is kept."""


def store_pictures(generation: Generation, answer: Answer, scope: CancelScope) -> tuple[dict[str, bytes], int]:
    """Store the answer's pictures, each alone; the bytes by sha256 of those that stand in the answer itself, and how
    many drafts could not be kept.

    Of more than were asked for, the last ones are shown and those before them kept as drafts. Raises only when not one
    of the shown could be stored, or when one may still be had later."""
    stored: list[tuple[Image, ImageRef]] = []
    failures: list[GenerationError] = []
    shown = answer.last(generation.n)
    extra = answer.images[: len(answer.images) - len(shown)]
    drafts = extra[-DRAFTS_OF_ANSWER:]
    lost = len(extra) - len(drafts)
    for position, ref in enumerate(shown, 1):
        try:
            stored.append((store_one(generation, position, ref, scope), ref))
        except (PictureNotFetched, BadPicture, NotStored) as error:
            failures.append(error)
    is_any_shown = bool(stored)
    for position, ref in enumerate(drafts, generation.n + 1):
        try:
            stored.append((store_one(generation, position, ref, scope, is_surplus=True), ref))
        except (PictureNotFetched, BadPicture, NotStored):
            lost += 1
    waiting = [error for error in failures if error.retryable]
    if waiting and not (is_any_shown and generation.fetches >= LAST_FETCH):
        raise waiting[0]
    if failures and not is_any_shown:
        raise failures[0]
    return bytes_within(stored), lost


def lost_drafts(count: int) -> Message:
    """What is said of drafts that were not kept: too many of them, or not to be had."""
    return PluralMessage(
        "%(number)s more picture came as a draft and could not be kept.",
        "%(number)s more pictures came as drafts and could not be kept.",
        count,
    )


def keep_previews(generation: Generation, attempt: Attempt, answer: Answer, body: bytes, scope: CancelScope) -> None:
    """Store the unfinished pictures of a call that failed as drafts: they were paid for, and nothing better comes. Each
    call has positions of its own, so that they are in the way of no other's. What cannot be stored is let go."""
    stored: list[tuple[Image, ImageRef]] = []
    first = generation.n + 1 + attempt.n * DRAFTS_OF_ANSWER
    for position, ref in enumerate(answer.drafts[-DRAFTS_OF_ANSWER:], first):
        with suppress(PictureNotFetched, BadPicture, NotStored, TimedOut):
            stored.append((store_one(generation, position, ref, scope, is_surplus=True), ref))
    if within := bytes_within(stored):
        with suppress(NotStored):
            attempt.externalize(body, within)


def bytes_within(stored: Sequence[tuple[Image, ImageRef]]) -> dict[str, bytes]:
    """The bytes by sha256 of those of these pictures that stand in the answer itself."""
    return {image.file_id: ref.data for image, ref in stored if ref.kind == "data"}


def store_one(
    generation: Generation, position: int, ref: ImageRef, scope: CancelScope, *, is_surplus: bool = False
) -> Image:
    """Fetch or decode one picture and store it. One that is cut short at its address is fetched once more, and later
    again, before it is called broken: its store may still be writing it."""
    provider = generation.model.provider
    if ref.kind == "data":
        return store_picture(generation, position, ref.data, is_surplus=is_surplus)
    data = fetched(provider, ref, scope)
    if sniff(data[:1100]) and not is_whole(data):
        data = fetched(provider, ref, scope)
    try:
        return store_picture(generation, position, data, ref.url, is_surplus=is_surplus)
    except BadPicture as error:
        if sniff(data[:1100]) and not is_whole(data) and generation.fetches < LAST_FETCH:
            raise PictureGone(Message("The picture at its address is cut short.")) from error
        raise


def fetched(provider: Provider, ref: ImageRef, scope: CancelScope) -> bytes:
    """The bytes at a picture's address. Only the provider's own host and port may be private, if they always were."""
    try:
        may_be_private, proxy = provider.may_be_private(), provider.proxy
    except ValueError as error:
        raise PictureGone(Message("The provider’s proxy was sealed with another SECRET_KEY.")) from error
    release_connection()
    return fetch(
        ref.url,
        own_hosts=frozenset({provider.host}),
        own_may_be_private=may_be_private,
        allowed_hosts=provider.allowed_hosts,
        app=provider.app,
        proxy=proxy,
        scope=scope,
    )


def store_picture(
    generation: Generation, position: int, data: bytes, source_url: str = "", *, is_surplus: bool = False
) -> Image:
    """Verify, measure and store one picture; the same position twice is the same row."""
    known = generation.images.filter(position=position).select_related("file").first()
    if known is not None:
        return known
    picture, ladder = open_with_thumbnails(data)

    def store() -> Image:
        file = StoredFile.put(data, picture.media_type, ladder.by_side, sha256=picture.sha256)
        with transaction.atomic():
            version = generation.arriving()
            if version is None:
                raise ClaimLost
            image = Image.objects.create(
                person=generation.batch.person,
                generation=generation,
                position=position,
                version=version,
                file=file,
                source_url=source_url[:2000],
                is_surplus=is_surplus,
                **Image.measured(picture, ladder.placeholder),
            )
            gallery = image.batch.gallery if image.batch else None
            if gallery and gallery.archived_at is None and not is_surplus:
                gallery.add(Image.objects.filter(pk=image.pk), image.person)
            return image

    return retry_on_integrity_error(store)
