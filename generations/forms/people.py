"""The first account, invitations, teams, roles and signing in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from generations import rights
from generations.forms.fields import MAX_NAME, MAX_SECRET, TextField
from generations.models import Invitation, Membership, Person, Team
from generations.models.email_address import lowered
from generations.models.group_role import MAX_GROUP
from generations.models.invitation import MAX_WORDS
from generations.models.pasted_addresses import MAX_ADDRESSES, Address, addresses_in
from generations.translatable import Message
from generations.viewer import Viewer

NO_ROLE = {"required": _("Choose a role."), "invalid_choice": _("Choose a role.")}
MAX_PASTED = 30_000
"""Characters of a text with addresses in it."""


def name_field(**attributes: object) -> TextField:
    return TextField(
        label=pgettext_lazy("of a person", "Name"),
        max_length=150,
        what=Message("name"),
        widget=forms.TextInput({"autocomplete": "name", **attributes}),
    )


def password_field() -> TextField:
    return TextField(
        label=_("Password"),
        max_length=MAX_SECRET,
        what=Message("password"),
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )


def good_password(password: str, email: str) -> str:
    """The password, if the account with this address may have it. Raises ValidationError."""
    password_validation.validate_password(password, Person(username=email, email=email))
    return password


class FirstRunForm(forms.Form):
    """The first account of an installation."""

    name = name_field(autofocus=True)
    email = forms.EmailField(
        label=_("Email"), max_length=MAX_NAME, widget=forms.EmailInput({"autocomplete": "username"})
    )
    password = password_field()

    def clean_email(self) -> str:
        return lowered(self.cleaned_data["email"])

    def clean_password(self) -> str:
        return good_password(self.cleaned_data["password"], self.cleaned_data.get("email", ""))


class AddressesForm(forms.Form):
    """Addresses as they were pasted, and words of one's own for the email."""

    addresses = TextField(
        max_length=MAX_PASTED,
        what=Message("addresses"),
        strip=False,
        error_messages={"required": _("Paste at least one address.")},
    )
    words = TextField(max_length=MAX_WORDS, what=Message("text"), required=False)

    def clean_addresses(self) -> list[Address]:
        found = addresses_in(self.cleaned_data["addresses"])
        if not found:
            raise ValidationError(gettext("No address was found. An address looks like name@studio.com."))
        if len(found) > MAX_ADDRESSES:
            said = {"max": MAX_ADDRESSES, "number": len(found)}
            raise ValidationError(gettext("Invite at most %(max)s people at once; these are %(number)s.") % said)
        return found

    def clean_words(self) -> str:
        return " ".join(self.cleaned_data["words"].split())


class InvitationForm(AddressesForm):
    """An invitation to a team, with a role in it."""

    team = forms.ModelChoiceField(
        queryset=Team.objects.none(), to_field_name="key", error_messages={"invalid_choice": _("Choose a team.")}
    )
    role = forms.ChoiceField(choices=Membership.Role.choices)

    def __init__(self, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = rights.manage_team.of(viewer, Team.objects.all())  # type: ignore[attr-defined]


class GalleryInvitationForm(AddressesForm):
    """An invitation to one gallery, to look; who manages people may also ask somebody to add pictures, which cost."""

    role = forms.ChoiceField(
        choices=[(role.value, role.label) for role in Invitation.GALLERY_ROLES],
        error_messages=NO_ROLE,
    )

    def __init__(self, viewer: Viewer, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        if not viewer.leads:
            view = Invitation.GALLERY_ROLES[0]
            self.fields["role"] = forms.ChoiceField(choices=[(view.value, view.label)], error_messages=NO_ROLE)

    def clean_addresses(self) -> list[Address]:
        found = super().clean_addresses()
        wrong = next((address.email for address in found if not address.is_valid), "")
        if wrong:
            raise ValidationError(gettext("“%(text)s” is not an address. Correct it or remove it.") % {"text": wrong})
        return found


class GroupRoleForm(forms.Form):
    """A group of single sign-on, and the role that it gives in a team."""

    group = TextField(
        label=_("Group"),
        max_length=MAX_GROUP,
        what=Message("group"),
        error_messages={"required": _("Write the name of a group.")},
    )
    team = forms.ModelChoiceField(
        queryset=Team.objects.none(),
        to_field_name="key",
        error_messages={"required": _("Choose a team."), "invalid_choice": _("Choose a team.")},
    )
    role = forms.ChoiceField(choices=Membership.Role.choices, error_messages=NO_ROLE)

    def __init__(self, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.teams = rights.manage_team.of(viewer, Team.objects.order_by("name"))
        self.fields["team"].queryset = self.teams  # type: ignore[attr-defined]

    def clean_group(self) -> str:
        group = str(self.cleaned_data["group"])
        if not group.isprintable():
            raise ValidationError(gettext("Write the name of the group on one line."))
        return group


class RoleForm(forms.Form):
    """A role in a team."""

    role = forms.ChoiceField(choices=Membership.Role.choices)


class JoinForm(forms.Form):
    """The account of somebody who was invited: their name and a password."""

    name = name_field(dir="auto")
    password = password_field()

    def __init__(self, email: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_password(self) -> str:
        return good_password(self.cleaned_data["password"], self.email)


class TeamNameForm(forms.ModelForm):
    """What a team is called."""

    class Meta:
        model = Team
        fields = ("name",)
        field_classes = {"name": TextField}


class SignInForm(LoginForm):
    """Signing in; a name is no longer than one can be, before the database looks for it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login = self.fields["login"]
        self.fields["login"] = TextField(
            max_length=MAX_NAME, what=Message("name"), label=login.label, widget=login.widget
        )
