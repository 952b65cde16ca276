"""What people may send in forms: every field is listed here, and nothing else is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any, cast
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from allauth.account.forms import LoginForm
from django import forms
from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.formats import number_format
from django.utils.text import get_text_list
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from generations import rights
from generations.errors import InvalidRequest
from generations.models import (
    Batch,
    Client,
    Gallery,
    GalleryMember,
    Image,
    Membership,
    Person,
    Provider,
    ProviderModel,
    ShareLink,
    Team,
    Verdict,
)
from generations.models.batch import MAX_PROMPT
from generations.models.client import MAX_CONTACTS, contacts_in
from generations.models.comment import comment_text
from generations.models.folded import is_invisible
from generations.models.group_role import MAX_GROUP
from generations.models.hold import MAX_NAME as MAX_HOLD_NAME
from generations.models.hold import MAX_REASON as MAX_HOLD_REASON
from generations.models.hold import TARGETS
from generations.models.invitation import MAX_ADDRESSES, MAX_WORDS, Address, addresses_in
from generations.models.provider import endpoint_of
from generations.models.region import Region
from generations.models.retention_rule import MAX_DAYS
from generations.models.review_policy import MAX_REVIEW_REASON, REASONS, Gate
from generations.models.share_link import DAYS_OPEN, MAX_LABEL
from generations.protocol.json import parse_json
from generations.rights import Viewer
from generations.text import TEXT, BadText, check_text, clean_text
from generations.translatable import Message
from generations.translation import translated

COUNTS = (1, 2, 4, 8)
"""Those that have a button; any from 1 to MAX_COUNT can be typed."""
MAX_COUNT = 16
PRIVATE = "private"
GALLERY = "gallery:"
"""Before a gallery's key: what is made goes there, and its people see it."""
NO_PROMPT = _("Write what you would like to see.")
RELOAD = _("Reload the page and send again.")
MAX_ADDED = 200_000
MAX_PASTED = 30_000
"""Characters of a text with addresses in it."""
MAX_STOP, MAX_STOPS = 400, 4
MAX_WHICH = 300
MAX_NAME = 254
"""Characters of a user name or an e-mail address."""
MAX_SECRET = 4096
"""Characters of a password or a provider's key."""


class TextField(forms.CharField):
    """A text that is checked and normalised as `generations.text` does it; with `strip=False` it stays as it was sent.
    `what` names it in sentences, else its label does."""

    def __init__(self, *, max_length: int, what: str = "", **kwargs: Any) -> None:
        self.what = what
        super().__init__(max_length=max_length, **kwargs)

    def to_python(self, value: object) -> str | None:
        if value in self.empty_values:
            return self.empty_value
        text, what = str(value), self.what or str(self.label or "").lower() or TEXT
        assert self.max_length is not None, "as it was made"
        try:
            if self.strip:
                return clean_text(text, self.max_length, what) or self.empty_value
            check_text(text, self.max_length, what)
        except BadText as error:
            raise ValidationError(translated(error.sentence)) from error
        return text


class BodyField(forms.JSONField):
    """JSON that becomes part of a request; checked as strictly as what staff add to one."""

    def to_python(self, value: object) -> Any:
        if value in self.empty_values or not isinstance(value, str):
            return None if value in self.empty_values else value
        try:
            return parse_json(value)
        except InvalidRequest as error:
            raise ValidationError(translated(error.detail)) from error

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            return initial if self.disabled else data and parse_json(data)
        except InvalidRequest:
            return forms.fields.InvalidJSONInput(data)


def gallery_to_fill(viewer: Viewer, visible: str) -> Gallery | None:
    """The gallery that this value of "Visible to" names, if the viewer may put pictures there; no query for others."""
    if not visible.startswith(GALLERY):
        return None
    return rights.fill_gallery.of(viewer, Gallery.objects.filter(key=visible.removeprefix(GALLERY))).first()


def archived_gallery(viewer: Viewer, visible: str) -> Gallery | None:
    """The gallery that this value of "Visible to" names, if it is archived and the viewer sees it; no query for
    others."""
    if not visible.startswith(GALLERY):
        return None
    archived = Gallery.objects.filter(key=visible.removeprefix(GALLERY), archived_at__isnull=False)
    return rights.see_gallery.of(viewer, archived).first()


