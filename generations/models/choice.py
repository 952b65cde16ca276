"""What a visitor of a share link decided about a picture."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from generations.models.image import Image
from generations.models.key import now
from generations.models.visitor import HEART, Visitor


class ChoiceQuerySet(models.QuerySet["Choice"]):
    def kept(self) -> ChoiceQuerySet:
        """Of visitors whom nobody has deleted."""
        return self.filter(visitor__deleted_at=None)

    def hearts(self) -> ChoiceQuerySet:
        """Of pictures that were chosen."""
        return self.filter(kind=Choice.Kind.HEART)


class Choice(models.Model):
    """One visitor's mark on one picture; no row is no mark."""

    class Kind(models.TextChoices):
        HEART = HEART, _("Chosen")
        REJECT = "reject", _("Not this")

    visitor = models.ForeignKey(
        Visitor, verbose_name=_("visitor"), on_delete=models.CASCADE, related_name="choices", db_index=False
    )
    image = models.ForeignKey(Image, verbose_name=_("picture"), on_delete=models.CASCADE, related_name="choices")
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    chosen_at = models.DateTimeField(_("chosen at"), db_default=now())

    objects = ChoiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        constraints = [models.UniqueConstraint(fields=["visitor", "image"], name="one_choice_a_visitor")]
        indexes = [models.Index(fields=["visitor", "kind", "image"], name="choices_of_visitor")]

    def __str__(self) -> str:
        return f"{self.visitor}: {self.get_kind_display()}"
