"""What somebody sets for themselves."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from django.conf import LazySettings
from django.core import mail
from django.core.cache import cache
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from generations.models import SignIn
from generations.presenters.devices import DeviceRow
from tests.support.cast import PASSWORD, Cast, make_done, make_person

SignIn_ = Callable[..., Client]


def test_switches_and_name_are_kept(cast: Cast, signed_in: SignIn_) -> None:
    client = signed_in(cast.ana)
    client.post("/settings/save", {"first_name": "Anna", "last_name": "Bell", "has_notifications": "on"})
    cast.ana.refresh_from_db()
    assert (str(cast.ana), cast.ana.has_single_keys, cast.ana.has_notifications) == ("Anna Bell", False, True)
    page = client.get("/settings").content.decode()
    assert 'data-shortcuts="off" data-notify="on"' in page[:400]
    assert 'name="has_notifications" data-notify-switch checked' in page
    assert "Saved." not in client.get("/settings").content.decode()


def test_a_name_that_is_too_long_is_refused_and_changes_nothing(cast: Cast, signed_in: SignIn_) -> None:
    answer = signed_in(cast.ana).post("/settings/save", {"first_name": "x" * 151})
    cast.ana.refresh_from_db()
    assert (answer.status_code, cast.ana.first_name, cast.ana.has_single_keys) == (422, "Ana", True)


def test_nothing_else_of_an_account_is_changed_here(cast: Cast, signed_in: SignIn_) -> None:
    signed_in(cast.ana).post("/settings/save", {"is_staff": "on", "username": "root", "email": "x@x.example"})
    cast.ana.refresh_from_db()
    assert (cast.ana.is_staff, cast.ana.username, cast.ana.email) == (False, "ana", "ana@design.example")


def test_times_are_shown_in_the_zone_one_chose(cast: Cast, signed_in: SignIn_) -> None:
    client = signed_in(cast.ana)
    client.post("/settings/save", {"time_zone": "Pacific/Kiritimati"})
    page = client.get("/settings").content.decode()
    assert "<option selected>Pacific/Kiritimati</option>" in page
    refused = client.post("/settings/save", {"time_zone": "../../etc/passwd"})
    assertContains(refused, "Choose a time zone from the list.", status_code=422)
    cast.ana.refresh_from_db()
    assert cast.ana.time_zone == "Pacific/Kiritimati"
    make_done(cast.ana)
    assert client.get("/").status_code == 200


def sign_in(agent: str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0") -> Client:
    client = Client(headers={"User-Agent": agent})
    client.post("/accounts/login/", {"login": "ana", "password": PASSWORD})
    return client


def test_sessions_are_listed_and_ended(cast: Cast) -> None:
    one, two, three = sign_in(), sign_in("x\0<b>y</b>" * 999), sign_in()
    page = one.get("/settings")
    assertContains(page, "Firefox on Linux", count=3)  # two rows, and a button to end the other
    assertContains(page, "This device", count=1)
    other = SignIn.objects.get(key=three.session["sign_in"])
    one.post(f"/settings/sign-out/{other.key}")
    assert [client.get("/").status_code for client in (one, two, three)] == [200, 200, 302]
    one.post("/settings/sign-out")
    assert [client.get("/").status_code for client in (one, two)] == [200, 302]
    assert SignIn.objects.count() == 1


def test_signing_out_and_a_new_password_leave_no_device_listed_that_is_not(cast: Cast) -> None:
    one, two = sign_in(), sign_in()
    two.post("/accounts/logout/")
    assert SignIn.objects.count() == 1
    three = sign_in()
    new = {"oldpassword": PASSWORD, "password1": "amber-lantern-17", "password2": "amber-lantern-17"}
    three.post("/accounts/password/change/", new)
    assertContains(three.get("/settings"), "This device", count=1)
    assert (one.get("/").status_code, SignIn.objects.count()) == (302, 1)


def test_no_row_beside_a_session_lets_anybody_in(cast: Cast) -> None:
    client = sign_in()
    assert client.session.session_key not in str(list(SignIn.objects.values()))


def test_sessions_of_others_cannot_be_ended(cast: Cast, signed_in: SignIn_) -> None:
    client = sign_in()
    key = SignIn.objects.get().key
    assert signed_in(cast.ben).post(f"/settings/sign-out/{key}").status_code == 404
    assertNotContains(signed_in(cast.sam).get("/settings"), key)
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.0", "A browser"),
        ("", "A browser"),
    ],
)
def test_a_device_has_a_name_people_know(agent: str, name: str) -> None:
    assert DeviceRow(SignIn(agent=agent), is_this=False).name == name


def test_a_new_address_counts_when_its_link_is_opened(cast: Cast, signed_in: SignIn_, settings: LazySettings) -> None:
    settings.EMAIL_URL = "smtp://localhost"
    cache.clear()
    client, asked = signed_in(cast.ana), {"email": "Anna@Design.example", "password": PASSWORD}
    for wrong, words in (
        ({"password": "wrong"}, "This is not your current password."),
        ({"email": "BEN@design.example"}, "Somebody else uses this address."),
        ({"email": "ana@design.example"}, "This is your address already."),
        ({"email": "x"}, "valid email"),
    ):
        assertContains(client.post("/settings/email", asked | wrong), words, status_code=422)
    assert not mail.outbox
    assertContains(client.post("/settings/email", asked, follow=True), "Open the link")
    cast.ana.refresh_from_db()
    assert cast.ana.email == "ana@design.example" and mail.outbox[0].to == ["anna@design.example"]
    path = re.search(r"http://[^/]+(/\S+)", mail.outbox[0].body)[1]  # type: ignore[index]
    assertContains(client.get(path), "From now on you sign in with anna@design.example")
    assertContains(client.post(path, follow=True), "Your email address is anna@design.example now.")
    cast.ana.refresh_from_db()
    assert cast.ana.email == "anna@design.example"
    assertContains(client.get(path), "This link has ended", status_code=404)


def test_a_link_to_confirm_is_for_who_asked_alone(cast: Cast, signed_in: SignIn_, settings: LazySettings) -> None:
    settings.EMAIL_URL = "smtp://localhost"
    cache.clear()
    signed_in(cast.ana).post("/settings/email", {"email": "anna@design.example", "password": PASSWORD})
    path = re.search(r"http://[^/]+(/\S+)", mail.outbox[0].body)[1]  # type: ignore[index]
    visitor, ben = Client(), signed_in(cast.ben)
    for answer in (visitor.get(path), visitor.post(path, headers={"Referer": f"http://testserver{path}"})):
        assertRedirects(answer, f"/accounts/login/?{urlencode({'next': path})}", fetch_redirect_response=False)
    for answer in (ben.get(path), ben.post(path)):
        assertContains(answer, "You are signed in as Ben.", status_code=404)
        assertNotContains(answer, "anna@design.example", status_code=404)
    assert ben.get("/settings").status_code == 200, "looking at it signs nobody out"
    cast.ana.refresh_from_db()
    assert cast.ana.email == "ana@design.example"
    answer = ben.post("/accounts/logout/", {"next": path}, follow=True)
    said = {"login": "ana", "password": PASSWORD, "next": answer.context["redirect_field_value"]}
    assertContains(ben.post("/accounts/login/", said, follow=True), "Use this address")
    ben.post(path)
    cast.ana.refresh_from_db()
    assert cast.ana.email == "anna@design.example"


def test_a_reset_that_anybody_asked_for_leaves_the_address_as_it_is(
    cast: Cast, signed_in: SignIn_, settings: LazySettings
) -> None:
    settings.EMAIL_URL = "smtp://localhost"
    for person in (cast.ana, cast.ben):
        cache.clear()
        before = person.email
        Client().post("/accounts/password/reset/", {"email": before})
        asked = {"email": f"new-{person.username}@design.example", "password": PASSWORD}
        assertContains(signed_in(person).post("/settings/email", asked, follow=True), "Open the link")
        person.refresh_from_db()
        assert person.email == before


def test_who_asks_often_is_told_before_a_password_is_tried(
    cast: Cast, signed_in: SignIn_, settings: LazySettings
) -> None:
    settings.EMAIL_URL = "smtp://localhost"
    cache.clear()
    client = signed_in(cast.ana)
    tries = [client.post("/settings/email", {"email": "x@y.example", "password": "wrong"}) for _ in range(12)]
    assert (tries[0].status_code, tries[-1].status_code) == (422, 302)
    assertContains(client.get("/settings"), "You have asked often.")


def test_an_address_that_somebody_got_meanwhile_is_not_taken(
    cast: Cast, signed_in: SignIn_, settings: LazySettings
) -> None:
    settings.EMAIL_URL = "smtp://localhost"
    cache.clear()
    client = signed_in(cast.ana)
    client.post("/settings/email", {"email": "anna@design.example", "password": PASSWORD})
    path = re.search(r"http://[^/]+(/\S+)", mail.outbox[0].body)[1]  # type: ignore[index]
    make_person("anna")
    assertContains(client.post(path, follow=True), "Somebody else uses the address anna@design.example.")
    cast.ana.refresh_from_db()
    assert cast.ana.email == "ana@design.example"
