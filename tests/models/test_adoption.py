"""The endpoint of the environment: one provider, whose address and key are what the environment says."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from generations.models import Provider
from generations.models.adoption import adopt_endpoint, adopt_sandbox
from generations.protocol.exchange import Exchange
from tests.support.cast import make_model, make_provider

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def listing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Endpoints that list no models."""
    listed = Mock(models=lambda: Exchange("GET", "https://gateway.example/v1/models", {}, b"", status=404))
    monkeypatch.setattr(Provider, "client", lambda provider: listed)
    monkeypatch.setattr("generations.models.provider.is_public_host", lambda host: True)


def addresses() -> list[tuple[str, str]]:
    return list(Provider.objects.order_by("pk").values_list("name", "base_url"))


def test_a_corrected_address_corrects_the_provider() -> None:
    adopt_sandbox()
    adopt_endpoint("https://gateway.example/v2", "sk-1")
    model = make_model(provider=Provider.objects.get(is_from_environment=True))
    adopt_endpoint("https://gateway.example/v1", "sk-1")
    adopt_endpoint("http://other.example:8080/v1", "sk-2")
    assert addresses()[1:] == [("other.example:8080", "http://other.example:8080/v1")]
    model.refresh_from_db()
    assert model.provider.secret == "sk-2"
    assert model.provider.needs_probe


def test_a_name_that_somebody_gave_stays_and_one_that_is_taken_gets_a_number() -> None:
    make_provider(name="new.example", base_url="https://elsewhere.example/v1")
    adopt_endpoint("https://old.example/v1", "sk-1")
    adopt_endpoint("https://new.example/v1", "sk-1")
    assert addresses()[1] == ("new.example 2", "https://new.example/v1")
    Provider.objects.filter(is_from_environment=True).update(name="Ours")
    adopt_endpoint("https://newer.example/v1", "sk-1")
    assert addresses()[1] == ("Ours", "https://newer.example/v1")


def test_one_of_an_earlier_release_is_known_by_its_address_or_its_name() -> None:
    make_provider(name="gateway.example", base_url="https://gateway.example/v2")
    adopt_endpoint("https://gateway.example/v1", "sk-1")
    assert addresses() == [("gateway.example", "https://gateway.example/v1")]
    make_provider(name="By hand", base_url="https://hand.example/v1")
    adopt_endpoint("https://hand.example/v1/chat/completions", "sk-1")
    assert [provider.name for provider in Provider.objects.filter(is_from_environment=True)] == ["By hand"]
    assert len(addresses()) == 2


def test_token_counts_are_asked_for_only_where_a_provider_takes_it() -> None:
    model = make_model(must_stream=True)
    assert b"include_usage" not in model.request_for("a cat", options={}).to_json()
    model.provider.asks_for_usage = True
    assert b'"stream_options":{"include_usage":true}' in model.request_for("a cat", options={}).to_json()
    model.must_stream = False
    assert b"include_usage" not in model.request_for("a cat", options={}).to_json()
