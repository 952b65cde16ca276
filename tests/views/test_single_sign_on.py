"""Single sign-on with a real provider on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import LazySettings
from django.core.cache import cache
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from generations.models import AuditEntry, GroupRole, Invitation, Mail, Membership, Person, SignIn
from generations.models.account import password_link
from generations.models.erasure import erase
from generations.models.group_role import set_group_role
from generations.models.hand_over import deactivate
from generations.models.inviting import invite
from generations.models.pasted_addresses import Address
from generations.models.personal import data_of
from generations.models.single_sign_on import Identity, admit, unlink
from tests.support.cast import PASSWORD, Cast, make_team
from tests.support.factors import make_app
from tests.support.sign_on import BEGIN, CALLBACK, SignOn, sign_on, use

pytestmark = pytest.mark.exhaustive

SignIn_ = Callable[..., Client]
ANA = {"email": "ana@design.example", "email_verified": True, "name": "Ana Bell"}


@pytest.fixture(scope="module")
def server() -> Iterator[SignOn]:
    with sign_on() as server:
        yield server


@pytest.fixture
def sso(server: SignOn, settings: LazySettings) -> SignOn:
    cache.clear()
    use(settings, server.url)
    return server


def reasons() -> list[str]:
    entries = AuditEntry.objects.filter(verb="single_sign_on_refused").order_by("number")
    return [entry.after["reason"] for entry in entries]


def verbs() -> list[str]:
    return list(AuditEntry.objects.order_by("number").values_list("verb", flat=True))


def prove(person: Person) -> None:
    """They opened a link that was mailed to their address."""
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)


def test_a_confirmed_address_leads_to_its_account(cast: Cast, sso: SignOn, client: Client) -> None:
    prove(cast.ana)
    sso.knows("a1", **ANA | {"email": "Ana@Design.example"})
    assertContains(client.get("/accounts/login/?next=/library"), "Continue with single sign-on")
    assertRedirects(sso.sign_in(client, "a1", next="/library"), "/library")
    assert verbs() == ["linked_single_sign_on", "signed_in"] and SignIn.objects.get().person == cast.ana
    assert SocialAccount.objects.get().extra_data == {"email": "ana@design.example"}
    cast.ana.refresh_from_db()
    assert cast.ana.check_password(PASSWORD) and cast.ana.first_name == "Ana"
    sso.knows("a1", email="ana.bell@elsewhere.example", email_verified=False)
    again = Client()
    assertRedirects(sso.sign_in(again, "a1"), "/")  # the link counts from now on, not the address
    assert again.session["_auth_user_id"] == str(cast.ana.pk)


def test_who_proves_the_address_first_has_the_account_alone(
    cast: Cast, sso: SignOn, signed_in: SignIn_, settings: LazySettings
) -> None:
    """Somebody made the account with Ana's address and waits for her to use it."""
    settings.EMAIL_URL = "smtp://localhost"
    stranger, reset = signed_in(cast.ana), password_link(cast.ana, cast.sam)
    make_app(cast.ana)
    EmailAddress.objects.create(user=cast.ana, email="eve@x.example", verified=False)
    sso.knows("a8", **ANA)
    ana = Client()
    assertRedirects(sso.sign_in(ana, "a8"), "/")
    assert (ana.get("/library").status_code, stranger.get("/library").status_code) == (200, 302)
    cast.ana.refresh_from_db()
    assert not cast.ana.has_usable_password() and not Authenticator.objects.filter(user=cast.ana).exists()
    assert Client().post("/accounts/login/", {"login": "ana", "password": PASSWORD}).status_code == 200
    assertContains(Client().get(urlsplit(reset).path, follow=True), "was used")
    assert list(EmailAddress.objects.values_list("email", "verified")) == [("ana@design.example", True)]
    entry = AuditEntry.objects.get(verb="ended_other_ways_in")
    assert entry.before == {"password": True, "kinds": ["recovery_codes", "totp"]} and entry.object_key == str(
        cast.ana.pk
    )
    assert Mail.objects.get(template="proven_address").to == "ana@design.example"
    ana.post("/accounts/logout/")
    assertRedirects(sso.sign_in(ana, "a8"), "/")
    assert verbs().count("ended_other_ways_in") == 1


def test_who_is_signed_in_already_stays_so(cast: Cast, sso: SignOn, signed_in: SignIn_) -> None:
    client = signed_in(cast.ana)
    sso.knows("a9", **ANA)
    assertRedirects(sso.sign_in(client, "a9"), "/")
    assert client.get("/library").status_code == 200 and SignIn.objects.filter(person=cast.ana).count() == 1


