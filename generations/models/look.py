"""Which picture a reviewer has before them at this moment."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from generations.models.image import Image
from generations.models.key import now
from generations.models.team import Person

SECONDS = 25
"""A look lasts so long unless it is renewed; pages renew it every ten seconds."""


class Look(models.Model):
    """One row a reviewer: where they look, and since when they last said so."""

    person = models.OneToOneField(Person, verbose_name=_("person"), on_delete=models.CASCADE, related_name="look")
    image = models.ForeignKey(Image, verbose_name=_("picture"), on_delete=models.CASCADE, related_name="looks")
    looked_at = models.DateTimeField(_("looked at"), db_default=now())

    class Meta:
        verbose_name = _("look")
        verbose_name_plural = _("looks")

    def __str__(self) -> str:
        return str(self.pk)

    @classmethod
    def at(cls, person: Person, image: Image) -> list[Person]:
        """The person looks at this picture now; who else does."""
        cls.objects.update_or_create(person=person, defaults={"image": image, "looked_at": now()})
        others = Person.objects.filter(look__image=image, look__looked_at__gt=now(seconds=-SECONDS))
        return list(others.exclude(pk=person.pk).order_by("first_name", "pk"))
