"""The clients of the demo's world: what is shared with them, and what they chose and wrote."""

from __future__ import annotations

from typing import NamedTuple

from django.db import transaction

from generations.models import Choice, Client, Gallery, Image, Person, ShareLink, Visitor
from generations.models.region import Region

CLIENT = "Aldea Skincare"
LINK = "First round"
LIMIT = 4


class Remark(NamedTuple):
    """A comment on the picture with this number, at a place or on all of it."""

    number: int
    text: str
    place: Region | None = None


class Guest(NamedTuple):
    """A visitor, the numbers of the pictures with each mark, and the note with which they sent it; None: not yet."""

    name: str
    chosen: tuple[int, ...]
    rejected: tuple[int, ...]
    remarks: tuple[Remark, ...]
    note: str | None


GUESTS = (
    Guest(
        "Marisol Vega",
        (1, 3, 6),
        (8,),
        (
            Remark(1, "This is the mood. Could the stars be a little fewer around the moon?", Region(520, 210)),
            Remark(3, "Our founder’s favourite. The sun should not touch the frame.", Region(640, 300)),
        ),
        "Three for the landing page. The fourth place is free until you send the night version.",
    ),
    Guest(
        "Ben Aldea",
        (3, 7),
        (1,),
        (Remark(7, "I can see the new bottle in the foreground of this one."),),
        None,
    ),
)
"""Pictures are counted in the gallery's order, as clients see them."""


@transaction.atomic
def share(gallery: Gallery, person: Person) -> None:
    """A client of the gallery's team with a link by which two visitors chose, and a plain link beside it, unless they
    are there."""
    if gallery.team is None or Client.objects.filter(team=gallery.team, name=CLIENT).exists():
        return
    contacts = ["marisol@aldea.example", "ben@aldea.example"]
    client = Client.make(gallery.team, person, CLIENT, colour=Client.Colour.TEAL, contacts=contacts)
    ShareLink.make(gallery, person, label="Press preview", approved_only=True, download=ShareLink.Download.WEB)
    link = ShareLink.make(
        gallery, person, label=LINK, client=client, choosing=True, commenting=True, choose_limit=LIMIT
    )
    shown = list(gallery.in_order(Image.objects.kept()))
    for guest in GUESTS:
        link.visited()
        come(link, guest, shown)


def come(link: ShareLink, guest: Guest, shown: list[Image]) -> None:
    """What one visitor did by a link, as far as there are pictures."""
    visitor, _token = Visitor.come(link, guest.name)
    pictures = dict(enumerate(shown, 1))
    everything = Image.objects.filter(pk__in=[image.pk for image in shown])
    for kind, numbers in ((Choice.Kind.HEART, guest.chosen), (Choice.Kind.REJECT, guest.rejected)):
        for number in numbers:
            if image := pictures.get(number):
                visitor.choose(image, kind, everything)
    for remark in guest.remarks:
        if image := pictures.get(remark.number):
            visitor.remark(image, remark.text, remark.place)
    if guest.note is not None:
        visitor.finish(guest.note)
