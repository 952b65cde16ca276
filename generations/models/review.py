"""What a team's reviewers decide about its pictures."""

from __future__ import annotations

import unicodedata

from django.db import models

from generations.models.image import Image
from generations.models.key import new_key, now
from generations.models.team import Person

LONGEST_NOTE = 300


class ReviewQuerySet(models.QuerySet["Review"]):
    def give(self, person: Person, image: Image, state: str, note: str = "") -> str:
        """Write down a verdict over whatever was decided before; the key it can be taken back by."""
        verdict = Review(
            key=new_key(),
            image=image,
            reviewer=person,
            state=state,
            note=" ".join(unicodedata.normalize("NFC", note).split())[:LONGEST_NOTE],
            decided_at=now(),
        )
        said = ["key", "reviewer", "state", "note", "decided_at"]
        Review.objects.bulk_create([verdict], update_conflicts=True, unique_fields=["image"], update_fields=said)
        return verdict.key

    def take_back(self, person: Person, image: Image, key: str) -> bool:
        """Remove the person's verdict; False when it is gone or somebody has decided anew since."""
        return bool(self.filter(reviewer=person, image=image, key=key).delete()[0])


class Review(models.Model):
    """The verdict on one picture, who gave it and why. The last one counts; without one a picture awaits review."""

    class State(models.TextChoices):
        APPROVED = "approved"
        REJECTED = "rejected"

    key = models.CharField(max_length=12, default=new_key, editable=False, help_text="What undoes this verdict.")
    image = models.OneToOneField(Image, on_delete=models.CASCADE, related_name="review")
    reviewer = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="reviews")
    state = models.CharField(max_length=8, choices=State)
    note = models.CharField(max_length=LONGEST_NOTE, blank=True)
    decided_at = models.DateTimeField(db_default=now())

    objects = ReviewQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["state", "image"], name="review_state")]

    def __str__(self) -> str:
        return f"{self.image_id} {self.state} by {self.reviewer_id}"
