"""Somebody outside the teams is invited into one gallery, opens it on a telephone, and sees nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from playwright.sync_api import Page, expect

from generations import mailing
from generations.models import Gallery, Mail, Person
from tests.browser.test_accessibility import LOW, WIDTHS, violations
from tests.support.cast import PASSWORD, Cast, make_done, make_gallery, make_person

OpenPage = Callable[..., Page]


@pytest.fixture
def gallery(cast: Cast) -> Gallery:
    pictures = [make_done(cast.ana, prompt=f"Zeppelin {number}").images.get() for number in range(2)]
    return make_gallery(cast.ana, "Airships", images=pictures)


def test_a_guest_sees_one_gallery_and_nothing_else(
    cast: Cast, gallery: Gallery, open_page: OpenPage, settings: LazySettings
) -> None:
    settings.EMAIL_URL = "smtp://localhost"
    page = open_page(cast.ana, gallery.get_absolute_url())
    page.get_by_title("People and roles").click()
    page.get_by_label("Addresses").fill("Wei Zhang <wei@harbour.example>; ")
    page.get_by_label("Your words in the email").fill("Have a look.")
    page.get_by_role("button", name="Invite people").click()
    expect(page.get_by_text("1 person is invited.")).to_be_visible()
    expect(page.get_by_role("row", name="wei@harbour.example")).to_contain_text("Can view")

    [link] = re.findall(r"https?://\S+/join/\S+", mailing.message_of(Mail.objects.get()).body)
    guest = open_page(None, urlsplit(link).path, width=390, expects="404 (Not Found)")
    expect(guest.get_by_role("heading", name="See “Airships”")).to_be_visible()
    expect(guest.get_by_label("Name")).to_have_value("Wei Zhang")
    guest.get_by_label("Password").fill(PASSWORD)
    guest.get_by_role("button", name="Create account and open the gallery").click()
    expect(guest.get_by_role("heading", name="Airships")).to_be_visible()
    expect(guest.locator("#tiles img.frame__img")).to_have_count(2)
    guest.locator("#tiles .frame__box").first.click()
    expect(guest.get_by_role("button", name="Favourite").last).to_be_visible()
    for name in ("Add to…", "Refine", "Vary", "Approve"):
        expect(guest.locator("#lightbox").get_by_role("button", name=name)).to_have_count(0)
    guest.keyboard.press("Escape")
    links = guest.locator(".tabbar a, .nav a")
    assert {each.inner_text().strip() for each in links.all() if each.is_visible()} == {"Galleries"}
    for path in ("/library", "/people", "/clients", "/review"):
        answer = guest.goto(path)
        assert answer is not None and answer.status == 404, path
    guest.goto("/")
    expect(guest).to_have_url(re.compile(f"{gallery.get_absolute_url()}$"))

    page.reload()
    page.get_by_role("button", name="Remove Wei Zhang").click()
    expect(page.get_by_text("Wei Zhang is no longer named in this gallery.")).to_be_visible()
    answer = guest.reload()
    assert answer is not None and answer.status == 404
    guest.get_by_role("link", name="Go to your galleries").click()
    expect(guest.get_by_text("Whoever invites you to a gallery decides what you see here.")).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_its_pages_are_clean_and_as_wide_as_the_window(
    cast: Cast, gallery: Gallery, open_page: OpenPage, width: int
) -> None:
    page = open_page(cast.ana, f"{gallery.get_absolute_url()}/people", width=width)
    page.get_by_label("Addresses").fill("wei@harbour.example cy@design.example " + "x" * 60 + "@harbour.example")
    page.get_by_role("button", name="Invite people").click()
    expect(page.get_by_role("heading", name="Invited, not here yet")).to_be_visible()
    path = gallery.invitations.get(email="cy@design.example").get_absolute_url()
    guest = make_person("gus")
    gallery.set_member(guest, "view", cast.ana)
    pages = [(page, "")]
    for who, address in ((None, path), (cast.cy, path), (cast.ben, path), (guest, "/galleries"), (guest, "/")):
        pages.append((open_page(who, address, width=width), address))
    assert Person.objects.filter(email="wei@harbour.example").count() == 0
    for each, name in pages:
        assert violations(each) == [], name
        assert each.evaluate("document.documentElement.scrollWidth") <= width, name
        assert width > 500 or each.evaluate(LOW) == [], name
