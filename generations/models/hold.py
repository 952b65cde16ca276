"""Legal holds: what nobody may delete, and nothing that cleans up, until somebody releases it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generations.models.audit_entry import NOTHING, Subject, record, record_all
from generations.models.key import new_key, now
from generations.models.team import Person
from generations.translatable import Message

if TYPE_CHECKING:
    from generations.models.batch import Batch
    from generations.models.gallery import Gallery
    from generations.models.image import Image

MAX_NAME = 120
MAX_REASON = 1000
TARGETS = ("person", "gallery", "batch", "image")
LOCK_NUMBER = 0x686F6C64
"""Of the advisory lock; any number that is always the same."""


class Held(Exception):
    """What was asked for is under a legal hold; `sentence` says which, translated where it is shown."""

    def __init__(self, hold: Hold) -> None:
        self.sentence = Message("The legal hold “%(name)s” forbids this. Release it first.", name=hold.name)
        super().__init__(self.sentence)


class NothingToHold(Exception):
    """What a hold was to cover was removed meanwhile; `sentence` says so, translated where it is shown."""

    def __init__(self) -> None:
        self.sentence = Message("It was removed a moment ago. There is nothing left to hold.")
        super().__init__(self.sentence)


def wait_for_holds() -> None:
    """As the first thing in a transaction that removes for good: until it ends nobody places a hold, so that what is
    not held now is not held when it is gone. Any number of them remove side by side. On SQLite a transaction that
    writes has the database for itself."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [LOCK_NUMBER])


