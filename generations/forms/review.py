"""Verdicts, and how a team reviews."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generations.forms.fields import TextField
from generations.models import Team, Verdict
from generations.models.review_policy import MAX_REVIEW_REASON, REASONS, Gate
from generations.text import BadText, clean_text
from generations.translatable import Message
from generations.translation import translated


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
