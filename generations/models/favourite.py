"""A picture somebody wants to find again."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generations.models.image import Image
from generations.models.key import now
from generations.models.team import Person


class Favourite(models.Model):
    """One person's heart on one picture; nobody else sees it."""

    person = models.ForeignKey(Person, verbose_name=_("person"), on_delete=models.CASCADE, related_name="favourites")
    image = models.ForeignKey(Image, verbose_name=_("image"), on_delete=models.CASCADE, related_name="favourites")
    created_at = models.DateTimeField(_("created at"), db_default=now())

    class Meta:
        verbose_name = _("favourite")
        verbose_name_plural = _("favourites")
        constraints = [models.UniqueConstraint(fields=["person", "image"], name="one_favourite_a_person")]

    def __str__(self) -> str:
        return gettext("Favourite of %(person)s") % {"person": self.person}


def keep_favourites(person: Person, images: models.QuerySet[Image]) -> int:
    """Give these pictures the person's heart; how many had none before."""
    fresh = list(images.exclude(favourites__person=person).order_by().values_list("pk", flat=True))
    Favourite.objects.bulk_create((Favourite(person=person, image_id=pk) for pk in fresh), ignore_conflicts=True)
    return len(fresh)


def drop_favourites(person: Person, images: models.QuerySet[Image]) -> int:
    """Take the person's heart from these pictures; how many had it."""
    return person.favourites.filter(image__in=images.order_by().values("pk")).delete()[0]
