"""The pages of providers and models: secrets go in and never come out, a change ends the pause, who may use what."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from generations import rights
from generations.errors import InvalidRequest, KeyRefused
from generations.forms.provider_pages import ConnectionForm, RecordedForm, RoutingForm
from generations.models import AuditEntry, Person, Provider, ProviderModel
from generations.models.adoption import adopt_sandbox
from generations.models.offer import change_offer
from generations.submit import Order, submit
from generations.viewer import Viewer
from tests.support.cast import Cast, make_done, make_failed, make_model, make_provider

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
KEY = "sk-of-the-tests-0123456789"
NOWHERE = "http://127.0.0.1:9/v1"


@pytest.fixture
def provider(cast: Cast) -> Provider:
    return make_provider("Gateway", NOWHERE)


def change(client: Client, provider: Provider, part: str, **fields: object) -> object:
    return client.post(reverse("change_provider", args=[provider.key, part]), fields)


def page_of(client: Client, provider: Provider) -> str:
    return client.get(reverse("provider", args=[provider.key])).content.decode()


def test_a_new_key_ends_the_pause_and_tests_itself(cast: Cast, signed_in: SignIn, provider: Provider) -> None:
    sam = signed_in(cast.sam)
    provider.pause(KeyRefused(), seconds=600, probe=True)
    assert "Resume now" in page_of(sam, provider)
    change(sam, provider, "connection", name="Gateway", base_url=NOWHERE, new_key="sk-another-9876543210")
    provider.refresh_from_db()
    assert provider.secret == "sk-another-9876543210" and not provider.is_paused
    assert provider.last_check["outcome"] == "refused" and provider.last_check["by"] == cast.sam.pk
    page = page_of(sam, provider)
    assert "sk-another-987654" not in page and "<code>3210</code>" in page and "Resume now" not in page
    assert AuditEntry.objects.filter(verb="changed_provider").latest("number").after["changed"] == ["new_key"]


def test_a_key_is_asked_for_again_with_another_host(cast: Cast, signed_in: SignIn, provider: Provider) -> None:
    answer = change(signed_in(cast.sam), provider, "connection", name="Gateway", base_url="https://other.example/v1")
    assert answer.status_code == 422 and "enter the key for it again" in answer.content.decode()
    provider.refresh_from_db()
    assert provider.base_url == NOWHERE


@pytest.mark.parametrize("fields", [{"new_key": "sk-another-9876543210"}, {}])
def test_headers_and_a_proxy_stay_with_the_host_they_were_entered_for(
    cast: Cast, signed_in: SignIn, provider: Provider, fields: dict[str, str]
) -> None:
    sam = signed_in(cast.sam)
    change(
        sam, provider, "routing", new_headers="api-key: header-secret-1234", new_proxy="http://127.0.0.1:9", query=""
    )
    if not fields:
        Provider.objects.filter(pk=provider.pk).update(sealed_key="")
    change(sam, provider, "connection", name="Renamed", base_url=f"{NOWHERE}/images", **fields)
    provider.refresh_from_db()
    assert (provider.headers, provider.proxy) == ({"api-key": "header-secret-1234"}, "http://127.0.0.1:9")
    assert (
        change(sam, provider, "connection", name="Gateway", base_url="http://127.0.0.2:9/v1", **fields).status_code
        == 302
    )
    provider.refresh_from_db()
    assert (provider.base_url, provider.headers, provider.proxy) == ("http://127.0.0.2:9/v1", {}, "")


def test_a_form_leaves_what_another_administrator_enters_meanwhile(cast: Cast, provider: Provider) -> None:
    """Each holds the row as it was before the other was kept."""
    said: list[tuple[type[RecordedForm], dict[str, str]]] = [
        (ConnectionForm, {"name": "Renamed", "base_url": NOWHERE}),
        (RoutingForm, {"query": "api-version=1"}),
        (RoutingForm, {"query": "api-version=1", "new_headers": "X-New: 1", "new_proxy": "http://127.0.0.1:9"}),
        (ConnectionForm, {"name": "Renamed", "base_url": NOWHERE, "new_key": "sk-another-9876543210"}),
    ]
    forms = [form(fields, instance=Provider.objects.get(pk=provider.pk)) for form, fields in said]
    assert all(form.is_valid() for form in forms)
    for form in reversed(forms):
        form.keep()
    provider.refresh_from_db()
    assert (provider.headers, provider.proxy) == ({"X-New": "1"}, "http://127.0.0.1:9")
    assert (provider.name, provider.query, provider.secret) == ("Renamed", "api-version=1", "sk-another-9876543210")


def test_headers_and_a_proxy_go_in_and_never_come_out(cast: Cast, signed_in: SignIn, provider: Provider) -> None:
    sam = signed_in(cast.sam)
    proxy = "http://name:proxy-password-1@127.0.0.1:9"
    said = {"new_headers": "X-Team: header-secret-1234\nX-Beta: true", "new_proxy": proxy, "query": "api-version=2"}
    assert change(sam, provider, "routing", **said).status_code == 302
    provider.refresh_from_db()
    assert provider.headers == {"X-Team": "header-secret-1234", "X-Beta": "true"} and provider.proxy == proxy
    assert provider.call_url == f"{NOWHERE}?api-version=2"
    assert set(provider.secrets) == {KEY, "header-secret-1234", "proxy-password-1"}
    assert "header-secret-1234" not in provider.sealed_headers and "password" not in provider.sealed_proxy
    page = page_of(sam, provider)
    assert "header-secret" not in page and "proxy-password" not in page
    assert "X-Team, X-Beta" in page and "127.0.0.1:9" in page
    change(sam, provider, "routing", drop_headers="on", drop_proxy="on", query="")
    provider.refresh_from_db()
    assert (provider.headers, provider.proxy, provider.call_url) == ({}, "", NOWHERE)


@pytest.mark.parametrize(
    "fields",
    [
        {"new_headers": "no colon"},
        {"new_headers": "Authorization: Bearer x"},
        {"new_headers": "X-A: \u00e9"},
        {"new_headers": "x" * 5000},
        {"new_proxy": "proxy.example"},
        {"new_proxy": "http://a b"},
        {"query": "just words"},
        {"query": "a=\0"},
        {"picture_hosts": "http://10.0.0.5/"},
    ],
)
def test_what_cannot_be_sent_is_refused(
    cast: Cast, signed_in: SignIn, provider: Provider, fields: dict[str, str]
) -> None:
    answer = change(signed_in(cast.sam), provider, "routing", **fields)
    assert answer.status_code == 422 and 'class="problem"' in answer.content.decode()
    assert not Provider.objects.get(pk=provider.pk).sealed_headers


def test_limits_are_kept_and_zero_is_no_timeout(cast: Cast, signed_in: SignIn, provider: Provider) -> None:
    sam = signed_in(cast.sam)
    limits = {"running_limit": 4, "minute_limit": 60, "request_limit": 20, "connect_timeout": 3, "write_timeout": 9}
    limits |= {"idle_timeout": 60, "total_timeout": 300, "retry_unclear": 1}
    assert change(sam, provider, "limits", **limits, compresses="on").status_code == 302
    provider.refresh_from_db()
    assert {name: getattr(provider, name) for name in limits} == limits and provider.compresses
    for wrong in ({"connect_timeout": 0}, {"retry_unclear": 3}, {"running_limit": "many"}):
        assert change(sam, provider, "limits", **limits | wrong).status_code == 422


def test_a_model_is_changed_priced_and_ordered(cast: Cast, signed_in: SignIn, provider: Provider) -> None:
    sam = signed_in(cast.sam)
    change_offer(provider, cast.sam, ["gpt-image-1", "some-model"])
    model = provider.models.get(name="some-model")
    fields = {
        "is_enabled": "on", "about": "Ours", "sizes": "1024x1024, 3:2", "placement": "size", "max_n": 2,
        "min_references": 0, "max_references": 3, "max_reference_side": 2048, "max_prompt": 900, "options": ["seed"],
        "extra": '{"quality": "high"}', "teams": [cast.design.key], "roles": ["lead"],
    }  # fmt: skip
    assert sam.post(reverse("change_model", args=[model.key]), fields).status_code == 302
    model.refresh_from_db()
    assert (model.sizes, model.options, model.extra) == (["1024x1024", "3:2"], ["seed"], {"quality": "high"})
    assert (model.max_references, model.must_stream, model.roles) == (3, False, "lead")
    assert list(model.teams.all()) == [cast.design]
    for wrong in ({"extra": "{"}, {"extra": "[]"}, {"min_references": 9}, {"roles": ["king"]}, {"max_n": 0}):
        assert sam.post(reverse("change_model", args=[model.key]), fields | wrong).status_code == 422
    sam.post(reverse("add_price", args=[model.key]), {"amount": "0.05", "day": "2020-01-01"})
    assert str(ProviderModel.objects.get(pk=model.pk).price) == "0.05000"
    sam.post(reverse("add_price", args=[model.key]), {"amount": "0.07", "day": "2999-01-01"})
    assert str(ProviderModel.objects.get(pk=model.pk).price) == "0.05000"
    page = sam.get(reverse("provider_model", args=[model.key])).content.decode()
    assert escape('{"quality": "high"}') in page and "Sam" in page
    keys = list(provider.models.values_list("key", flat=True))
    sam.post(reverse("order_offer", args=[provider.key]), {"model": keys, "down": keys[0]})
    assert list(provider.models.values_list("key", flat=True)) == keys[::-1]


def test_a_model_is_for_whom_it_is_for(cast: Cast, signed_in: SignIn) -> None:
    for_design, for_leads = make_model("for-design"), make_model("for-leads", roles="lead")
    lead_of_print = make_model("for-leads-of-print", roles="lead")
    for_design.teams.add(cast.design)
    lead_of_print.teams.add(cast.cy.default_team())
    usable = {
        name: set(rights.use_model.of(Viewer(person), ProviderModel.objects.all()).values_list("name", flat=True))
        for name, person in vars(cast).items()
        if name in ("ana", "lea", "cy", "sam")
    }
    assert usable["ana"] == {"gpt-image-1", "for-design"}
    assert usable["lea"] == {"gpt-image-1", "for-design", "for-leads"}
    assert usable["cy"] == {"gpt-image-1"}
    assert usable["sam"] == {"gpt-image-1", "for-design", "for-leads", "for-leads-of-print"}
    for name, names in usable.items():
        viewer = Viewer(getattr(cast, name))
        assert {model.name for model in ProviderModel.objects.all() if rights.use_model.allows(viewer, model)} == names
    page = signed_in(cast.ana).get("/").content.decode()
    assert "for-design" in page and "for-leads" not in page
    with pytest.raises(InvalidRequest, match="not for you to use"):
        submit(Order(person=cast.ana, prompt="A hill", models=(for_leads,)))
    said = {"prompt": "A hill", "model": for_leads.key, "n": "1", "submission": "s"}
    assert "for-leads is no longer offered" in signed_in(cast.ana).post("/compose", said).content.decode()


def test_the_sandbox_costs_nothing_is_named_and_can_be_switched_off(cast: Cast, signed_in: SignIn) -> None:
    Provider.objects.all()[0].models.all().delete()
    sandbox, sam = adopt_sandbox(), signed_in(cast.sam)
    assert {model.price for model in sandbox.models.priced()} == {0}
    page = sam.get("/").content.decode()
    assert "The sandbox draws here" in page and 'href="/setup"' in page
    assert "set up an endpoint</a>" not in signed_in(cast.ana).get("/").content.decode()
    make_done(cast.sam)
    assert "<span>Sandbox</span>" in sam.get("/").content.decode()
    assert "costs nothing" in page_of(sam, sandbox)
    change(sam, sandbox, "switch")
    assert not Provider.objects.get(pk=sandbox.pk).is_enabled
    assert "The sandbox draws here" not in sam.get("/").content.decode()
    change(sam, sandbox, "switch", is_enabled="on")
    assert Provider.objects.get(pk=sandbox.pk).is_enabled


def test_a_provider_is_removed_and_what_was_made_with_it_stays(
    cast: Cast, signed_in: SignIn, provider: Provider
) -> None:
    sam, used = signed_in(cast.sam), cast.model.provider
    batch = make_done(cast.ana)
    change_offer(provider, cast.sam, ["nano-banana"])
    assert sam.post(reverse("forget_provider", args=[provider.key]))["Location"] == "/providers"
    assert not Provider.objects.filter(pk=provider.pk).exists()
    page = sam.post(reverse("forget_provider", args=[used.key]), follow=True).content.decode()
    used.refresh_from_db()
    assert (used.is_enabled, used.sealed_key) == (False, "") and "What was made with it stays" in page
    assert batch.images.exists()
    assert AuditEntry.objects.filter(verb="removed_provider").count() == 2


def test_staff_without_the_permission_do_not_say_what_is_called(
    cast: Cast, signed_in: SignIn, provider: Provider
) -> None:
    Person.objects.filter(pk=cast.ben.pk).update(is_staff=True)
    page = signed_in(cast.ben).get("/").content.decode()
    assert 'href="/providers"' not in page and "ask an administrator to set up" in page
    assert signed_in(cast.ben).get(reverse("provider", args=[provider.key])).status_code == 404
    cast.ben.user_permissions.add(Permission.objects.get(codename="change_provider"))
    assert 'href="/providers"' in signed_in(cast.ben).get("/").content.decode()
    assert signed_in(cast.ben).get(reverse("provider", args=[provider.key])).status_code == 200


def test_more_models_and_calls_cost_no_more_queries(
    cast: Cast, signed_in: SignIn, django_assert_max_num_queries: Callable[..., object]
) -> None:
    sam, provider = signed_in(cast.sam), cast.model.provider
    for _ in range(2):
        make_done(cast.ana)
        make_failed(cast.ana)
    with django_assert_max_num_queries(100) as first:
        page_of(sam, provider)
    for number in range(5):
        make_model(f"model-{number}")
        make_done(cast.ana)
        make_failed(cast.ana)
    with django_assert_max_num_queries(len(first.captured_queries)):
        page = page_of(sam, provider)
    assert "model-4" in page and "Recent failures" in page
