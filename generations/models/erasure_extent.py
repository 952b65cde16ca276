"""What of a person's an erasure takes, what it leaves without a name, and what legal holds keep of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q

from generations.models.attempt import Attempt
from generations.models.batch import Batch, BatchReference
from generations.models.comment import Comment
from generations.models.gallery import Gallery
from generations.models.gallery_item import GalleryItem
from generations.models.hand_over import galleries_named_after
from generations.models.hold import Hold, is_batch_held, is_gallery_held, is_held
from generations.models.image import Image
from generations.models.team import Person


@dataclass(frozen=True)
class Work:
    """What somebody drew and brought, by what becomes of it: pictures under a hold stay, `kept` are those that others
    send as references, and the rest goes."""

    person: Person
    held: frozenset[int]
    held_batches: frozenset[int]
    kept: frozenset[int]
    batches: models.QuerySet[Batch]

    @classmethod
    def of(cls, person: Person) -> Work:
        """As it stands now."""
        own = Image.objects.filter(person=person)
        held = frozenset(own.filter(is_held()).values_list("pk", flat=True))
        held_batches = set(own.filter(pk__in=held).exclude(batch=None).values_list("batch", flat=True))
        held_batches |= set(Batch.objects.filter(is_batch_held(), person=person).values_list("pk", flat=True))
        batches = Batch.objects.filter(person=person).exclude(pk__in=held_batches)
        used = BatchReference.objects.filter(image__person=person).exclude(batch__in=batches.values("pk"))
        kept = frozenset(used.values_list("image", flat=True)) - held
        return cls(person, held, frozenset(held_batches), kept, batches)

    @property
    def going(self) -> models.QuerySet[Image]:
        """The pictures that go."""
        return Image.objects.filter(person=self.person).exclude(pk__in=self.held | self.kept)

    @property
    def attempts(self) -> models.QuerySet[Attempt]:
        """The calls whose requests and answers go."""
        return Attempt.objects.filter(generation__batch__in=self.batches.values("pk"))

    def held_back(self) -> dict[str, int]:
        """How much of what would go a hold keeps, by kind; nothing of what it keeps nothing of."""
        own = Comment.objects.filter(author=self.person).exclude(text="")
        said = Image.objects.filter(is_held(), pk__in=own.values("image")).order_by()
        counted = {
            "pictures": len(self.held),
            "batches": len(self.held_batches),
            "comments": own.filter(image__in=said.values("pk")).count(),
            "galleries": _changed_galleries(self.person).filter(is_gallery_held()).count(),
        }
        return {kind: count for kind, count in counted.items() if count}

    def holds(self) -> list[Hold]:
        """Those that keep it."""
        said = Comment.objects.filter(author=self.person).exclude(text="").values("image")
        batches = Image.objects.filter(pk__in=said).exclude(batch=None).order_by().values("batch")

        def among(rows: models.Manager[Any], column: str, what: str) -> Exists:
            """Whether a hold has such a row, of a picture or a batch of theirs."""
            own = Q(**{f"{what}__person": self.person}) | Q(**{f"{what}__in": batches if what == "batch" else said})
            return Exists(rows.filter(own, **{column: OuterRef("pk" if column == "hold" else column)}))

        keeping = (
            Q(image__person=self.person)
            | Q(image__in=said)
            | Q(batch__person=self.person)
            | Q(batch__in=batches)
            | Q(person=self.person)
            | Q(person__in=Image.objects.filter(pk__in=said).order_by().values("person"))
            | Q(gallery__in=_changed_galleries(self.person).values("pk"))
            | among(GalleryItem.objects, "gallery", "image")
            | among(Hold.images.through.objects, "hold", "image")
            | among(Hold.batches.through.objects, "hold", "batch")
        )
        return list(Hold.objects.standing().filter(keeping).order_by("pk"))

    def counts(self) -> dict[str, int]:
        return {"pictures": self.going.count(), "batches": self.batches.count(), "calls": self.attempts.count()}


@dataclass(frozen=True)
class Preview:
    """What an erasure would do now: how much goes, how much stays without a name, and what holds keep."""

    gone: dict[str, int]
    kept: dict[str, int]
    held: dict[str, int]
    """By kind."""
    holds: list[Hold]
    """What keeps these."""
    hold: Hold | None
    """The hold on the person as a whole: nothing can be erased until it is released."""


def preview(person: Person) -> Preview:
    """What `erase` would do now; it changes nothing. Of who is held as a whole only that is said."""
    if whole := Hold.objects.standing().filter(person=person).first():
        return Preview({}, {}, {}, [], whole)
    work = Work.of(person)
    gone = work.counts()
    gone["comments"] = comments_of(person).exclude(text="").count()
    gone["galleries"] = galleries_of(person).count()
    others = Gallery.objects.filter(person=person).exclude(pk__in=galleries_of(person).values("pk"))
    kept = {
        "references": len(work.kept),
        "verdicts": person.verdicts.count(),
        "galleries": others.count(),
    }
    held = work.held_back()
    return Preview(gone, kept, held, work.holds() if held else [], None)


def comments_of(person: Person) -> models.QuerySet[Comment]:
    """Those whose words go."""
    return Comment.objects.filter(author=person).exclude(image__in=Image.objects.filter(is_held()))


def galleries_of(person: Person) -> models.QuerySet[Gallery]:
    """Those that nobody else is in, which go."""
    return _alone(person).filter(~is_gallery_held())


def _alone(person: Person) -> models.QuerySet[Gallery]:
    """Their galleries that nobody else is in."""
    return Gallery.objects.filter(team=None, members=None, person=person)


def _changed_galleries(person: Person) -> models.QuerySet[Gallery]:
    """Those that go, and those whose title goes."""
    return Gallery.objects.filter(Q(pk__in=_alone(person).values("pk")) | Q(pk__in=galleries_named_after(person)))
