"""A provider as the administration and its page change it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generations.forms.fields import MAX_SECRET, TextField
from generations.models import Provider
from generations.models.endpoint import endpoint_of
from generations.translatable import Message


class ProviderForm(forms.ModelForm):
    """A provider in the administration: its key goes in and never comes out."""

    new_key = TextField(
        label=_("API key"),
        what=Message("key"),
        max_length=MAX_SECRET,
        required=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=_("Stored encrypted and never shown. Leave empty to keep the present key."),
    )

    def clean_base_url(self) -> str:
        """The address as it is called, whatever was copied with it."""
        return endpoint_of(self.cleaned_data["base_url"])

    def clean(self) -> dict[str, Any]:
        """A key is only ever sent where it was entered for: another address asks for it again."""
        super().clean()
        cleaned = self.cleaned_data
        if self.is_elsewhere and self.instance.sealed_key and not cleaned.get("new_key"):
            raise ValidationError({"new_key": gettext("The address changed, so enter the key for it again.")})
        return cleaned

    @cached_property
    def is_elsewhere(self) -> bool:
        """Whether it is called on another host from now on; once it is known what was entered."""
        before = Provider.objects.filter(pk=self.instance.pk).first()
        return before is not None and origin(self.cleaned_data.get("base_url", "")) != origin(before.base_url)

    def seal(self) -> None:
        """Keep the key that was entered. Further headers and the proxy were entered for the host it had: another one
        gets neither. `sealed` are the columns that this sets."""
        self.sealed: list[str] = []
        if secret := self.cleaned_data.get("new_key"):
            self.instance.set_secret(secret)
            self.sealed += ["sealed_key"]
        if self.is_elsewhere:
            self.instance.set_headers({})
            self.instance.set_proxy("")
            self.sealed += ["sealed_headers", "sealed_proxy"]

    def save(self, commit: bool = True) -> object:
        self.seal()
        return super().save(commit)


def origin(url: str) -> tuple[str, str]:
    """Scheme and host of an address: what a key is bound to."""
    return urlsplit(url)[:2]
