"""Why nothing is sent to a provider or a model is kept as a kind and said as a sentence."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from generations.errors import (
    GenerationError,
    KeyRefused,
    ModelNotAllowed,
    NotConnected,
    ProviderBusy,
    QuotaExhausted,
    RateLimited,
)
from generations.models import Provider, ProviderModel
from generations.models.key import now
from generations.models.pause import is_ahead
from tests.support.cast import Cast, make_batch, make_model, make_provider

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("error", "kind", "sentence"),
    [
        (NotConnected(), "not_connected", "Can’t reach {name}."),
        (RateLimited(), "asked_to_wait", "{name} is paused. The provider asked to wait."),
        (ProviderBusy(), "asked_to_wait", "{name} is paused. The provider asked to wait."),
        (KeyRefused(), "key_refused", f"{{name}} is paused. {KeyRefused.sentence} An administrator has to fix this."),
        (QuotaExhausted(), "quota_exhausted", f"{{name}} is paused. {QuotaExhausted.sentence} {QuotaExhausted.advice}"),
        (
            ModelNotAllowed(),
            "model_not_allowed",
            f"{{name}} is paused. {ModelNotAllowed.sentence} {ModelNotAllowed.advice}",
        ),
    ],
)
def test_a_pause_is_kept_as_a_kind_and_said_as_a_sentence(error: GenerationError, kind: str, sentence: str) -> None:
    model = make_model("flux", make_provider("Gateway", "http://gateway.example/v1"))
    model.pause(error, seconds=60)
    model = ProviderModel.objects.get(pk=model.pk)
    assert (model.pause_kind, model.provider.pause_kind) == (kind, "")
    assert model.pause_sentence == sentence.format(name="flux")
    model.provider.pause(error, seconds=60)
    model = ProviderModel.objects.get(pk=model.pk)
    assert model.provider.pause_kind == kind
    assert model.pause_sentence == sentence.format(name="Gateway")
    model.provider.resume()
    assert {*ProviderModel.objects.values_list("pause_kind", "provider__pause_kind")} == {("", "")}


@pytest.mark.parametrize("kind", ["paused", "a kind of a later release"])
def test_a_pause_of_no_known_kind_says_that_it_is_paused(kind: str) -> None:
    model = make_model("flux")
    model.pause(KeyRefused(), seconds=60)
    Provider.objects.update(pause_kind=kind)
    ProviderModel.objects.update(pause_kind=kind)
    paused = ProviderModel.objects.get(pk=model.pk)
    assert (paused.pause_reason, paused.provider.pause_reason) == ("", "")
    assert paused.pause_sentence == "flux is paused."


def test_an_answer_ends_no_pause_that_began_while_it_was_waited_for() -> None:
    """Two calls run after a pause that ran out; one is told to wait, then the other is served."""
    model = make_model("flux")
    for paused in (model.provider, model):
        paused.pause(RateLimited(), seconds=-1)
    served = ProviderModel.objects.select_related("provider").get(pk=model.pk)
    ProviderModel.objects.get(pk=model.pk).pause(RateLimited(), seconds=60)
    Provider.objects.get().pause(RateLimited(), seconds=60)
    served.answered()
    model = ProviderModel.objects.select_related("provider").get(pk=model.pk)
    assert model.provider.is_paused
    assert is_ahead(model.paused_until)
    model.answered()
    assert not ProviderModel.objects.select_related("provider").get(pk=model.pk).is_paused


def test_what_says_who_calls_is_no_secret() -> None:
    provider = make_provider("Gateway", "http://gateway.example/v1")
    provider.set_headers(
        {"Origin": "https://gateway.example", "X-Route": "https://gateway.example/eu", "X-Auth": "hunter2-of-june"}
    )
    assert provider.secrets[1:] == ["hunter2-of-june"]
    assert provider.hidden_headers == {"x-route", "x-auth"}


def test_a_provider_of_many_models_is_resumed_in_as_many_queries(queries_of: Callable[..., int], cast: Cast) -> None:
    provider = make_provider("Gateway", "http://gateway.example/v1")
    paused, waiting = make_model("flux", provider), make_batch(cast.ana, model=make_model("seedream", provider))
    paused.pause(KeyRefused(), seconds=60)
    waiting.generations.update(notify_at=now(hours=1))
    provider.resume()
    assert {*waiting.generations.values_list("notify_at", flat=True)} == {None}
    assert dict(provider.models.values_list("name", "needs_probe")) == {"flux": True, "seedream": False}
    few = queries_of(provider.resume)
    for number in range(5):
        make_model(f"model-{number}", provider)
    assert queries_of(provider.resume) == few
