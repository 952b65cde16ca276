"""`manage.py reseal`: rotation of SECRET_KEY without entering a provider's key again."""

import io

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from generations.models import Provider


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