def test_an_address_that_the_provider_does_not_confirm_ends_nothing(cast: Cast, sso: SignOn, client: Client) -> None:
    sso.knows("e8", email="ana@design.example", email_verified=False)
    assert sso.sign_in(client, "e8").status_code == 403
    cast.ana.refresh_from_db()
    assert cast.ana.check_password(PASSWORD) and not EmailAddress.objects.exists()


def test_who_gets_the_account_after_an_unlinking_has_it_alone(cast: Cast, sso: SignOn) -> None:
    prove(cast.ana)
    sso.knows("c4", **ANA)
    sso.sign_in(Client(), "c4")
    unlink(cast.ana, cast.sam)
    sso.knows("d4", **ANA)
    sso.sign_in(Client(), "d4")
    cast.ana.refresh_from_db()
    assert not cast.ana.has_usable_password()


def test_what_leaves_and_comes_back_is_sealed_by_a_state_and_a_challenge(sso: SignOn, db: None, client: Client) -> None:
    asked = parse_qs(urlsplit(sso.leave(client)).query)
    assert asked["redirect_uri"] == [f"http://testserver{CALLBACK}"] and asked["code_challenge_method"] == ["S256"]
    sso.knows("x1", email="x@x.example", email_verified=True)
    back = sso.come_back(client, "x1")
    for answer in (
        Client().get(back),  # another browser than the one that left
        client.get(f"{CALLBACK}?code=x&state=x"),
        client.get(CALLBACK),
        client.get(f"{CALLBACK}?error=server_error"),
    ):
        assertContains(answer, "began in another browser", status_code=400)
        assertContains(answer, f'action="{BEGIN}"', status_code=400)


@pytest.mark.parametrize(
    ("claims", "reason", "sentence"),
    [
        ({"email": "ana@design.example"}, "unverified", "has not confirmed"),
        ({"email": "ana@design.example", "email_verified": False}, "unverified", "has not confirmed"),
        ({"email": "ana@design.example", "email_verified": "no"}, "unverified", "has not confirmed"),
        ({}, "no_address", "did not give your email address"),
        ({"email": "ana@@\u202edesign", "email_verified": True}, "no_address", "did not give"),
        ({"email": "eve@x.example", "email_verified": True, "name": "<b>"}, "uninvited", "Nobody has invited"),
        ({"email": "eve@x.example", "email_verified": True, "groups": ["admins"]}, "uninvited", "Nobody has invited"),
        ({"email": "eve@x.example", "email_verified": True, "groups": {"a": [5]}}, "uninvited", "Nobody has invited"),
    ],
)
def test_nobody_else_comes_in(
    cast: Cast, sso: SignOn, client: Client, claims: dict[str, object], reason: str, sentence: str
) -> None:
    sso.knows("e1", **claims)
    answer = sso.sign_in(client, "e1")
    assertContains(answer, sentence, status_code=403)
    shown = "@" in str(claims.get("email")) and reason != "no_address"
    assert (f'You came as <b dir="auto">{claims.get("email")}</b>' in answer.content.decode()) is shown
    assert client.get("/").status_code == 302 and reasons() == [reason]
    assert not SocialAccount.objects.exists() and not SignIn.objects.exists()


def test_a_provider_that_confirms_nothing_is_trusted_if_a_setting_says_so(
    cast: Cast, sso: SignOn, settings: LazySettings
) -> None:
    settings.OIDC_TRUST_EMAIL = True
    sso.knows("a2", email="ana@design.example", email_verified=False)
    assert sso.sign_in(Client(), "a2").status_code == 403  # it says that it is not
    sso.knows("a3", email="ana@design.example")
    assert sso.sign_in(Client(), "a3").status_code == 302


def test_who_gets_an_address_later_does_not_get_its_account(cast: Cast, sso: SignOn, signed_in: SignIn_) -> None:
    sso.knows("a4", **ANA)
    sso.sign_in(Client(), "a4")
    sso.knows("b4", **ANA)
    assertContains(sso.sign_in(Client(), "b4"), "is linked to somebody else", status_code=403)
    staff = signed_in(cast.sam)
    assertContains(staff.get("/person/ana"), "Linked to <bdi>ana@design.example</bdi>.")
    staff.post("/person/ana/unlink")
    assertNotContains(staff.get("/person/ana"), "Linked to")
    assert "unlinked_single_sign_on" in verbs() and sso.sign_in(Client(), "b4").status_code == 302


