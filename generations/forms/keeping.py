"""Legal holds and how long things are kept."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generations.forms.fields import TextField
from generations.models.hold import MAX_NAME as MAX_HOLD_NAME
from generations.models.hold import MAX_REASON as MAX_HOLD_REASON
from generations.models.hold import TARGETS
from generations.models.retention_rule import MAX_DAYS

MAX_WHICH = 300


PERIOD = "period"
"""As a kind: what a person made between two days."""


class HoldWhyForm(forms.Form):
    """How a legal hold is called, and why it is placed."""

    name = TextField(max_length=MAX_HOLD_NAME, label=_("name"))
    reason = TextField(max_length=MAX_HOLD_REASON, label=_("reason"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = {
            "name": _("Give the hold a name."),
            "reason": _("Write why. Only administrators read it."),
            "kind": _("Choose what it covers."),
            "which": _("Write what it covers."),
        }
        for name, field in self.fields.items():
            if sentence := asked.get(name):
                field.error_messages |= {"required": sentence, "invalid_choice": sentence}


class HoldForm(HoldWhyForm):
    """A legal hold; `which` names what it covers, of the chosen kind."""

    kind = forms.ChoiceField(choices=[(kind, kind) for kind in (*TARGETS, PERIOD)])
    which = TextField(max_length=MAX_WHICH, label=_("name"))
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)

    def clean(self) -> None:
        """Of a period both days, in their order, and none to come: what is made later is not covered."""
        if self.cleaned_data.get("kind") != PERIOD or "since" in self.errors or "until" in self.errors:
            return
        start, end = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if not start or not end:
            self.add_error("since", _("Choose the first and the last day."))
        elif start > end:
            self.add_error("since", _("The first day comes after the last."))
        elif end > timezone.localdate():
            self.add_error("since", _("The last day is to come. A hold covers what is there when it is placed."))


class DaysForm(forms.Form):
    """How many days something is kept; empty: there is no rule."""

    days = forms.IntegerField(min_value=1, max_value=MAX_DAYS, required=False)


class DayForm(forms.Form):
    """A day from which on something is done."""

    since = forms.DateField(error_messages={"required": _("Choose a day."), "invalid": _("Choose a day.")})

    def clean_since(self) -> date:
        day: date = self.cleaned_data["since"]
        if not 1970 < day.year < 9000:
            raise ValidationError(self.fields["since"].error_messages["invalid"])
        return day
