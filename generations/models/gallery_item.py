"""A picture's place in a gallery."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from generations.models.image import Image
from generations.models.key import now
from generations.models.team import Person


class GalleryItem(models.Model):
    """A picture's place in a gallery. One that was taken out keeps its row, so that it can come back to its place."""

    gallery = models.ForeignKey(
        "generations.Gallery", verbose_name=_("gallery"), on_delete=models.CASCADE, related_name="items", db_index=False
    )
    image = models.ForeignKey(Image, verbose_name=_("picture"), on_delete=models.CASCADE, related_name="gallery_items")
    person = models.ForeignKey(
        Person, verbose_name=_("person"), null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    rank = models.BinaryField(_("rank"), help_text=_("Its place by hand, see rank.py."))
    added_at = models.DateTimeField(_("added at"), db_default=now())
    removed_at = models.DateTimeField(_("removed at"), null=True)
    removal = models.CharField(
        _("removal"), max_length=12, blank=True, help_text=_("What undoes that it came, or went.")
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gallery", "image"], name="one_item_a_picture")]
        # With all that counting reads, so that no row is looked up: SQLite asks even for what the condition says.
        indexes = [
            models.Index(
                fields=["gallery", "rank", "id", "image", "removed_at"],
                condition=Q(removed_at=None),
                name="gallery_by_hand",
            ),
            models.Index(
                fields=["gallery", "id", "image", "removed_at"], condition=Q(removed_at=None), name="gallery_by_age"
            ),
            models.Index(
                fields=["gallery", "image", "removed_at"], condition=Q(removed_at=None), name="gallery_by_picture"
            ),
        ]

    def __str__(self) -> str:
        return str(self.image)
