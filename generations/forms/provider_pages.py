"""What an administrator may send about providers and their models."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generations.forms.composer import ComposerForm
from generations.forms.fields import MAX_SECRET, BodyField, TextField
from generations.forms.providers import ProviderForm
from generations.models import Membership, Person, Price, Provider, ProviderModel, Team
from generations.models.endpoint import endpoint_of
from generations.models.offer import add_provider
from generations.models.provider import SANDBOX_URL
from generations.models.recorded import record_changed, record_made, values_of
from generations.translatable import Message

MAX_HEADERS = 20
MAX_LINES = 4000


class EndpointForm(forms.Form):
    """A new provider: address and key."""

    base_url = TextField(label=_("Address"), what=Message("address"), max_length=500)
    new_key = TextField(label=_("Key"), what=Message("key"), max_length=MAX_SECRET, required=False)
    name = TextField(label=_("Name"), what=Message("name"), max_length=80, required=False)

    def clean_base_url(self) -> str:
        address = endpoint_of(self.cleaned_data["base_url"])
        if address == SANDBOX_URL:
            raise ValidationError(gettext("This is the address of the sandbox. It is a provider already."))
        return address

    def keep(self) -> Provider:
        said = self.cleaned_data
        return add_provider(said["base_url"], said["new_key"], said["name"])


class RecordedForm(forms.ModelForm):
    """A form that writes its own columns alone, and records them."""

    def keep(self) -> Any:
        row = self.instance
        before = type(row)._default_manager.get(pk=row.pk)
        if not self.changed_data:
            return row
        with transaction.atomic():
            columns = [name for name in self.written() if hasattr(type(row), name)]
            row.save(update_fields=columns)
            self.save_m2m()
            record_changed(row, self.changed_data, values_of(before, self.changed_data))
        return row

    def written(self) -> Iterable[str]:
        """The columns that the form sets."""
        return [name for name in self._meta.fields or () if not self._meta.model._meta.get_field(name).many_to_many]

    def save_m2m(self) -> None:
        """Relations to many; none here."""


class ConnectionForm(RecordedForm, ProviderForm):
    """Name, address and key; the key goes in and never comes out."""

    class Meta:
        model = Provider
        fields = ("name", "base_url")
        field_classes = {"name": TextField, "base_url": TextField}

    def keep(self) -> Any:
        self.seal()
        if "base_url" in self.changed_data:
            self.instance.look_up()
        return super().keep()

    def written(self) -> Iterable[str]:
        return [*super().written(), *self.sealed, "is_private"]


class LimitsForm(RecordedForm):
    """How much at once, how long, how large."""

    class Meta:
        model = Provider
        fields = (
            "running_limit", "minute_limit", "request_limit", "connect_timeout", "write_timeout", "idle_timeout",
            "total_timeout", "retry_unclear", "compresses",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("running_limit", "connect_timeout", "write_timeout", "idle_timeout", "total_timeout"):
            self.fields[name].validators.append(MinValueValidator(1))


class RoutingForm(RecordedForm):
    """How calls get there and pictures come back: further headers and a proxy, which never come out; query parameters,
    hosts of pictures."""

    new_headers = TextField(
        label=_("Further headers"), what=Message("list of headers"), max_length=MAX_LINES, required=False, strip=False
    )
    drop_headers = forms.BooleanField(required=False)
    new_proxy = TextField(label=_("HTTP proxy"), what=Message("proxy"), max_length=500, required=False)
    drop_proxy = forms.BooleanField(required=False)

    class Meta:
        model = Provider
        fields = ("query", "picture_hosts")
        field_classes = {"query": TextField, "picture_hosts": TextField}

    def clean_query(self) -> str:
        query = (self.cleaned_data["query"] or "").removeprefix("?")
        try:
            parse_qsl(query, strict_parsing=bool(query))
        except ValueError:
            raise ValidationError(gettext("Enter names and values, such as api-version=2025-01-01.")) from None
        if not query.isprintable() or not query.isascii() or any(mark in query for mark in " #"):
            raise ValidationError(gettext("Enter names and values, such as api-version=2025-01-01."))
        return query

    def clean_new_headers(self) -> dict[str, str]:
        """One a line, a name and a value."""
        found = {}
        for line in filter(str.strip, (self.cleaned_data["new_headers"] or "").splitlines()):
            name, mark, value = (part.strip() for part in line.partition(":"))
            if not (mark and value and name.replace("-", "").replace("_", "").isalnum() and line.isascii()):
                raise ValidationError(gettext("Enter a header a line, such as X-Project: studio."))
            if name.lower() in {"authorization", "content-length", "content-type", "host", "connection"}:
                raise ValidationError(gettext("The header %(name)s is set already.") % {"name": name})
            found[name] = value
        if len(found) > MAX_HEADERS:
            raise ValidationError(gettext("Enter at most %(max)s headers.") % {"max": MAX_HEADERS})
        return found

    def clean_new_proxy(self) -> str:
        url = self.cleaned_data["new_proxy"] or ""
        try:
            parts = urlsplit(url)
            is_whole = not url or (parts.scheme in ("http", "https") and parts.hostname and parts.port != 0)
        except ValueError:
            is_whole = False
        if not is_whole or not url.isascii() or " " in url:
            raise ValidationError(gettext("Enter the whole address of the proxy, such as http://proxy.example:3128."))
        return url

    def keep(self) -> Any:
        if self.is_said("headers"):
            self.instance.set_headers(self.cleaned_data["new_headers"])
        if self.is_said("proxy"):
            self.instance.set_proxy(self.cleaned_data["new_proxy"])
        return super().keep()

    def is_said(self, name: str) -> bool:
        """Whether the headers or the proxy are set, or no longer."""
        return bool(self.cleaned_data[f"new_{name}"] or self.cleaned_data[f"drop_{name}"])

    def written(self) -> Iterable[str]:
        return [*super().written(), *(f"sealed_{name}" for name in ("headers", "proxy") if self.is_said(name))]


class SwitchForm(RecordedForm):
    """Whether a provider may be used."""

    class Meta:
        model = Provider
        fields = ("is_enabled",)


class ModelForm(RecordedForm):
    """What a model takes, as fields; `sizes` and `options` as words, `extra` as JSON. Who may use it."""

    sizes = TextField(label=_("Sizes"), what=Message("list of sizes"), max_length=1000, required=False)
    options = forms.MultipleChoiceField(label=_("Options"), required=False)
    extra = BodyField(label=_("Extra request fields (JSON)"), required=False)
    teams = forms.ModelMultipleChoiceField(
        label=_("Teams"), queryset=Team.objects.order_by("name"), to_field_name="key", required=False
    )
    roles = forms.MultipleChoiceField(label=_("Roles"), choices=Membership.Role.choices, required=False)

    class Meta:
        model = ProviderModel
        fields = (
            "about", "is_enabled", "placement", "sizes", "max_n", "min_references", "max_references",
            "max_reference_side", "must_stream", "max_prompt", "options", "extra", "roles", "teams",
        )  # fmt: skip
        field_classes = {"about": TextField, "placement": TextField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        instance = kwargs["instance"]
        kwargs["initial"] = {
            "sizes": " ".join(map(str, instance.sizes)),
            "extra": instance.extra or {},
            "roles": instance.roles.split(),
            "teams": [team.key for team in instance.teams.all()],
        }
        super().__init__(*args, **kwargs)
        names = dict.fromkeys([*ComposerForm.NUMBERS, "stop", *map(str, instance.options)])
        options = self.fields["options"]
        assert isinstance(options, forms.MultipleChoiceField), "as declared above"
        options.choices = [(name, name) for name in names]
        self.fields["max_n"].validators.append(MinValueValidator(1))
        self.fields["max_prompt"].validators.append(MinValueValidator(1))

    def clean_sizes(self) -> list[str]:
        return list(dict.fromkeys((self.cleaned_data["sizes"] or "").replace(",", " ").split()))

    def clean_extra(self) -> dict[str, Any]:
        extra = self.cleaned_data["extra"]
        if extra is not None and not isinstance(extra, dict):
            raise ValidationError(gettext('Enter a JSON object, such as {"quality": "high"}.'))
        return extra or {}

    def clean_roles(self) -> str:
        return " ".join(self.cleaned_data["roles"])

    def clean(self) -> dict[str, Any]:
        super().clean()
        said = self.cleaned_data
        if said.get("min_references", 0) > said.get("max_references", 0):
            raise ValidationError({"min_references": gettext("This is more than the most reference pictures.")})
        return said

    def save_m2m(self) -> None:
        self.instance.teams.set(self.cleaned_data["teams"])


class PriceForm(forms.ModelForm):
    """A price with the day it begins; none is changed afterwards."""

    day = forms.DateField(label=_("From"), required=False)

    class Meta:
        model = Price
        fields = ("amount", "size", "quality")
        field_classes = {"size": TextField, "quality": TextField}

    def keep(self, person: Person) -> Price:
        from_now = self.cleaned_data["day"] is None
        price = self.instance
        price.entered_by = person
        if not from_now:
            price.starts_at = start_of(self.cleaned_data["day"])
        with transaction.atomic():
            price.save()
            record_made(price)
        return price


def start_of(day: date) -> datetime:
    """The first moment of a day here."""
    return timezone.make_aware(datetime.combine(day, time.min))
