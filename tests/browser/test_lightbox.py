"""The lightbox: an address for what it shows, and back to where one was."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.cast import Cast, make_batch, make_done

Open = Callable[..., Page]


def test_back_closes_it_and_returns_to_the_picture(cast: Cast, open_page: Open) -> None:
    one, two = make_done(cast.ana, pictures=2).generations.get().images.all()
    page = open_page(cast.ana)
    page.evaluate("window.isSamePage = true")
    page.locator(f"a[href='/i/{one.key}']").click()
    expect(page.locator("#lightbox")).to_be_visible()
    assert page.url.endswith(f"/i/{one.key}")
    page.keyboard.press("ArrowRight")
    assert page.url.endswith(f"/i/{two.key}")
    page.go_back()
    expect(page.locator("#lightbox")).to_be_hidden()
    expect(page.locator(f"a[href='/i/{two.key}']")).to_be_focused()
    assert page.url.endswith("/") and page.evaluate("window.isSamePage")
    page.go_forward()
    expect(page.locator("#lightbox")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#lightbox")).to_be_hidden()
    page.wait_for_url("**/")
    assert page.evaluate("window.isSamePage")


def test_reloading_it_is_the_pictures_page(cast: Cast, open_page: Open) -> None:
    image = make_done(cast.ana).generations.get().images.get()
    page = open_page(cast.ana)
    page.locator(f"a[href='/i/{image.key}']").click()
    page.reload()
    expect(page.locator("h1")).to_contain_text("image 1")


def test_details_lead_to_the_page_and_back_to_the_list(cast: Cast, open_page: Open) -> None:
    make_done(cast.ana)
    page = open_page(cast.ana)
    page.locator("a[data-lightbox]").click()
    page.keyboard.press("i")
    expect(page.locator("h1")).to_contain_text("image 1")
    page.go_back()
    expect(page.locator("#composer")).to_be_visible()


def test_it_goes_on_into_the_next_part_of_the_feed(cast: Cast, open_page: Open) -> None:
    make_done(cast.ana)
    for _ in range(19):
        make_batch(cast.ana)
    make_done(cast.ana)
    page = open_page(cast.ana)
    page.locator("a[data-lightbox]").click()
    expect(page.locator("[data-place]")).to_have_text("1 / 1+")
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-place]")).to_have_text("2 / 2")


def test_refining_begins_where_the_picture_is(cast: Cast, open_page: Open) -> None:
    make_done(cast.ana)
    page = open_page(cast.ana)
    page.locator("a[data-lightbox]").click()
    page.keyboard.press("e")
    expect(page.locator("#lightbox")).to_be_hidden()
    expect(page.locator(".refining input[name=prompt]")).to_be_focused()
    page.locator(".refining [data-close]").click()
    expect(page.locator(".refining")).to_have_count(0)


def test_a_click_and_the_signs_zoom(cast: Cast, open_page: Open) -> None:
    make_done(cast.ana)
    page = open_page(cast.ana)
    page.locator("a[data-lightbox]").click()
    picture = page.locator("#lightbox figure img")
    expect(picture).to_have_js_property("complete", True)
    before = picture.bounding_box()["width"]
    picture.click()
    assert picture.bounding_box()["width"] > 2 * before
    picture.click()
    assert abs(picture.bounding_box()["width"] - before) < 2
    page.keyboard.press("+")
    assert picture.bounding_box()["width"] > 1.3 * before
    page.keyboard.press("-")
    assert abs(picture.bounding_box()["width"] - before) < 2


def test_a_swipe_turns_and_a_pull_closes(cast: Cast, open_page: Open) -> None:
    make_done(cast.ana, pictures=2)
    page = open_page(cast.ana, width=390)
    page.locator("a[data-lightbox]").first.tap()
    swipe = """([x, y]) => {
      const figure = document.querySelector("#lightbox figure");
      const touch = (x, y) => new Touch({ identifier: 1, target: figure, clientX: x, clientY: y });
      figure.dispatchEvent(new TouchEvent("touchstart", { touches: [touch(200, 300)], bubbles: true }));
      figure.dispatchEvent(new TouchEvent("touchend", { changedTouches: [touch(200 + x, 300 + y)], bubbles: true }));
    }"""
    page.evaluate(swipe, [-90, 4])
    expect(page.locator("[data-place]")).to_have_text("2 / 2")
    page.evaluate(swipe, [3, 180])
    expect(page.locator("#lightbox")).to_be_hidden()
