"""What people say of themselves."""

from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from generations.forms.fields import MAX_NAME, MAX_SECRET, TextField
from generations.models import Person
from generations.models.email_address import lowered
from generations.translatable import Message


class SettingsForm(forms.ModelForm):
    """How somebody is called, and how the pages behave for them."""

    class Meta:
        model = Person
        fields = ("first_name", "last_name", "language", "time_zone", "has_single_keys", "has_notifications")
        field_classes = {"first_name": TextField, "last_name": TextField, "time_zone": TextField}

    languages = settings.LANGUAGES
    """Each by its own name."""

    own_zone = settings.TIME_ZONE
    """What holds for who chooses none."""

    def clean_time_zone(self) -> str:
        zone = str(self.cleaned_data["time_zone"] or "")
        if zone and zone not in time_zones():
            raise ValidationError(gettext("Choose a time zone from the list."))
        return zone

    def save(self, commit: bool = True) -> Person:
        """Write these fields alone: the rest, such as whether the account is still active, may have changed since."""
        self.instance.save(update_fields=self._meta.fields)
        return self.instance


@cache
def time_zones() -> tuple[str, ...]:
    """The zones that are named after a place, and UTC."""
    return ("UTC", *sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")))


class AddressForm(forms.Form):
    """Another address to sign in with."""

    email = forms.EmailField(max_length=MAX_NAME)

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_email(self) -> str:
        email = lowered(self.cleaned_data["email"])
        if email == lowered(self.person.email):
            raise ValidationError(gettext("This is your address already."))
        if Person.objects.filter(email__lowered=email).exists():
            raise ValidationError(gettext("Somebody else uses this address. Write another one."))
        return email


class EmailForm(AddressForm):
    """Another address of one's own, and the password that shows who asks."""

    password = TextField(max_length=MAX_SECRET, what=Message("password"), strip=False)

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        if not self.person.check_password(password):
            raise ValidationError(gettext("This is not your current password. Type it again."))
        return password


class NotificationForm(forms.Form):
    """When the digest comes."""

    digest = forms.ChoiceField(choices=Person.Digest, required=False)
    digest_hour = forms.IntegerField(min_value=0, max_value=23, required=False)
