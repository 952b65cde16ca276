"""Clients: one address and one password for all that is shared with them, and messages to their contacts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from generations import rights
from generations.mailing import message_of, send_due
from generations.models import Client as Customer
from generations.models import Gallery, Image, Mail, ShareLink, StoredFile, Verdict
from generations.models.key import now
from generations.queries.shared import links_open_to
from generations.viewer import LinkAccess, Viewer
from tests.support.cast import Cast, make_cast, make_done, make_gallery, make_png
from tests.support.clock import Clock

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


@pytest.fixture
def cast() -> Cast:
    cache.clear()
    return make_cast()


@pytest.fixture
def customer(cast: Cast) -> Customer:
    return Customer.make(cast.design, cast.ana, "Aldea Skincare", contacts=["marisol@aldea.example"])


def a_gallery(cast: Cast, title: str) -> Gallery:
    return make_gallery(cast.ana, title, images=[make_done(cast.ana, visibility="private").images.get()])


def changed(customer: Customer, **fields: str) -> dict[str, str]:
    return {"name": customer.name, "colour": "", "contacts": "", "language": "", "password": ""} | fields


def test_a_client_is_made_changed_and_found_again(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.ben)
    said = {"name": " Aldea  Skincare ", "team": cast.design.key, "password": "sesame"}
    page = client.post(reverse("new_client"), said)["Location"]
    customer = Customer.objects.get()
    assert (customer.name, customer.team, customer.person) == ("Aldea Skincare", cast.design, cast.ben)
    assert customer.takes_password("sesame") and not customer.takes_password("x")
    contacts = "marisol@aldea.example\r\nben@aldea.example, marisol@aldea.example"
    answer = client.post(f"{page}/change", changed(customer, colour="teal", contacts=contacts, language="zh-hans"))
    assert answer.status_code == 302
    customer.refresh_from_db()
    assert customer.contacts == ["marisol@aldea.example", "ben@aldea.example"]
    assert (customer.colour, customer.language) == ("teal", "zh-hans") and customer.takes_password("sesame")
    text = client.get(page).content.decode()
    assert customer.page in text and "ben@aldea.example" in text and "sesame" not in text
    assert "Aldea Skincare" in client.get("/clients").content.decode()
    assert "Aldea Skincare" not in signed_in(cast.cy).get("/clients").content.decode()
    teammate = signed_in(cast.ana).get(page).content.decode()
    assert customer.page not in teammate and reverse("change_client", args=[customer.key]) not in teammate
    client.post(f"{page}/change", changed(customer, no_password="1"))
    customer.refresh_from_db()
    assert not customer.password


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "\u200b"},
        {"name": "a\0b"},
        {"name": "x" * 81},
        {"colour": "#fff;background:url(x)"},
        {"contacts": "nobody"},
        {"contacts": "a@b.example\nBcc: c@d.example"},
        {"contacts": "\n".join(f"{n}@b.example" for n in range(11))},
        {"contacts": "x" * 5000},
    ],
)
def test_what_does_not_fit_is_said(cast: Cast, customer: Customer, signed_in: SignIn, fields: dict[str, str]) -> None:
    answer = signed_in(cast.ana).post(reverse("change_client", args=[customer.key]), changed(customer, **fields))
    assert answer.status_code == 422 and b'class="problem"' in answer.content
    customer.refresh_from_db()
    assert (customer.name, customer.contacts) == ("Aldea Skincare", ["marisol@aldea.example"])


def test_one_address_lists_what_is_open_and_one_password_opens_it(
    cast: Cast, customer: Customer, client: Client
) -> None:
    customer.set_password("open sesame")
    galleries = [a_gallery(cast, title) for title in ("Bottles", "Posters", "Secret")]
    bottles, posters = (ShareLink.make(gallery, cast.ana, client=customer) for gallery in galleries[:2])
    alone = ShareLink.make(galleries[2], cast.ana, password="other")
    image = galleries[0].in_order(Image.objects.all())[0]
    gate = client.get(customer.page)
    assert b"Bottles" not in gate.content and not gate.cookies and gate["Referrer-Policy"] == "no-referrer"
    assert client.get(f"{bottles.get_absolute_url()}/{image.key}").status_code == 404
    assert client.post(customer.page, {"password": "no"}).status_code == 422
    opened = client.post(customer.page, {"password": "open sesame"})
    assert opened.cookies["imageweb_client"]["httponly"] and opened["Location"] == customer.page
    page = client.get(customer.page).content.decode()
    assert "Bottles" in page and "Posters" in page and "Secret" not in page and "1 picture" in page
    assert client.get(f"{bottles.get_absolute_url()}/{image.key}").status_code == 200
    assert b"Aldea Skincare" in client.get(posters.get_absolute_url()).content
    assert b'id="password"' in client.get(alone.get_absolute_url()).content
    assert customer.token not in client.get(posters.get_absolute_url()).content.decode()
    posters.end()
    assert "Posters" not in client.get(customer.page).content.decode()
    customer.set_password("new")
    assert b'id="password"' in client.get(customer.page).content
    assert client.get(f"{bottles.get_absolute_url()}/{image.key}").status_code == 404


def test_a_password_typed_at_a_link_opens_all_of_the_clients(cast: Cast, customer: Customer, client: Client) -> None:
    customer.set_password("open sesame")
    one, two = (ShareLink.make(a_gallery(cast, title), cast.ana, client=customer, password="own") for title in "ab")
    assert client.post(one.get_absolute_url(), {"password": "own"}).status_code == 422
    assert client.post(one.get_absolute_url(), {"password": "open sesame"}).status_code == 302
    for address in (one.get_absolute_url(), two.get_absolute_url(), customer.page):
        assert b'id="password"' not in client.get(address).content


def test_a_link_that_is_another_clients_by_now_stays_there(cast: Cast, customer: Customer, signed_in: SignIn) -> None:
    customer.set_password("open sesame")
    other = Customer.make(cast.design, cast.ana, "Other")
    link, stale = ShareLink.make(a_gallery(cast, "Bottles"), cast.ana), ShareLink.objects.get()
    link.give_to(customer)
    give = reverse("give_to_client", args=[other.key])
    said = signed_in(cast.ana).post(give, {"link": link.key}, follow=True).content.decode()
    assert "is another client’s" in said and not stale.give_to(other)
    assert not stale.take_from(other) and stale.take_from(customer) and not stale.take_from(customer)
    assert stale.give_to(other)
    link = ShareLink.objects.get()
    assert link.client == other and link.is_locked and link.lock.takes_password("open sesame")


def test_a_link_that_leaves_its_client_does_not_open_by_that(
    cast: Cast, customer: Customer, client: Client, clock: Clock
) -> None:
    customer.set_password("open sesame")
    one, two = (ShareLink.make(a_gallery(cast, title), cast.ana, client=customer) for title in "ab")
    one.give_to(None)
    assert b'id="password"' in client.get(one.get_absolute_url()).content and one.takes_password("open sesame")
    customer.put_away()
    assert client.get(customer.page).status_code == 404
    assert b'id="password"' in client.get(two.get_absolute_url()).content
    clock.move(40 * 24 * 3600)
    assert Customer.objects.purge() == 1 and not Customer.objects.exists()
    ShareLink.objects.update(expires_at=None)
    two.refresh_from_db()
    assert two.client is None and two.takes_password("open sesame") and not two.takes_password("")
    assert b'id="password"' in client.get(two.get_absolute_url()).content


def test_the_numbers_on_the_page_are_those_of_the_rule(cast: Cast, customer: Customer) -> None:
    images = [make_done(cast.ana).images.get() for _ in range(4)]
    gallery = make_gallery(cast.ana, images=images)
    Verdict.objects.give(cast.lea, images[0], "approved")
    Image.objects.filter(pk=images[1].pk).delete_by(cast.ana)
    gallery.remove(Image.objects.filter(pk=images[2].pk))
    for fields in ({"approved_only": True}, {}):
        ShareLink.make(gallery, cast.ana, client=customer, **fields)
    found = links_open_to(customer)
    assert [amount for _link, amount in found] == [2, 1]
    for link, amount in found:
        assert amount == rights.see_shared.of(Viewer(link=LinkAccess.of(link)), Image.objects.all()).count()


def test_a_new_address_ends_the_one_before(cast: Cast, customer: Customer, client: Client, signed_in: SignIn) -> None:
    before = customer.page
    signed_in(cast.ana).post(reverse("change_client_address", args=[customer.key]))
    customer.refresh_from_db()
    assert client.get(before).status_code == 404 and client.get(customer.page).status_code == 200
    row = str(Customer.objects.values().get())
    assert customer.token not in row


@pytest.mark.parametrize("token", ["x", "a" * 5000, "%00", "ü", "..%2f"])
def test_no_token_is_guessed_or_breaks_anything(customer: Customer, client: Client, token: str) -> None:
    assert client.get(f"/c/{token}").status_code == 404


def test_a_second_click_on_delete_and_on_undo_finds_it_done(cast: Cast, customer: Customer, signed_in: SignIn) -> None:
    client, path = signed_in(cast.lea), f"/clients/{customer.key}"
    for verb, sentence in (("delete", "is deleted"), ("restore", "is restored")):
        for _ in range(2):
            assert f"“{customer}” {sentence}" in client.post(f"{path}/{verb}", follow=True).content.decode()
    assert signed_in(cast.ben).post(f"{path}/restore").status_code == 404


def test_links_are_given_and_taken_by_who_manages_them(cast: Cast, customer: Customer, signed_in: SignIn) -> None:
    link, foreign = ShareLink.make(a_gallery(cast, "Bottles"), cast.ana), ShareLink.make(make_gallery(cast.cy), cast.cy)
    page, give = customer.get_absolute_url(), reverse("give_to_client", args=[customer.key])
    client = signed_in(cast.ana)
    assert link.key in client.get(page).content.decode() and foreign.key not in client.get(page).content.decode()
    assert client.post(give, {"link": foreign.key}).status_code == 404
    assert signed_in(cast.ben).post(give, {"link": link.key}).status_code == 404
    signed_in(cast.ana).post(give, {"link": link.key})
    link.refresh_from_db()
    assert link.client == customer
    assert "Bottles" not in signed_in(cast.ben).get(page).content.decode()
    signed_in(cast.ana).post(reverse("take_from_client", args=[link.key]))
    link.refresh_from_db()
    assert link.client is None
    made = {"client": customer.key, "choosing": "on", "choose_limit": "3", "commenting": "on", "shows_comments": "on"}
    assert signed_in(cast.ana).post(reverse("make_link", args=[link.gallery.key]), made).status_code == 302
    fresh = ShareLink.objects.first()
    assert (fresh.client, fresh.choosing, fresh.choose_limit, fresh.commenting) == (customer, True, 3, True)
    other = Customer.make(cast.cy.default_team(), cast.cy, "Print")
    for bad in ({"client": other.key}, {"client": "\0"}, {"choose_limit": "0"}, {"choose_limit": "x"}):
        assert signed_in(cast.ana).post(reverse("make_link", args=[link.gallery.key]), bad).status_code == 422


def test_a_logo_is_a_checked_copy(cast: Cast, customer: Customer, client: Client, signed_in: SignIn) -> None:
    link = ShareLink.make(a_gallery(cast, "Bottles"), cast.ana, client=customer)
    door, who = reverse("change_logo"), {"client": customer.key}
    assert door in signed_in(cast.lea).get(customer.get_absolute_url()).content.decode()
    assert door not in signed_in(cast.ben).get(customer.get_absolute_url()).content.decode()
    assert signed_in(cast.ben).post(door, who | {"drop": "1"}).status_code == 404
    files = StoredFile.objects.count()
    for data in (b"<svg onload=alert(1)>", b"", make_png()[:50], b"\x89PNG\r\n\x1a\n" + bytes(100)):
        signed_in(cast.ana).post(door, who | {"file": SimpleUploadedFile("logo.png", data)})
        customer.refresh_from_db()
        assert customer.logo is None
    for _ in range(2):
        signed_in(cast.ana).post(door, who | {"file": SimpleUploadedFile("logo.png", make_png(900, 300))})
    customer.refresh_from_db()
    assert StoredFile.objects.count() == files + 1 and customer.logo is not None
    for address in (f"{customer.page}/logo", f"{link.get_absolute_url()}/logo"):
        answer = client.get(address)
        assert answer["Content-Type"] == "image/png" and "sandbox" in answer["Content-Security-Policy"]
    assert f"{link.get_absolute_url()}/logo" in client.get(link.get_absolute_url()).content.decode()
    signed_in(cast.ana).post(door, who | {"drop": "1"})
    assert client.get(f"{customer.page}/logo").status_code == 404 and StoredFile.objects.count() == files


def test_messages_wait_in_rows_once(
    cast: Cast, customer: Customer, signed_in: SignIn, settings: Settings, clock: Clock
) -> None:
    link = ShareLink.make(a_gallery(cast, "Bottles\nBcc: x@evil.example"), cast.ana, client=customer)
    client, page = signed_in(cast.ana), reverse("gallery_links", args=[link.gallery.key])
    ready, thanks = (reverse(name, args=[link.key]) for name in ("announce_link", "thank_for_link"))
    assert ready not in client.get(page).content.decode()
    client.post(ready)
    assert not Mail.objects.exists()
    settings.EMAIL_URL = "smtp://localhost"
    clock.move(61)
    assert ready in client.get(page).content.decode()
    for _ in range(2):
        client.post(ready)
        client.post(thanks)
    mails = list(Mail.objects.order_by("pk"))
    clock.move(61)
    customer.put_away()
    assert ready not in client.get(page).content.decode() and [link.announce(), link.thank()] == [0, 0]
    customer.restore()
    assert [(mail.template, mail.to) for mail in mails] == [
        ("client_ready", "marisol@aldea.example"),
        ("client_thanks", "marisol@aldea.example"),
    ]
    assert all(link.token not in f"{mail.values}" for mail in mails), "who reads the table opens nothing"
    assert f"{settings.SITE_URL}{link.get_absolute_url()}" in message_of(mails[0]).body
    clock.move(61)
    client.post(ready)
    assert Mail.objects.count() == 3
    ShareLink.objects.update(revoked_at=now())
    clock.move(61)
    client.post(ready)
    assert Mail.objects.count() == 3
    assert send_due() == 0 and not Mail.objects.waiting().exists(), "what leads nowhere is not sent"


def test_more_clients_and_links_cost_no_more_queries(
    cast: Cast, customer: Customer, client: Client, signed_in: SignIn, queries_of: Callable
) -> None:
    ShareLink.make(a_gallery(cast, "Bottles"), cast.ana, client=customer)
    team = signed_in(cast.ana)
    pages = [
        lambda: client.get(customer.page),
        lambda: team.get("/clients"),
        lambda: team.get(customer.get_absolute_url()),
    ]
    few = [(page(), queries_of(page))[1] for page in pages]
    for number in range(5):
        Customer.make(cast.design, cast.ana, f"Client {number}")
        ShareLink.make(a_gallery(cast, f"More {number}"), cast.ana, client=customer)
    assert [queries_of(page) for page in pages] == few
