"""What clients chose and wrote by a gallery's share links, as rows of a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from django.utils.timezone import localtime

from generations.models import Choice, Gallery, Image, Visitor
from generations.queries.feedback import everything_of
from generations.queries.galleries import numbers_found
from generations.queries.search import Search
from generations.viewer import Viewer

COLUMNS = ("visitor", "link", "sent", "picture", "address", "kind", "text", "place", "at")


def feedback_rows(gallery: Gallery, viewer: Viewer, site: str, zone: tzinfo) -> Iterator[Sequence[object]]:
    """All marks, comments and notes as rows of a table, under COLUMNS, which are a format; moments are of this zone.
    They are read as they are sent, when the zone of the request is known no more."""
    all_of_them = numbers_found(gallery, Search(), viewer)
    numbers = {pk: number for number, pk in enumerate(all_of_them, 1)}
    visitors, marks, remarks = everything_of(gallery)
    yield COLUMNS
    for visitor in visitors:
        if visitor.note:
            yield [
                *_who(visitor, zone),
                "",
                "",
                "note",
                visitor.note,
                "",
                _at(visitor.finished_at or visitor.active_at, zone),
            ]
    for mark in marks:
        picture = _picture(mark.image, numbers, site)
        kind = "chosen" if mark.kind == Choice.Kind.HEART else "rejected"
        yield [*_who(mark.visitor, zone), *picture, kind, "", "", _at(mark.chosen_at, zone)]
    for remark in remarks:
        assert remark.visitor is not None
        place, picture = remark.region or "", _picture(remark.image, numbers, site)
        yield [*_who(remark.visitor, zone), *picture, "comment", remark.text, place, _at(remark.created_at, zone)]


def _who(visitor: Visitor, zone: tzinfo) -> list[object]:
    return [visitor.name, visitor.link.label, _at(visitor.finished_at, zone) if visitor.finished_at else ""]


def _picture(image: Image, numbers: dict[int, int], site: str) -> list[object]:
    return [numbers.get(image.pk, ""), f"{site}{image.get_absolute_url()}"]


def _at(moment: object, zone: tzinfo) -> str:
    return localtime(moment, zone).isoformat(timespec="seconds")  # type: ignore[arg-type]
