"""What is said, to whom and how often; where a phone's thumb goes; what an idle page looks for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_accessibility import violations
from tests.support.cast import Cast, make_done, make_model

Open = Callable[..., Page]
# What a screen reader is told: each text that a live region takes on, and none that comes in with a region.
LISTEN = """
window.told = [];
new MutationObserver((changes) => {
  for (const change of changes) {
    const region = change.target.parentElement?.closest("[role=status], [role=alert], [aria-live]") ??
      change.target.closest?.("[role=status], [role=alert], [aria-live]");
    const text = region?.textContent.trim().replace(/\\s+/g, " ");
    if (text && window.told.at(-1) !== text) window.told.push(text);
  }
}).observe(document.documentElement, { childList: true, characterData: true, subtree: true });
"""


def test_each_change_in_the_library_is_said_once(cast: Cast, open_page: Open) -> None:
    make_done(cast.ana, prompt="blue sea", pictures=2)
    make_done(cast.ana, prompt="red bicycle")
    page = open_page(cast.ana, "/library")
    page.evaluate(LISTEN)
    page.locator("#q").fill("sea")
    expect(page.locator("#live")).to_have_text("2 pictures")
    page.locator("#tiles .frame__box").first.focus()
    page.keyboard.press("x")
    expect(page.locator("#live")).to_have_text("1 selected")
    page.keyboard.press("Delete")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("u")
    expect(page.locator("#toast")).to_contain_text("Restored")
    told = page.evaluate("window.told")
    assert [text for text in told if text != "Nothing selected"] == [
        "2 pictures",
        "1 selected",
        "Moved to trash (30 days). Undo",
        "Restored.",
    ]


def test_a_verdict_is_said_once(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.lea, make_done(cast.ana).images.get().get_absolute_url())
    page.evaluate(LISTEN)
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert page.evaluate("window.told") == ["Approved. Undo"]


def test_a_heart_keeps_its_name(cast: Cast, open_page: Open) -> None:
    batch = make_done(cast.ana, pictures=2)
    page = open_page(cast.ana)
    heart = page.get_by_role("button", name=f"Favourite: {batch}, picture 2", exact=True)
    page.locator("figure.frame").nth(1).hover()
    heart.click()
    expect(heart).to_have_attribute("aria-pressed", "true")


def test_every_control_of_a_picture_says_which_it_is_of(cast: Cast, open_page: Open) -> None:
    for _ in range(2):
        make_done(cast.ana, pictures=2)
    page = open_page(cast.ana)
    names = page.locator("figure :is(button, a:not(.frame__box))").evaluate_all(
        "(all) => all.map((one) => one.ariaLabel ?? one.textContent.trim())"
    )
    assert len(names) == 4 * 5
    assert len(set(names)) == len(names)


WIDE = "() => document.documentElement.scrollWidth"


@pytest.mark.parametrize("width", [320, 390])
def test_nothing_is_wider_than_a_small_phone(cast: Cast, open_page: Open, width: int) -> None:
    make_model("a-model-with-a-name-that-is-rather-long-for-a-phone")
    batch = make_done(cast.ana, pictures=3, prompt="Donaudampfschifffahrtselektrizitätenhauptbetriebswerk" * 6)
    image = batch.images.first()
    page = open_page(cast.ana, width=width)
    for path in ("/", "/library", "/settings", "/trash", batch.get_absolute_url(), f"/i/{image.key}"):
        page.goto(path)
        assert (path, page.evaluate(WIDE)) == (path, width)
    page.goto("/")
    for menu in ("models", "shapes", "more", "me"):
        page.evaluate(f"document.getElementById('{menu}').showPopover()")
        assert (menu, page.evaluate(WIDE)) == (menu, width)


def test_at_four_hundred_percent_the_page_has_the_window(cast: Cast, open_page: Open) -> None:
    make_done(cast.ana, pictures=3)
    page = open_page(cast.ana)
    page.set_viewport_size({"width": 320, "height": 256})
    assert page.evaluate(WIDE) == 320
    page.evaluate("scrollTo(0, 400)")
    for bar in ("header.bar", ".tabbar"):
        expect(page.locator(bar)).not_to_be_in_viewport()


def test_how_many_is_as_wide_as_a_thumb_and_sends_in_one_line(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana, width=390)
    counts = [label.bounding_box() for label in page.locator(".composer__bar > .seg label").all()]
    assert min(box["width"] for box in counts) >= 44
    send = page.get_by_role("button", name="Generate").bounding_box()
    assert send["y"] < counts[0]["y"] + counts[0]["height"]


def test_the_last_picture_of_a_phone_s_library_is_as_large_as_the_others(cast: Cast, open_page: Open) -> None:
    batch = make_done(cast.ana, pictures=3)
    batch.images.update(width=1536, height=1024)
    page = open_page(cast.ana, "/library", width=390)
    widths = {round(frame.bounding_box()["width"]) for frame in page.locator("#tiles .frame").all()}
    assert len(widths) == 1
    assert widths.pop() > 340


def test_an_idle_page_looks_when_one_comes_back_or_stirs(cast: Cast, open_page: Open) -> None:
    make_done(cast.ana)
    page = open_page(cast.ana)
    page.clock.install()
    strips = page.locator("article.strip")
    for count, event in ((2, "focus"), (3, "online")):
        make_done(cast.ana)
        page.evaluate("(event) => dispatchEvent(new Event(event))", event)
        expect(strips).to_have_count(count)
    make_done(cast.ana)
    page.clock.fast_forward(20_000)
    page.mouse.move(300, 300)
    expect(strips).to_have_count(4)


def test_what_one_tab_sends_another_shows(cast: Cast, open_page: Open) -> None:
    make_done(cast.ana)
    page = open_page(cast.ana)
    other = page.context.new_page()
    other.goto("/")
    other.locator(".composer__prompt").fill("From the other tab")
    other.keyboard.press("Control+Enter")
    expect(page.locator("article.strip").first).to_contain_text("From the other tab")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_a_chosen_theme_is_kept_and_follows_to_another_device(
    cast: Cast, open_page: Open, width: int, theme: str
) -> None:
    chosen = "dark" if theme == "light" else "light"
    page = open_page(cast.ana, width=width, theme=theme)
    page.evaluate("document.getElementById('me').showPopover()")
    with page.expect_response("**/theme"):
        page.locator("#me label", has=page.locator(f"input[value={chosen}]")).click()
    elsewhere = open_page(cast.ana, width=width, theme=theme)
    expect(elsewhere.locator("html")).to_have_attribute("data-theme", chosen)
    assert violations(elsewhere) == []
    elsewhere.context.clear_cookies(name="imageweb_session")
    elsewhere.goto("/accounts/login/")
    expect(elsewhere.locator("html")).to_have_attribute("data-theme", chosen)
