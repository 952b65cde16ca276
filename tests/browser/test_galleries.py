"""Galleries under the hand: pictures are put in from the library and moved by key and by pointer."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from generations.models import Gallery, Image
from generations.presenters import paging, printing
from tests.browser.test_accessibility import WIDTHS, violations
from tests.browser.waiting import until
from tests.support.cast import Cast, make_done, make_gallery

OpenPage = Callable[..., Page]


@pytest.fixture
def images(cast: Cast) -> list[Image]:
    return [make_done(cast.ana).images.get() for _ in range(4)]


def order(page: Page) -> list[str]:
    return page.eval_on_selector_all("#tiles > .frame", "frames => frames.map(frame => frame.id.slice(2))")


def by_hand(gallery: Gallery) -> list[str]:
    items = gallery.items.filter(removed_at=None).order_by("rank")
    return list(items.values_list("image__key", flat=True))


def wait_for(page: Page, gallery: Gallery, keys: list[str]) -> None:
    """Until the server has this order and the page shows it."""
    until(page, lambda: by_hand(gallery) == keys == order(page))


def test_a_picture_is_moved_by_key_and_by_dragging(cast: Cast, open_page: OpenPage, images: list[Image]) -> None:
    gallery = make_gallery(cast.ana, images=images, order="hand")
    one, two, three, four = (image.key for image in images)
    page = open_page(cast.ana, gallery.get_absolute_url())
    page.focus(f"#i-{one} .frame__box")
    page.keyboard.press("Alt+Shift+ArrowRight")
    page.keyboard.press("Alt+Shift+ArrowRight")
    wait_for(page, gallery, [two, three, one, four])
    expect(page.locator(f"#i-{one} .frame__box")).to_be_focused()
    expect(page.locator("#live")).to_have_text("Moved to place 3 on this page")
    page.locator(f"#i-{four} .frame__img").drag_to(
        page.locator(f"#i-{two} .frame__img"), target_position={"x": 5, "y": 20}
    )
    wait_for(page, gallery, [four, two, three, one])
    page.check(f"#i-{one} input[name=pick]")
    page.click("[name=step][value='-1']")
    wait_for(page, gallery, [four, two, one, three])
    expect(page.locator("#selected")).to_have_text("1 selected")
    expect(page.get_by_role("button", name="Move before")).to_be_focused()
    page.keyboard.press("Enter")
    wait_for(page, gallery, [four, one, two, three])
    page.dblclick("[name=step][value='1']")
    wait_for(page, gallery, [four, two, three, one])


def test_a_picture_is_moved_beyond_the_page(
    cast: Cast, open_page: OpenPage, images: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "A_PAGE", 2)
    gallery = make_gallery(cast.ana, images=images, order="hand")
    one, two, three, four = (image.key for image in images)
    page = open_page(cast.ana, gallery.get_absolute_url())
    page.focus(f"#i-{two} .frame__box")
    page.keyboard.press("Alt+Shift+ArrowRight")
    wait_for(page, gallery, [one, three, two, four])
    expect(page.locator(f"#i-{two} .frame__box")).to_be_focused()


def test_g_puts_a_picture_of_the_library_into_a_gallery(cast: Cast, open_page: OpenPage, images: list[Image]) -> None:
    gallery = make_gallery(cast.ana)
    page = open_page(cast.ana, "/library")
    page.focus(f"#i-{images[1].key} .frame__box")
    page.keyboard.press("g")
    page.get_by_role("button", name="Spring campaign").click()
    expect(page.locator("#toast")).to_contain_text("1 picture was added to “Spring campaign”.")
    expect(page.locator("#adding")).to_be_hidden()
    assert by_hand(gallery) == [images[1].key]
    page.keyboard.press("u")
    expect(page.get_by_text("1 picture was removed from the gallery.", exact=True)).to_be_visible()
    assert by_hand(gallery) == []
    page.keyboard.press("Escape")
    page.click(f"#i-{images[2].key} .frame__box")
    page.keyboard.press("g")
    expect(page.get_by_role("button", name="Spring campaign")).to_be_focused()
    page.press("#adding-title", "Enter")
    expect(page.locator("#toast")).to_have_text("A gallery needs a title.")
    expect(page.locator("#adding-title")).to_be_focused()
    page.fill("#adding-title", "Autumn")
    page.press("#adding-title", "Enter")
    expect(page.locator("#toast")).to_contain_text("1 picture was added to “Autumn”.")
    assert by_hand(Gallery.objects.get(title="Autumn")) == [images[2].key]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_of_galleries_are_accessible(
    cast: Cast, open_page: OpenPage, images: list[Image], width: int
) -> None:
    gallery = make_gallery(cast.ana, images=images, order="hand", description="For May")
    gallery.set_member(cast.ben, "contribute", cast.ana)
    make_gallery(cast.ana, "Nothing yet", team=None)
    page = open_page(cast.ana, "/galleries", width=width)
    assert violations(page) == []
    page.get_by_role("button", name="New gallery").click()
    assert violations(page) == []
    for path in ("", "/people"):
        page.goto(gallery.get_absolute_url() + path)
        assert (path, violations(page)) == (path, [])
    page.goto(gallery.get_absolute_url())
    page.check(f"#i-{images[0].key} input[name=pick]")
    page.get_by_role("button", name="Add to…").click()
    expect(page.get_by_role("button", name="Nothing yet")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_slideshow_goes_on_by_key_pauses_and_leaves_the_focus_where_it_ended(
    cast: Cast, open_page: OpenPage, images: list[Image]
) -> None:
    gallery = make_gallery(cast.ana, images=images, order="oldest")
    page = open_page(cast.ana, gallery.get_absolute_url())
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("button", name="Slideshow").click()
    show = page.locator("#slideshow")
    expect(show).to_be_visible()

    def shown() -> str:
        return show.locator("img").get_attribute("src").split("/i/")[1].split("/")[0]

    pause = show.get_by_role("button", name="Pause")
    expect(pause).to_have_attribute("aria-pressed", "true")  # whoever wants no motion begins by themselves
    assert (shown(), violations(page)) == (images[0].key, [])
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert shown() == images[1].key
    for _ in images:
        page.keyboard.press("ArrowRight")
    expect(page.locator("#live")).to_have_text("This is the last picture.")
    page.keyboard.press("Escape")
    expect(show).to_be_hidden()
    expect(page.locator(f"#i-{images[3].key} .frame__box")).to_be_focused()
    page.emulate_media(reduced_motion="no-preference")
    page.keyboard.press("s")
    for pressed in ("true", "false"):
        page.keyboard.press("Space")
        expect(pause).to_have_attribute("aria-pressed", pressed)
    assert shown() == images[0].key  # the last one was shown: it begins again
    expect(show.get_by_role("group")).to_have_css("opacity", "0")


def swipe(page: Page, by: int) -> None:
    """A finger across the middle of the window."""
    session = page.context.new_cdp_session(page)
    for kind, step in (("touchStart", 0), ("touchMove", 0.5), ("touchMove", 1), ("touchEnd", 1)):
        points = [] if kind == "touchEnd" else [{"x": 195 + by * (step - 0.5), "y": 400}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_a_thumb_moves_pictures_and_leads_a_slideshow_over_the_whole_screen(
    cast: Cast, open_page: OpenPage, images: list[Image]
) -> None:
    gallery = make_gallery(cast.ana, images=images, order="hand")
    one, two, three, four = (image.key for image in images)
    page = open_page(cast.ana, gallery.get_absolute_url(), width=390)
    page.locator(f"#i-{three} .frame__pick").tap()
    bar = page.get_by_role("toolbar", name="Selected pictures")
    boxes = [button.bounding_box() for button in bar.locator(":scope > :is(.btn, .icon-btn):visible").all()]
    assert len(boxes) > 8 and min(min(box["width"], box["height"]) for box in boxes) >= 44
    page.get_by_role("button", name="Move before").tap()
    wait_for(page, gallery, [one, three, two, four])
    page.get_by_role("button", name="Clear selection").tap()

    page.get_by_role("button", name="More actions").tap()
    page.get_by_role("button", name="Slideshow").tap()
    show, is_full = page.locator("#slideshow"), "() => document.fullscreenElement !== null"
    page.wait_for_function(is_full)

    def shows(key: str) -> None:
        expect(show.locator("img")).to_have_attribute("src", re.compile(f"/i/{key}/"))

    for by, key in ((-200, three), (-200, two), (200, three), (20, three)):
        swipe(page, by)
        shows(key)
    forward = show.get_by_role("button", name="Next")
    show.evaluate("it => it.classList.remove('is-awake')")
    forward.tap()
    expect(show).to_have_class(re.compile("is-awake"))
    shows(three)  # whoever wakes the buttons presses none
    forward.tap()
    shows(two)
    show.get_by_role("button", name="End the slideshow").tap()
    expect(page.locator(f"#i-{two} .frame__box")).to_be_focused()
    assert not page.evaluate(is_full)
    page.get_by_role("button", name="More actions").tap()
    page.get_by_role("button", name="Slideshow").tap()
    page.wait_for_function(is_full)
    page.evaluate("document.exitFullscreen()")
    expect(show).to_be_hidden()


def test_a_slideshows_buttons_take_the_key_after_a_swipe_and_the_finger_while_they_are_seen(
    cast: Cast, open_page: OpenPage, images: list[Image]
) -> None:
    gallery = make_gallery(cast.ana, images=images, order="hand")
    page = open_page(cast.ana, gallery.get_absolute_url(), width=390)
    page.get_by_role("button", name="More actions").tap()
    page.get_by_role("button", name="Slideshow").tap()
    show, forward = page.locator("#slideshow"), page.get_by_role("button", name="Next")

    def shows(image: Image) -> None:
        expect(show.locator("img")).to_have_attribute("src", re.compile(f"/i/{image.key}/"))

    shows(images[0])
    show.evaluate("it => it.classList.remove('is-awake')")
    swipe(page, -200)
    shows(images[1])
    forward.press("Enter")
    shows(images[2])
    show.evaluate("it => it.classList.remove('is-awake')")
    expect(show.get_by_role("group")).to_have_css("opacity", "1")  # the focus alone shows them
    forward.tap()
    shows(images[3])


def test_all_of_a_long_menu_can_be_reached(cast: Cast, open_page: OpenPage, images: list[Image]) -> None:
    page = open_page(cast.ana, make_gallery(cast.ana, images=images).get_absolute_url())
    for height in (900, 640):
        page.set_viewport_size({"width": 1440, "height": height})
        page.get_by_role("button", name="More actions").click()
        menu = page.locator("#gallery-menu").bounding_box()
        assert menu["y"] >= 0 and menu["y"] + menu["height"] <= height
        page.get_by_role("button", name="Delete the gallery").scroll_into_view_if_needed()
        last = page.get_by_role("button", name="Delete the gallery").bounding_box()
        assert last["y"] + last["height"] <= height
        page.keyboard.press("Escape")


def test_who_sees_a_selection_is_changed_and_undone(cast: Cast, open_page: OpenPage, images: list[Image]) -> None:
    page = open_page(cast.ana, "/library")
    for image in images[:2]:
        page.check(f"#i-{image.key} input[name=pick]")
    page.get_by_role("button", name="Who sees it").click()
    page.get_by_role("button", name="Only me").click()
    expect(page.locator("#toast")).to_contain_text("2 prompts are now seen by their authors alone.")
    expect(page.locator("#audience")).to_be_hidden()
    assert Image.objects.filter(team=None).count() == 2
    page.locator("#toast").get_by_role("button", name="Undo").click()
    expect(page.locator("#toast")).to_contain_text("seen by whom they were before")
    assert not Image.objects.filter(team=None).exists()
    page.goto(images[0].get_absolute_url())
    page.get_by_role("button", name="Who sees No.").click()
    expect(page.get_by_role("button", name="Only me")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Only me").click()
    expect(page.locator("dd", has=page.locator("[popovertarget=audience]"))).to_contain_text("you and administrators")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_contact_sheet_is_printed_a_sheet_a_page(
    cast: Cast, open_page: OpenPage, images: list[Image], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setattr(printing, "A_SHEET", 2)
    gallery = make_gallery(cast.ana, images=images)
    page = open_page(cast.ana, f"{gallery.get_absolute_url()}/print", width=width)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.get_by_role("button", name="Print or save as PDF")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Print or save as PDF")).to_be_hidden()
    for paper in ("A4", "Letter"):
        assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=paper))) == 2


def test_pictures_of_another_window_are_dropped_on_a_gallery(
    cast: Cast, open_page: OpenPage, images: list[Image]
) -> None:
    gallery = make_gallery(cast.ana)
    page = open_page(cast.ana, "/galleries")
    drop = """([selector, links]) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.setData("text/uri-list", links.map((link) => new URL(link, location.href).href).join("\\r\\n"));
        for (const type of ["dragover", "drop"]) {
            const event = new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true });
            document.querySelector(selector).dispatchEvent(event);
        }
    }"""
    page.evaluate(drop, [".album", [image.get_absolute_url() for image in images[:2]]])
    expect(page.locator("#toast")).to_contain_text("2 pictures were added to “Spring campaign”.")
    page.goto(gallery.get_absolute_url())
    page.evaluate(drop, ["#results", [images[2].get_absolute_url(), "https://elsewhere.example/i/abc"]])
    expect(page.locator("#tiles .frame")).to_have_count(3)
    page.evaluate(drop, ["#results", ["https://elsewhere.example/picture.png"]])
    expect(page.locator("#toast")).to_contain_text("Only pictures that were made here")
    assert len(by_hand(gallery)) == 3
    page.evaluate(drop, ["#results", [image.get_absolute_url() for image in images[3:]]])
    expect(page.locator("#toast")).to_contain_text("1 picture was added")
    expect(page.locator("#tiles .frame")).to_have_count(4)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#tiles .frame")).to_have_count(3)
