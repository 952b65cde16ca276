"""The people of a gallery: who is invited into it by address, and the page behind the link."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from generations.models import Gallery, GalleryMember, Invitation, Mail, Notification, Person
from generations.models.gallery_invitation import invite_to_gallery
from generations.models.pasted_addresses import Address
from tests.support.cast import PASSWORD, Cast, make_gallery, make_person

SignIn = Callable[..., Client]
MIXED = "Marisol Vega <marisol@aldea.example>, wei@harbour.example;\tnoor@harbour.example\nMARISOL@aldea.example"


@pytest.fixture
def gallery(cast: Cast) -> Gallery:
    return make_gallery(cast.ana, "Airships")


def invited(gallery: Gallery, email: str = "wei@harbour.example") -> Invitation:
    nobody = Person.objects.none()
    [found] = invite_to_gallery(gallery, [Address(email, "Wei")], gallery.person, known=nobody, role="view")
    assert found.invitation
    return found.invitation


def send(client: Client, gallery: Gallery, text: str, **fields: str) -> object:
    path = f"{gallery.get_absolute_url()}/people/invite"
    return client.post(path, {"addresses": text, "role": "view", **fields}, follow=True)


def test_addresses_are_pasted_as_they_come(cast: Cast, signed_in: SignIn, gallery: Gallery) -> None:
    answer = send(signed_in(cast.ana), gallery, MIXED)
    assertContains(answer, "3 people are invited.")
    assertContains(answer, "Works until", 3)
    assertContains(answer, "Marisol Vega")
    assertContains(answer, "Copy 3 links")
    assertContains(send(signed_in(cast.ana), gallery, MIXED), "3 people are invited.")
    assert Invitation.objects.count() == 3, "twice is once"


def test_the_answer_is_the_same_whether_or_not_there_is_an_account(
    cast: Cast, signed_in: SignIn, gallery: Gallery, settings: LazySettings
) -> None:
    """With mail and without, for a stranger's account, a deactivated one, and none: the page differs by the address."""
    Person.objects.filter(pk=make_person("dee").pk).update(is_active=False)
    for settings.EMAIL_URL in ("", "smtp://localhost"):
        pages = set()
        for email in ("cy@design.example", "dee@design.example", "xx@design.example"):
            Invitation.objects.all().delete()
            page = send(signed_in(cast.ana), gallery, email).content.decode()  # type: ignore[attr-defined]
            key, token = Invitation.objects.get().key, Invitation.objects.get().token
            for secret in (email, key, token):
                page = page.replace(secret, "…")
            pages.add(re.sub(r'(name="csrfmiddlewaretoken" value|act_submission|nonce|value)="\w+"', "", page))
        assert len(pages) == 1
    assert Notification.objects.filter(kind="asked_to_gallery").values_list("person", flat=True).distinct().count() == 1


def test_the_page_behind_the_link_is_the_same_too(cast: Cast, client: Client, gallery: Gallery) -> None:
    pages = set()
    for email in ("cy@design.example", "xx@design.example"):
        invitation = invited(gallery, email)
        for sent in (None, {"name": "Wei", "password": "short"}, {"name": "", "password": PASSWORD}):
            path = invitation.get_absolute_url()
            page = (client.post(path, sent) if sent else client.get(path)).content.decode()
            page = page.replace(email, "…").replace(invitation.token, "…")
            pages.add((str(sent), re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)))
    assert len(pages) == 3
    assert not Person.objects.filter(email="xx@design.example").exists()


def test_whom_one_knows_is_named_and_who_is_no_address_is_told(cast: Cast, signed_in: SignIn, gallery: Gallery) -> None:
    gallery.show_to(None)
    client = signed_in(cast.ana)
    assertContains(send(client, gallery, "ben@design.example wei@harbour.example"), "Ben sees the gallery now.")
    assert gallery.members.get().person == cast.ben
    answer = send(client, gallery, "noor@harbour.example ola@harbour", words="Hello")
    assertContains(answer, "“ola@harbour” is not an address.", status_code=422)
    assertContains(answer, "noor@harbour.example ola@harbour", status_code=422)
    assert Invitation.objects.count() == 1


