"""One picture: what a model drew, or what a person brought as a reference."""

from __future__ import annotations

import base64
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generations.imaging.decode import Picture
from generations.imaging.formats import format_of
from generations.models.audit_entry import Subject, record, record_all
from generations.models.batch import Batch
from generations.models.generation import Generation
from generations.models.hold import is_held, wait_for_holds
from generations.models.key import address, new_key, now
from generations.models.notification import Notification
from generations.models.provider_model import ProviderModel
from generations.models.retention_rule import is_kept_long_enough
from generations.models.sizes import ratio_class
from generations.models.stored_file import StoredFile, drop_all, retry_on_integrity_error
from generations.models.team import Person, Team
from generations.text import tidy

PROMPT_IN_ALT = 120
MAX_ALT = 300
MAX_REASON = 300
EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif", "image/avif": "avif"}


class ImageQuerySet(models.QuerySet["Image"]):
    def kept(self) -> ImageQuerySet:
        """Pictures nobody has deleted."""
        return self.filter(deleted_at=None)

    def lock(self) -> list[int]:
        """The numbers of these, oldest first, locked until the transaction ends: it keeps them, and no rule that judged
        them before removes them meanwhile."""
        return list(self.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))

    def asked_for(self) -> ImageQuerySet:
        """Without the drafts that came beside the pictures that were asked for."""
        return self.filter(is_surplus=False)

    def newest_first(self) -> ImageQuerySet:
        return self.order_by("-pk")

    def for_tiles(self, person: Person | None) -> ImageQuerySet:
        """With what a tile shows and no more, and whether the person likes it."""
        mine = Exists(person.favourites.filter(image=OuterRef("pk"))) if person else Value(False)
        deleted = ("deleted_at", "deleted_by", "deletion_reason")
        shown = ("key", "width", "height", "placeholder", "alt", *deleted, "batch__prompt", "verdict__state")
        related = self.select_related("batch", "person", "verdict").annotate(is_favourite=mine)
        return related.only(*shown, "person__first_name", "person__username")

    def with_team_of_batch(self) -> ImageQuerySet:
        """With the number of the team that each was asked for in, also of what is private."""
        return self.annotate(team_of_batch=F("batch__team"))

    def as_sent(self) -> ImageQuerySet:
        """The references of a batch in the order in which they are sent."""
        return self.order_by("batchreference__position")

    def bytes_brought_today(self, person: Person) -> int:
        """How much this person has uploaded within 24 hours, deleted or not."""
        brought = self.filter(person=person, generation=None, created_at__gt=now(days=-1))
        return brought.aggregate(total=Coalesce(Sum("file__size"), 0))["total"]

    # ── deleting ──

    @transaction.atomic
    def delete_by(self, person: Person, reason: str = "") -> tuple[str, int]:
        """Put these pictures into their people's trash, apart from those under a hold: a key to undo it by, and how
        many went.

        `reason` is for the person whose picture somebody else takes down, who is told."""
        self._lock_all()
        deletion, reason = new_key(), tidy(reason, MAX_REASON)
        kept = self.kept().exclude(is_held()).order_by()
        going = list(kept.only("key", "person", "team").order_by("person", "pk"))
        own = [image for image in going if image.person_id == person.pk]
        others = [image for image in going if image.person_id != person.pk]
        count = kept.update(deleted_at=now(), deleted_by=person, deletion=deletion, deletion_reason=reason)
        for author, images in groupby(others, key=attrgetter("person_id")):
            Notification.tell([author], "taken_down", actor=person, images=images, detail=reason)
        if count:
            record_all("deleted_picture", own, by=person.pk)
            record_all("took_down", others, by=person.pk)
        return deletion, count

    @transaction.atomic
    def restore(self) -> int:
        """Bring these pictures back from the trash; how many lay there."""
        self._lock_all()
        trash = self.filter(is_in_trash()).order_by()
        taken_down = trash.exclude(deleted_by=None).exclude(deleted_by=F("person")).only("person", "deleted_by")
        for by, images in groupby(taken_down.order_by("deleted_by", "pk"), key=attrgetter("deleted_by_id")):
            Notification.take_back("taken_down", by, list(images))
        coming = list(trash.only("key", "team").order_by("pk"))
        count = trash.update(deleted_at=None, deleted_by=None, deletion="", deletion_reason="")
        record_all("restored_picture", coming if count else [])
        return count

    def _lock_all(self) -> None:
        """As `lock`, whatever these are chosen by: PostgreSQL locks no row that is joined from the other side. Of two
        who do the same at once the second finds it done."""
        Image.objects.filter(pk__in=list(self.order_by().values_list("pk", flat=True))).lock()

    def to_purge(self) -> ImageQuerySet:
        """Deleted so long ago that they go for good, unless a batch was made from them and needs them to be sent, or
        a hold covers them."""
        return self.filter(is_kept_long_enough("batch__team"), batchreference=None).exclude(is_held())

    def held(self) -> ImageQuerySet:
        """Those under a legal hold."""
        return self.filter(is_held())

    def purge(self) -> int:
        """Remove what the trash has kept long enough, row by row, with the files nothing else refers to; how many."""
        return sum(image.purge() for image in list(self.to_purge().select_related(*Image.FILES)))