def wait_for_removals() -> None:
    """As the first thing in a transaction that places a hold: no removal is under way until it ends."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_NUMBER])


class HoldQuerySet(models.QuerySet["Hold"]):
    def standing(self) -> HoldQuerySet:
        """Those nobody has released."""
        return self.filter(released_at=None)


class Hold(models.Model):
    """A hold on a person and all that is theirs, on a gallery and all that lies or lay in it, on a batch or on one
    picture; or on several batches and pictures, which are named when it is placed. It stops trash, purge, retention and
    erasure."""

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    name = models.CharField(_("name"), max_length=MAX_NAME)
    reason = models.TextField(_("reason"), max_length=MAX_REASON)
    person = models.ForeignKey(
        Person, verbose_name=_("person"), null=True, blank=True, on_delete=models.SET_NULL, related_name="holds"
    )
    gallery: models.ForeignKey[Gallery | None, Gallery | None] = models.ForeignKey(
        "generations.Gallery",
        verbose_name=_("gallery"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="holds",
    )
    batch: models.ForeignKey[Batch | None, Batch | None] = models.ForeignKey(
        "generations.Batch",
        verbose_name=_("batch"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="holds",
    )
    image: models.ForeignKey[Image | None, Image | None] = models.ForeignKey(
        "generations.Image",
        verbose_name=_("picture"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="holds",
    )
    batches: models.ManyToManyField[Batch, Any] = models.ManyToManyField(
        "generations.Batch", verbose_name=_("batches"), blank=True, editable=False, related_name="+"
    )
    images: models.ManyToManyField[Image, Any] = models.ManyToManyField(
        "generations.Image", verbose_name=_("pictures"), blank=True, editable=False, related_name="+"
    )
    placed_by = models.ForeignKey(
        Person, verbose_name=_("placed by"), null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    placed_at = models.DateTimeField(_("placed at"), db_default=now(), editable=False)
    released_at = models.DateTimeField(_("released at"), null=True, editable=False)
    released_by = models.ForeignKey(
        Person, verbose_name=_("released by"), null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("legal hold")
        verbose_name_plural = _("legal holds")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """One hold covers one thing."""
        if sum(getattr(self, f"{name}_id") is not None for name in TARGETS) != 1:
            raise ValidationError(gettext("Choose one person, gallery, batch or picture."))

    @transaction.atomic
    def place(self, by: Person) -> None:
        """Keep it: from now on nothing of what it covers is deleted. Placed once more by the same person under the same
        name, it stays the one it is. Raises NothingToHold."""
        wait_for_removals()
        if not self._is_there():
            raise NothingToHold
        Person.objects.select_for_update().get(pk=by.pk)
        target = {f"{name}_id": getattr(self, f"{name}_id") for name in TARGETS}
        if Hold.objects.standing().filter(name=self.name, placed_by=by, **target).exists():
            return
        self.placed_by = by
        self.save(force_insert=True)
        record("placed_hold", self._subject(), by=by.pk, after={"hold": self.key})

    @transaction.atomic
    def place_on(self, by: Person, *, images: Iterable[Image] = (), batches: Iterable[Batch] = ()) -> int:
        """Keep these together, as far as they are still there; how many. Placed once more on the same by the same
        person under the same name, it stays the one it is. Raises NothingToHold where none is left."""
        wait_for_removals()
        Person.objects.select_for_update().get(pk=by.pk)
        held: list[models.Model] = [*_still_there(images), *_still_there(batches)]
        if not held:
            raise NothingToHold
        numbers = {kind: {row.pk for row in held if row._meta.model_name == kind} for kind in ("image", "batch")}
        alike = Hold.objects.standing().filter(name=self.name, placed_by=by, **dict.fromkeys(TARGETS))
        if any(hold._covers(numbers["image"], numbers["batch"]) for hold in alike):
            return len(held)
        self.placed_by = by
        self.save(force_insert=True)
        self.images.set(numbers["image"])
        self.batches.set(numbers["batch"])
        record_all("placed_hold", map(_subject_of, held), by=by.pk, after={"hold": self.key})
        return len(held)

    def _covers(self, images: set[int], batches: set[int]) -> bool:
        """Whether it is on exactly these."""
        held = set(self.images.values_list("pk", flat=True)), set(self.batches.values_list("pk", flat=True))
        return held == (images, batches)

    def _is_there(self) -> bool:
        """Whether what it is to cover still is: a person who was erased is not."""
        target: models.Model = next(filter(None, (getattr(self, name) for name in TARGETS)))
        rows = type(target)._default_manager.filter(pk=target.pk)
        return (rows.filter(erased_at=None) if isinstance(target, Person) else rows).exists()

    @transaction.atomic
    def release(self, by: Person) -> bool:
        """End it; False if that was done."""
        standing = Hold.objects.standing().filter(pk=self.pk)
        if not standing.update(released_at=now(), released_by=by):
            return False
        several = [*self.images.only("key"), *self.batches.only("key")]
        subjects = list(map(_subject_of, several)) or [self._subject()]
        record_all("released_hold", subjects, by=by.pk, before={"hold": self.key})
        return True

    def _subject(self) -> Subject:
        """The one thing that it covers."""
        target: models.Model | None = next(filter(None, (getattr(self, name) for name in TARGETS)), None)
        return _subject_of(target) if target else NOTHING


def _subject_of(row: Any) -> Subject:
    """A thing that is held, without its team: of a hold only staff read."""
    return Subject(row._meta.model_name, str(row.pk) if isinstance(row, Person) else row.key)


def _still_there(rows: Iterable[models.Model]) -> Iterator[models.Model]:
    """Those of these, all of one kind, that nobody has removed meanwhile."""
    wanted = list(rows)
    if wanted:
        yield from type(wanted[0])._default_manager.filter(pk__in=[row.pk for row in wanted]).only("key")


def is_held() -> Q:
    """The condition of pictures under a hold that stands: their own, their batch's, their person's, or one of a gallery
    they lie or lay in."""
    standing = Hold.objects.standing()
    return (
        is_held_apart_from_batch()
        | Q(batch__in=standing.filter(batch__isnull=False).values("batch"))
        | Q(batch__in=_among(Hold.batches.through).values("batch"))
    )


def is_held_apart_from_batch() -> Q:
    """The same without the holds on its batch, which whoever looks at batches asks of these."""
    standing = Hold.objects.standing()
    in_galleries = standing.filter(gallery__items__isnull=False)
    return (
        Q(pk__in=standing.filter(image__isnull=False).values("image"))
        | Q(person__in=standing.filter(person__isnull=False).values("person"))
        | Q(pk__in=in_galleries.values("gallery__items__image"))
        | Q(pk__in=_among(Hold.images.through).values("image"))
    )


def is_batch_held() -> Q:
    """The condition of batches that a hold which stands names."""
    standing = Hold.objects.standing()
    return Q(pk__in=standing.filter(batch__isnull=False).values("batch")) | Q(
        pk__in=_among(Hold.batches.through).values("batch")
    )


def _among(through: Any) -> models.QuerySet[Any]:
    """The rows by which holds that stand name several things."""
    rows: models.QuerySet[Any] = through._default_manager.filter(hold__released_at=None)
    return rows


def is_gallery_held() -> Q:
    """The condition of galleries under a hold that stands: their own, or their person's."""
    standing = Hold.objects.standing()
    return Q(pk__in=standing.filter(gallery__isnull=False).values("gallery")) | Q(
        person__in=standing.filter(person__isnull=False).values("person")
    )