class ComposerForm(forms.Form):
    """A prompt with its models, shape, number, options and who may see what comes of it. `parent` is the picture it
    comes from, `derivation` how."""

    prompt = TextField(max_length=MAX_PROMPT, what=Message("prompt"), error_messages={"required": NO_PROMPT})
    model = forms.ModelMultipleChoiceField(
        queryset=ProviderModel.objects.offered(),
        to_field_name="key",
        error_messages={
            "required": _("Choose a model."),
            "invalid_choice": _("One of these models is no longer offered."),
        },
    )
    size = TextField(max_length=40, what=Message("size"), required=False)
    n = forms.TypedChoiceField(
        choices=[(count, count) for count in range(1, MAX_COUNT + 1)],
        coerce=int,
        empty_value=1,  # type: ignore[arg-type]  # The stubs know only text; Django gives back whatever stands here.
        required=False,
    )
    other_n = forms.IntegerField(label=_("Pictures"), min_value=1, max_value=MAX_COUNT, required=False)
    """A number that has no button; it counts before `n`."""
    visible = forms.ChoiceField(
        required=False,
        error_messages={"invalid_choice": _("You are not in that team. Choose again who may see the pictures.")},
    )
    submission = TextField(max_length=64, what=Message("form’s key"), error_messages={"required": RELOAD})
    seed = forms.IntegerField(label=_("Seed"), min_value=0, max_value=2**32 - 1, required=False)
    temperature = forms.FloatField(label=_("Temperature"), min_value=0, max_value=2, required=False)
    top_p = forms.FloatField(label=_("Top p"), min_value=0, max_value=1, required=False)
    max_tokens = forms.IntegerField(label=_("Max tokens"), min_value=1, max_value=1_000_000, required=False)
    presence_penalty = forms.FloatField(label=_("Presence penalty"), min_value=-2, max_value=2, required=False)
    frequency_penalty = forms.FloatField(label=_("Frequency penalty"), min_value=-2, max_value=2, required=False)
    stop = TextField(
        label=_("Stop sequences"),
        what=Message("list of stop sequences"),
        help_text=_("One per line, up to 4"),
        max_length=MAX_STOP,
        required=False,
        strip=False,
    )
    added = TextField(
        label=_("Extra request fields (JSON)"),
        what=Message("text of the extra request fields"),
        max_length=MAX_ADDED,
        required=False,
        strip=False,
    )
    parent = TextField(max_length=12, what=Message("picture’s key"), required=False)
    derivation = forms.ChoiceField(choices=Batch.Derivation.choices, required=False)

    NUMBERS = ("seed", "temperature", "top_p", "max_tokens", "presence_penalty", "frequency_penalty")
    OPTIONS = (*NUMBERS, "stop", "added")
    SET_ABOVE = ("model", "messages", "stream", "n")
    """Body fields that the composer itself sets."""

    data: QueryDict
    files: MultiValueDict

    def __init__(self, viewer: Viewer, data: QueryDict, files: MultiValueDict) -> None:
        super().__init__(data, files)
        self.viewer, self.person = viewer, viewer.user
        self.teams = {team.key: team for team in self.person.teams.order_by("membership__pk")}
        visible = self.fields["visible"]
        assert isinstance(visible, forms.ChoiceField), "as declared above"
        visible.choices = [(PRIVATE, gettext("Only me")), *((key, team.name) for key, team in self.teams.items())]
        models = self.fields["model"]
        assert isinstance(models, forms.ModelMultipleChoiceField), "as declared above"
        models.queryset = rights.use_model.of(viewer, ProviderModel.objects.offered())
        self.gallery = gallery_to_fill(viewer, data.get("visible", ""))
        if self.gallery:
            visible.choices += [(f"{GALLERY}{self.gallery.key}", self.gallery.title)]
        elif archived := archived_gallery(viewer, data.get("visible", "")):
            visible.error_messages["invalid_choice"] = translated(archived.not_filled)

    @classmethod
    def options_in(cls, said: Mapping[str, object]) -> dict[str, object]:
        """Those of these options that somebody could have set here themselves; of what a file says of itself the rest
        is left out."""
        taken: dict[str, object] = {}
        for name in cls.NUMBERS:
            value = said.get(name)
            if isinstance(value, int | float) and not isinstance(value, bool):
                with suppress(ValidationError):
                    taken[name] = cls.base_fields[name].clean(value)
        stop = said.get("stop")
        if isinstance(stop, list) and stop and all(isinstance(line, str) and line for line in stop):
            lines = "\n".join(stop).splitlines()
            if len(lines) == len(stop) <= MAX_STOPS and len("\n".join(lines)) <= MAX_STOP:
                taken["stop"] = lines
        return taken

    def clean_stop(self) -> list[str] | None:
        """One sequence a line."""
        lines = [line for line in self.cleaned_data["stop"].splitlines() if line]
        if len(lines) > MAX_STOPS:
            raise ValidationError(gettext("Enter up to 4 stop sequences, one per line."))
        return lines or None

    def clean_added(self) -> dict[str, object] | None:
        """What staff add to the body by hand; nobody else's is read."""
        text = self.cleaned_data["added"].strip() if self.viewer.is_staff else ""
        try:
            added = parse_json(text) if text else {}
        except InvalidRequest as error:
            problem = {"problem": translated(error.detail)}
            raise ValidationError(gettext("Extra request fields: %(problem)s") % problem) from error
        if not isinstance(added, dict):
            example = {"example": '{"style": "vivid"}'}
            raise ValidationError(
                gettext("Extra request fields must be one JSON object, such as %(example)s.") % example
            )
        if taken := [name for name in self.SET_ABOVE if name in added]:
            names = {"names": get_text_list(taken, gettext("and"))}
            raise ValidationError(
                gettext("Remove %(names)s from the extra request fields: the composer sets them.") % names
            )
        return added or None

    def sentences(self) -> list[str]:
        """Why it cannot be sent."""
        return [sentence for name, said in self.errors.items() for sentence in self._sentences_of(name, said)]

    def _sentences_of(self, name: str, said: Iterable[object]) -> list[str]:
        if name in (*self.NUMBERS, "other_n"):
            return [self._range(name)]
        gone = self._no_longer_offered() if name == "model" else []
        form = gettext("%(model)s is no longer offered. Choose another model.")
        return [form % {"model": model} for model in gone] or [*map(str, said)]

    def _no_longer_offered(self) -> list[str]:
        """The names of the chosen models that are known, but not on offer."""
        known = ProviderModel.objects.filter(key__in=self.data.getlist("model"))
        offered = rights.use_model.of(self.viewer, ProviderModel.objects.offered())
        return list(known.exclude(pk__in=offered.values("pk")).values_list("name", flat=True))

    def _range(self, name: str) -> str:
        """What a number may be."""
        field = self.fields[name]
        assert isinstance(field, forms.IntegerField), "as declared above; a FloatField is one too"
        form = (
            gettext("%(field)s must be a number from %(min)s to %(max)s.")
            if isinstance(field, forms.FloatField)
            else gettext("%(field)s must be a whole number from %(min)s to %(max)s.")
        )
        return form % {
            "field": field.label,
            "min": number_format(str(field.min_value), use_l10n=True, force_grouping=True),
            "max": number_format(str(field.max_value), use_l10n=True, force_grouping=True),
        }

    def count(self) -> int:
        """How many pictures are asked of each model."""
        return self.cleaned_data["other_n"] or self.cleaned_data["n"]

    def team(self) -> Team | None:
        """The chosen team, else the person's first: also a private batch belongs to one."""
        first = next(iter(self.teams.values()), None)
        return self.teams.get(self.cleaned_data["visible"], first)

    def options(self) -> Mapping[str, object]:
        """The options that were set."""
        return {name: self.cleaned_data[name] for name in self.OPTIONS if self.cleaned_data[name] is not None}


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
        email = str(self.cleaned_data["email"]).lower()
        if email == self.person.email.lower():
            raise ValidationError(gettext("This is your address already."))
        if Person.objects.filter(email__iexact=email).exists():
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


