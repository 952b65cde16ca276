"""Keys: each listed key works where it is listed, each has one meaning, and none is taken from the browser."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.support.cast import Cast, make_done

Open = Callable[..., Page]
LISTED = """() => Object.fromEntries([...document.querySelectorAll("#help dl > div")]
  .filter((row) => row.checkVisibility())
  .map((row) => [row.querySelector("dt").textContent, row.querySelector("dd").textContent]))"""


def listed(page: Page) -> dict[str, str]:
    """What `?` says at this moment: what is done, and by which keys."""
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    rows = page.evaluate(LISTED)
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    return rows


def test_a_new_prompt_and_the_search_are_a_key_away_from_every_page(cast: Cast, open_page: Open) -> None:
    batch = make_done(cast.ana)
    page = open_page(cast.ana)
    for path in ("/", "/settings", "/trash", batch.get_absolute_url(), batch.images.get().get_absolute_url()):
        page.goto(path)
        rows = listed(page)
        assert (path, rows["New prompt"], rows["Search"]) == (path, "N", "/")
        page.keyboard.press("/")
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.goto(path)
        page.keyboard.press("n")
        expect(page.get_by_role("textbox", name="Prompt")).to_be_focused()
    page.goto("/settings")
    page.keyboard.press("/")
    page.keyboard.type("bicycle")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/library\?q=bicycle$"))


def test_the_search_is_a_key_away_where_the_bar_has_no_room_for_it(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana, "/settings", width=900)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page).to_have_url(re.compile("/library#q$"))


def test_no_key_of_a_selection_works_with_ctrl_alt_or_meta(cast: Cast, open_page: Open) -> None:
    make_done(cast.ana, pictures=2)
    page = open_page(cast.ana, "/library")
    page.get_by_role("checkbox", name=re.compile("^Select")).first.check()
    for held in ("Control", "Alt", "Meta", "Shift"):
        page.keyboard.press(f"{held}+Delete")
    for held in ("Control", "Alt", "Meta"):
        for key in "nxfdc/":
            page.keyboard.press(f"{held}+{key}")
    expect(page).to_have_url(re.compile("/library$"))
    expect(page.locator("#selected")).to_have_text("1 selected")
    assert cast.ana.images.filter(deleted_at=None).count() == 2
    page.keyboard.press("Delete")
    expect(page.locator("#tiles .frame")).to_have_count(1)


def test_in_the_library_a_key_acts_on_the_picture_one_points_at(cast: Cast, open_page: Open) -> None:
    make_done(cast.ana, pictures=2)
    page = open_page(cast.ana, "/library")
    page.locator("#tiles .frame").nth(1).hover()
    page.keyboard.press("f")
    expect(page.locator("#tiles .frame").nth(1).locator("[data-keep]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#tiles [data-keep][aria-pressed=true]")).to_have_count(1)


def test_an_open_menu_has_the_keys(cast: Cast, open_page: Open) -> None:
    image = make_done(cast.ana).images.get()
    page = open_page(cast.ben, image.get_absolute_url())
    page.get_by_role("button", name="More: other copies").click()
    page.keyboard.press("n")
    expect(page).to_have_url(re.compile(re.escape(image.get_absolute_url())))
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.get_by_role("textbox", name="Prompt")).to_be_focused()


def test_one_picture_has_no_next_and_a_zoomed_one_is_looked_about(cast: Cast, open_page: Open) -> None:
    make_done(cast.ana)
    page = open_page(cast.ana)
    assert "Next, previous" not in listed(page)
    page.locator("a[data-lightbox]").click()
    expect(page.locator("#lightbox")).to_be_visible()
    assert "Next, previous" not in listed(page)
    page.keyboard.press("+")
    rows = listed(page)
    assert (rows["Pan"], "Next, previous" in rows) == ("→ ← ↑ ↓", False)