def test_who_was_deactivated_stays_out(cast: Cast, sso: SignOn) -> None:
    sso.knows("a5", **ANA)
    deactivate(cast.ana, cast.sam)
    assertContains(sso.sign_in(Client(), "a5"), "This account is closed", status_code=403)
    assert not SocialAccount.objects.exists()
    sso.knows("b5", email="ben@design.example", email_verified=True)
    sso.sign_in(Client(), "b5")
    deactivate(cast.ben, cast.sam)
    assert sso.sign_in(Client(), "b5").status_code == 403 and reasons() == ["inactive", "inactive"]


def test_an_invitation_is_accepted_without_a_password(cast: Cast, sso: SignOn) -> None:
    [found] = invite(cast.design, [Address("wei@x.example", "Wei Zhang")], cast.lea, role="reviewer")
    assert found.invitation
    client, path = Client(), found.invitation.get_absolute_url()
    assertContains(client.get(path), "It must know you as wei@x.example.")
    sso.knows("w1", email="other@x.example", email_verified=True)
    assert sso.sign_in(client, "w1").status_code == 403 and Invitation.objects.waiting().exists()
    sso.knows("w2", email="wei@x.example", email_verified=True)
    assertRedirects(sso.sign_in(client, "w2"), "/")
    person = Person.objects.get(email="wei@x.example")
    assert (str(person), person.has_usable_password()) == ("Wei Zhang", False)
    assert Membership.objects.get(person=person).role == "reviewer" and not Invitation.objects.waiting().exists()
    assert Client().get(path).status_code == 404
    assert client.get("/settings").status_code == 200


def test_groups_give_teams_and_roles_and_take_them(cast: Cast, sso: SignOn) -> None:
    press = make_team("Press")
    for group, team, role in (("makers", cast.design, "member"), ("judges", cast.design, "reviewer")):
        set_group_role(group, team, role, cast.sam)
    set_group_role("press", press, "member", cast.sam)
    new = {"email": "noor@x.example", "email_verified": True, "name": "Noor Haddad"}

    def roles(groups: object) -> dict[str, str]:
        sso.knows("n1", **new | ({} if groups is None else {"groups": groups}))
        assert sso.sign_in(Client(), "n1").status_code == 302
        return dict(Membership.objects.filter(person__email=new["email"]).values_list("team__name", "role"))

    assert roles(["makers", "judges", "x\0", 5]) == {"Design": "reviewer"}
    assert roles(["makers", "press"]) == {"Design": "member", "Press": "member"}
    assert roles(None) == {"Design": "member", "Press": "member"}  # nothing was said of groups
    Membership.objects.filter(team=press).update(from_group=False)
    assert roles([]) == {"Press": "member"}  # what was given by hand stays
    assert roles("judges") == {"Design": "reviewer", "Press": "member"}
    assert verbs().count("changed_by_group") == 5


def test_groups_leave_a_team_its_last_lead(cast: Cast, sso: SignOn) -> None:
    Membership.objects.filter(person=cast.lea).update(from_group=True)
    sso.knows("l1", email="lea@design.example", email_verified=True, groups=[])
    sso.sign_in(Client(), "l1")
    assert Membership.objects.get(person=cast.lea).role == "lead"


def test_a_second_factor_is_asked_for_all_the_same(cast: Cast, sso: SignOn, client: Client) -> None:
    app = make_app(cast.ana)
    prove(cast.ana)
    sso.knows("a6", **ANA)
    assertRedirects(sso.sign_in(client, "a6"), "/accounts/second-factor/")
    assert client.get("/library").status_code == 302 and not SignIn.objects.exists()
    assert client.post("/accounts/second-factor/", {"code": app.code()}).status_code == 302
    assert client.get("/library").status_code == 200


def test_who_is_asked_there_needs_no_other_second_factor(cast: Cast, sso: SignOn, settings: LazySettings) -> None:
    settings.REQUIRE_SECOND_FACTOR = "everyone"
    prove(cast.ana)
    sso.knows("a7", **ANA)
    client = Client()
    sso.sign_in(client, "a7")
    assert client.get("/library").status_code == 200
    client.post("/accounts/logout/")
    client.post("/accounts/login/", {"login": "ana", "password": PASSWORD})
    assertRedirects(client.get("/library"), "/settings/second-factor")


def test_saying_no_there_leads_back(cast: Cast, sso: SignOn, client: Client) -> None:
    import_state = parse_qs(urlsplit(sso.leave(client)).query)["state"][0]
    answer = client.get(f"{CALLBACK}?error=access_denied&state={import_state}")
    assertContains(answer, "Single sign-on was cancelled", status_code=403)
    again = parse_qs(urlsplit(sso.leave(client)).query)["state"][0]
    told = client.get(f"{CALLBACK}?error=server_error&error_description=%3Cb%3E&state={again}")
    assertContains(told, "did not answer as it should", status_code=502)
    assertNotContains(told, "<b>", status_code=502)


