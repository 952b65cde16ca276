"""`manage.py reseal`: rotation of SECRET_KEY without entering a provider's key again."""

import io

import pytest
from allauth.core.context import request_context
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import RequestFactory
from pytest_django import Settings

from generations.models import Provider
from tests.support.cast import make_person
from tests.support.factors import make_app, recovery_codes


@pytest.fixture
def provider(db: None, settings: Settings) -> Provider:
    """A provider whose key was sealed with the first SECRET_KEY."""
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "first", []
    provider = Provider(name="Gateway", base_url="https://gateway.example/v1")
    provider.set_secret("sk-of-the-gateway")
    provider.save()
    return provider


def reseal() -> str:
    out = io.StringIO()
    call_command("reseal", stdout=out)
    return out.getvalue()


def test_after_it_the_old_key_can_be_forgotten(provider: Provider, settings: Settings) -> None:
    Provider.objects.create(name="Without a key", base_url="https://open.example/v1")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "second", ["first"]
    assert reseal().startswith("Provider keys sealed with the newest SECRET_KEY: 1.")
    settings.SECRET_KEY_FALLBACKS = []
    provider.refresh_from_db()
    assert provider.secret == "sk-of-the-gateway"
    settings.SECRET_KEY = "first"
    with pytest.raises(ValueError, match="SECRET_KEY_FALLBACKS"):
        provider.secret  # noqa: B018


def test_a_key_nobody_can_open_is_named_and_left(provider: Provider, settings: Settings) -> None:
    settings.SECRET_KEY = "second"
    with pytest.raises(CommandError, match="not known here: Gateway"):
        reseal()
    sealed = provider.sealed_key
    provider.refresh_from_db()
    assert provider.sealed_key == sealed


def test_second_factors_are_sealed_anew(provider: Provider, settings: Settings) -> None:
    person = make_person("ana")
    app = make_app(person)
    codes = recovery_codes(person)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "second", ["first"]
    reseal()
    settings.SECRET_KEY_FALLBACKS = []
    assert recovery_codes(person) == codes
    factor = Authenticator.objects.get(user=person, type="totp")
    with request_context(RequestFactory().get("/")):
        assert factor.wrap().validate_code(app.code())
    settings.SECRET_KEY = "third"
    with pytest.raises(CommandError, match="a second factor of Ana"):
        reseal()