def is_in_trash(prefix: str = "") -> Q:
    """The condition of pictures deleted so lately that they can still be had back; with "image__" of rows that name a
    picture."""
    return Q(**{f"{prefix}deleted_at__gt": now(days=-settings.TRASH_DAYS)})


class Image(models.Model):
    """A picture. Its original is kept bit for bit; `clean_file` is the copy without metadata, which is sent to a
    provider as a reference, `labelled_file` the one that says how it was made, and `marked_file` the one for clients,
    which says only that a model made it. A copy of what was drawn is made when somebody first asks for it: nothing it
    depends on changes.

    `batch`, `team` (the one it is shown to, none when it is private) and `model` repeat what its generation says, so
    that a list needs no join. `AudienceChange` changes them there and here. `verdict` names the newest of its
    `verdicts` that stands."""

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    # No index of their own for person and team: SQLite would merge the two instead of walking the library's.
    person = models.ForeignKey(
        Person, verbose_name=_("person"), on_delete=models.PROTECT, related_name="images", db_index=False
    )
    generation = models.ForeignKey(
        Generation, verbose_name=_("generation"), null=True, blank=True, on_delete=models.CASCADE, related_name="images"
    )
    batch = models.ForeignKey(
        Batch,
        verbose_name=_("batch"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="images",
        db_index=False,
    )
    team = models.ForeignKey(
        Team, verbose_name=_("team"), null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    model = models.ForeignKey(
        ProviderModel, verbose_name=_("model"), null=True, blank=True, on_delete=models.PROTECT, related_name="images"
    )
    position = models.PositiveIntegerField(
        _("position"), default=1, help_text=_("Its place in the generation, from 1.")
    )
    is_surplus = models.BooleanField(
        _("draft"),
        default=False,
        help_text=_("Came beside the pictures that were asked for, such as a draft of a thinking model."),
    )
    version = models.PositiveIntegerField(
        _("version"), default=0, help_text=_("The generation’s version that brought it.")
    )
    file = models.ForeignKey(StoredFile, verbose_name=_("file"), on_delete=models.PROTECT, related_name="images")
    clean_file = models.ForeignKey(
        StoredFile, verbose_name=_("clean file"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    labelled_file = models.ForeignKey(
        StoredFile, verbose_name=_("labelled file"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    marked_file = models.ForeignKey(
        StoredFile, verbose_name=_("marked file"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    placeholder = models.BinaryField(_("placeholder"), help_text=_("A WebP of at most 16 pixels."))
    alt = models.CharField(_("alt text"), max_length=MAX_ALT, blank=True)
    verdict = models.ForeignKey(
        "generations.Verdict",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        help_text=_("The one that counts; empty: it awaits review."),
    )
    source_url = models.TextField(
        _("address at the provider"), blank=True, help_text=_("Where the provider said it lay.")
    )
    created_at = models.DateTimeField(_("created at"), db_default=now())
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False, editable=False
    )
    deletion_reason = models.CharField(
        max_length=MAX_REASON, blank=True, editable=False, help_text=_("Why it was taken down, for its person.")
    )
    deletion = models.CharField(max_length=12, blank=True, editable=False, help_text=_("What undoes its deletion."))

    objects = ImageQuerySet.as_manager()

    FILES = ("file", "clean_file", "labelled_file", "marked_file")

    is_favourite: bool
    """Set by `for_tiles`."""
    team_of_batch: int | None
    """Set by `with_team_of_batch`."""
    comment_count = 0
    """Comments in open threads, set by what draws lists of pictures."""

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["generation", "position"], name="one_image_a_position")]
        indexes = [
            # With all that the library asks for, even what the condition says: else SQLite reads the table instead.
            models.Index(
                fields=[
                    "id",
                    "person",
                    "team",
                    "batch",
                    "model",
                    "width",
                    "height",
                    "created_at",
                    "deleted_at",
                    "verdict",
                    "is_surplus",
                ],
                condition=Q(deleted_at=None, batch__isnull=False, is_surplus=False),
                name="image_library",
            ),
            models.Index(fields=["batch", "person", "team", "deleted_at", "id"], name="image_batch"),
            # Without the pictures that await review: SQLite would look them up here instead of walking the library's.
            models.Index(fields=["verdict"], condition=Q(verdict__isnull=False), name="image_verdict"),
            models.Index(fields=["id", "deleted_at"], condition=Q(deleted_at__isnull=False), name="image_deleted"),
            # What is asked of the thousands in a gallery, whatever they are. Nobody looks for a moment, so no further
            # column narrows: SQLite would look for each picture in each batch that a word is found in.
            models.Index(
                fields=["id", "created_at", "deleted_at", "batch", "team", "verdict", "model", "person"],
                name="image_facts",
            ),
            models.Index(fields=["person", "deleted_at"], condition=Q(deleted_at__isnull=False), name="image_trash"),
            models.Index(
                fields=["id", "team", "person"],
                condition=Q(verdict=None, deleted_at=None, team__isnull=False, batch__isnull=False, is_surplus=False),
                name="image_awaiting",
            ),
            models.Index(fields=["id", "model", "person"], condition=Q(is_surplus=True), name="image_surplus"),
        ]

    def __str__(self) -> str:
        return self.key

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """A new row takes where it belongs from its generation. Its batch is read anew and locked: whoever changes who
        sees it meanwhile waits, and then changes this row too. Its team is looked up behind the lock: PostgreSQL would
        join a row that it waited for with the team it had before."""
        if self._state.adding and self.generation is not None and self.batch is None:
            rows = Batch.objects.select_for_update(no_key=True)
            self.batch, self.model = rows.get(pk=self.generation.batch_id), self.generation.model
            self.team = self.batch.team if self.batch.visibility == Batch.Visibility.TEAM else None
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return address("image", self.key)

    @property
    def original_url(self) -> str:
        return address("original", self.key)

    @property
    def favourite_url(self) -> str:
        return address("favourite", self.key)

    @property
    def instruct_url(self) -> str:
        return address("instruct", self.key)

    @property
    def vary_url(self) -> str:
        return address("vary", self.key)

    @classmethod
    def measured(cls, picture: Picture, placeholder: bytes) -> dict[str, object]:
        """The columns that say what a decoded picture looks like."""
        return {"width": picture.width, "height": picture.height, "placeholder": placeholder}

    def purge(self) -> bool:
        """Remove the row, if it is still deleted and not used, then its files, if nothing else refers to them."""
        reduced = [copy.file for copy in self.reduced_copies.select_related("file")]
        with transaction.atomic():
            wait_for_holds()
            Image.objects.filter(pk=self.pk).lock()  # whoever restores it meanwhile is waited for
            if not Image.objects.to_purge().filter(pk=self.pk).delete()[0]:
                return False
            record("purged_picture", Subject("image", self.key, self.team_id))
        drop_all(filter(None, [*(getattr(self, name) for name in self.FILES), *reduced]))
        return True

    def keep_copy(self, name: str, data: bytes) -> StoredFile:
        """Store a copy of it under this one of the names in FILES; the file. Raises BadPicture, NotStored."""
        media_type = format_of(data).media_type

        def store() -> StoredFile:
            file = StoredFile.put(data, media_type)
            Image.objects.filter(pk=self.pk).update(**{name: file})
            return file

        file = retry_on_integrity_error(store)
        setattr(self, name, file)
        return file

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None

    @property
    def is_taken_down(self) -> bool:
        """Whether somebody else than its person deleted it."""
        return self.deleted_by_id not in (None, self.person_id)

    @property
    def is_reference(self) -> bool:
        """Whether a person brought it."""
        return self.generation_id is None

    @property
    def takes_label(self) -> bool:
        """Whether a copy can be made that says how it was made."""
        return self.extension in ("png", "jpg", "webp") and not self.is_reference

    @property
    def ratio(self) -> str:
        """The design's class for its shape."""
        return ratio_class(self.width, self.height)

    @property
    def mark(self) -> str:
        """The design's class for the verdict on it, "" while it awaits one."""
        return f"is-{self.verdict.state}" if self.verdict else ""

    @property
    def tone(self) -> str:
        """The design's tone of a wish for changes; "" of anything else."""
        return "lamp" if self.verdict and self.verdict.state == "changes" else ""

    @property
    def verdict_text(self) -> str:
        """The verdict on it in a word, "" while it awaits one."""
        # Not by get_state_display, which hashes the texts of all choices anew: 0.1 ms for each tile of a page.
        return str(self.verdict.State(self.verdict.state).label).lower() if self.verdict else ""

    @property
    def words(self) -> str:
        """What was asked for, or the name a reference came with."""
        return self.batch.prompt if self.batch else self.alt or gettext("A reference")

    @property
    def description(self) -> str:
        """What a screen reader says in its place: what somebody wrote for it, else the beginning of its words."""
        return self.alt or self.words[:PROMPT_IN_ALT]

    @property
    def placeholder_uri(self) -> str:
        """The blurred beginning of the picture as a data URI of some 150 bytes."""
        return "data:image/webp;base64," + base64.b64encode(bytes(self.placeholder)).decode()

    @property
    def extension(self) -> str:
        return EXTENSIONS.get(self.file.media_type, "bin")
