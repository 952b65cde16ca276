"""The page of people: who is invited, what changes, and what somebody sees of it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from generations.models import AuditEntry, Invitation, Mail, Membership, Person, Team
from generations.models.inviting import invite
from generations.models.pasted_addresses import Address
from generations.views import people
from tests.support.cast import PASSWORD, Cast, make_done, make_gallery, make_person, make_team

SignIn = Callable[..., Client]
FIVE = """Lucia Ferreira <lucia@norte.example>, wei@harbour.example; noor@harbour.example
bruno@norte.example\tkofi@harbour.example"""


def invited(cast: Cast, email: str = "wei@design.example") -> Invitation:
    [found] = invite(cast.design, [Address(email, "Wei Zhang")], cast.lea, role="member")
    assert found.invitation
    return found.invitation


def send(client: Client, cast: Cast, text: str = FIVE, **fields: str) -> object:
    return client.post("/people/invite", {"addresses": text, "role": "member", "team": cast.design.key, **fields})


def test_five_people_are_pasted_and_their_links_copied_at_once(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.lea)
    answer = send(client, cast)
    page = client.get(answer["Location"]).content.decode()  # type: ignore[index]
    assert "5 links are ready to be copied." in page and "Copy 5 links" in page
    [links] = re.findall(r'<textarea id="links" hidden>(.*?)</textarea>', page, re.DOTALL)
    assert len(re.findall(r"/join/\S+", links)) == 5 and "Lucia Ferreira" in page
    send(client, cast)
    assert Invitation.objects.count() == 5, "twice is once"


def test_where_mail_is_set_up_each_gets_one(cast: Cast, signed_in: SignIn, settings: LazySettings) -> None:
    settings.EMAIL_URL = "smtp://localhost"
    client = signed_in(cast.lea)
    answer = send(client, cast, words="We start on Monday.")
    assertContains(client.get(answer["Location"]), "5 people get an email.")  # type: ignore[index]
    assert Mail.objects.filter(template="invitation").count() == 5


def test_what_happens_is_said_before_it_happens(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.lea, htmx=True)
    text = f"{FIVE} {cast.ben.email} {cast.cy.email} ola@harbour"
    answer = client.post("/people/invite/check", {"addresses": text, "role": "member", "team": cast.design.key})
    for words in ("8 addresses found", "In the team already", "Has an account", "Not an address", "Invite 6 people"):
        assertContains(answer, words)
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Paste at least one address."),
        ("nobody", "No address was found."),
        ("x\0@x.example", "NUL"),
        ("x" * 900_000, "may have at most 30,000 characters"),
        (" ".join(f"a{number}@x.example" for number in range(101)), "Invite at most 100 people at once"),
    ],
)
def test_what_cannot_be_invited_is_said_and_kept(cast: Cast, signed_in: SignIn, text: str, words: str) -> None:
    answer = send(signed_in(cast.lea), cast, text)
    assertContains(answer, words, status_code=422)
    assert not Invitation.objects.exists()


def test_a_lead_invites_into_their_own_team_alone(cast: Cast, signed_in: SignIn) -> None:
    other = make_team("Editorial")
    assert send(signed_in(cast.lea), cast, team=other.key).status_code in (404, 422)  # type: ignore[attr-defined]
    assert not Invitation.objects.exists()


def test_nobody_floods_others_with_invitations(cast: Cast, signed_in: SignIn, settings: LazySettings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"invite": "3/d/key"}
    cache.clear()
    assertContains(send(signed_in(cast.lea), cast), "Go on tomorrow", status_code=422)
    assert not Invitation.objects.exists()
    cache.clear()


def test_nobody_asks_for_all_the_world_who_has_an_account(
    cast: Cast, signed_in: SignIn, settings: LazySettings
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"check_addresses": "2/m/key"}
    cache.clear()
    client, said = (
        signed_in(cast.lea, htmx=True),
        {"addresses": cast.cy.email, "team": cast.design.key, "role": "member"},
    )
    pages = [client.post("/people/invite/check", said) for _ in range(3)]
    assert ["Has an account" in page.content.decode() for page in pages] == [True, True, False]
    assertContains(pages[-1], "You have checked addresses often.")
    assertContains(signed_in(cast.sam, htmx=True).post("/people/invite/check", said), "Has an account")
    assert send(client, cast, cast.cy.email).status_code == 302, "inviting goes on"  # type: ignore[attr-defined]
    cache.clear()


def test_nobody_is_sent_the_same_link_again_and_again(cast: Cast, signed_in: SignIn, settings: LazySettings) -> None:
    invitation, client = invited(cast), signed_in(cast.lea)
    settings.ACCOUNT_RATE_LIMITS = {"invite": "2/d/key"}
    cache.clear()
    pages = [client.post(f"/invitations/{invitation.key}/send", follow=True).content.decode() for _ in range(3)]
    assert ["Go on tomorrow" in page for page in pages] == [False, False, True]
    cache.clear()


def test_who_has_the_link_makes_an_account_and_is_in_the_team(cast: Cast, client: Client) -> None:
    invitation = invited(cast)
    path = invitation.get_absolute_url()
    page = client.get(path)
    assertContains(page, "Join Design")
    assertContains(page, 'value="Wei Zhang"')
    assert page["Referrer-Policy"] == "same-origin", "its address is a secret"
    weak = client.post(path, {"name": "Wei Zhang", "password": "short"})
    assert weak.status_code == 422 and not Person.objects.filter(email="wei@design.example").exists()
    assertRedirects(client.post(path, {"name": "Wei Zhang", "password": PASSWORD}), "/")
    assert Membership.objects.get(person__email="wei@design.example").team == cast.design
    assertContains(Client().get(path), "This link has ended", status_code=404)
    assert Client().post("/accounts/login/", {"login": "wei@design.example", "password": PASSWORD}).status_code == 302


def test_who_invited_to_a_team_hears_of_the_answer(cast: Cast, client: Client, signed_in: SignIn) -> None:
    for sent, answer in (({"name": "Wei Zhang", "password": PASSWORD}, "accepted"), ({"decline": "1"}, "declined")):
        client.post(invited(cast, f"{answer}@x.example").get_absolute_url(), sent)
        client.logout()
    lead, page = signed_in(cast.lea), f"/people?team={cast.design.key}"
    inbox = lead.get("/inbox")
    assertContains(inbox, "<bdi>Wei Zhang</bdi></b> accepted your invitation to the team ")
    assertContains(inbox, "<bdi>declined@x.example</bdi></b> declined your invitation to the team ")
    told = cast.lea.notifications.all()
    assert {lead.get(each.get_absolute_url())["Location"] for each in told} == {page}
    Membership.objects.filter(person=cast.lea).update(role="member")
    assertContains(lead.get("/inbox"), "a team that is gone")


@pytest.mark.parametrize("name", ["", "\0", "e\u0301" + "\u0301" * 99, "x" * 151])
def test_a_name_that_is_none_is_refused_with_a_sentence(cast: Cast, client: Client, name: str) -> None:
    answer = client.post(invited(cast).get_absolute_url(), {"name": name, "password": PASSWORD})
    assertContains(answer, 'class="problem"', status_code=422)


def test_all_links_that_do_not_work_look_alike(cast: Cast, client: Client) -> None:
    ended = invited(cast)
    ended.end()
    pages = {client.get(path).content for path in (ended.get_absolute_url(), "/join/x", "/join/" + "x" * 999)}
    assert len(pages) == 1


def test_an_invitation_is_sent_again_and_revoked(cast: Cast, signed_in: SignIn) -> None:
    invitation, client = invited(cast), signed_in(cast.lea)
    assertContains(client.post(f"/invitations/{invitation.key}/send", follow=True), "works for seven days")
    assertContains(client.post(f"/invitations/{invitation.key}/revoke", follow=True), "is revoked")
    assert client.post(f"/invitations/{invitation.key}/revoke").status_code == 404
    assert not Invitation.objects.open().exists()


def test_a_name_that_another_team_gets_meanwhile_is_refused_in_words(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    sam, taken = signed_in(cast.sam), "Team with this Name already exists."

    def overtaken(act: Callable[..., object]) -> Callable[..., object]:
        def after_another(*said: object) -> object:
            Team.objects.create(name="Editorial")
            return act(*said)

        return after_another

    for path, verb in (("/teams/new", "make_team"), (f"/teams/{cast.design.key}/name", "rename_team")):
        with monkeypatch.context() as patched:
            patched.setattr(people, verb, overtaken(getattr(people, verb)))
            assertContains(sam.post(path, {"name": "Editorial"}, follow=True), taken)
        Team.objects.filter(name="Editorial").delete()


def test_roles_change_and_the_last_lead_stays(cast: Cast, signed_in: SignIn) -> None:
    client, path = signed_in(cast.lea), f"/teams/{cast.design.key}/people"
    assertContains(client.post(f"{path}/lea/role", {"role": "member"}, follow=True), "Design needs a lead.")
    client.post(f"{path}/ben/role", {"role": "lead"})
    client.post(f"{path}/ana/remove")
    assert not Membership.objects.filter(person=cast.ana).exists()
    assertRedirects(client.post(f"{path}/lea/role", {"role": "member"}), "/")
    assert Membership.objects.get(person=cast.lea).role == "member"
    assert client.post(f"{path}/ben/role", {"role": "member"}).status_code == 404
    assert signed_in(cast.sam).post(f"{path}/ben/role", {"role": "king"}).status_code == 302
    assert Membership.objects.get(person=cast.ben).role == "lead"


def test_a_lead_sees_their_team_with_pictures_and_cost_and_nobody_else(cast: Cast, signed_in: SignIn) -> None:
    make_done(cast.ana, pictures=3)
    page = signed_in(cast.lea).get("/people")
    assertContains(page, "ben@design.example")
    assertContains(page, "$0.13")
    assertNotContains(page, "cy@design.example")
    assertNotContains(page, "/person/")
    assert signed_in(cast.lea).get(f"/people?team={make_team('Editorial').key}").status_code == 404
    everybody = signed_in(cast.sam).get("/people")
    assertContains(everybody, "cy@design.example")
    assertContains(signed_in(cast.sam).get("/people?q=BEN@"), "ben@design.example")
    assertContains(signed_in(cast.sam).get("/people?q=nobody%00"), "Nobody here is called that.")


@pytest.mark.parametrize("who", ["lea", "sam"])
def test_ten_more_people_cost_the_page_no_more_queries(
    cast: Cast, signed_in: SignIn, queries_of: Callable[[Callable[[], object]], int], who: str
) -> None:
    def grow(start: int, count: int) -> None:
        for number in range(start, start + count):
            make_done(make_person(f"p{number}", cast.design))
        emails = [Address(f"q{number}@x.example") for number in range(start, start + count)]
        invite(cast.design, emails, cast.lea, role="member")

    client = signed_in(getattr(cast, who))
    grow(0, 2)
    few = queries_of(lambda: client.get("/people"))
    grow(2, 10)
    assert queries_of(lambda: client.get("/people")) == few


def test_a_lead_renames_the_team(cast: Cast, signed_in: SignIn) -> None:
    make_team("Editorial")
    client, path = signed_in(cast.lea), f"/teams/{cast.design.key}/name"
    assertContains(client.post(path, {"name": "Editorial"}, follow=True), "already exists")
    assertContains(client.post(path, {"name": "x" * 81}, follow=True), "at most 80 characters")
    assertContains(client.post(path, {"name": "Studio <b>"}, follow=True), "The team is called Studio &lt;b&gt; now.")
    assert AuditEntry.objects.filter(verb="changed_team").count() == 1


def test_one_click_pauses_the_sending_of_a_person(cast: Cast, signed_in: SignIn) -> None:
    Membership.objects.create(person=cast.ben, team=make_team("Editorial"))
    signed_in(cast.sam).post("/person/ben/pause")
    assert Membership.objects.filter(person=cast.ben, sending_paused_at__isnull=False).count() == 2
    assertContains(signed_in(cast.sam).get("/person/ben"), "Resume sending")
    signed_in(cast.sam).post("/person/ben/pause", {"pause": "0"})
    assert not Membership.objects.filter(person=cast.ben, sending_paused_at__isnull=False).exists()
    signed_in(cast.lea).post(f"/teams/{cast.design.key}/people/ben/pause", {"here": "/people"})
    assertContains(signed_in(cast.lea).get("/people"), "Sending paused")


def test_a_leaver_is_handed_over_from_their_page_and_comes_back(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.sam)
    make_done(cast.ben, visibility="private")
    assertContains(client.get("/person/ben"), "Deactivate and hand over")
    refused = client.post("/person/ben/deactivate", {"heir": "nobody"}, follow=True)
    assertContains(refused, "Choose who gets the work.")
    done = client.post("/person/ben/deactivate", {"heir": "ana", "links": "1"}, follow=True)
    assertContains(done, "The private work belongs to Ana now.")
    assertContains(done, "/person/ben/activate")
    assertContains(signed_in(cast.lea).get("/people"), "1 former member")
    assertContains(client.post("/person/ben/activate", follow=True), "Ben can sign in again.")
    assert client.post("/person/sam/deactivate", {"heir": "ana"}).status_code == 404, "nobody ends their own account"


def test_what_a_leaver_had_from_others_is_told_apart_from_their_own(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.sam)
    for person in (cast.ana, cast.ben):
        make_gallery(person)
    client.post("/person/ana/deactivate", {"heir": "ben", "links": "1"})
    answer = client.post("/person/ben/deactivate", {"heir": "-", "links": "1"}, follow=True)
    assertContains(answer, "Ben can no longer sign in. What they had from others who left went to Sam.")
    assertContains(answer, "Nobody was given the private work. Administrators see it.")
    assertContains(answer, "Hand over the work")
    assertContains(client.get("/person/ana"), "The private work belongs to Sam now.")
    client.post("/person/ben/hand-over", {"heir": "lea"})
    page = client.get("/person/ben")
    assertContains(page, "The private work belongs to Lea now.")
    assertContains(page, "What they had from others who left went to Sam.")


def test_what_another_tab_did_first_is_said_as_it_is(cast: Cast, signed_in: SignIn) -> None:
    client, eve = signed_in(cast.sam), make_person("eve", cast.design)
    make_done(cast.ben, visibility="private")
    client.post("/person/ben/deactivate", {"heir": "ana"})
    again = client.post("/person/ben/deactivate", {"heir": "lea"}, follow=True)
    assertContains(again, "Ben was deactivated already. The work went to Ana.")
    assertNotContains(again, "belongs to Lea")
    assertContains(client.post("/person/ben/hand-over", {"heir": "lea"}, follow=True), "went to Ana.")
    assert client.post("/person/ben/activate").status_code == 302
    assertContains(client.post("/person/ben/activate", follow=True), "Ben was activated already.")
    client.post("/person/eve/deactivate", {"heir": "-"})
    assertContains(client.post("/person/eve/deactivate", {"heir": "ana"}, follow=True), "Nothing was handed over.")
    assertContains(client.post("/person/eve/hand-over", {"heir": "ana"}, follow=True), "no private work")
    assertContains(
        client.post(f"/teams/{cast.design.key}/people/ana/role", {"role": "member"}, follow=True), "so already"
    )
    assert Membership.objects.get(person=eve).role == "member"


@pytest.mark.parametrize(
    ("meanwhile", "words"), [("revoked", "was revoked already"), ("accepted", "has accepted the invitation already")]
)
@pytest.mark.parametrize("act", ["revoke", "send"])
def test_an_invitation_that_closes_at_the_same_moment_is_said_to_be_closed(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch, act: str, meanwhile: str, words: str
) -> None:
    invitation = invited(cast)

    def found(_viewer: object, _key: str) -> Invitation:
        row = Invitation.objects.get()
        Invitation.objects.get().end() if meanwhile == "revoked" else Invitation.objects.get().accept("Wei", PASSWORD)
        return row

    monkeypatch.setattr("generations.access.invitation_to_manage", found)
    answer = signed_in(cast.lea).post(f"/invitations/{invitation.key}/{act}", follow=True)
    assertContains(answer, words)
    assertNotContains(answer, "is revoked.")


def test_an_administrator_makes_teams_and_administrators_and_ends_sessions(cast: Cast, signed_in: SignIn) -> None:
    client, ben = signed_in(cast.sam), signed_in(cast.ben)
    assertContains(client.post("/teams/new", {"name": "Editorial"}, follow=True), "Editorial is ready.")
    assertContains(client.post("/teams/new", {"name": "Editorial"}, follow=True), "already exists")
    key = Team.objects.get(name="Editorial").key
    client.post("/person/ben/teams", {"team": key, "role": "reviewer"})
    assert Membership.objects.get(person=cast.ben, team__key=key).role == "reviewer"
    client.post("/person/ben/administrator", {"administrator": "1"})
    cast.ben.refresh_from_db()
    assert cast.ben.is_staff and cast.ben.is_superuser
    assertContains(client.post("/person/ben/sign-out", follow=True), "Ben is signed out everywhere.")
    assert (ben.get("/").status_code, client.get("/").status_code) == (302, 200)


def test_who_lost_the_password_gets_a_link_that_works_once(cast: Cast, signed_in: SignIn) -> None:
    page = signed_in(cast.sam).post("/person/ben/password").content.decode()
    [link] = re.findall(r'id="password-link"[^>]*>http://[^/]+(/[^<]+)<', page)
    visitor = Client()
    form = visitor.get(link, follow=True)
    new = {"password1": "amber-lantern-17", "password2": "amber-lantern-17"}
    visitor.post(form.redirect_chain[-1][0], new)
    assert Client().post("/accounts/login/", {"login": "ben", "password": "amber-lantern-17"}).status_code == 302
    assertContains(Client().get(link, follow=True), "was used")


def test_an_administrator_corrects_an_address(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.sam)
    for wrong, words in (("ANA@design.example", "Somebody else uses this address."), ("x", "valid email")):
        assertContains(client.post("/person/ben/email", {"email": wrong}, follow=True), words)
    assertContains(client.post("/person/ben/email", {"email": "Benno@Design.example"}, follow=True), "the new address")
    assert Client().post("/accounts/login/", {"login": "benno@design.example", "password": PASSWORD}).status_code == 302