def test_addresses_are_checked_before_they_are_invited(cast: Cast, signed_in: SignIn, gallery: Gallery) -> None:
    """Who has an account that the inviter does not know is told as who has none."""
    gallery.show_to(None)
    gallery.set_member(cast.lea, GalleryMember.Role.VIEW, cast.ana)
    client, path = signed_in(cast.ana, htmx=True), f"{gallery.get_absolute_url()}/people/invite/check"
    invited(gallery, "again@x.example")
    emails = [cast.ben.email, cast.lea.email, cast.cy.email, "new@x.example", "again@x.example", "ola@harbour"]
    page = client.post(path, {"addresses": " ".join(emails), "role": "view"}).content.decode()
    rows = re.findall(r'<th scope="row">(\S+)</th>\s*<td>\s*<span class="tag tag--\w+">([^<]+)', page)
    said = ["Somebody you know", "Sees the gallery already", "New", "New", "Invited already", "Not an address"]
    assert rows == list(zip(emails, said, strict=True))
    assert "6 addresses found" in page and "Invite people" in page, "one of them is to be corrected first"
    assertContains(client.post(path, {"addresses": " ".join(emails[:-1])}), "Invite 4 people")
    assert Invitation.objects.count() == 1 and gallery.members.count() == 1
    assertContains(client.post(path, {"addresses": "nobody"}), "No address was found.")
    assertContains(client.get(f"{gallery.get_absolute_url()}/people"), f'hx-post="{path}"')


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Paste at least one address."),
        ("nobody", "No address was found."),
        ("x\0@x.example", "NUL"),
        ("x" * 900_000, "may have at most 30,000 characters"),
        ("🦊@x.example", "is not an address"),
        ("\u202ea@x.example\u202c e\u0301@x.example", "is not an address"),
        ("<script>alert(1)</script>@x.example", "is not an address"),
        (" ".join(f"a{number}@x.example" for number in range(101)), "Invite at most 100 people at once"),
    ],
)
def test_what_cannot_be_invited_is_said_and_kept(
    cast: Cast, signed_in: SignIn, gallery: Gallery, text: str, words: str
) -> None:
    assertContains(send(signed_in(cast.ana), gallery, text), words, status_code=422)
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("role", ["manage", "lead", "", "king"])
def test_a_link_gives_no_more_than_adding_pictures(cast: Cast, signed_in: SignIn, gallery: Gallery, role: str) -> None:
    assertContains(send(signed_in(cast.ana), gallery, MIXED, role=role), "Choose a role.", status_code=422)
    assert not Invitation.objects.exists()


def test_who_manages_people_may_ask_somebody_to_add_pictures(cast: Cast, signed_in: SignIn, gallery: Gallery) -> None:
    """They cost: who has a gallery alone asks people to look."""
    assertContains(send(signed_in(cast.ana), gallery, MIXED, role="contribute"), "Choose a role.", status_code=422)
    assert not Invitation.objects.exists()
    gallery.set_member(cast.lea, GalleryMember.Role.MANAGE, cast.ana)
    send(signed_in(cast.lea), gallery, MIXED, role="contribute")
    assert {row.role for row in Invitation.objects.all()} == {"contribute"}


def test_a_guest_brings_no_guests(cast: Cast, signed_in: SignIn, gallery: Gallery) -> None:
    guest = make_person("gil")
    gallery.set_member(guest, GalleryMember.Role.CONTRIBUTE, cast.ana)
    own = make_gallery(guest, team=None)
    client = signed_in(guest)
    page = client.get(f"/galleries/{own.key}/people").content.decode()
    assert "/people/invite" not in page
    assert send(client, own, MIXED).status_code == 404
    assert not Invitation.objects.exists()


