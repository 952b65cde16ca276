"""Reviewing in a real browser: keys, the mark, the live region, Undo; a phone; without script; and axe."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from generations.models import Image, Verdict
from tests.browser.test_accessibility import WIDTHS, violations
from tests.support.cast import Cast, make_done

OpenPage = Callable[..., Page]


@pytest.fixture
def image(cast: Cast) -> Image:
    return make_done(cast.ana, pictures=2).images.first()


COLOUR = "getComputedStyle(document.querySelector('.hero > .frame__box'), '::after').backgroundColor"


def pencil(page: Page, *seen: str) -> str:
    """The colour of the mark on the large picture, once it is none of those seen before."""
    return page.wait_for_function(f"(seen) => seen.includes({COLOUR}) ? '' : {COLOUR}", arg=list(seen)).json_value()


def test_keys_approve_reject_and_undo(cast: Cast, open_page: OpenPage, image: Image) -> None:
    page = open_page(cast.lea, image.get_absolute_url())
    bare = pencil(page)
    page.keyboard.press("a")
    expect(page.locator("#verdict")).to_have_text("Approved by Lea")
    expect(page.locator("#toast span")).to_have_text("Approved.")
    approved = pencil(page, bare)
    page.keyboard.press("r")
    expect(page.locator("#verdict")).to_have_text("Rejected by Lea")
    assert pencil(page, bare, approved)
    page.keyboard.press("u")
    expect(page.locator("#verdict")).to_have_text("Approved by Lea")
    page.wait_for_function(f"(colour) => {COLOUR} === colour", arg=approved)
    assert Verdict.objects.standing().get().state == Verdict.State.APPROVED


def test_writing_a_note_decides_nothing(cast: Cast, open_page: OpenPage, image: Image) -> None:
    page = open_page(cast.lea, image.get_absolute_url())
    page.get_by_label("Note to the author").fill("A rather dark sky")
    page.keyboard.press("Enter")
    for _ in ("Approve", "Request changes", "Reject"):
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Reject", exact=True)).to_be_focused()
    assert not Verdict.objects.standing().exists()
    page.keyboard.press("Enter")
    expect(page.locator("#verdict")).to_contain_text("A rather dark sky")
    expect(page.get_by_role("button", name="Reject", exact=True, pressed=True)).to_be_focused()
    undo = page.get_by_role("button", name="Undo")
    # Before htmx has settled what it swapped in, the button is a form's that leads to the library.
    page.wait_for_function(
        "button => [button, button.form].some((node) => node && 'htmx-internal-data' in node)",
        arg=undo.element_handle(),
    )
    undo.press("Enter")
    expect(page.get_by_role("button", name="Approve", exact=True, pressed=False)).to_be_focused()


def test_the_list_of_keys_says_what_one_may_do(cast: Cast, open_page: OpenPage, image: Image) -> None:
    for person, may in ((cast.lea, True), (cast.ana, False)):
        page = open_page(person, image.get_absolute_url())
        page.keyboard.press("?")
        expect(page.locator("#help").get_by_text("Vary", exact=True).first).to_be_visible()
        assert page.locator("#help").get_by_text("Approve", exact=True).first.is_visible() == may
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    assert not Verdict.objects.standing().exists()


def test_the_toast_goes_by_itself(cast: Cast, open_page: OpenPage, image: Image) -> None:
    page = open_page(cast.lea)
    page.clock.install()
    page.goto(image.get_absolute_url())
    page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    page.clock.run_for(7_500)
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    page.clock.run_for(1_000)
    expect(page.get_by_role("button", name="Undo")).to_be_hidden()


def test_without_script_a_verdict_is_given_and_taken_back(
    cast: Cast, open_page: OpenPage, image: Image, browser: Browser
) -> None:
    scripted = open_page(cast.lea, image.get_absolute_url())
    address = scripted.url
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(scripted.context.cookies())
    page = context.new_page()
    page.goto(address)
    page.get_by_role("button", name="Reject", exact=True).click()
    expect(page.locator("#verdict")).to_have_text("Rejected by Lea")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#verdict")).to_have_text("Awaiting review")
    assert page.url == address
    context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing(cast: Cast, open_page: OpenPage, image: Image, width: int) -> None:
    Verdict.objects.give(cast.lea, image.batch.images.last(), Verdict.State.REJECTED, "The sun touches the edge.")
    page = open_page(cast.lea, image.get_absolute_url(), width=width)
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert violations(page) == []
    for path in ("/library", image.batch.get_absolute_url(), image.batch.images.last().get_absolute_url()):
        page.goto(path)
        assert (path, violations(page)) == (path, [])
        assert (path, page.evaluate("document.documentElement.scrollWidth")) == (path, width)