@pytest.mark.parametrize("url", ["http://localhost:9", "http://localhost:1/\u00e9"])
def test_a_provider_that_is_away_is_told_of(db: None, settings: LazySettings, client: Client, url: str) -> None:
    use(settings, url)
    assertContains(client.post(BEGIN), "did not answer as it should", status_code=502)
    assertContains(client.get(CALLBACK), "began in another browser", status_code=400)


def test_a_form_cannot_make_it_another_thing_than_a_sign_in(cast: Cast, sso: SignOn) -> None:
    sso.knows("a8", **ANA)
    for process in ("connect", "redirect"):
        client = Client()
        assert sso.sign_in(client, "a8", process=process)["Location"] == "/"
        assert client.session["_auth_user_id"] == str(cast.ana.pk)


@pytest.mark.parametrize("evil", ["//evil.example", "https://evil.example"])
def test_it_leads_back_to_this_site_only(cast: Cast, sso: SignOn, client: Client, evil: str) -> None:
    sso.knows("a9", **ANA)
    assert sso.sign_in(client, "a9", next=evil)["Location"] == "/"


def test_without_the_setting_there_is_none(cast: Cast, client: Client) -> None:
    assertNotContains(client.get("/accounts/login/"), "single sign-on")
    assert client.post(BEGIN).status_code == client.get(CALLBACK).status_code == 404


# ── the table ──


def test_staff_keep_the_table(cast: Cast, signed_in: SignIn_) -> None:
    client = signed_in(cast.sam)
    assertContains(client.get("/people/groups"), "Single sign-on is not set up")
    said = {"group": "<b>judges</b>", "team": cast.design.key, "role": "reviewer"}
    for _twice in range(2):
        assertRedirects(client.post("/people/groups/add", said), "/people/groups")
    client.post("/people/groups/add", said | {"role": "lead"})
    row = GroupRole.objects.get()
    assertContains(client.get("/people/groups"), "<bdi>&lt;b&gt;judges&lt;/b&gt;</bdi>")
    assert row.role == "lead" and verbs() == ["set_group_role"] * 2
    assert signed_in(cast.lea).post(f"/people/groups/{row.key}/remove").status_code == 404
    client.post(f"/people/groups/{row.key}/remove")
    assert not GroupRole.objects.exists() and verbs()[-1] == "removed_group_role"
    for wrong in ({"group": " "}, {"team": "x"}, {"role": "king"}, {"group": "a\nb"}, {"group": "x" * 201}):
        assertContains(client.post("/people/groups/add", said | wrong), 'class="problem"', status_code=422)


def test_a_role_changed_by_hand_stays(cast: Cast, signed_in: SignIn_) -> None:
    Membership.objects.filter(person=cast.ben).update(from_group=True)
    signed_in(cast.lea).post(f"/teams/{cast.design.key}/people/ben/role", {"role": "reviewer"})
    assert Membership.objects.get(person=cast.ben).from_group is False


def test_ten_more_rows_cost_no_more_queries(
    cast: Cast, signed_in: SignIn_, queries_of: Callable[[Callable[[], object]], int]
) -> None:
    client = signed_in(cast.sam)
    pages = ("/people/groups", "/settings", "/person/ana")
    set_group_role("g", cast.design, "member", cast.sam)
    Authenticator.objects.create(user=cast.ana, type="webauthn", data={"name": "Key"})
    client.get("/settings")
    before = [queries_of(lambda page=page: client.get(page)) for page in pages]
    for number in range(10):
        set_group_role(f"g{number}", make_team(f"Team {number}"), "member", cast.sam)
        for person in (cast.ana, cast.sam):
            Authenticator.objects.create(user=person, type="webauthn", data={"name": f"Key {number}"})
    assert [queries_of(lambda page=page: client.get(page)) for page in pages] == before


def test_what_somebody_signs_in_with_is_exported_and_erased(cast: Cast) -> None:
    app = make_app(cast.ana)
    prove(cast.ana)
    admit(Identity("a1", cast.ana.email, is_verified=True, name="Ana", groups=None))
    said = data_of(cast.ana)
    assert said["single_sign_on"][0]["uid"] == "a1" and said["second_factors"][0]["type"] == "totp"
    assert app.secret not in str(said) and "seed" not in str(said["second_factors"])
    erase(cast.ana, cast.sam)
    assert not SocialAccount.objects.exists() and not Authenticator.objects.exists()
