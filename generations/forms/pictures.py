"""What is said of a picture, and in comments."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generations.forms.fields import TextField
from generations.models import Image
from generations.models.comment import comment_text
from generations.models.region import Region
from generations.text import BadText
from generations.translation import translated


class DescriptionForm(forms.ModelForm):
    """What a picture shows, for people who cannot see it."""

    class Meta:
        model = Image
        fields = ("alt",)
        field_classes = {"alt": TextField}
        labels = {"alt": _("Description")}

    def save(self, commit: bool = True) -> Image:
        """Write this field alone: somebody may have deleted the picture since it was read."""
        self.instance.save(update_fields=self._meta.fields)
        return self.instance


class CommentTextField(forms.CharField):
    """What a comment says, cleaned as the comment itself does it."""

    default_error_messages = {"required": _("Write a comment first.")}

    def to_python(self, value: object) -> str:
        try:
            return comment_text(str(value or ""))
        except BadText as error:
            raise ValidationError(translated(error.sentence)) from error


class RegionField(forms.CharField):
    """A place on a picture: "x,y" or "x,y,width,height" in thousandths, or nothing."""

    def clean(self, value: Any) -> Region | None:
        try:
            return Region.parse(str(value or "")[:40])
        except ValueError:
            raise ValidationError(gettext("Choose a place on the picture again.")) from None


class CommentForm(forms.Form):
    """A comment, and where on the picture it belongs."""

    text = CommentTextField()
    where = RegionField(required=False)