NO_TITLE = _("A gallery needs a title.")


class GalleryForm(forms.ModelForm):
    """What a gallery is called, and what it is for."""

    class Meta:
        model = Gallery
        fields = ("title", "description")
        field_classes = {"title": TextField, "description": TextField}
        error_messages = {"title": {"required": NO_TITLE}}

    def clean_title(self) -> str:
        title = " ".join(self.cleaned_data["title"].split())
        if is_invisible(title):
            raise ValidationError(NO_TITLE)
        return title

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

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if is_invisible(name):
            raise ValidationError(gettext("Write the client’s name."))
        return name

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


class GalleryMemberForm(forms.Form):
    """Somebody named in a gallery, and what they may do there."""

    person = TextField(max_length=MAX_NAME, what="name", required=False)
    email = TextField(max_length=MAX_NAME, what=Message("address"), required=False)
    role = forms.ChoiceField(choices=GalleryMember.Role.choices, initial=GalleryMember.Role.VIEW, required=False)

    def clean_role(self) -> str:
        return self.cleaned_data["role"] or GalleryMember.Role.VIEW


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


class VerdictForm(forms.ModelForm):
    """A verdict on a picture, and what its author should know."""

    state = forms.ChoiceField(
        choices=[(state.value, state.label) for state in Verdict.DECISIONS],
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Choose Approve, Request changes or Reject.")),
    )

    class Meta:
        model = Verdict
        fields = ("state", "reason", "note")
        field_classes = {"note": TextField, "reason": TextField}


