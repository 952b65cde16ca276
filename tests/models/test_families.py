"""Which image models a list of names holds, and what they take."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from generations.models import Provider, ProviderModel
from generations.models.adoption import adopt_names, offered_names, why_not_listed
from generations.models.families import capabilities_of, known_as
from generations.protocol.exchange import Exchange
from generations.translation import translated
from tests.support.cast import make_provider

FAMILIES = {
    "gpt-image-1": ["gpt-image-1-mini", "GPT-Image-1.5", "openai/gpt-image-2", "gpt-image-1-2025-04-23"],
    "nano-banana": ["gemini-2.5-flash-image", "google/gemini-2.5-flash-image-preview:free", "nano-banana-2"],
    "flux": ["flux-1.1-pro", "black-forest-labs/FLUX.1-schnell", "flux-2-max"],
    "flux-kontext-dev": ["fal-ai/flux-kontext/dev-flux-kontext-dev", "flux.1-kontext-dev"],
    "qwen-image": ["Qwen/Qwen-Image", "qwen-image-plus", "qwen-image-2509"],
    "doubao-seedream-4-0-250828": ["doubao-seedream-4-5-251128", "seedream-4", "bytedance/seedream-5-lite"],
    "doubao-seedream-3-0-t2i-250415": ["seedream-3.0"],
    "doubao-seededit-3-0-i2i-250628": ["seededit-3.0", "doubao-seededit-3-0-i2i"],
    "dall-e-3": ["dall-e-3", "DALL-E-3-hd"],
    "recraftv3": ["recraft-v3", "recraft-ai/recraft-v4-svg"],
}


@pytest.mark.parametrize(("like", "name"), [(like, name) for like, names in FAMILIES.items() for name in names])
def test_a_name_takes_what_its_family_takes(like: str, name: str) -> None:
    found, family = capabilities_of(name), capabilities_of(like)
    assert found is not None and family is not None
    for field in ("placement", "sizes", "max_references", "min_references"):
        assert found.get(field) == family.get(field), field


@pytest.mark.parametrize(
    "name",
    [
        "grok-imagine-image", "grok-2-image-1212", "ideogram-v3", "imagen-4.0-generate-001", "hunyuan-image-3",
        "kling-image-o1", "midjourney", "mj_imagine", "niji-6", "qwen-image-edit-plus",
    ],
)  # fmt: skip
def test_other_families_draw_too(name: str) -> None:
    assert capabilities_of(name) is not None


@pytest.mark.parametrize(
    "name", ["gpt-4.1", "claude-sonnet-4", "kling-video-v2", "text-embedding-3-small", "flux-lip-sync", "imagenet", ""]
)
def test_what_does_not_draw_is_left_to_staff(name: str) -> None:
    assert capabilities_of(name) is None


def test_only_the_same_model_has_its_price() -> None:
    assert known_as("OpenAI/GPT-Image-1") == "gpt-image-1" == known_as("gpt-image-1-2025-04-23")
    assert capabilities_of("gpt-image-1-2025-04-23")["price"] == capabilities_of("gpt-image-1")["price"]
    assert known_as("gpt-image-1-mini") is None and "price" not in capabilities_of("gpt-image-1-mini")


@pytest.mark.parametrize(
    ("document", "names"),
    [
        ({"object": "list", "data": [{"id": "a/b:c"}, {"object": "model"}, {"id": 7}, {"id": "a/b:c"}]}, ["a/b:c"]),
        ([{"id": "a"}, "b"], ["a", "b"]),
        ({"models": [{"name": "models/gemini-2.5-flash-image"}]}, ["models/gemini-2.5-flash-image"]),
        ({"data": []}, []),
        ({"error": "no"}, None),
        ("no", None),
    ],
)
def test_lists_of_models_come_in_many_forms(document: object, names: list[str] | None) -> None:
    assert offered_names(json.dumps(document).encode()) == names


@pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 100_000, b"\xff"])
def test_what_is_no_list_is_none(body: bytes) -> None:
    assert offered_names(body) is None


@pytest.mark.django_db
def test_two_thousand_names_are_sorted_into_those_that_draw_and_others() -> None:
    provider = make_provider("Gateway", "https://gateway.example/v1")
    names = [f"vendor/chat-{n}" for n in range(1990)] + [f"vendor/flux-{n}:free" for n in range(10)] + ["x" * 200]
    assert len(adopt_names(provider, names)) == 10
    assert adopt_names(provider, names) == []
    assert ProviderModel.objects.filter(provider=provider, name__contains="flux").count() == 10
    assert Provider.objects.get(pk=provider.pk).other_models == names[:1990]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "It refused the key (HTTP 401). Correct the key."),
        (404, "ends in /v1"),
        (200, "ends in /v1"),
        (500, "500"),
    ],
)
def test_an_endpoint_without_a_list_says_what_to_correct(status: int, said: str) -> None:
    assert said in translated(why_not_listed(Exchange("GET", "u", status=status, body=b"<html>")))


@pytest.mark.django_db
def test_a_name_typed_by_hand_takes_what_its_family_takes(admin_client: Client) -> None:
    provider = make_provider("Gateway", "https://gateway.example/v1")
    prices = {"prices-TOTAL_FORMS": "0", "prices-INITIAL_FORMS": "0"}
    fields = {
        "provider": provider.pk, "name": "vendor/flux-2:free", "rank": 100, "is_enabled": "on", "max_n": 1,
        "max_references": 0, "max_reference_side": 0, "min_references": 0, "max_prompt": 32000,
        "sizes": "[]", "options": "[]", "extra": "{}",
    }  # fmt: skip
    assert admin_client.post("/admin/generations/providermodel/add/", {**fields, **prices}).status_code == 302
    model = ProviderModel.objects.get()
    assert (model.placement, model.max_references) == ("image_config.aspect_ratio", 1) and "3:2" in model.sizes
