"""Signing in with a second factor, and proving once more who one is."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from allauth.account.views import ReauthenticateView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.base.views import ReauthenticateView as CodeReauthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import LoginWebAuthnView, ReauthenticateWebAuthnView
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator

from generations.forms.second_factor import (
    WRONG,
    AgainCodeForm,
    AgainPasskeyForm,
    CodeForm,
    PasskeySignInForm,
    StepPasskeyForm,
)
from generations.models import Person
from generations.models.audit_entry import Subject, record
from generations.models.second_factor import Kind
from generations.presenters.second_factor import SecondFactor


def note_use(person: Person, authenticator: Authenticator) -> None:
    """Record that a recovery code was used: it is gone, and somebody may have lost a telephone."""
    if authenticator.type == Kind.RECOVERY_CODES:
        record("used_recovery_code", person, by=person.pk, after={"left": SecondFactor(person).codes_left})


def note_failure(who: Person | Subject, form: Form) -> None:
    """Record a wrong code or passkey; not that a field was empty, nor what is asked after too many."""
    if any(form.has_error(name, WRONG) for name in form.fields):
        record("second_factor_failed", who)


class SecondStepView(AuthenticateView):
    """After the password. Nobody is signed in before it."""

    form_class = CodeForm
    webauthn_form_class = StepPasskeyForm
    template_name = "second_factor/step.html"

    @cached_property
    def person(self) -> Person:
        return self.stage.login.user

    def form_valid(self, form: Form) -> HttpResponse:
        if isinstance(form, CodeForm):
            note_use(self.person, form.authenticator)
        return super().form_valid(form)

    def form_invalid(self, form: Form) -> HttpResponse:
        note_failure(self.person, form)
        return super().form_invalid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        options = json.dumps(context["js_data"]["request_options"])
        return context | {"options": options, "second_factor": SecondFactor(self.person)}


@method_decorator(login_not_required, name="dispatch")
class PasskeySignInView(LoginWebAuthnView):
    """Signing in without a password. A script asks here what the passkey shall sign."""

    form_class = PasskeySignInForm

    def form_invalid(self, form: Form) -> HttpResponse:
        note_failure(Subject("person", "unknown"), form)
        for problem in form.errors.get("credential", []):
            messages.error(self.request, str(problem))
        return redirect("account_login")


class AgainByCodeView(CodeReauthenticateView):
    form_class = AgainCodeForm
    template_name = "second_factor/again_code.html"

    def form_valid(self, form: AgainCodeForm) -> HttpResponse:
        note_use(self.request.user, form.authenticator)
        return super().form_valid(form)

    def form_invalid(self, form: AgainCodeForm) -> HttpResponse:
        note_failure(self.request.user, form)
        return self.render_to_response(self.get_context_data(form=form), status=422)


class AgainByPasskeyView(ReauthenticateWebAuthnView):
    form_class = AgainPasskeyForm
    template_name = "second_factor/again_passkey.html"

    def form_invalid(self, form: AgainPasskeyForm) -> HttpResponse:
        note_failure(self.request.user, form)
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        form = kwargs.get("form") or context["form"]
        return context | {"form": form, "options": json.dumps(context["js_data"]["request_options"])}


second_step = SecondStepView.as_view()
passkey_sign_in = PasskeySignInView.as_view()
again = ReauthenticateView.as_view(template_name="second_factor/again.html")
again_by_code = AgainByCodeView.as_view()
again_by_passkey = AgainByPasskeyView.as_view()
