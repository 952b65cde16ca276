"""Words people put on pictures to find them by; whoever sees the picture sees them."""

from __future__ import annotations

import re
from collections import Counter

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generations.models.folded import casefold, is_invisible
from generations.models.image import Image
from generations.models.key import now
from generations.models.team import Person
from generations.text import BadText, clean_text
from generations.translatable import Message
from generations.translation import translated

MAX_TAG = 40
MAX_TAG_INPUT = 4 * MAX_TAG
"""Folding makes a text shorter that writes each letter and its accents one by one."""
MAX_TAGS_INPUT = 2_000
TOO_LONG = Message("A tag has at most %(max)s characters. Shorten it.", max=MAX_TAG)
MAX_OFFERED = 24
LOOKED_AT = 400


class TagQuerySet(models.QuerySet["Tag"]):
    def on(self, images: models.QuerySet[Image]) -> TagQuerySet:
        """The tags of these pictures."""
        return self.filter(image__in=images.order_by().values("pk"))

    def of_late(self) -> list[str]:
        """The names used most in the last few hundred tags, the most used first."""
        # All tags of 100,000 pictures cannot be counted within the time of a page.
        recent = Counter(self.order_by("-pk").values_list("name", flat=True)[:LOOKED_AT])
        return [name for name, _ in recent.most_common(MAX_OFFERED)]


class Tag(models.Model):
    """A name on a picture, and who put it there first."""

    image = models.ForeignKey(Image, verbose_name=_("image"), on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(_("name"), max_length=MAX_TAG)
    person = models.ForeignKey(Person, verbose_name=_("person"), on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(_("created at"), db_default=now())

    objects = TagQuerySet.as_manager()

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["name", "image"], name="one_tag_a_name")]

    def __str__(self) -> str:
        return self.name


def tag_name(text: str) -> str:
    """How a tag is written: folded, without a leading # or a comma. Raises ValidationError with a sentence."""
    if len(text) > MAX_TAG_INPUT:
        raise ValidationError(translated(TOO_LONG))
    try:
        name = casefold(clean_text(text, MAX_TAG_INPUT, Message("tag"))).strip("#, ")
    except BadText as error:
        raise ValidationError(translated(error.sentence)) from error
    if is_invisible(name):
        raise ValidationError(gettext("Write a tag, such as spring."))
    if len(name) > MAX_TAG:
        raise ValidationError(translated(TOO_LONG))
    return name


def tag_names(text: str) -> list[str]:
    """The tags of a list with commas between them, in its order. Raises ValidationError with a sentence."""
    if len(text) > MAX_TAGS_INPUT:
        raise ValidationError(translated(TOO_LONG))
    parts = [part for part in re.split("[,，、]", text) if part.strip("# ")][:MAX_OFFERED]
    return list(dict.fromkeys(map(tag_name, parts or [""])))


def put_tag(person: Person, images: models.QuerySet[Image], name: str) -> int:
    """Put a tag on these pictures; how many had it not."""
    fresh = list(images.exclude(tags__name=name).order_by().values_list("pk", flat=True))
    Tag.objects.bulk_create((Tag(image_id=pk, name=name, person=person) for pk in fresh), ignore_conflicts=True)
    return len(fresh)


def take_tag(images: models.QuerySet[Image], name: str) -> int:
    """Take a tag off these pictures; how many had it."""
    return Tag.objects.on(images).filter(name=name).delete()[0]
