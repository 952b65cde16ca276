"""Legal holds: those that stand, those that were released, how much each covers, and what a new one is to cover."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from generations import rights
from generations.models import Batch, Gallery, GalleryItem, Hold, Image, Person
from generations.models.hold import HoldQuerySet
from generations.models.key import is_key
from generations.models.numbering import heading
from generations.queries.numbering import headings_of
from generations.queries.people import called
from generations.queries.search import fits
from generations.viewer import Viewer

MAX_SHOWN = 200
MAX_DIGITS = 18
NUMBER = re.compile(
    rf"(?:(?:no\.?|第)\s*)?(\d{{1,{MAX_DIGITS}}})(?:\D{{1,30}}(\d{{1,4}}))?(?:\s*[号张])?", re.IGNORECASE
)
"""A batch, and a picture of it, as pages call them: 12, No. 12, No. 12, picture 2; 第 12 号，第 2 张."""
DIGITS = re.compile(rf"(?<!\d)\d{{1,{MAX_DIGITS}}}(?!\d)", re.ASCII)
ADDRESS = re.compile(r"(?:https?://[^/\s]*)?/(i|b|galleries|person)/([\w.@+-]{1,150})(?:[/?#].*)?")
KINDS = {"i": "image", "b": "batch", "galleries": "gallery", "person": "person"}


def standing_holds(viewer: Viewer) -> HoldQuerySet:
    """Those nobody has released, the newest first."""
    return _holds(viewer).standing().order_by("-pk")


def released_holds(viewer: Viewer) -> list[Hold]:
    """The last that were released."""
    return list(_holds(viewer).exclude(released_at=None).order_by("-released_at")[:MAX_SHOWN])


def _holds(viewer: Viewer) -> HoldQuerySet:
    related = ("person", "gallery", "batch", "image__batch", "placed_by", "released_by")
    return rights.manage_hold.of(viewer, Hold.objects.select_related(*related))


def pictures_covered(holds: Iterable[Hold]) -> dict[int, int]:
    """How many pictures each of these holds covers; five queries for any number."""
    wanted = list(holds)
    persons, batches = {hold.person_id for hold in wanted}, {hold.batch_id for hold in wanted}
    galleries = {hold.gallery_id for hold in wanted}
    by_person = _counted(Image.objects.filter(person__in=persons), "person")
    by_batch = _counted(Image.objects.filter(batch__in=batches), "batch")
    by_gallery = _counted(GalleryItem.objects.filter(gallery__in=galleries), "gallery", "image")
    images = _counted(Hold.images.through.objects.filter(hold__in=wanted), "hold", "image")
    several = _counted(Hold.batches.through.objects.filter(hold__in=wanted), "hold", "batch__images")
    return {
        hold.pk: by_person.get(hold.person_id)
        or by_batch.get(hold.batch_id)
        or by_gallery.get(hold.gallery_id)
        or int(hold.image_id is not None) + images.get(hold.pk, 0) + several.get(hold.pk, 0)
        for hold in wanted
    }


def things_named(holds: Iterable[Hold]) -> dict[int, tuple[int, int]]:
    """How many batches and how many pictures each of these names, where it names several; two queries."""
    numbers = [hold.pk for hold in holds]
    images = _counted(Hold.images.through.objects.filter(hold__in=numbers), "hold", "image")
    batches = _counted(Hold.batches.through.objects.filter(hold__in=numbers), "hold", "batch")
    return {number: (batches.get(number, 0), images.get(number, 0)) for number in numbers}


def made_between(person: Person, start: date, end: date) -> tuple[list[Batch], list[Image]]:
    """What somebody asked for and what they brought from the one day to the other, both with it."""
    since = timezone.make_aware(datetime.combine(start, time.min))
    until = timezone.make_aware(datetime.combine(end + timedelta(days=1), time.min))
    made = {"person": person, "created_at__gte": since, "created_at__lt": until}
    return list(Batch.objects.filter(**made).only("key")), list(Image.objects.filter(batch=None, **made).only("key"))


def _counted(rows: QuerySet[Any], column: str, what: str = "pk") -> dict[int | None, int]:
    counted = rows.order_by().values(column).annotate(amount=Count(what, distinct=True))
    return dict(counted.values_list(column, "amount"))


def things_called(viewer: Viewer, kind: str, text: str) -> list[Person | Gallery | Batch | Image]:
    """The people, galleries, batches or pictures that are called so or have this address or number, two at most: a hold
    covers one. What is deleted and can be had back is among them."""
    if not text or not fits(text):
        return []
    if match := ADDRESS.fullmatch(text):
        kind, text = KINDS[match[1]], match[2]
    found: QuerySet[Any]
    match kind:
        case "person":
            found = _people(viewer, text)
        case "gallery":
            seen = rights.see_gallery.q(viewer) | rights.restore_gallery.q(viewer)
            found = Gallery.objects.filter(seen, Q(key=text) | Q(title__iexact=text))
        case _ if not is_key(text):
            return _numbered(viewer, kind, text)
        case "batch":
            found = rights.see_batch.of(viewer, Batch.objects.filter(key=text))
        case _:
            found = _images(viewer).filter(key=text)
    return list(found.distinct()[:2])


def _images(viewer: Viewer) -> QuerySet[Image]:
    return Image.objects.filter(rights.see_image.q(viewer) | rights.open_deleted.q(viewer))


def _numbered(viewer: Viewer, kind: str, text: str) -> list[Person | Gallery | Batch | Image]:
    """The batch or the picture that is called so by number, two at most. With the number of a picture it is that one,
    whichever kind was chosen; a picture is asked for without where its batch has only one."""
    first = DIGITS.search(text)
    batch = rights.see_batch.of(viewer, Batch.objects.filter(pk=int(first[0]))).first() if first else None
    if batch is None:
        return []
    plain, headings = NUMBER.fullmatch(text), headings_of([batch])
    if _folded(text) == _folded(str(batch)) or (plain and not plain[2]):
        if kind == "batch":
            return [batch]
        wanted = list(headings)
    else:
        name = heading(batch, int(plain[2]), is_draft="draft" in text.casefold()) if plain else text
        wanted = [number for number, called in headings.items() if _folded(called) == _folded(name)]
    return list(_images(viewer).filter(pk__in=wanted)[:2])


def _folded(text: str) -> str:
    """A name without its case and spaces."""
    return "".join(text.casefold().split())


def _people(viewer: Viewer, text: str) -> QuerySet[Person]:
    """By user name or email address; by a part of the name where nobody has it as a whole."""
    people = rights.run_person.of(viewer, Person.objects.filter(erased_at=None))
    exact = people.filter(Q(username=text) | Q(email__lowered=text))
    return exact if exact.exists() else people.filter(called(text, ""))
