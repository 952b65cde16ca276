"""What a person asked for in one go."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generations.models.difference import Change, changes_between
from generations.models.folded import FoldedField
from generations.models.key import address, new_key, now
from generations.models.team import Person, Team
from generations.translatable import Message

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from generations.models.gallery import Gallery
    from generations.models.generation import Generation
    from generations.models.image import Image


UNFINISHED = ("queued", "running")
"""The states of a generation that is not over."""
SEARCH_INDEX = "generations_batch_words"
"""SQLite's index of the prompts by three signs in a row; the names of its tables begin with it."""
MAX_PROMPT = 32_000
"""Characters; a model may take fewer."""
NO_PROMPT = Message("Write what you would like to see.")
MAX_COUNT = 16
"""Pictures that are asked of each model."""


class Audience(NamedTuple):
    """Who sees a batch. Also a private one belongs to a team, where there is one."""

    team: Team | None
    visibility: str
    gallery: Gallery | None = None


class BatchQuerySet(models.QuerySet["Batch"]):
    def of(self, person: Person) -> BatchQuerySet:
        """Batches this person asked for."""
        return self.filter(person=person)

    def in_lineage_of(self, batch: Batch) -> BatchQuerySet:
        """The batch, what it was made from, what was made from that, and so on: one line, oldest first."""
        root = batch.lineage_root_id or batch.pk
        return self.filter(Q(lineage_root=root) | Q(pk=root)).order_by("pk")

    def listed(self) -> BatchQuerySet:
        """Without those that their person took out of the feed."""
        return self.filter(removed_at=None)

    def without_pictures(self) -> BatchQuerySet:
        """Batches of which all is over, and that brought no picture."""
        return self.exclude(generations__state__in=UNFINISHED).filter(images=None)

    def newest_first(self) -> BatchQuerySet:
        return self.order_by("-pk")

    def before(self, number: int) -> BatchQuerySet:
        """Batches older than this number."""
        return self.filter(pk__lt=number)

    def saying(self, *phrases: str) -> BatchQuerySet:
        """Batches whose prompt holds all these phrases, whatever their case."""
        holds = Q()
        for phrase in phrases:
            holds &= Q(words__holds=phrase)
        return self.filter(holds)


class Batch(models.Model):
    """A prompt with its references, models and options, and who may see what comes of it."""

    class Visibility(models.TextChoices):
        TEAM = "team", _("Team")
        PRIVATE = "private", _("Only me")
        GALLERY = "gallery", _("Gallery")

    class Derivation(models.TextChoices):
        REFINE = "refine", _("refined")
        VARY = "vary", _("varied")
        AGAIN = "again", _("used again")
        REFER = "refer", _("from a reference")

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    person = models.ForeignKey(Person, verbose_name=_("person"), on_delete=models.PROTECT, related_name="batches")
    team = models.ForeignKey(
        Team, verbose_name=_("team"), null=True, blank=True, on_delete=models.PROTECT, related_name="batches"
    )
    visibility = models.CharField(_("visibility"), max_length=7, choices=Visibility, default=Visibility.TEAM)
    gallery = models.ForeignKey(
        "generations.Gallery",
        verbose_name=_("gallery"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="batches",
        db_index=False,
        help_text=_("Where its pictures go."),
    )
    prompt = models.TextField(_("prompt"))
    words = FoldedField(of="prompt", help_text=_("The prompt as it is searched."))
    size = models.CharField(_("size"), max_length=40, blank=True)
    count = models.PositiveIntegerField(
        _("pictures per model"), default=1, help_text=_("Pictures asked of each model.")
    )
    options = models.JSONField(_("options"), default=dict, blank=True)
    references: models.ManyToManyField[Image, BatchReference] = models.ManyToManyField(
        "Image", verbose_name=_("references"), through="BatchReference", related_name="+"
    )
    parent = models.ForeignKey(
        "Image",
        verbose_name=_("parent"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="children",
        help_text=_("Made from it."),
    )
    derivation = models.CharField(
        _("derivation"), max_length=6, choices=Derivation, blank=True, help_text=_("How it was made from its parent.")
    )
    lineage_root = models.ForeignKey(
        "self",
        verbose_name=_("lineage root"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="lineage",
        db_index=False,
        help_text=_("Where its line began."),
    )
    changes = models.JSONField(
        null=True,
        editable=False,
        help_text=_("Characters kept, deleted and inserted since its parent’s prompt; null where not worked out."),
    )
    submission_key = models.CharField(_("submission key"), max_length=64)
    fingerprint = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(_("created at"), db_default=now())
    removed_at = models.DateTimeField(
        _("removed at"), null=True, editable=False, help_text=_("When its person took it out of the feed.")
    )

    objects = BatchQuerySet.as_manager()

    generations: RelatedManager[Generation]

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        constraints = [models.UniqueConstraint(fields=["person", "submission_key"], name="one_batch_a_submission")]
        indexes = [
            models.Index(fields=["person", "-id"]),
            models.Index(fields=["team", "visibility", "-id"]),
            models.Index(fields=["created_at"], name="batch_created"),
            # Most batches have none: an index of all of them looks to SQLite as if it found nothing quickly.
            models.Index(fields=["lineage_root"], condition=Q(lineage_root__isnull=False), name="batch_lineage"),
            models.Index(fields=["gallery"], condition=Q(gallery__isnull=False), name="batch_gallery"),
        ]

    def __str__(self) -> str:
        return gettext("No. %(number)s") % {"number": self.number}

    def get_absolute_url(self) -> str:
        return address("batch", self.key)

    @property
    def again_url(self) -> str:
        """Where all it was asked with stands in the composer."""
        return f"{address('studio')}?from={self.key}"

    @property
    def number(self) -> int:
        """The number people say: No. 1291."""
        return self.pk

    # ── verbs ──

    def remove(self) -> bool:
        """Take it out of feeds and lists: all of it is over and brought no picture. Whether it applied."""
        bare = Batch.objects.without_pictures().filter(pk=self.pk, removed_at=None)
        return bool(Batch.objects.filter(pk__in=bare.values("pk")).update(removed_at=now()))

    def put_back(self) -> bool:
        """Show it in feeds and lists again. Whether it applied."""
        return bool(Batch.objects.filter(pk=self.pk, removed_at__isnull=False).update(removed_at=None))

    @property
    def audience(self) -> Audience:
        return Audience(self.team, self.visibility, self.gallery)


def changes_since(parent: Image | None, prompt: str) -> list[Change] | None:
    """How this prompt differs from the one the parent was drawn for; None where there was none."""
    return changes_between(parent.batch.prompt, prompt) if parent and parent.batch else None


class BatchReference(models.Model):
    """A reference picture's place in a batch."""

    batch = models.ForeignKey(Batch, verbose_name=_("batch"), on_delete=models.CASCADE)
    image = models.ForeignKey("Image", verbose_name=_("image"), on_delete=models.PROTECT)
    position = models.PositiveIntegerField(_("position"))

    class Meta:
        verbose_name = _("reference picture of a batch")
        verbose_name_plural = _("reference pictures of batches")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["batch", "position"], name="one_reference_a_place")]

    def __str__(self) -> str:
        return gettext("Reference %(number)s") % {"number": self.position}
