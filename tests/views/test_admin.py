"""The administration: keys go in and never come out, and nobody rewrites what happened."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from generations.admin.providers import ProviderAdmin
from generations.errors import KeyRefused, ModelNotAllowed
from generations.models import Attempt, Gallery, GalleryItem, GalleryMember, Membership, Price, Provider, ShareVisit
from imageweb import __version__
from tests.support.cast import PASSWORD, Cast, make_done, make_gallery, make_model, make_price, make_provider, make_team

pytestmark = pytest.mark.exhaustive

SignIn = Callable[..., Client]
KEY = "sk-of-the-tests-0123456789"


def provider_fields(provider: Provider, **changed: object) -> dict[str, object]:
    names = [name for _, group in ProviderAdmin.fieldsets for name in group["fields"] if hasattr(provider, name)]
    formset = {f"models-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL")}
    values = {name: value for name in names if (value := getattr(provider, name)) is not None}
    return values | formset | {"is_enabled": "on"} | changed


@pytest.fixture
def provider(db: None) -> Provider:
    return make_provider("Gateway", "https://gateway.example/v1")


def test_every_list_and_form_opens(cast: Cast, signed_in: SignIn) -> None:
    make_gallery(cast.ana, images=make_done(cast.ana).images.all()).set_member(cast.ben, "view", cast.ana)
    client = signed_in(cast.sam)
    for model in admin.site._registry:
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert client.get(path).status_code == 200, path
        if row := model._default_manager.first():
            assert client.get(f"{path}{row.pk}/change/").status_code == 200, path


def test_the_teams_to_choose_from_are_in_order(cast: Cast, signed_in: SignIn) -> None:
    make_team("Archive")
    asked = {"app_label": "generations", "model_name": "membership", "field_name": "team"}
    found = signed_in(cast.sam).get("/admin/autocomplete/", asked).json()["results"]
    assert [team["text"] for team in found] == sorted(team["text"] for team in found)
    assert found[0]["text"] == "Archive"


def test_what_can_be_changed_is_listed_first_and_in_our_colours(cast: Cast, signed_in: SignIn) -> None:
    page = signed_in(cast.sam).get("/admin/").content.decode()
    lists = ["provider", "team", "batch", "lease"]
    places = [page.index(f'href="/admin/generations/{name}/"') for name in lists]
    assert places == sorted(places) and places[-1] < page.index('href="/admin/auth/group/"')
    assert "css/admin" in page


def test_staff_restore_a_gallery(cast: Cast, signed_in: SignIn) -> None:
    gallery = make_gallery(cast.ana)
    gallery.delete_by(cast.ana)
    fields = {"action": "restore", "_selected_action": [gallery.pk]}
    page = signed_in(cast.sam).post("/admin/generations/gallery/", fields, follow=True).content.decode()
    assert "1 gallery was restored." in page and Gallery.objects.kept().get() == gallery


def test_only_staff_come_in(cast: Cast, signed_in: SignIn) -> None:
    assert signed_in(cast.ana).get("/admin/").status_code == 302


def test_there_is_one_door_where_passwords_are_tried(cast: Cast, client: Client) -> None:
    for _ in range(2):
        answer = client.post("/admin/login/?next=/admin/", {"username": "sam", "password": PASSWORD})
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=%2Fadmin%2F")
    assert client.get("/admin/").status_code == 302
    client.force_login(cast.sam, backend="allauth.account.auth_backends.AuthenticationBackend")
    for password in (PASSWORD, "wrong"):
        answer = client.post("/admin/login/?next=/admin/", {"username": "sam", "password": password})
        assert (answer.status_code, answer["Location"]) == (302, "/admin/"), "nor by who is signed in"


def test_the_key_is_never_shown(cast: Cast, signed_in: SignIn, provider: Provider) -> None:
    page = signed_in(cast.sam).get(f"/admin/generations/provider/{provider.pk}/change/").content.decode()
    assert KEY not in page and provider.sealed_key not in page


def test_saving_without_a_key_keeps_it(cast: Cast, signed_in: SignIn, provider: Provider) -> None:
    path = f"/admin/generations/provider/{provider.pk}/change/"
    assert signed_in(cast.sam).post(path, provider_fields(provider, name="Renamed")).status_code == 302
    provider.refresh_from_db()
    assert (provider.name, provider.secret) == ("Renamed", KEY)


@pytest.mark.parametrize(
    "address", ["https://evil.example/v1", "http://gateway.example/v1", "https://gateway.example:8443/v1"]
)
def test_another_address_asks_for_the_key_again(
    cast: Cast, signed_in: SignIn, provider: Provider, address: str
) -> None:
    path, client = f"/admin/generations/provider/{provider.pk}/change/", signed_in(cast.sam)
    refused = client.post(path, provider_fields(provider, base_url=address))
    assert "enter the key for it again" in refused.content.decode()
    assert client.post(path, provider_fields(provider, base_url=address, new_key="sk-new")).status_code == 302
    provider.refresh_from_db()
    assert (provider.base_url, provider.secret) == (address, "sk-new")


@pytest.mark.parametrize(
    ("written", "called"),
    [
        ("http://litellm:4000/v1", "http://litellm:4000/v1"),
        (" https://gateway.example/v1/ ", "https://gateway.example/v1"),
        ("https://gateway.example/v1/chat/completions", "https://gateway.example/v1"),
        ("gateway.example/v1", "https://gateway.example/v1"),
        ("http://[fd00::1]:8080/v1", "http://[fd00::1]:8080/v1"),
        ("https://bücher.example/v1", "https://bücher.example/v1"),
    ],
)
def test_an_address_is_taken_as_it_is_copied(
    cast: Cast, signed_in: SignIn, provider: Provider, written: str, called: str
) -> None:
    path = f"/admin/generations/provider/{provider.pk}/change/"
    answer = signed_in(cast.sam).post(path, provider_fields(provider, base_url=written, new_key="sk-new"))
    assert answer.status_code == 302
    provider.refresh_from_db()
    assert provider.base_url == called


@pytest.mark.parametrize(
    "written",
    [
        "",
        "https://",
        "ftp://a.example",
        "https://[::1/v1",
        "https://a b/v1",
        "https://a.example:99999/v1",
        "https://a\tb/v1",
    ],
)
def test_what_is_no_address_is_refused_once(cast: Cast, signed_in: SignIn, provider: Provider, written: str) -> None:
    path = f"/admin/generations/provider/{provider.pk}/change/"
    page = signed_in(cast.sam).post(path, provider_fields(provider, base_url=written)).content.decode()
    sentence = "Enter the whole address, such as https://gateway.example/v1." if written else "This field is required."
    assert re.findall(r'id="id_base_url_error"><li>(.*?)</ul>', page) == [f"{sentence}</li>"]


@pytest.mark.parametrize("written", ["https://me:secret@a.example/v1", "https://a.example/v1?key=x"])
def test_an_address_with_a_secret_is_refused(cast: Cast, signed_in: SignIn, provider: Provider, written: str) -> None:
    path = f"/admin/generations/provider/{provider.pk}/change/"
    page = signed_in(cast.sam).post(path, provider_fields(provider, base_url=written)).content.decode()
    assert "must not contain a password" in page


def test_calls_cannot_be_changed_or_deleted(cast: Cast, signed_in: SignIn) -> None:
    attempt = make_done(cast.ana).generations.get().attempts.get()
    client = signed_in(cast.sam)
    client.post(f"/admin/generations/attempt/{attempt.pk}/change/", {"status": 500})
    client.post(f"/admin/generations/attempt/{attempt.pk}/delete/", {"post": "yes"})
    assert Attempt.objects.get().status == 200


def test_every_model_has_its_page(cast: Cast, signed_in: SignIn) -> None:
    known = {model for model in apps.get_app_config("generations").get_models() if not model._meta.auto_created}
    within_others = {GalleryItem, GalleryMember, Membership, Price, ShareVisit}
    assert known - set(admin.site._registry) == within_others
    for model in admin.site._registry:
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        assert signed_in(cast.sam).get(path).status_code == 200, path


@pytest.mark.parametrize("changed", [{"new_key": "sk-another"}, {"running_limit": 3}, {"total_timeout": 900}])
def test_a_change_ends_the_pause_and_calls_with_a_probe(
    cast: Cast, signed_in: SignIn, provider: Provider, changed: dict[str, object]
) -> None:
    model = make_model("paused", provider)
    provider.pause(KeyRefused(), seconds=600, probe=True)
    model.pause(ModelNotAllowed(), seconds=600, probe=True)
    path = f"/admin/generations/provider/{provider.pk}/change/"
    signed_in(cast.sam).post(path, provider_fields(provider))
    provider.refresh_from_db()
    assert provider.is_paused, "nothing was changed"
    signed_in(cast.sam).post(path, provider_fields(provider, **changed))
    provider.refresh_from_db()
    model.refresh_from_db()
    assert (provider.is_paused, provider.needs_probe) == (False, True)
    assert (model.is_paused, model.needs_probe) == (False, True)


def test_where_a_host_lies_is_looked_up_when_its_address_is_saved(
    cast: Cast, signed_in: SignIn, provider: Provider
) -> None:
    path = f"/admin/generations/provider/{provider.pk}/change/"
    for address, is_private in (("http://10.0.0.7/v1", True), ("http://93.184.215.14/v1", False)):
        signed_in(cast.sam).post(path, provider_fields(provider, base_url=address, new_key=KEY))
        provider.refresh_from_db()
        assert (provider.base_url, provider.is_private) == (address, is_private)


def test_the_version_stands_in_the_header(cast: Cast, signed_in: SignIn) -> None:
    assert f"Imageweb {__version__}" in signed_in(cast.sam).get("/admin/").content.decode()


def price_fields(page: str, **said: object) -> dict[str, object]:
    """A model's form as it stands on this page, with one new price."""
    shown = dict(re.findall(r'<input type="(?:text|number|hidden)" name="([^"]+)" value="([^"]*)"', page))
    new = {f"prices-0-{name}": value for name, value in said.items()}
    return {
        "name": "gpt-image-1",
        "provider": re.search(r'<option value="(\d+)" selected>', page)[1],
        "rank": 100, "max_n": 1, "max_references": 4, "min_references": 0,
        "max_reference_side": 0, "max_prompt": 32_000,
        "sizes": "[]", "options": "[]", "extra": "{}", "is_enabled": "on",
        "prices-TOTAL_FORMS": 1,
        "prices-INITIAL_FORMS": 0,
        "prices-0-starts_at_0": "2026-01-02",
        "prices-0-starts_at_1": "03:04:05",
        "prices-0-size": "",
        "prices-0-quality": "",
    } | new | {name: value for name, value in shown.items() if name == "csrfmiddlewaretoken"}  # fmt: skip


