"""The lightbox: an address for what it shows, and back to where one was."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from generations.models import Batch
from generations.models.key import now
from generations.models.storage import remove
from tests.support.cast import Cast, make_batch, make_done

Open = Callable[..., Page]


def test_back_closes_it_and_returns_to_the_picture(cast: Cast, open_page: Open) -> None:
    one, two = make_done(cast.ana, pictures=2).generations.get().images.all()
    page = open_page(cast.ana)
    page.evaluate("window.isSamePage = true")
    page.locator(f"a[href='/i/{one.key}']").click()
    expect(page.locator("#lightbox")).to_be_visible()
    expect(page).to_have_url(f"/i/{one.key}")
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(f"/i/{two.key}")
    page.go_back()
    expect(page.locator("#lightbox")).to_be_hidden()
    expect(page.locator(f"a[href='/i/{two.key}']")).to_be_focused()
    expect(page).to_have_url("/")
    assert page.evaluate("window.isSamePage")
    page.go_forward()
    expect(page.locator("#lightbox")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#lightbox")).to_be_hidden()
    page.wait_for_url("**/")
    assert page.evaluate("window.isSamePage")


@pytest.mark.parametrize("width", [320, 390])
def test_its_buttons_are_as_large_as_a_thumb_on_a_phone(cast: Cast, open_page: Open, width: int) -> None:
    make_done(cast.ana)
    page = open_page(cast.ana, "/library", width=width)
    page.locator("a[data-lightbox]").click()
    boxes = [button.bounding_box() for button in page.locator("#lightbox footer .glass:visible").all()]
    assert min(min(box["width"], box["height"]) for box in boxes) >= 44
    assert max(box["x"] + box["width"] for box in boxes) <= width
    assert page.locator("#lightbox [data-detail]").evaluate("it => it.scrollWidth <= it.clientWidth")


def test_reloading_it_is_the_pictures_page(cast: Cast, open_page: Open) -> None:
    image = make_done(cast.ana).generations.get().images.get()
    page = open_page(cast.ana)
    page.locator(f"a[href='/i/{image.key}']").click()
    page.reload()
    expect(page.locator("h1")).to_contain_text("picture 1")


def test_details_lead_to_the_page_and_back_to_the_list(cast: Cast, open_page: Open) -> None:
    make_done(cast.ana)
    page = open_page(cast.ana)
    page.locator("a[data-lightbox]").click()
    page.keyboard.press("i")
    expect(page.locator("h1")).to_contain_text("picture 1")
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


def test_f_and_v_do_in_the_lightbox_what_they_do_on_the_strip(cast: Cast, open_page: Open) -> None:
    one, two = make_done(cast.ana, pictures=2).images.all()
    cast.ana.favourites.create(image=two)
    page = open_page(cast.ana)
    page.locator("a[data-lightbox]").first.click()
    heart = page.locator("#lightbox [data-key=f]")
    expect(heart).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("f")
    expect(heart).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#live")).to_have_text("Favourite: yes")
    assert set(cast.ana.favourites.values_list("image", flat=True)) == {one.pk, two.pk}
    page.keyboard.press("ArrowRight")
    expect(heart).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("f")
    expect(heart).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#lightbox [data-key=x]")).to_be_hidden()
    page.keyboard.press("v")
    expect(page.locator("#lightbox #toast")).to_contain_text(re.compile(r"No\. \d+ sent\."))
    expect(page.locator("#lightbox")).to_be_visible()
    assert (Batch.objects.latest("pk").parent, Batch.objects.latest("pk").derivation) == (two, "vary")
    page.keyboard.press("Escape")
    expect(page.locator("article.strip")).to_have_count(2)
    expect(page.locator("body > #toast")).to_have_count(1)


def test_no_key_of_the_lightbox_works_with_ctrl_or_when_single_keys_are_off(cast: Cast, open_page: Open) -> None:
    make_done(cast.ana, pictures=2)
    page = open_page(cast.ana)
    page.locator("a[data-lightbox]").first.click()
    for modifier in ("ctrlKey", "altKey", "metaKey"):
        for key in "fvei":
            page.locator("#lightbox").dispatch_event("keydown", {"key": key, modifier: True, "bubbles": True})
    page.evaluate("document.documentElement.dataset.shortcuts = 'off'")
    for key in "fvei?":
        page.keyboard.press(key)
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-place]")).to_have_text("2 / 2")
    expect(page.locator("#help")).to_be_hidden()
    assert (Batch.objects.count(), cast.ana.favourites.count()) == (1, 0)


def test_in_the_library_x_selects_and_what_is_made_has_its_parent(cast: Cast, open_page: Open) -> None:
    image = make_done(cast.ana).images.get()
    page = open_page(cast.ana, "/library")
    page.locator("a[data-lightbox]").click()
    page.keyboard.press("x")
    expect(page.locator("#lightbox [data-key=x]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("input[name=pick]")).to_be_checked()
    page.keyboard.press("x")
    expect(page.locator("input[name=pick]")).not_to_be_checked()
    page.keyboard.press("v")
    expect(page.locator("h1")).to_contain_text("No.")
    page.goto("/library")
    page.locator(f"a[href='/i/{image.key}']").click()
    page.keyboard.press("e")
    expect(page.get_by_label("Change something")).to_be_focused()
    page.keyboard.type("Make it night")
    page.keyboard.press("Enter")
    expect(page.locator("#prompt")).to_have_text("Make it night")
    made = Batch.objects.order_by("pk").values_list("parent", "derivation")[1:]
    assert list(made) == [(image.pk, "vary"), (image.pk, "refine")]


def test_what_lies_in_the_trash_is_only_selected(cast: Cast, open_page: Open) -> None:
    make_done(cast.ana).images.update(deleted_at=now())
    page = open_page(cast.ana, "/trash")
    page.locator("a[data-lightbox]").click()
    shown = page.locator("#lightbox [data-act]:visible")
    assert [button.get_attribute("data-act") for button in shown.all()] == ["x"]
    for key in "fve":
        page.keyboard.press(key)
    expect(page.locator("#lightbox")).to_be_visible()
    assert Batch.objects.count() == 1


HELP = """() => [...document.querySelectorAll("#help dl > div")].filter((row) => row.checkVisibility())
  .map((row) => row.querySelector("dt").textContent)"""
ALWAYS = {"Shortcuts", "Close, or leave a field"}
OPENED = {"Larger, smaller", "Favourite", "Refine", "Vary", "Download", "Details", "Comments"}


def test_the_list_of_keys_is_of_the_moment(cast: Cast, open_page: Open) -> None:
    make_done(cast.ana)
    page = open_page(cast.ana)
    lightbox, keys = page.locator("#lightbox"), page.locator("#help")
    page.locator("a[data-lightbox]").click()
    expect(lightbox).to_be_visible()
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    assert set(page.evaluate(HELP)) == ALWAYS | OPENED
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    expect(lightbox).to_be_visible()
    page.goto("/library")
    page.locator(".frame__box").focus()
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    listed = set(page.evaluate(HELP))
    assert {"Select", "Favourite", "Select the page"} <= listed and not {"Compare", "Delete", "Vary"} & listed
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.locator(".frame__box").focus()
    page.keyboard.press("x")
    expect(page.locator("#selected")).to_be_visible()
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    assert {"Compare", "Delete"} <= set(page.evaluate(HELP))
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.evaluate("document.documentElement.dataset.shortcuts = 'off'; document.querySelector('#help').showModal()")
    expect(page.locator("#help dt", has_text="Shortcuts")).to_be_hidden()
    assert not {"Favourite", "Select", "Shortcuts"} & set(page.evaluate(HELP))


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


def test_the_wheel_and_the_buttons_zoom_and_the_mouse_moves_the_picture(cast: Cast, open_page: Open) -> None:
    make_done(cast.ana)
    page = open_page(cast.ana)
    page.locator("a[data-lightbox]").click()
    picture = page.locator("#lightbox figure img")
    expect(picture).to_have_js_property("complete", True)
    before = picture.bounding_box()
    # It is smaller than the window: large enough to be moved only far in.
    page.mouse.move(before["x"] + before["width"] / 2, before["y"] + before["height"] / 2)
    page.mouse.wheel(0, -400)
    expect(page.locator("#lightbox figure")).to_have_class("is-zoomed")
    assert picture.bounding_box()["width"] > 2 * before["width"]
    for _ in range(6):
        page.get_by_role("button", name="Larger").click()
    near = picture.bounding_box()
    assert 7 * before["width"] < near["width"] < 9 * before["width"]
    picture.evaluate("(picture) => { picture.style.inlineSize = '4000px'; picture.parentElement.scrollTo(900, 400); }")
    at = picture.bounding_box()
    page.mouse.move(700, 400)
    page.mouse.down()
    page.mouse.move(600, 350, steps=4)
    page.mouse.up()
    moved = picture.bounding_box()
    assert (moved["x"] - at["x"], moved["y"] - at["y"]) == (-100, -50)
    expect(page.locator("#lightbox figure")).to_have_class("is-zoomed")
    for _ in range(12):
        page.get_by_role("button", name="Smaller").click()
    expect(page.locator("#lightbox figure")).to_have_class("")


def test_two_fingers_zoom_and_do_not_turn(cast: Cast, open_page: Open) -> None:
    make_done(cast.ana, pictures=2)
    page = open_page(cast.ana, width=390)
    page.locator("a[data-lightbox]").first.tap()
    picture = page.locator("#lightbox figure img")
    expect(picture).to_have_js_property("complete", True)
    before = picture.bounding_box()["width"]
    page.evaluate("""() => {
      const figure = document.querySelector("#lightbox figure");
      const touch = (n, x) => new Touch({ identifier: n, target: figure, clientX: 195 + x, clientY: 300 });
      const fingers = (by) => [touch(0, -by), touch(1, by)];
      const say = (type, touches, changed) => figure.dispatchEvent(
        new TouchEvent(type, { touches, changedTouches: changed, bubbles: true, cancelable: true }));
      say("touchstart", fingers(40), []);
      say("touchmove", fingers(80), []);
      say("touchmove", fingers(120), []);
      say("touchend", [], fingers(120));
    }""")
    assert abs(picture.bounding_box()["width"] - 3 * before) < 2
    expect(page.locator("[data-place]")).to_have_text("1 / 2")


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


def test_a_missing_file_is_said_wherever_its_picture_would_be(cast: Cast, open_page: Open) -> None:
    lost, whole = make_done(cast.ana, pictures=2).images.order_by("pk")
    for path in lost.file.paths():
        remove(path)
    page = open_page(cast.ana, "/settings", expects="Failed to load resource:")

    def is_said_of(image: object) -> None:
        frame = page.locator(f"a.frame__box[href='/i/{image}']")
        expect(frame.locator(".frame__lost")).to_be_visible()
        expect(frame.locator(".frame__lqip")).to_be_hidden()

    for path in ("/", "/library", f"/compare?i={lost}&i={whole}"):
        page.goto(path)
        is_said_of(lost)
        expect(page.locator(".frame__lost:visible")).to_have_count(1)
    page.goto("/")
    page.locator(f"a[href='/i/{lost}']").first.click()
    said = page.locator("#lightbox figure p")
    expect(said).to_contain_text(
        "missing in the storage. An administrator can check it with “manage.py verify_storage”."
    )
    expect(page.locator("#lightbox figure img")).to_be_hidden()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#lightbox figure img")).to_be_visible()
    expect(said).to_be_empty()
    page.goto(f"/i/{lost}")
    is_said_of(lost)
    expect(page.locator(".frame__lost")).to_contain_text("verify_storage")

    held: list[Route] = []
    page.route("**/pictures.js", lambda route: held.append(route))
    page.goto(f"/compare?i={lost}&i={whole}", wait_until="commit")
    page.locator(".frame__img").first.evaluate(FAILED)
    held[0].continue_()
    is_said_of(lost)


def test_a_picture_that_the_connection_lost_comes_when_it_is_back(
    cast: Cast, open_page: Open, browser: Browser
) -> None:
    image = make_done(cast.ana).images.get()
    known = open_page(cast.ana, "/settings")
    context = browser.new_context(base_url=known.url)
    context.add_cookies(known.context.cookies())
    page = context.new_page()
    page.route("**/i/*/**", lambda route: route.abort())
    page.goto("/library")
    expect(page.locator(".frame__lost")).to_be_visible()
    page.route(f"**/i/{image}", lambda route: route.abort())
    page.locator("a.frame__box").click()
    said = page.locator("#lightbox figure p")
    expect(said).to_have_text("This picture could not be loaded. Try again in a while.")
    page.keyboard.press("Escape")
    expect(page.locator("#lightbox")).to_be_hidden()
    page.unroute_all()
    context.set_offline(True)
    context.set_offline(False)
    expect(page.locator(".frame__lost")).to_be_hidden()
    assert page.locator(".frame__img").evaluate("(image) => image.naturalWidth > 0")
    page.locator("a.frame__box").click()
    expect(page.locator("#lightbox figure img")).to_be_visible()
    context.close()


FAILED = "(image) => image.complete || new Promise((done) => image.addEventListener('error', done, { once: true }))"
