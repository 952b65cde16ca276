"""Galleries and the people named in them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from generations.forms.fields import MAX_NAME, TextField
from generations.models import Gallery, GalleryMember, Person, Team


class GalleryForm(forms.ModelForm):
    """What a gallery is called, and what it is for."""

    class Meta:
        model = Gallery
        fields = ("title", "description")
        field_classes = {"title": TextField, "description": TextField}
        error_messages = {"title": {"required": _("A gallery needs a title.")}}

    def clean_title(self) -> str:
        return " ".join(self.cleaned_data["title"].split())

    def save(self, commit: bool = True) -> Gallery:
        """Write these fields alone: somebody may have archived it since it was read."""
        self.instance.save(update_fields=self._meta.fields)
        return self.instance


class NewGalleryForm(GalleryForm):
    """A new gallery, for one of one's teams or for named people alone."""

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.teams = list(person.teams.order_by("membership__pk"))
        choices = [(team.key, team.name) for team in self.teams]
        self.fields["team"] = forms.ChoiceField(
            choices=choices, required=False, initial=choices[0][0] if choices else ""
        )
        self.instance.person = person

    def clean_team(self) -> Team | None:
        return next((team for team in self.teams if team.key == self.cleaned_data["team"]), None)

    def save(self, commit: bool = True) -> Gallery:
        self.instance.team = self.cleaned_data["team"]
        self.instance.save()
        return self.instance


class GalleryMemberForm(forms.Form):
    """Somebody named in a gallery, and what they may do there."""

    person = TextField(max_length=MAX_NAME, what="name", required=False)
    role = forms.ChoiceField(choices=GalleryMember.Role.choices, initial=GalleryMember.Role.VIEW, required=False)

    def clean_role(self) -> str:
        return self.cleaned_data["role"] or GalleryMember.Role.VIEW
