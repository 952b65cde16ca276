"""Inviting a team and handing over who leaves, counted in what somebody does: clicks, pastes and choices."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from generations.models import Gallery, HandOver, Invitation, Person
from generations.models.inviting import invite
from generations.models.pasted_addresses import Address
from tests.browser.test_accessibility import LOW, WIDTHS, violations
from tests.support.cast import Cast, make_batch, make_done, make_gallery

OpenPage = Callable[..., Page]
FIVE = "Lucia Ferreira <lucia@norte.example>, wei@x.example; noor@x.example\nbruno@x.example\tkofi@x.example"


class Hand:
    """Does things on a page and counts them."""

    def __init__(self, page: Page) -> None:
        self.page, self.actions = page, 0

    def click(self, role: str, name: str) -> None:
        self.actions += 1
        self.page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]

    def paste(self, label: str, text: str) -> None:
        """Once the page a click led to has loaded what listens to it."""
        self.actions += 1
        self.page.wait_for_load_state()
        self.page.get_by_label(label).fill(text)

    def choose(self, label: str, name: str) -> None:
        self.actions += 1
        self.page.get_by_label(label).select_option(label=name)


def test_five_people_are_invited_in_four_actions(cast: Cast, open_page: OpenPage) -> None:
    page = open_page(cast.lea, "/library")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    hand = Hand(page)
    hand.click("link", "Team")
    hand.paste("Addresses", FIVE)
    expect(page.get_by_role("heading", name="5 addresses found")).to_be_visible()
    hand.click("button", "Invite 5 people")
    hand.click("button", "Copy 5 links")
    expect(page.locator("#toast")).to_contain_text("Links copied")
    assert hand.actions == 4
    copied = page.evaluate("navigator.clipboard.readText()")
    assert Invitation.objects.count() == 5
    for invitation in Invitation.objects.all():
        assert invitation.email in copied and invitation.get_absolute_url() in copied


def test_a_leaver_is_handed_over_in_three_actions(cast: Cast, open_page: OpenPage) -> None:
    make_done(cast.ben, visibility="private")
    make_batch(cast.ben)
    gallery = make_gallery(cast.ben)
    page = open_page(cast.sam, "/people")
    hand = Hand(page)
    hand.click("link", "Ben")
    hand.choose("Hand over private pictures, galleries and share links to", "Ana")
    hand.click("button", "Deactivate and hand over")
    expect(page.get_by_text("Ben can no longer sign in. The private work belongs to Ana now.")).to_be_visible()
    assert hand.actions == 3
    assert not Person.objects.get(username="ben").is_active and HandOver.objects.get().batches == 1
    assert Gallery.objects.get(pk=gallery.pk).person == cast.ana
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Ben can sign in again.")).to_be_visible()


def test_who_is_invited_joins_on_a_phone(cast: Cast, open_page: OpenPage) -> None:
    [found] = invite(cast.design, [Address("wei@x.example", "Wei Zhang")], cast.lea, role="member")
    assert found.invitation
    page = open_page(None, found.invitation.get_absolute_url(), width=390)
    page.get_by_label("Password").fill("a darkroom lamp")
    page.get_by_role("button", name="Create account and join").click()
    expect(page.get_by_role("button", name="Visible to: Design")).to_be_visible()
    assert Person.objects.get(email="wei@x.example").teams.get() == cast.design


@pytest.mark.parametrize("width", WIDTHS)
def test_its_pages_are_clean_and_as_wide_as_the_window(cast: Cast, open_page: OpenPage, width: int) -> None:
    page = open_page(cast.sam, f"/people?team={cast.design.key}", width=width)
    page.get_by_label("Addresses").fill(FIVE + " ola@harbour")
    expect(page.get_by_role("heading", name="6 addresses found")).to_be_visible()
    page.evaluate("scrollTo(0, 0)")  # elsewhere the bar lies over half a row
    assert violations(page) == []
    page.locator("#invite-found button").click()
    expect(page.get_by_role("heading", name="Invited, not here yet")).to_be_visible()
    page.locator("td.end .icon-btn").last.click()
    expect(page.get_by_role("button", name="Remove from Design")).to_be_visible()
    if width > 500:  # on a phone it lies over the rows below
        assert violations(page) == []
    path = Invitation.objects.latest("pk").get_absolute_url()
    for address in ("/person/ben", "/settings", "/people"):
        page.goto(address)
        assert violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert width > 500 or page.evaluate(LOW) == [], address
    visitor = open_page(None, path, width=width)
    assert violations(visitor) == []