def test_nobody_floods_others(cast: Cast, signed_in: SignIn, gallery: Gallery, settings: LazySettings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"invite": "4/d/key"}
    cache.clear()
    client = signed_in(cast.ana)
    send(client, gallery, MIXED)
    path = f"/invitations/{Invitation.objects.latest('pk').key}/send"
    pages = [client.post(path, follow=True).content.decode() for _each in range(2)]
    assert ["Go on tomorrow" in page for page in pages] == [False, True]
    assertContains(send(client, gallery, "more@x.example"), "Go on tomorrow", status_code=422)
    cache.clear()


def test_what_is_too_many_to_invite_counts_for_nothing(
    cast: Cast, signed_in: SignIn, gallery: Gallery, settings: LazySettings
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"invite": "3/d/key"}
    cache.clear()
    client = signed_in(cast.ana)
    for many in (4, 9):
        pasted = " ".join(f"p{number}@x.example" for number in range(many))
        assertContains(send(client, gallery, pasted), "Go on tomorrow", status_code=422)
    assert send(client, gallery, "p0@x.example p1@x.example p2@x.example").status_code == 200
    cache.clear()


def test_where_mail_is_set_up_the_link_goes_to_its_address_alone(
    cast: Cast, signed_in: SignIn, gallery: Gallery, settings: LazySettings
) -> None:
    settings.EMAIL_URL = "smtp://localhost"
    answer = send(signed_in(cast.ana), gallery, "wei@harbour.example", words="Have a look.")
    assertNotContains(answer, Invitation.objects.get().token)
    assertNotContains(signed_in(cast.sam).get("/people"), Invitation.objects.get().token)
    mail = Mail.objects.get()
    assert (mail.template, mail.to, mail.values["gallery"]) == ("gallery_invitation", "wei@harbour.example", "Airships")


def test_an_invitation_is_sent_again_and_revoked_by_who_manages_and_by_staff(
    cast: Cast, signed_in: SignIn, gallery: Gallery
) -> None:
    invitation, path = invited(gallery), f"{gallery.get_absolute_url()}/people"
    for who in (cast.ben, cast.cy):
        assert signed_in(who).post(f"/invitations/{invitation.key}/send").status_code == 404
    assertContains(signed_in(cast.sam).get("/people"), "Can view: gallery “Airships”")
    assertNotContains(signed_in(cast.lea).get("/people"), "wei@harbour.example")
    again = signed_in(cast.ana).post(f"/invitations/{invitation.key}/send", {"here": path}, follow=True)
    assertContains(again, "works for seven days")
    assertContains(signed_in(cast.lea).post(f"/invitations/{invitation.key}/revoke", follow=True), "is revoked")
    assertNotContains(signed_in(cast.ana).get(path), "wei@harbour.example")
    assert Client().get(invitation.get_absolute_url()).status_code == 404


def test_who_is_new_makes_an_account_and_sees_the_gallery(cast: Cast, client: Client, gallery: Gallery) -> None:
    path = invited(gallery).get_absolute_url()
    page = client.get(path)
    assertContains(page, "See “Airships”")
    assertContains(page, f"/accounts/login/?next={path}")
    assert page["Referrer-Policy"] == "same-origin", "its address is a secret"
    assertRedirects(client.post(path, {"name": "Wei Zhang", "password": PASSWORD}), gallery.get_absolute_url())
    assertRedirects(client.post(path, {"name": "Wei Zhang", "password": PASSWORD}), gallery.get_absolute_url())
    assertRedirects(client.get(path), gallery.get_absolute_url())
    assertContains(Client().get(path), "This link has ended", status_code=404)
    page = client.get("/galleries").content.decode()
    assert "Airships" in page and 'href="/library' not in page and "/clients" not in page and "New gallery" not in page


def test_who_has_an_account_signs_in_and_accepts(cast: Cast, client: Client, gallery: Gallery) -> None:
    path = invited(gallery, "cy@design.example").get_absolute_url()
    answer = client.post(path, {"name": "Cy", "password": PASSWORD})
    assertContains(answer, "This address has an account.", status_code=422)
    sign_in = {"login": "cy@design.example", "password": PASSWORD, "next": path}
    page = client.post("/accounts/login/", sign_in, follow=True)
    assertContains(page, "Accept the invitation")
    assert not gallery.members.exists()
    assertRedirects(client.post(path), gallery.get_absolute_url())
    assert gallery.members.get().person == cast.cy