class TeamReviewForm(forms.ModelForm):
    """How a team reviews. Of its reasons those that are empty are left out; without any, everybody's apply."""

    review_approvals = forms.TypedChoiceField(choices=[(1, "1"), (2, "2")], coerce=int)
    gates = forms.MultipleChoiceField(choices=Gate.choices, required=False)

    class Meta:
        model = Team
        fields = ("review", "review_approvals", "has_four_eyes")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        typed = cast(QueryDict, self.data).getlist("reason")[:REASONS]
        try:
            kept = [clean_text(text, MAX_REVIEW_REASON, Message("reason")) for text in typed]
        except BadText as error:
            raise ValidationError(translated(error.sentence)) from error
        reasons = [" ".join(text.split()) for text in kept if text.split()]
        # What a team did not change is kept as it was written first, and so stays translated.
        originals = {gettext(reason): reason for reason in self.instance.reasons}
        said["reasons"] = [originals.get(reason, reason) for reason in dict.fromkeys(reasons)]
        return said

    def keep(self) -> None:
        """Write it in one act, and count anew what fewer approvals are enough for."""
        said = self.cleaned_data
        Verdict.objects.rule(
            Team.objects.get(pk=self.instance.pk),
            review=said["review"],
            approvals=said["review_approvals"],
            has_four_eyes=said["has_four_eyes"],
            gates="".join(said["gates"]),
            reasons=said["reasons"],
        )


class HoldForm(forms.Form):
    """A legal hold; `which` names what it covers, of the chosen kind."""

    name = TextField(max_length=MAX_HOLD_NAME, label=_("name"))
    reason = TextField(max_length=MAX_HOLD_REASON, label=_("reason"))
    kind = forms.ChoiceField(choices=[(kind, kind) for kind in TARGETS])
    which = TextField(max_length=MAX_WHICH, label=_("name"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = {
            "name": _("Give the hold a name."),
            "reason": _("Write why. Only administrators read it."),
            "kind": _("Choose what it covers."),
            "which": _("Write what it covers."),
        }
        for name, sentence in asked.items():
            self.fields[name].error_messages |= {"required": sentence, "invalid_choice": sentence}

    def clean_name(self) -> str:
        return self._seen("name")

    def clean_reason(self) -> str:
        return self._seen("reason")

    def _seen(self, name: str) -> str:
        """The text of a field, if there is anything to see in it."""
        if is_invisible(text := str(self.cleaned_data[name])):
            raise ValidationError(self.fields[name].error_messages["required"])
        return text


class DaysForm(forms.Form):
    """How many days something is kept; empty: there is no rule."""

    days = forms.IntegerField(min_value=1, max_value=MAX_DAYS, required=False)


class FirstRunForm(forms.Form):
    """The first account of an installation."""

    name = TextField(
        label=pgettext_lazy("of a person", "Name"),
        max_length=150,
        what=Message("name"),
        widget=forms.TextInput({"autocomplete": "name", "autofocus": True}),
    )
    email = forms.EmailField(
        label=_("Email"), max_length=MAX_NAME, widget=forms.EmailInput({"autocomplete": "username"})
    )
    password = TextField(
        label=_("Password"),
        max_length=MAX_SECRET,
        what=Message("password"),
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def clean_password(self) -> str:
        password, email = self.cleaned_data["password"], self.cleaned_data.get("email", "")
        person = Person(username=email, email=email)
        password_validation.validate_password(password, person)
        return password


class InvitationForm(forms.Form):
    """Addresses as they were pasted, the team, the role, and words of one's own."""

    addresses = TextField(
        max_length=MAX_PASTED,
        what=Message("addresses"),
        strip=False,
        error_messages={"required": _("Paste at least one address.")},
    )
    team = forms.ModelChoiceField(
        queryset=Team.objects.none(), to_field_name="key", error_messages={"invalid_choice": _("Choose a team.")}
    )
    role = forms.ChoiceField(choices=Membership.Role.choices)
    words = TextField(max_length=MAX_WORDS, what=Message("text"), required=False)

    def __init__(self, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = rights.manage_team.of(viewer, Team.objects.all())  # type: ignore[attr-defined]

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
    role = forms.ChoiceField(
        choices=Membership.Role.choices,
        error_messages={"required": _("Choose a role."), "invalid_choice": _("Choose a role.")},
    )

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

    name = TextField(
        label=pgettext_lazy("of a person", "Name"),
        max_length=150,
        what=Message("name"),
        widget=forms.TextInput({"autocomplete": "name", "dir": "auto"}),
    )
    password = TextField(
        label=_("Password"),
        max_length=MAX_SECRET,
        what=Message("password"),
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def __init__(self, email: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        password_validation.validate_password(password, Person(username=self.email, email=self.email))
        return str(password)


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
        before = Provider.objects.filter(pk=self.instance.pk).exclude(sealed_key="").first()
        if before and not cleaned.get("new_key") and origin(cleaned.get("base_url", "")) != origin(before.base_url):
            raise ValidationError({"new_key": gettext("The address changed, so enter the key for it again.")})
        return cleaned

    def save(self, commit: bool = True) -> object:
        if secret := self.cleaned_data.get("new_key"):
            self.instance.set_secret(secret)
        return super().save(commit)


def origin(url: str) -> tuple[str, str]:
    """Scheme and host of an address: what a key is bound to."""
    return urlsplit(url)[:2]
