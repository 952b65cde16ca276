"""What a team's reviewers decide about its pictures."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction

from generations.models.image import Image
from generations.models.key import new_key, now
from generations.models.team import Person
from generations.text import tidy

MAX_NOTE = 300
SAID = ("key", "reviewer_id", "state", "note", "decided_at")


class ReviewQuerySet(models.QuerySet["Review"]):
    @transaction.atomic
    def give(self, person: Person, image: Image, state: str, note: str = "") -> str:
        """Write down a verdict over whatever was decided before; the key it can be taken back by. The person's own
        verdict once more, without another note, changes nothing."""
        # Of two at once the second replaces the first.
        list(Image.objects.select_for_update().filter(pk=image.pk).values_list("pk"))
        note = " ".join(tidy(note, MAX_NOTE).split())
        before = self.filter(image=image).first()
        if before and (before.reviewer_id, before.state) == (person.pk, state) and note in ("", before.note):
            return before.key
        verdict = Review(
            key=new_key(),
            image=image,
            reviewer=person,
            state=state,
            note=note,
            decided_at=now(),
            replaced=before and {name: getattr(before, name) for name in SAID},
        )
        written = [name.removesuffix("_id") for name in (*SAID, "replaced")]
        Review.objects.bulk_create([verdict], update_conflicts=True, unique_fields=["image"], update_fields=written)
        return verdict.key

    def take_back(self, person: Person, image: Image, key: str) -> bool:
        """Undo the person's verdict: what it replaced counts again. False when it is gone or somebody has decided anew
        since."""
        verdict = self.filter(reviewer=person, image=image, key=key)
        if replaced := verdict.values_list("replaced", flat=True).first():
            return bool(verdict.update(**replaced, replaced=None))
        return bool(verdict.delete()[0])


class Review(models.Model):
    """The verdict on one picture, who gave it and why. The last one counts; without one a picture awaits review."""

    class State(models.TextChoices):
        APPROVED = "approved"
        REJECTED = "rejected"

    key = models.CharField(max_length=12, default=new_key, editable=False, help_text="What undoes this verdict.")
    image = models.OneToOneField(Image, on_delete=models.CASCADE, related_name="review")
    reviewer = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="reviews")
    state = models.CharField(max_length=8, choices=State)
    note = models.CharField(max_length=MAX_NOTE, blank=True)
    decided_at = models.DateTimeField(db_default=now())
    replaced = models.JSONField(null=True, encoder=DjangoJSONEncoder, help_text="The verdict before it, for Undo.")

    objects = ReviewQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["state", "image"], name="review_state")]

    def __str__(self) -> str:
        return f"{self.image_id} {self.state} by {self.reviewer_id}"