def test_the_inbox_leads_to_the_invitation(cast: Cast, signed_in: SignIn, gallery: Gallery) -> None:
    invitation = invited(gallery, "cy@design.example")
    client, told = signed_in(cast.cy), Notification.objects.get(kind="asked_to_gallery")
    assertContains(client.get("/inbox"), "invites you to the gallery")
    assertRedirects(client.get(told.get_absolute_url()), invitation.get_absolute_url())
    invitation.end()
    assertNotContains(client.get("/inbox"), "Airships")


def test_who_is_invited_declines_with_and_without_an_account(
    cast: Cast, client: Client, signed_in: SignIn, gallery: Gallery
) -> None:
    mine, others = invited(gallery, "cy@design.example"), invited(gallery)
    wrong = signed_in(cast.ben).post(mine.get_absolute_url(), {"decline": "1"})
    assert wrong.status_code == 422 and mine in Invitation.objects.open(), "it went to somebody else"
    for invitation, who in ((mine, signed_in(cast.cy)), (others, client)):
        path = invitation.get_absolute_url()
        page = who.get(path).content.decode()
        [question] = re.findall(r"<details(?!.*<details).*</details>", page, re.DOTALL)
        assert 'name="decline"' in question and page.count('name="decline"') == 1, "one press alone ends nothing"
        assert "The link then no longer works." in question
        assertContains(who.post(path, {"decline": "1"}), f"ask <bdi>{invitation.by}</bdi> for a new invitation")
        assertContains(who.post(path, {"decline": "1"}), "This link has ended", status_code=404)
        assertContains(who.get(path), "This link has ended", status_code=404)
    inbox = signed_in(cast.ana).get("/inbox")
    for email in (mine.email, others.email):
        assertContains(inbox, f"<b><bdi>{email}</bdi></b> declined your invitation to the gallery")
    assert not Invitation.objects.open().exists() and not gallery.members.exists()
    assertNotContains(signed_in(cast.cy).get("/inbox"), gallery.title)


def test_who_is_signed_in_with_another_address_is_told(cast: Cast, signed_in: SignIn, gallery: Gallery) -> None:
    path, client = invited(gallery).get_absolute_url(), signed_in(cast.cy)
    assertContains(client.get(path), "You are signed in with cy@design.example.")
    assertContains(client.post(path), "wei@harbour.example", status_code=422)
    assert not gallery.members.exists()
    assertRedirects(client.post("/accounts/logout/", {"next": path}), path)


@pytest.mark.parametrize("name", ["", "\0", "e\u0301" + "\u0301" * 99, "x" * 151])
def test_a_name_that_is_none_is_refused(cast: Cast, client: Client, gallery: Gallery, name: str) -> None:
    answer = client.post(invited(gallery).get_absolute_url(), {"name": name, "password": PASSWORD})
    assertContains(answer, 'class="problem"', status_code=422)


def test_a_title_is_no_markup_wherever_it_is_shown(cast: Cast, client: Client, signed_in: SignIn) -> None:
    gallery = make_gallery(cast.ana, "<b>\u202eX</b>")
    path = invited(gallery, "cy@design.example").get_absolute_url()
    for page in (client.get(path), signed_in(cast.cy).get(path), signed_in(cast.sam).get("/people")):
        assertContains(page, "&lt;b&gt;")
        assertNotContains(page, "<b>\u202e")


def test_ten_more_people_cost_the_page_no_more_queries(
    cast: Cast, signed_in: SignIn, gallery: Gallery, queries_of: Callable[[Callable[[], object]], int]
) -> None:
    def grow(start: int, count: int) -> None:
        for number in range(start, start + count):
            gallery.set_member(make_person(f"p{number}"), "view", cast.ana)
            invited(gallery, f"q{number}@x.example")

    client, path = signed_in(cast.ana), f"{gallery.get_absolute_url()}/people"
    grow(0, 2)
    few = queries_of(lambda: client.get(path))
    grow(2, 10)
    assert queries_of(lambda: client.get(path)) == few
