"""Clients and share links."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generations import rights
from generations.forms.fields import MAX_NAME, TextField
from generations.models import Client, Gallery, Person, ShareLink
from generations.models.client import MAX_CONTACTS, contacts_in
from generations.models.share_link import DAYS_OPEN, MAX_LABEL
from generations.translatable import Message
from generations.viewer import Viewer


class ClientForm(forms.ModelForm):
    """What a client is called, how its pages look, and where messages to it go."""

    MAX_CONTACTS_INPUT = MAX_CONTACTS * (MAX_NAME + 2)
    contacts = TextField(
        label=_("Contacts"), what=Message("list of contacts"), max_length=MAX_CONTACTS_INPUT, required=False
    )
    password = TextField(label=_("Password"), what=Message("password"), max_length=200, strip=False, required=False)
    no_password = forms.BooleanField(required=False)

    class Meta:
        model = Client
        fields = ("name", "colour", "language")
        field_classes = {"name": TextField}
        error_messages = {"name": {"required": _("Write the client’s name.")}}

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def clean_language(self) -> str:
        language = self.cleaned_data["language"]
        return language if language in dict(settings.LANGUAGES) else ""

    def clean_contacts(self) -> list[str]:
        found = contacts_in(self.cleaned_data["contacts"])
        if len(found) > MAX_CONTACTS:
            raise ValidationError(gettext("A client has at most %(max)s contacts.") % {"max": MAX_CONTACTS})
        for contact in found:
            try:
                validate_email(contact)
            except ValidationError as error:
                sentence = gettext("“%(text)s” is not an e-mail address. Write one address on each line.")
                raise ValidationError(sentence % {"text": contact[:MAX_NAME]}) from error
        return found

    @property
    def said(self) -> dict[str, Any]:
        """The columns it writes."""
        return {name: self.cleaned_data[name] for name in ("name", "colour", "language", "contacts")}

    def save(self, commit: bool = True) -> Client:
        """Change the client; a password that is left empty stays."""
        client = self.instance
        client.change(**self.said)
        if self.cleaned_data["password"] or self.cleaned_data["no_password"]:
            client.set_password("" if self.cleaned_data["no_password"] else self.cleaned_data["password"])
        return client


class NewClientForm(ClientForm):
    """A new client of one of one's teams."""

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.teams = list(person.teams.order_by("membership__pk"))
        self.fields["team"] = forms.ChoiceField(choices=[(team.key, team.name) for team in self.teams])

    def save(self, commit: bool = True) -> Client:
        team = next(team for team in self.teams if team.key == self.cleaned_data["team"])
        return Client.make(team, self.person, password=self.cleaned_data["password"], **self.said)


class ShareLinkForm(forms.ModelForm):
    """A new share link: what it is called, how long it is open, what it shows and gives."""

    DAYS = (7, 30, 90, 0)
    days = forms.TypedChoiceField(
        choices=[(days, days) for days in DAYS],
        coerce=int,
        empty_value=DAYS_OPEN,  # type: ignore[arg-type]  # The stubs know only text.
        required=False,
    )
    password = TextField(label=_("Password"), what=Message("password"), max_length=200, strip=False, required=False)

    client = forms.ModelChoiceField(
        Client.objects.none(),
        to_field_name="key",
        required=False,
        error_messages={"invalid_choice": _("Choose a client from the list.")},
    )

    class Meta:
        model = ShareLink
        fields = (
            "label",
            "client",
            "approved_only",
            "shows_prompts",
            "shows_names",
            "shows_comments",
            "download",
            "choosing",
            "choose_limit",
            "commenting",
        )
        field_classes = {"label": TextField}

    def __init__(self, gallery: Gallery, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gallery, self.person = gallery, person
        self.fields["label"].required = False
        self.initial.update(choosing=True, commenting=True)
        clients = cast(forms.ModelChoiceField, self.fields["client"])
        clients.queryset = rights.see_client.of(Viewer(person), Client.objects.order_by("name", "pk"))

    def save(self, commit: bool = True) -> ShareLink:
        """The link, open from now on; without a label of its own it has the gallery's title."""
        said = {name: self.cleaned_data[name] for name in self._meta.fields or ()}
        return ShareLink.make(
            self.gallery,
            self.person,
            password=self.cleaned_data["password"],
            days=self.cleaned_data["days"],
            **said | {"label": said["label"] or self.gallery.title[:MAX_LABEL]},
        )
