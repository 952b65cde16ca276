"""What one is told, under the hand: the badge comes without a reload, its list is read, and each line is marked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from generations.models import Comment, Image, Notification, Person
from tests.browser.test_accessibility import WIDTHS, violations
from tests.support.cast import Cast, make_done

OpenPage = Callable[..., Page]
ASK = "document.body.dispatchEvent(new Event('pulse:start'))"
"""Have the page's poller ask now, not within the minute."""


@pytest.fixture
def image(cast: Cast) -> Image:
    return make_done(cast.ana).images.get()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_badge_comes_by_itself_and_its_list_leads_to_the_comment(
    cast: Cast, open_page: OpenPage, image: Image, width: int
) -> None:
    page = open_page(cast.ana, "/library", width=width)
    page.evaluate("window.isSamePage = true")
    badge = page.locator("#unseen .count")
    expect(badge).to_have_count(0)
    said = Comment.write(image, cast.ben, "Too dark.", among=Person.objects.all())[0]
    page.evaluate(ASK)
    expect(badge).to_have_text("1")
    assert page.evaluate("window.isSamePage")
    bell = page.get_by_role("button", name="Inbox, 1 new")
    bell.focus()
    page.keyboard.press("Enter")
    news = page.locator("#news")
    expect(news.get_by_role("listitem")).to_contain_text("Ben")
    expect(badge).to_have_count(0)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.keyboard.press("Escape")
    expect(news).to_be_hidden()
    told = Notification.objects.get()
    assert not told.read_at
    page.keyboard.press("Enter")
    news.get_by_role("listitem").click(position={"x": 4, "y": 4})  # all of the line leads there
    page.wait_for_url(f"**{image.get_absolute_url()}#c-{said.key}")
    told.refresh_from_db()
    assert told.read_at


def test_lines_are_marked_one_by_one_and_all_together(cast: Cast, open_page: OpenPage, image: Image) -> None:
    for _ in range(2):
        Notification.tell([cast.ana], "mentioned", actor=cast.ben, image=image, detail="@ana, look.")
        Notification.objects.update(seen_at="2026-01-02T12:00Z")
    Notification.tell([cast.ana], "answered", actor=cast.lea, image=image, detail="Brighter now.")
    unread = Notification.objects.filter(read_at=None)
    before = unread.count()
    page = open_page(cast.ana, "/inbox")
    line = page.locator(".news li.is-unread").first
    line.get_by_role("button", name="Mark as read").click()
    expect(page.locator(".news li.is-unread")).to_have_count(before - 1)
    assert unread.count() == before - 1
    page.get_by_role("button", name="Mark as unread").first.click()
    expect(page.locator(".news li.is-unread")).to_have_count(before)
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.locator(".news li.is-unread")).to_have_count(0)
    assert not unread.exists() and violations(page) == []


def test_a_mention_is_completed_by_keys_alone(cast: Cast, open_page: OpenPage, image: Image) -> None:
    page = open_page(cast.ben, image.get_absolute_url())
    field, found = page.locator("#say-text"), page.locator("#people-found")
    field.focus()
    page.keyboard.type("Look, @")
    expect(found.get_by_role("option").nth(1)).to_be_visible()
    names = found.get_by_role("option").locator("bdi").all_inner_texts()
    page.keyboard.press("ArrowDown")
    expect(found.get_by_role("option").nth(1)).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", "found-1")
    assert violations(page) == []
    page.keyboard.press("Tab")
    expect(found).to_have_count(0)
    expect(field).to_be_focused()
    assert field.input_value().startswith("Look, @") and names[1].split()[0].lower() in field.input_value().lower()
    page.keyboard.type("and @le")
    expect(found.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(found).to_have_count(0)
    expect(field).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".comment .mention")).to_have_count(1)
    assert Comment.objects.get().mentions.count() == 1
