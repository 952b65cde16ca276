"""A second factor: setting it up, signing in with it, losing it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from allauth.mfa.models import Authenticator
from django.conf import LazySettings
from django.core.cache import cache
from django.test import Client
from django.test.client import Client as Browser
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from generations.models import AuditEntry, SignIn
from generations.models.hand_over import activate, deactivate
from generations.models.team import welcome_path
from tests.support.cast import PASSWORD, Cast, make_person
from tests.support.factors import App, connect_app, make_app, recovery_codes

pytestmark = pytest.mark.exhaustive

SignIn_ = Callable[..., Client]
STEP = "/accounts/second-factor/"
APP = "/settings/second-factor/app"


@pytest.fixture(autouse=True)
def no_attempts() -> Iterator[None]:
    """Nobody has tried a code yet, and nobody has after the test."""
    cache.clear()
    yield
    cache.clear()


def password(name: str = "ana") -> Client:
    """A browser in which the password was right."""
    client = Browser()
    client.post("/accounts/login/", {"login": name, "password": PASSWORD})
    return client


def verbs() -> list[str]:
    return list(AuditEntry.objects.order_by("number").values_list("verb", flat=True))


def test_an_app_is_connected_and_asked_for_from_then_on(cast: Cast) -> None:
    client = password()
    assertContains(client.get("/settings"), "Not set up.")
    page = client.get(APP)
    assertContains(page, "data:image/svg+xml;base64,")
    assertContains(client.post(APP, {"code": "000000"}), "Wrong code.", status_code=422)
    app = connect_app(client)
    assert verbs()[-2:] == ["added_second_factor", "made_recovery_codes"]
    settings = client.get("/settings")
    assertContains(settings, "Replace the app")
    assertContains(settings, "10 of 10 left.")
    assert app.secret not in str(list(Authenticator.objects.values()))
    another = password()
    assert another.get("/").status_code == 302
    assertContains(another.get(STEP), "Code of your app")
    assertRedirects(another.post(STEP, {"code": app.code()}), "/", fetch_redirect_response=False)
    assert another.get("/").status_code == 200


def test_the_password_alone_signs_nobody_in(cast: Cast) -> None:
    make_app(cast.ana)
    client = password()
    assert not SignIn.objects.exists() and "signed_in" not in verbs() and "_auth_user_id" not in client.session
    for path in ("/", "/settings", "/settings/second-factor", APP, "/settings/second-factor/app/remove"):
        assert client.get(path)["Location"].startswith("/accounts/login/")
    assertRedirects(client.get("/accounts/login/"), STEP)
    client.post("/accounts/logout/")
    assert client.get(STEP)["Location"] == "/accounts/login/"


def test_a_code_works_once(cast: Cast) -> None:
    app = make_app(cast.ana)
    code = app.code()
    assert password().post(STEP, {"code": f" {code[:3]} {code[3:]} "}).status_code == 302
    assertContains(password().post(STEP, {"code": code}), 'role="alert"')
    cache.delete_many([f"allauth.mfa.totp.used?user={cast.ana.pk}&code={code}"])  # what ends before its time does
    assertContains(password().post(STEP, {"code": code}), "This code was used already.")
    assert password().post(STEP, {"code": app.code()}).status_code == 302


def test_a_recovery_code_works_once_and_is_recorded(cast: Cast) -> None:
    make_app(cast.ana)
    code = recovery_codes(cast.ana)[0]
    assert password().post(STEP, {"code": code}).status_code == 302
    assert verbs() == ["used_recovery_code", "signed_in"]
    assert AuditEntry.objects.get(verb="used_recovery_code").after == {"left": 9}
    assertContains(password().post(STEP, {"code": code}), "Wrong code.")
    assert verbs()[-1] == "second_factor_failed" and len(recovery_codes(cast.ana)) == 9


@pytest.mark.parametrize("code", ["", "x", "\0", "0" * 41, "1" * 1_000_000, "١٢٣٤٥٦", "👩" * 6, "a\u0301" * 20])
def test_an_odd_code_is_refused_in_a_sentence(cast: Cast, code: str) -> None:
    make_app(cast.ana)
    assertContains(password().post(STEP, {"code": code}), 'class="problem" id="code-p"')


CREDENTIALS = [
    "", "x", "5", "null", "[]", "[1]", "{}", '{"id":"x"}', "[" * 30_000, '"' + "x" * 40_000 + '"', "\0",
    '{"id":"x","rawId":"x","type":"public-key","response":{"userHandle":5}}',
    '{"id":"x","rawId":"x","type":"public-key","clientExtensionResults":{},"response":{"clientDataJSON":"e30",'
    '"authenticatorData":"AA","signature":"AA","userHandle":"MQ","attestationObject":"oA"}}',
]  # fmt: skip


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_an_odd_passkey_is_refused_in_a_sentence(cast: Cast, credential: str) -> None:
    make_app(cast.ana)
    client = password()
    client.get(STEP)
    assertContains(client.post(STEP, {"credential": credential}), "One more step")
    nobody = Browser()
    assert nobody.get("/accounts/passkey/", headers={"Accept": "application/json"}).json()["request_options"]
    assertContains(nobody.post("/accounts/passkey/", {"credential": credential}, follow=True), 'role="alert"')
    adding = password("ben")
    adding.get("/settings/second-factor/passkey")
    answer = adding.post("/settings/second-factor/passkey", {"credential": credential, "name": "x\0y" * 99})
    assertContains(answer, "Add a passkey", status_code=422)
    assert Authenticator.objects.filter(type="webauthn").count() == 0


def test_guessing_codes_ends_soon(cast: Cast) -> None:
    app, client = make_app(cast.ana), password()
    for number in range(5):
        client.post(STEP, {"code": f"{number:06}"})
    assertContains(client.post(STEP, {"code": app.code()}), "Too many failed")
    client.post(STEP, {"code": ""})
    assert client.get("/").status_code == 302 and verbs().count("second_factor_failed") == 5


def test_who_was_deactivated_between_the_steps_stays_out(cast: Cast) -> None:
    app, client = make_app(cast.ana), password()
    deactivate(cast.ana, cast.sam)
    assertRedirects(client.post(STEP, {"code": app.code()}), "/accounts/inactive/")
    assert client.get("/").status_code == 302 and "signed_in" not in verbs()
    activate(cast.ana, cast.sam)


def test_an_app_is_replaced_and_the_recovery_codes_stay(cast: Cast) -> None:
    client = password()
    old = connect_app(client)
    codes = recovery_codes(cast.ana)
    page = client.get(APP)
    assertContains(page, "Replace the authenticator app")
    new = App(re.search(r'id="app-key">([A-Z2-7 ]+)<', page.content.decode())[1].replace(" ", ""))  # type: ignore[index]
    assertRedirects(client.post(APP, {"code": new.code()}), "/settings#second-factor", fetch_redirect_response=False)
    assert recovery_codes(cast.ana) == codes
    assertContains(password().post(STEP, {"code": old.code()}), "Wrong code.")
    assert password().post(STEP, {"code": new.code()}).status_code == 302


def test_new_codes_take_the_place_of_the_old_ones(cast: Cast) -> None:
    client = password()
    connect_app(client)
    old = recovery_codes(cast.ana)
    assertContains(client.get("/settings/second-factor/codes"), "You have 10 codes left.")
    page = client.post("/settings/second-factor/codes")
    new = recovery_codes(cast.ana)
    assert not set(old) & set(new)
    for code in new:
        assertContains(page, f"<li>{code}</li>")
    assertNotContains(client.get("/settings/second-factor/codes"), new[0])
    assertContains(password().post(STEP, {"code": old[0]}), "Wrong code.")


def test_removing_it_leaves_the_password_and_no_codes(cast: Cast) -> None:
    client = password()
    connect_app(client)
    assertContains(client.get(f"{APP}/remove"), "Remove the authenticator app?")
    assert client.post(f"{APP}/remove").status_code == 302
    assert not Authenticator.objects.exists() and verbs()[-1] == "removed_second_factor"
    assert password().get("/").status_code == 200
    assert client.get(f"{APP}/remove").status_code == client.post(f"{APP}/remove").status_code == 404


def test_who_signed_in_long_ago_proves_once_more_who_they_are(cast: Cast, signed_in: SignIn_) -> None:
    make_app(cast.ana)
    client = signed_in(cast.ana)  # as a session that is older than it says
    for path in (APP, f"{APP}/remove", "/settings/second-factor/codes", "/settings/second-factor/passkey"):
        answer = client.get(path)
        assert answer["Location"].startswith("/accounts/again/?next=")
        assert client.post(path, {"code": "000000"})["Location"].startswith("/accounts/again/?next=")
    again = "/accounts/again/?next=/settings/second-factor/codes"
    assertContains(client.get(again), "Is it you?")
    assertContains(client.post(again, {"password": "wrong"}), "This is not")
    there = client.post(again, {"password": PASSWORD, "next": "/settings/second-factor/codes"})
    assertRedirects(there, "/settings/second-factor/codes")


def test_a_code_also_proves_who_one_is(cast: Cast, signed_in: SignIn_) -> None:
    app, client = make_app(cast.ana), signed_in(cast.ana)
    again = "/accounts/again/code/?next=/settings/second-factor/codes"
    assertContains(client.get(again), "Use the password instead")
    assertContains(client.post(again, {"code": "000000"}), "Wrong code.", status_code=422)
    assert client.post(again, {"code": app.code()})["Location"] == "/settings/second-factor/codes"
    assertContains(client.post("/settings/second-factor/codes"), 'id="codes"')


def test_what_was_asked_for_goes_on_after_one_has_proved_it(cast: Cast, signed_in: SignIn_) -> None:
    make_app(cast.ana)
    client, codes = signed_in(cast.ana), "/settings/second-factor/codes"
    led = client.post(codes)["Location"]
    assertContains(client.post(led, {"password": PASSWORD, "next": codes}), 'id="codes"')


@pytest.mark.parametrize("evil", ["//evil.example", "https://evil.example", "javascript:alert(1)"])
def test_proving_it_leads_to_this_site_only(cast: Cast, signed_in: SignIn_, evil: str) -> None:
    answer = signed_in(cast.ana).post(f"/accounts/again/?next={evil}", {"password": PASSWORD, "next": evil})
    assert "evil" not in answer["Location"] and "javascript" not in answer["Location"]


def test_nobody_removes_a_stranger_s_passkey(cast: Cast) -> None:
    key = Authenticator.objects.create(user=cast.ana, type="webauthn", data={"name": "<b>Key</b>"})
    path = f"/settings/second-factor/passkey/{key.pk}/remove"
    assert password("ben").get(path).status_code == password("ben").post(path).status_code == 404
    assert Authenticator.objects.count() == 1


def test_an_administrator_removes_what_was_lost(cast: Cast, signed_in: SignIn_) -> None:
    make_app(cast.ana)
    client = signed_in(cast.sam)
    page = client.get("/person/ana")
    assertContains(page, "10 of 10 recovery codes left.")
    client.post("/person/ana/second-factor")
    client.post("/person/ana/second-factor")
    assert not Authenticator.objects.exists() and verbs().count("removed_second_factor") == 1
    assert AuditEntry.objects.get(verb="removed_second_factor").before == {"kinds": ["recovery_codes", "totp"]}
    assertContains(client.get("/person/ana"), "Not set up.")
    assert password().get("/").status_code == 200


# ── where it is asked for ──


@pytest.mark.parametrize(
    ("of", "led"),
    [
        ("nobody", set()),
        ("staff", {"sam"}),
        ("reviewers", {"sam", "lea", "rio"}),
        ("everyone", {"sam", "lea", "rio", "ana"}),
    ],
)
def test_it_is_asked_of_whom_the_setting_names(
    cast: Cast, signed_in: SignIn_, settings: LazySettings, of: str, led: set[str]
) -> None:
    settings.REQUIRE_SECOND_FACTOR = of
    people = [cast.ana, cast.lea, cast.sam, make_person("rio", cast.design, role="reviewer")]
    found = {str(person.username) for person in people if signed_in(person).get("/").status_code == 302}
    assert found == led


def test_who_needs_one_gets_nothing_before_it_is_set_up(cast: Cast, settings: LazySettings) -> None:
    settings.REQUIRE_SECOND_FACTOR = "staff"
    client = password("sam")
    for path in ("/", "/settings", "/people", "/admin/", "/library", "/record", "/person/ana", "/pulse"):
        assertRedirects(client.get(path), "/settings/second-factor", fetch_redirect_response=False)
    assertRedirects(
        client.post("/person/ana/deactivate", {"heir": "-"}), "/settings/second-factor", fetch_redirect_response=False
    )
    asked = client.get("/pulse", headers={"HX-Request": "true"})
    assert (asked.status_code, asked["HX-Redirect"]) == (401, "/settings/second-factor")
    assertContains(client.get("/settings/second-factor"), "Your account needs one before you go on.")
    assert client.get("/healthz").status_code == 200 and client.get("/s/x").status_code == 404
    connect_app(client)
    assert client.get("/people").status_code == 200
    assertRedirects(client.get("/settings/second-factor"), "/settings#second-factor", fetch_redirect_response=False)


def test_the_last_one_is_kept_where_one_is_needed(cast: Cast, settings: LazySettings) -> None:
    settings.REQUIRE_SECOND_FACTOR = "staff"
    client = password("sam")
    connect_app(client)
    for answer in (client.get(f"{APP}/remove"), client.post(f"{APP}/remove")):
        assert "You need a second factor here." in answer.content.decode()
    key = Authenticator.objects.create(user=cast.sam, type="webauthn", data={"name": "Key"})
    assert client.post(f"{APP}/remove").status_code == 302
    last = client.post(f"/settings/second-factor/passkey/{key.pk}/remove")
    assertContains(last, "You need a second factor here.", status_code=422)
    assert Authenticator.objects.filter(user=cast.sam, type="webauthn").count() == 1


def test_who_lost_the_key_of_the_installation_is_told_so(cast: Cast, settings: LazySettings) -> None:
    app, code = make_app(cast.ana), recovery_codes(cast.ana)[0]
    client = password()
    session = dict(client.session)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", []
    assert session
    again = password()
    for each in (app.code(), code):
        assertContains(again.post(STEP, {"code": each}), "This code cannot be checked.")


def test_the_first_administrator_sets_one_up_without_typing_the_password_twice(
    db: None, client: Client, settings: LazySettings
) -> None:
    settings.REQUIRE_SECOND_FACTOR = "staff"
    first = {"name": "Mei Lin", "email": "mei@design.example", "password": PASSWORD}
    assertRedirects(client.post(welcome_path(), first), "/setup", target_status_code=302)
    assertRedirects(client.get("/setup"), "/settings/second-factor")
    connect_app(client)
    assert client.get("/setup").status_code == 200
