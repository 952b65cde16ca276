"""The second factor: how it is kept, set up and removed."""

from __future__ import annotations

import json
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.internal.auth import begin_registration
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    RemoveWebAuthnView,
)
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic.edit import FormView

from generations.forms.second_factor import (
    AppForm,
    PasskeyForm,
)
from generations.models import Person, SignIn
from generations.models.audit_entry import record
from generations.models.sealed import seal, unseal
from generations.models.second_factor import Kind, factors_of, lock_factors
from generations.presenters.devices import DeviceRow
from generations.presenters.second_factor import SecondFactor, may_remove
from generations.request import PageRequest
from generations.web.methods import require_safe
from generations.web.rendering import render_page

asks_again = method_decorator(reauthentication_required(app="allauth.mfa"), name="dispatch")


def in_settings() -> str:
    return f"{reverse('settings')}#second-factor"


class SecondFactorAdapter(DefaultMFAAdapter):
    """What is kept is sealed with the installation's key, and named as the installation is."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("Wrong code. Type the one that is shown now."),
        "cannot_delete_authenticator": _("You need a second factor here. Add another one before you remove this."),
        "cannot_generate_recovery_codes": _("Set up a second factor first."),
    }

    def get_totp_issuer(self) -> str:
        return settings.SITE_NAME

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Raises ValidationError where it was sealed with another SECRET_KEY."""
        try:
            return unseal(encrypted_text)
        except ValueError as error:
            sentence = gettext("This code cannot be checked. Ask an administrator to remove your second factor.")
            raise ValidationError(sentence) from error

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return may_remove(authenticator)

    def generate_authenticator_name(self, user: Person, type: str) -> str:
        """After the device it is made on."""
        return DeviceRow(SignIn(agent=user_agent(self.request)), is_this=True).name

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return super().get_public_key_credential_rp_entity() | {"name": settings.SITE_NAME}


def user_agent(request: HttpRequest) -> str:
    return request.headers.get("User-Agent", "")


@require_safe
def second_factor(request: PageRequest) -> HttpResponse:
    """Where one is led that needs a second factor and has none; else the settings say what there is."""
    sheet = SecondFactor(request.user)
    if sheet.is_on or not sheet.is_needed:
        return redirect(in_settings())
    return render_page(request, "second_factor/begin.html", {"second_factor": sheet})


# ── setting it up ──


class OwnFactorView(FormView):
    """A page by which one changes one's own second factor. What is done is recorded in the same transaction."""

    request: PageRequest
    success_url = reverse_lazy("settings")

    def get_success_url(self) -> str:
        return in_settings()

    def form_invalid(self, form: Form) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def done(self, shown: bool) -> HttpResponse:
        """The new recovery codes where there are some, once; else the settings."""
        codes = next((each for each in factors_of(self.request.user) if each.type == Kind.RECOVERY_CODES), None)
        if not shown or codes is None:
            return HttpResponseRedirect(self.get_success_url())
        record("made_recovery_codes", self.request.user, by=self.request.user.pk)
        wrapped = codes.wrap()
        wrapped.mark_as_viewed()
        unused = wrapped.get_unused_codes()
        heading = gettext("Recovery codes for %(name)s, %(address)s")
        about = heading % {"name": settings.SITE_NAME, "address": settings.SITE_URL}
        text = "\n".join([about, "", *unused, ""])
        context = {"codes": unused, "download": text, "site_url": settings.SITE_URL}
        return render_page(self.request, "second_factor/codes.html", context)


@asks_again
class AddAppView(OwnFactorView, ActivateTOTPView):
    """Connect an app by its picture of squares, or another one in its place."""

    form_class = AppForm
    template_name = "second_factor/app.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return FormView.dispatch(self, request, *args, **kwargs)  # theirs lets nobody replace an app

    def form_valid(self, form: AppForm) -> HttpResponse:
        person = self.request.user
        with transaction.atomic():
            lock_factors(person)
            Authenticator.objects.filter(user=person, type=Kind.TOTP).delete()
            super().form_valid(form)
            record("added_second_factor", person, by=person.pk, after={"kind": "totp"})
            return self.done(self.did_generate_recovery_codes)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        secret = context["form"].secret
        pieces = [secret[start : start + 4] for start in range(0, len(secret), 4)]
        return context | {"secret": " ".join(pieces), "second_factor": SecondFactor(self.request.user)}


@asks_again
class AddPasskeyView(OwnFactorView, AddWebAuthnView):
    """A passkey that can also sign in alone."""

    form_class = PasskeyForm
    template_name = "second_factor/passkey.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = FormView.get_context_data(self, **kwargs)
        options = begin_registration(self.request.user, passwordless=True)
        return context | {"options": json.dumps(options), "second_factor": SecondFactor(self.request.user)}

    def form_valid(self, form: PasskeyForm) -> HttpResponse:
        person = self.request.user
        with transaction.atomic():
            lock_factors(person)
            super().form_valid(form)
            record("added_second_factor", person, by=person.pk, after={"kind": "webauthn"})
            return self.done(self.did_generate_recovery_codes)


@asks_again
class NewCodesView(OwnFactorView, GenerateRecoveryCodesView):
    """New recovery codes in place of those there were."""

    template_name = "second_factor/new_codes.html"

    def form_valid(self, form: Form) -> HttpResponse:
        with transaction.atomic():
            super().form_valid(form)
            return self.done(True)


class RemoveAppView(OwnFactorView, DeactivateTOTPView):
    template_name = "second_factor/remove.html"

    def form_valid(self, form: Form) -> HttpResponse:
        person = self.request.user
        with transaction.atomic():
            lock_factors(person)
            super().form_valid(form)
            record("removed_second_factor", person, by=person.pk, before={"kinds": ["totp"]})
        return HttpResponseRedirect(self.get_success_url())


class RemovePasskeyView(OwnFactorView, RemoveWebAuthnView):
    template_name = "second_factor/remove.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        name = self.object.data.get("name", "")
        return super().get_context_data(**kwargs) | {"name": name, "may_remove": may_remove(self.object)}

    def form_valid(self, form: Form) -> HttpResponse:
        person = self.request.user
        if not may_remove(self.object):
            return self.form_invalid(form)
        with transaction.atomic():
            lock_factors(person)
            super().form_valid(form)
            record("removed_second_factor", person, by=person.pk, before={"kinds": ["webauthn"]})
        return HttpResponseRedirect(self.get_success_url())


add_app = AddAppView.as_view()
add_passkey = AddPasskeyView.as_view()
new_codes = NewCodesView.as_view()
remove_app = RemoveAppView.as_view()
remove_passkey = RemovePasskeyView.as_view()