def test_a_price_is_added_under_its_author_and_none_is_changed(cast: Cast, signed_in: SignIn) -> None:
    path, client = f"/admin/generations/providermodel/{cast.model.pk}/change/", signed_in(cast.sam)
    old = Price.objects.get()
    page = client.get(path).content.decode()
    assert "$0.042" in page and 'name="prices-0-amount"' not in page, "the price that is there is no field"
    forged = {"prices-0-id": old.pk, "prices-INITIAL_FORMS": 1}
    for said in ({"amount": "0.07"}, forged | {"amount": "0.01", "DELETE": "on"}):
        fields = price_fields(page, **{name: value for name, value in said.items() if "-" not in name})
        client.post(path, fields | {name: value for name, value in said.items() if "-" in name})
    added = Price.objects.exclude(pk=old.pk)
    assert {(price.amount, price.entered_by) for price in added} >= {(Decimal("0.07"), cast.sam)}
    assert Price.objects.values().get(pk=old.pk)["amount"] == old.amount
    assert client.post(path, price_fields(page, amount="-1")).status_code == 200, "a price is not negative"


def test_ten_more_prices_cost_a_list_of_models_no_more_queries(
    cast: Cast, signed_in: SignIn, queries_of: Callable
) -> None:
    client, lists = signed_in(cast.sam), ["/admin/generations/providermodel/"]
    lists.append(f"/admin/generations/provider/{cast.model.provider_id}/change/")
    few = [queries_of(lambda path=path: client.get(path)) for path in lists]
    for n in range(10):
        make_price(make_model(f"m{n}"), "0.5")
    assert [queries_of(lambda path=path: client.get(path)) for path in lists] <= few
