"""Comments under the hand: a box is drawn, somebody is mentioned, answered, resolved and made the instruction."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from generations.models import Comment, Image
from generations.models.region import Region
from tests.browser.test_accessibility import WIDTHS, violations
from tests.support.cast import Cast, make_done

OpenPage = Callable[..., Page]


@pytest.fixture
def image(cast: Cast) -> Image:
    return make_done(cast.ana, prompt="A lake").images.get()


def test_a_box_is_drawn_discussed_and_made_the_instruction(cast: Cast, open_page: OpenPage, image: Image) -> None:
    page = open_page(cast.ben, image.get_absolute_url())
    page.get_by_role("button", name="Add a point").click()
    picture = page.locator("#pins").bounding_box()
    assert picture
    for share, act in ((0.1, page.mouse.down), (0.3, page.mouse.up)):
        page.mouse.move(picture["x"] + share * picture["width"], picture["y"] + share * picture["height"])
        act()
    expect(page.locator("#say-text")).to_be_focused()
    page.keyboard.type("@a")
    expect(page.get_by_role("option", name="Ana")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.type("is too dark")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".comment .mention")).to_have_text("@Ana")
    comment = Comment.objects.get()
    place = comment.region
    assert place and place.is_box and abs(place.x - 100) < 10 and abs(place.width - 200) < 20
    assert (comment.text, list(comment.mentions.all())) == ("@Ana is too dark", [cast.ana])
    expect(page.locator(f"#p-{comment.key} .pins__box")).to_be_visible()
    expect(page.locator("#comment-amount")).to_contain_text("1 comment")

    page = open_page(cast.ana, image.get_absolute_url())
    page.fill("#say-text", "Half a thought")
    page.get_by_role("link", name="Answer").click()
    expect(page.locator("#answer-text")).to_be_focused()
    page.keyboard.type("Brighter now.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".comment.is-reply")).to_contain_text("Brighter now.")
    expect(page.locator("#say-text")).to_have_value("Half a thought")
    expect(page.get_by_role("button", name="Actions for the comment by Ben")).to_be_focused()
    page.get_by_role("button", name="Resolve").press("Enter")
    expect(page.locator("#resolved summary")).to_have_text("1 resolved comment")
    expect(page.locator("#toast").get_by_role("button", name="Undo")).to_be_focused()
    page.locator("#toast").get_by_role("button", name="Undo").click()
    expect(page.locator("#resolved")).to_have_count(0)
    page.get_by_role("button", name="Actions for the comment by Ben").click()
    page.get_by_role("link", name="Make this the instruction").click()
    expect(page.locator("#refine [name=prompt]")).to_have_value("Upper left of the picture: is too dark")
    assert Image.objects.count() == 1 and image.batchreference_set.count() == 0


def test_a_point_is_placed_by_keys(cast: Cast, open_page: OpenPage, image: Image) -> None:
    page = open_page(cast.ben, image.get_absolute_url())
    page.keyboard.press("p")
    for key in ("ArrowLeft", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#say-text")).to_be_focused()
    page.keyboard.type("Here")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#pins a")).to_have_count(1)
    assert Comment.objects.get().region == Region(480, 480)
    expect(page.locator("#say-text")).to_have_value("")
    expect(page.locator("#pins .is-here")).to_have_count(0)


def test_what_others_write_comes_in_and_nothing_moves(cast: Cast, open_page: OpenPage, image: Image) -> None:
    first = Comment.write(image, cast.ben, "Too dark.", region=Region(100, 100))[0]
    page = open_page(cast.ana, image.get_absolute_url())
    page.wait_for_load_state("networkidle")
    page.get_by_role("link", name="Answer").click()
    expect(page.locator("#answer-text")).to_be_focused()
    page.keyboard.type("Half an answer")
    page.evaluate("document.querySelector('#answer-text').isOwn = true")
    place = page.locator("#answer-text").bounding_box()
    Comment.write(image, cast.lea, "I agree.", parent=first)
    other = Comment.write(image, cast.lea, "And too flat.", region=Region(600, 600))[0]
    page.evaluate("document.body.dispatchEvent(new Event('pulse:start'))")
    expect(page.locator(f"#c-{other.key}")).to_contain_text("And too flat.")
    expect(page.locator(f"#c-{first.key} .thread")).to_contain_text("I agree.")
    expect(page.locator(f"#p-{other.key}")).to_be_visible()
    expect(page.locator("#comment-amount")).to_contain_text("3 comments")
    expect(page.locator("#answer-text")).to_be_focused()
    expect(page.locator("#answer-text")).to_have_value("Half an answer")
    assert page.evaluate("document.querySelector('#answer-text').isOwn") is True
    assert page.locator("#answer-text").bounding_box() == place
    other.edit("And too flat, too.")
    other.resolve(cast.lea)
    page.evaluate("document.body.dispatchEvent(new Event('pulse:start'))")
    expect(page.locator("#resolved summary")).to_have_text("1 resolved comment")
    expect(page.locator(f".discussion > .thread #c-{other.key}")).to_have_count(0)
    page.keyboard.press("Control+Enter")
    expect(page.locator(f"#c-{first.key}")).to_contain_text("Half an answer")


@pytest.mark.parametrize("width", WIDTHS)
def test_an_opened_picture_has_its_comments_beside_it(
    cast: Cast, open_page: OpenPage, image: Image, width: int
) -> None:
    first = Comment.write(image, cast.ana, "Too dark.", region=Region(100, 100, 300, 300))[0]
    other = make_done(cast.ana, prompt="A hill").images.get()
    page = open_page(cast.ben, "/library", width=width)
    page.click(f"#i-{image.key} .frame__box")
    page.keyboard.press("c")
    expect(page.locator("#talk .thread")).to_contain_text("Too dark.")
    expect(page.locator(f"#lightbox #p-{first.key}")).to_be_visible()
    drawn, layer = page.locator("#lightbox figure img").bounding_box(), page.locator("#pins").bounding_box()
    assert drawn and layer and abs(drawn["x"] + drawn["width"] / 2 - layer["x"] - layer["width"] / 2) < 1
    assert violations(page) == []
    page.fill("#say-text", "Half a thought")
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile(image.get_absolute_url()))
    page.keyboard.press("Escape")
    page.locator("#lightbox [data-step='1']").click()
    expect(page.locator("#talk")).to_contain_text("No comments yet.")
    page.fill("#say-text", "Greener")
    page.locator("#say").get_by_role("button", name="Send").click()
    expect(page.locator("#talk .thread .words")).to_have_text("Greener")
    assert Comment.objects.get(text="Greener").image in (other, image)
    page.locator("#lightbox [data-step='-1']").click()
    expect(page.locator("#say-text")).to_have_value("Half a thought")
    page.locator("#lightbox [data-comments]").focus()
    page.keyboard.press("Escape")
    expect(page.locator("#talk")).to_be_hidden()
    expect(page.locator("#lightbox")).to_be_visible()
    page.keyboard.press("m")
    expect(page.locator("#say-text")).to_be_focused()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_threads_are_accessible(cast: Cast, open_page: OpenPage, image: Image, width: int) -> None:
    first = Comment.write(image, cast.ben, "Too dark.", region=Region(100, 100, 300, 300))[0]
    Comment.write(image, cast.ana, "Brighter now.", parent=first)
    Comment.write(image, cast.ben, "Too flat.", region=Region(600, 600))[0].resolve(cast.ben)
    page = open_page(cast.ana, image.get_absolute_url(), width=width)
    assert violations(page) == []
    page.goto(f"{image.get_absolute_url()}?answer={first.key}#resolved")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
