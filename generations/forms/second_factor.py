"""What people prove themselves with when they sign in, and how it is set up: codes and passkeys."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generations.forms.fields import BodyField, TextField
from generations.models.second_factor import Kind
from generations.translatable import Message

MAX_CODE = 40
MAX_PASSKEY_NAME = 60
MAX_CREDENTIAL = 32_000
"""Characters of what a browser says of a passkey: some have a chain of certificates in it."""
WRONG = "incorrect_code"
"""The code of what is said of a wrong code or passkey, also where the library says it."""
WRONG_PASSKEY = _("This passkey was not accepted. Try again, or sign in another way.")
ODD = (TypeError, ValueError, LookupError, AttributeError, OverflowError, RecursionError, struct.error)
"""What taking apart an odd passkey can raise."""


def code_field() -> TextField:
    return TextField(
        label=_("Code"), max_length=MAX_CODE, what=Message("code"), error_messages={"required": _("Type the code.")}
    )


class CodeTakenOnce(BaseAuthenticateForm):
    """A code of the app, or a recovery code."""

    code = code_field()

    def clean_code(self) -> str:
        code = str(super().clean_code())
        take_once(self.authenticator, code)
        return code


class CodeForm(CodeTakenOnce, AuthenticateForm):
    """The second step of signing in."""


class AgainCodeForm(CodeTakenOnce, ReauthenticateForm):
    """The same, before something sensitive is changed."""


def take_once(authenticator: Authenticator, code: str) -> None:
    """Refuse a code of the app that was used before, as long as its time would let it pass. Raises ValidationError."""
    if authenticator.type != Kind.TOTP:
        return
    digits = "".join(char for char in code if char.isdigit())
    lasts = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
    if not cache.add(f"second-factor:{authenticator.pk}:{digits}", True, timeout=lasts):
        raise ValidationError(gettext("This code was used already. Wait for the next one."), code=WRONG)


class AppForm(ActivateTOTPForm):
    """The first code of an app, which shows that it has the key."""

    code = code_field()


class Credential(BodyField):
    """What the browser says of a passkey."""

    def to_python(self, value: object) -> Any:
        if isinstance(value, str) and len(value) > MAX_CREDENTIAL:
            raise ValidationError(WRONG_PASSKEY, code=WRONG)
        try:
            return super().to_python(value)
        except ValidationError as error:
            raise ValidationError(WRONG_PASSKEY, code=WRONG) from error


def credential_field() -> Credential:
    return Credential(
        widget=forms.HiddenInput, error_messages={"required": _("Nothing came from the browser. Try again.")}
    )


@contextmanager
def refusing() -> Iterator[None]:
    """Say one sentence of whatever is wrong with a passkey."""
    try:
        yield
    except ODD as error:
        raise ValidationError(WRONG_PASSKEY, code=WRONG) from error
    except ValidationError as error:
        raise (ValidationError(WRONG_PASSKEY, code=WRONG) if error.code == WRONG else error) from error


class PasskeyForm(AddWebAuthnForm):
    """A new passkey, and what it is called."""

    name = TextField(max_length=MAX_PASSKEY_NAME, required=False, label=_("Name of the passkey"))
    credential = credential_field()
    passwordless = None

    def clean(self) -> dict[str, Any]:
        with refusing():
            return dict(super().clean())


class _WithPasskey(AuthenticateWebAuthnForm):
    credential = credential_field()

    def clean_credential(self) -> Authenticator:
        with refusing():
            return super().clean_credential()


class StepPasskeyForm(_WithPasskey):
    """The second step of signing in, by a passkey."""


class PasskeySignInForm(_WithPasskey, LoginWebAuthnForm):
    """Signing in with a passkey alone."""


class AgainPasskeyForm(_WithPasskey, ReauthenticateWebAuthnForm):
    """A passkey, before something sensitive is changed."""
