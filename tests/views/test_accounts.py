"""Signing in and out, the first account, and a session that ends."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from generations.models import Draft, Membership, Person
from generations.models.team import welcome_path
from tests.support.cast import PASSWORD, Cast, make_person

SignIn = Callable[..., Client]
FIRST = {"name": "Mei Lin", "email": "mei@design.example", "password": "a darkroom lamp"}


def test_one_signs_in_with_address_or_name(cast: Cast) -> None:
    for login in ("ana", "ana@design.example"):
        client = Client()
        before = client.get("/accounts/login/")
        answer = client.post("/accounts/login/", {"login": login, "password": PASSWORD})
        assert (before.status_code, answer.status_code, answer["Location"]) == (200, 302, "/")
        assert client.get("/").status_code == 200


def test_a_wrong_password_says_so(cast: Cast, client: Client) -> None:
    page = client.post("/accounts/login/", {"login": "ana", "password": "wrong"}).content.decode()
    assert "Wrong email or password" in page and 'value="ana"' in page


@pytest.fixture
def no_attempts() -> Iterator[None]:
    """Nobody has tried a password yet, and nobody has after the test."""
    cache.clear()
    yield
    cache.clear()


def test_guessing_ends_soon_and_locks_nobody_else_out(cast: Cast, no_attempts: None) -> None:
    def sign_in(password: str, address: str, **forged: str) -> int:
        login = {"login": "ana", "password": password}
        return Client(REMOTE_ADDR=address, **forged).post("/accounts/login/", login).status_code

    for number in range(5):
        sign_in(f"wrong {number}", "203.0.113.9", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")
    assert sign_in(PASSWORD, "203.0.113.9", HTTP_X_FORWARDED_FOR="198.51.100.77") != 302
    assert sign_in(PASSWORD, "203.0.113.10") == 302


@pytest.mark.parametrize("evil", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_leads_to_this_site_only(cast: Cast, client: Client, evil: str) -> None:
    answer = client.post(f"/accounts/login/?next={evil}", {"login": "ana", "password": PASSWORD, "next": evil})
    assert "evil" not in answer.get("Location", "") and "javascript" not in answer.get("Location", "")


def test_the_session_has_another_key_after_signing_in(cast: Cast, client: Client) -> None:
    client.cookies["imageweb_session"] = "fixed"
    client.post("/accounts/login/", {"login": "ana", "password": PASSWORD})
    assert client.cookies["imageweb_session"].value != "fixed"


def test_signing_out_needs_a_post(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.ana)
    client.get("/accounts/logout/")
    assert client.get("/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/").status_code == 302


def test_nobody_signs_up(db: None, client: Client) -> None:
    fields = {"email": "x@x.example", "username": "x", "password1": PASSWORD, "password2": PASSWORD}
    assert "Administrators create the accounts" in client.post("/accounts/signup/", fields).content.decode()
    assert not Person.objects.exists()


def test_a_new_password_comes_by_a_link_that_works_once(cast: Cast, client: Client) -> None:
    client.post("/accounts/password/reset/", {"email": cast.ana.email})
    link = re.search(r"http://\S+", mail.outbox[0].body)[0]
    form = client.get(link, follow=True)
    path = form.redirect_chain[-1][0]
    client.post(path, {"password1": "another dark lamp", "password2": "another dark lamp"})
    assert client.post("/accounts/login/", {"login": "ana", "password": "another dark lamp"}).status_code == 302
    assert "was used" in Client().get(link, follow=True).content.decode()


def test_a_stranger_asking_for_a_password_learns_nothing(cast: Cast, client: Client) -> None:
    known = client.post("/accounts/password/reset/", {"email": cast.ana.email})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@x.example"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_the_first_link_makes_an_administrator_who_leads_a_team(db: None, client: Client) -> None:
    link = welcome_path()
    assert "Create the administrator account" in client.get(link).content.decode()
    assert client.post(link, FIRST)["Location"] == "/setup"
    person = Person.objects.get()
    assert person.is_superuser and str(person) == "Mei Lin"
    assert Membership.objects.get(person=person).role == "lead"
    assert client.get("/").status_code == 200


def test_the_first_link_works_once(db: None, client: Client) -> None:
    link = welcome_path()
    client.post(link, FIRST)
    assert Client().get(link).status_code == 404
    assert Client().post(link, FIRST | {"email": "b@x.example"}).status_code == 404
    assert (welcome_path(), Person.objects.count()) == (None, 1)


def test_the_first_link_ends(db: None, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generations.models.team.WELCOME_SECONDS", -1)
    assert client.get(welcome_path()).status_code == 404


@pytest.mark.parametrize("link", ["/welcome/x", "/welcome/a:b:c", "/welcome/" + "y" * 3000])
def test_a_made_up_link_is_nothing(db: None, client: Client, link: str) -> None:
    assert client.get(link).status_code == 404


def test_a_link_that_works_no_longer_says_what_to_do_and_nothing_else(db: None) -> None:
    link, before = welcome_path(), Client().get("/welcome/x").content
    Client().post(link, FIRST)
    used, made_up = Client().get(link).content, Client().get("/welcome/x").content
    assert b"This link has expired" in used and b"/accounts/login/" in used
    assert used == made_up == before


@pytest.mark.parametrize("password", ["short", "password", "12345678901", "mei@design.example"])
def test_the_first_password_must_be_hard_to_guess(db: None, client: Client, password: str) -> None:
    assert client.post(welcome_path(), FIRST | {"password": password}).status_code == 422
    assert not Person.objects.exists()


def test_htmx_with_a_dead_session_is_sent_to_sign_in_and_back(client: Client, db: None) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/b/k7f3?x=1"}
    answer = client.post("/compose", headers=headers)
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer["HX-Redirect"] == "/accounts/login/?next=%2Fb%2Fk7f3%3Fx%3D1"


def test_a_form_sent_with_a_dead_session_leads_back_to_its_page(client: Client, db: None) -> None:
    answer = client.post("/compose", headers={"Referer": "http://testserver/b/k7f3?x=1"})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=%2Fb%2Fk7f3%3Fx%3D1")
    assert client.post("/compose")["Location"] == "/accounts/login/?next=%2F"
    foreign = client.post("/compose", headers={"Referer": "https://evil.example/x"})
    assert foreign["Location"] == "/accounts/login/?next=%2F"
    assert client.get("/library?q=x")["Location"] == "/accounts/login/?next=/library%3Fq%3Dx"


@pytest.mark.parametrize(("method", "path"), [("get", "/pulse"), ("post", "/compose"), ("post", "/draft")])
def test_a_page_of_somebody_else_is_not_answered(cast: Cast, signed_in: SignIn, method: str, path: str) -> None:
    client = signed_in(cast.ben)
    ask = functools.partial(getattr(client, method), path, {"prompt": "A lake"})
    answer = ask(headers={"Imageweb-Person": str(cast.ana.pk)})
    assert (answer.status_code, answer.content) == (412, b"")
    assert not Draft.objects.exists()
    assert ask(headers={"Imageweb-Person": str(cast.ben.pk)}).status_code != 412


def test_a_page_without_a_session_is_led_to_sign_in_whoever_opened_it(client: Client, cast: Cast) -> None:
    headers = {"HX-Request": "true", "Imageweb-Person": str(cast.ana.pk)}
    assert client.get("/pulse", headers=headers)["HX-Redirect"] == "/accounts/login/?next=%2F"


@pytest.mark.parametrize("page", ["https://evil.example/x", "http://testserver@evil.example/x", "http://["])
def test_a_foreign_page_is_not_led_back_to(client: Client, db: None, page: str) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": page}
    assert client.get("/pulse", headers=headers)["HX-Redirect"] == "/accounts/login/?next=%2F"


def test_the_theme_is_printed_by_the_server(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.ana)
    assert "data-theme" not in client.get("/").content.decode()[:400]
    client.post("/theme", {"theme": "dark"}, headers={"Referer": "https://evil.example/"})
    assert 'data-theme="dark"' in client.get("/").content.decode()[:400]
    assert client.post("/theme", {"theme": "dark"}, headers={"Referer": "no-address"}).status_code == 302
    client.post("/theme", {"theme": "auto"})
    assert "data-theme" not in client.get("/").content.decode()[:400]


def test_the_theme_goes_with_the_person_to_another_device(cast: Cast, signed_in: SignIn) -> None:
    answer = signed_in(cast.ana).post("/theme", {"theme": "dark"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.content) == (204, b"")
    page = signed_in(cast.ana).get("/").content.decode()
    assert 'data-theme="dark"' in page[:400]
    assert '<meta name="color-scheme" content="dark">' in page
    assert "data-theme" not in signed_in(cast.ben).get("/").content.decode()[:400]


def test_pages_that_know_nobody_have_the_theme_last_chosen_here(db: None, client: Client) -> None:
    client.post("/theme", {"theme": "light"})
    assert 'data-theme="light"' in client.get("/accounts/login/").content.decode()[:400]
    client.cookies["theme"] = '"><script>'
    assert "<script>" not in client.get("/accounts/login/").content.decode()[:400]


def test_single_keys_can_be_off(signed_in: SignIn, db: None) -> None:
    person = make_person("kim")
    person.has_single_keys = False
    person.save()
    assert 'data-shortcuts="off"' in signed_in(person).get("/").content.decode()[:400]
