"""The library in a real browser: finding, selecting, deleting and undoing; with the keyboard, on a phone, without
script; and axe on what is new."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from generations.models import Favourite, Image, Tag, Verdict
from generations.models.favourite import keep_favourites
from generations.presenters import paging
from generations.views import library
from tests.browser.test_accessibility import WIDTHS, violations
from tests.browser.waiting import until
from tests.support.cast import Cast, make_done, make_failed

OpenPage = Callable[..., Page]
PAINTED = "new Promise((tell) => requestAnimationFrame(() => requestAnimationFrame(tell)))"


@pytest.fixture
def open_library(cast: Cast, open_page: OpenPage) -> Callable[..., Page]:
    """The library with six pictures of Ana's and one of Ben's, the newest of all."""
    make_done(cast.ana, prompt="blue sea", pictures=3)
    make_done(cast.ana, prompt="red bicycle", pictures=3)
    make_done(cast.ben, prompt="green wood")
    make_failed(cast.ana)

    def open_it(path: str = "/library", **look: object) -> Page:
        return open_page(cast.ana, path, **look)

    return open_it


def ticked(page: Page) -> int:
    return page.locator('input[name="pick"]:checked').count()


def test_typing_finds_and_the_address_says_so(open_library: Callable[..., Page]) -> None:
    page = open_library()
    page.keyboard.press("/")
    page.keyboard.type("bicycle")
    expect(page.locator("#found")).to_have_text("3 pictures")
    expect(page).to_have_url(re.compile("q=bicycle"))
    page.get_by_role("checkbox", name="Portrait").check()
    expect(page.get_by_text("Nothing matches “bicycle”")).to_be_visible()
    page.reload()
    assert page.get_by_role("checkbox", name="Portrait").is_checked()


def test_back_returns_to_the_search_before(open_library: Callable[..., Page]) -> None:
    page = open_library()
    page.fill("#search [name=q]", "lake")
    page.wait_for_url("**/library?q=lake")
    page.fill("#search [name=q]", "nothing of the kind")
    page.wait_for_url("**/library?q=nothing*")
    page.go_back()
    expect(page.locator("#search [name=q]")).to_have_value("lake")  # an error on the way fails the test in `open_page`


def test_leaving_the_field_does_not_search_again_and_what_is_found_is_saved(open_library: Callable[..., Page]) -> None:
    page = open_library()
    page.locator("#q").press_sequentially("bicycle")
    expect(page.locator("#found")).to_have_text("3 pictures")
    expect(page.get_by_role("checkbox", name="You 3 pictures")).to_be_attached()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/library?" in request.url else None)
    page.get_by_role("button", name="Save this search").click()
    expect(page.locator("#save-name")).to_be_focused()
    page.keyboard.type("Bicycles")
    assert asked == []
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_contain_text("Search saved.")
    expect(page.locator("#saved [aria-current]")).to_have_text("Bicycles")
    page.get_by_role("checkbox", name="Landscape").check()
    expect(page.locator("#saved [aria-current]")).to_have_count(0)
    page.locator("#saved a").click()
    expect(page.locator("#saved [aria-current]")).to_have_text("Bicycles")
    page.get_by_role("button", name="Rename this search").click()
    page.locator("#save-name").fill("Two wheels")
    page.keyboard.press("Enter")
    expect(page.locator("#saved li")).to_have_text(re.compile("Two wheels"))


@pytest.mark.parametrize("width", [1440, 390])
def test_figures_come_beside_the_filters_and_move_nothing(
    cast: Cast, open_library: Callable[..., Page], width: int
) -> None:
    Tag.objects.create(image=Image.objects.filter(batch__prompt="blue sea").first(), name="a & b", person=cast.ana)
    page, held = open_library("/settings", width=width), []
    page.route("**/library/facets*", lambda route: held.append(route))
    with page.expect_request("**/library/facets*"):
        page.goto("/library")
    if width < 500:
        page.locator(".facets-switch").click()
    ben = page.get_by_role("checkbox", name="Ben")
    ben.focus()
    expect(page.get_by_role("checkbox", name="Ben", exact=True)).to_be_focused()
    places = (
        "[...document.querySelectorAll('main :not(.over *)')].map((el) => JSON.stringify(el.getBoundingClientRect()))"
    )
    before, since = page.evaluate(places), page.evaluate("performance.now()")
    held.pop().continue_()
    expect(page.get_by_role("checkbox", name="Ben 1 picture", exact=True)).to_be_focused()
    assert page.evaluate(places) == before
    expect(page.get_by_role("checkbox", name="a & b 1 picture", exact=True)).to_be_attached()
    assert page.locator("#state option").nth(2).get_attribute("label") == "Failed (1)"
    assert page.locator("#live").inner_text() == ""
    page.evaluate(PAINTED)
    assert page.evaluate("(since) => window.shifts.filter((shift) => shift.at > since)", since) == []


def test_figures_are_asked_for_by_another_search_alone(short_pages: None, open_library: Callable[..., Page]) -> None:
    page = open_library()
    ben, ana = (page.get_by_role("checkbox", name=name) for name in ("Ben 1 picture", "You 6 pictures"))
    expect(ana).to_be_attached()
    asked, held = [], []
    page.on("request", lambda request: asked.append(request.url) if "/facets" in request.url else None)
    page.locator("#show-more").click()
    expect(page.locator("#tiles .frame")).to_have_count(6)
    assert asked == []
    ben.check()
    expect(page.get_by_role("checkbox", name="Landscape 1 picture", exact=True)).to_be_attached()
    assert [url.partition("?")[2] for url in asked] == ["by=ben"]
    page.route("**/library/facets*", lambda route: held.append(route))
    ben.uncheck()
    expect(page.locator("#found")).to_have_text("7 pictures")
    until(page, lambda: len(held) == 1)
    page.locator("#q").fill("bicycle")
    until(page, lambda: len(held) == 2)
    late, new = held
    new.continue_()
    expect(page.get_by_role("checkbox", name="Landscape 3 pictures")).to_be_attached()
    with page.expect_response("**/library/facets*") as answered:
        late.continue_()
    answered.value.finished()
    page.evaluate(PAINTED)
    assert page.get_by_role("checkbox", name="Landscape 3 pictures").count() == 1


def test_figures_that_did_not_come_are_not_those_of_another_search(open_library: Callable[..., Page]) -> None:
    page = open_library(expects="500")
    expect(page.get_by_role("checkbox", name="You 6 pictures")).to_be_attached()
    page.route("**/library/facets*", lambda route: route.fulfill(status=500))
    page.locator("#q").fill("bicycle")
    expect(page.get_by_role("checkbox", name="You", exact=True)).to_be_attached()
    expect(page.locator("#toast")).to_have_text("")
    assert page.locator("#state option").nth(2).get_attribute("label") == ""


def test_keys_select_and_favourite_the_focused_picture(open_library: Callable[..., Page]) -> None:
    page = open_library()
    page.keyboard.press("f")
    page.keyboard.press("x")
    assert ticked(page) == 0
    page.locator("#tiles .frame__box").nth(1).focus()
    page.keyboard.press("f")
    expect(page.locator("#tiles .frame").nth(1).locator("[data-keep]")).to_have_attribute("aria-pressed", "true")
    assert Favourite.objects.count() == 1
    page.keyboard.press("x")
    expect(page.locator("#selected")).to_have_text("1 selected")
    page.keyboard.press("Escape")
    assert ticked(page) == 0
    page.keyboard.press("Control+a")
    expect(page.locator("#selected")).to_have_text("7 selected")


def test_the_selection_is_still_there_when_one_comes_back_from_comparing(open_library: Callable[..., Page]) -> None:
    page = open_library()
    for n in (1, 3):
        page.locator('input[name="pick"]').nth(n).check()
    page.keyboard.press("c")
    page.wait_for_url("**/compare?*")
    page.go_back()
    expect(page.locator("#selected")).to_have_text("2 selected")
    assert [pick.is_checked() for pick in page.locator('input[name="pick"]').all()][:4] == [False, True, False, True]
    page.goto("/library")
    assert ticked(page) == 0


def test_no_more_are_ticked_than_can_be(open_library: Callable[..., Page], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "MAX_TICKED", 5)
    page = open_library()
    page.keyboard.press("Control+a")
    expect(page.locator("#toast")).to_contain_text("At most 5 can be selected one by one.")
    expect(page.locator("#selected")).to_have_text("5 selected")


def test_shift_selects_a_range_and_a_click_goes_on_selecting(open_library: Callable[..., Page]) -> None:
    page = open_library()
    pictures = page.locator("#tiles .frame__box")
    page.locator('input[name="pick"]').nth(1).check()
    pictures.nth(4).click(modifiers=["Shift"])
    assert ticked(page) == 4
    pictures.nth(2).click()
    assert ticked(page) == 3
    assert not page.locator("#lightbox").is_visible()


def test_the_verdict_behind_a_long_title_does_not_widen_a_phone_s_page(cast: Cast, open_page: OpenPage) -> None:
    judged = make_done(cast.ana, prompt="A harbour before sunrise, in gouache " * 4).images.get()
    Verdict.objects.give(cast.lea, judged, Verdict.State.REJECTED)
    page = open_page(cast.ana, "/library", width=390)
    expect(page.locator(".is-rejected")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_deleting_can_be_undone_from_the_toast(open_library: Callable[..., Page]) -> None:
    page = open_library()
    page.locator("#tiles .frame__box").nth(1).focus()
    page.keyboard.press("x")
    page.keyboard.press("Delete")
    expect(page.locator("#toast")).to_contain_text("Moved to trash")
    expect(page.locator("#found")).to_have_text("6 pictures")
    expect(page.locator("#tiles .frame")).to_have_count(6)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#tiles .frame")).to_have_count(7)
    assert Image.objects.kept().count() == 7


@pytest.mark.parametrize("width", [390, 768, 1440])
def test_undo_is_not_on_the_bar_of_what_is_still_selected(
    cast: Cast, open_library: Callable[..., Page], width: int
) -> None:
    for _ in range(4):
        make_done(cast.ben, pictures=4)
    page = open_library(width=width)
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    expect(page.locator("#toast")).to_contain_text("17 pictures of others stay")
    expect(page.locator("#selected")).to_have_text("17 selected")
    toast, bar = page.locator("#toast").bounding_box(), page.locator(".batch").bounding_box()
    assert toast["y"] + toast["height"] <= bar["y"]


def test_a_picture_s_menu_goes_when_it_is_used_and_u_undoes(cast: Cast, open_library: Callable[..., Page]) -> None:
    page = open_library(Image.objects.filter(batch__person=cast.ana).latest("pk").get_absolute_url())
    more = page.locator("main [popovertarget='copies']")
    more.click()
    with page.expect_download():
        page.get_by_text("Clean copy").click()
    expect(page.get_by_text("Clean copy")).to_be_hidden()
    more.click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator("#toast")).to_contain_text("Moved to trash")
    page.keyboard.press("u")
    expect(page.locator("#toast")).to_contain_text("Restored")
    assert Image.objects.kept().count() == 7


def test_enter_in_the_tag_field_tags_what_is_selected(open_library: Callable[..., Page]) -> None:
    page = open_library()
    page.keyboard.press("Control+a")
    page.get_by_role("button", name="Tag", exact=True).click()
    page.keyboard.type("Spring")
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_contain_text("Tag added to 7 pictures.")
    assert Tag.objects.count() == 7


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "A_PAGE", 3)


def test_what_was_shown_stays_shown(short_pages: None, open_library: Callable[..., Page]) -> None:
    page = open_library()
    tiles = page.locator("#tiles .frame")
    page.locator("#show-more").click()
    expect(tiles).to_have_count(6)
    expect(page).to_have_url(re.compile(r"/library\?page=1-2$"))
    tiles.nth(4).locator(".frame__box").click()
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-place]")).to_have_text("6 / 7")
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-place]")).to_have_text("7 / 7")
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"/library\?page=1-3$"))
    expect(tiles.last.locator(".frame__box")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("i")
    expect(page.locator("h1")).to_contain_text("picture")
    page.go_back()
    expect(tiles).to_have_count(7)
    page.keyboard.press("Control+a")
    page.get_by_role("button", name="Favourite", exact=True).last.click()
    expect(page.locator("[data-keep][aria-pressed=true]")).to_have_count(7)
    expect(page.locator('input[name="pick"]:checked')).to_have_count(7)


def test_before_the_first_of_a_page_comes_the_last_of_the_one_before(
    short_pages: None, open_library: Callable[..., Page]
) -> None:
    page = open_library("/library?page=2")
    page.locator("#tiles .frame__box").first.click()
    expect(page.locator("[data-place]")).to_have_text("4 / 7")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-place]")).to_have_text("3 / 7")
    page.go_back()
    expect(page).to_have_url(re.compile(r"/library\?page=1-2$"))
    expect(page.locator("#tiles .frame")).to_have_count(6)


def test_a_picture_that_is_fetched_is_gone_on_to_whatever_else_comes_first(
    short_pages: None, open_library: Callable[..., Page]
) -> None:
    page = open_library("/library?page=2")
    page.locator("#tiles .frame__box").first.click()
    held: list[Route] = []
    page.route("**/library?*", lambda route: held.append(route))
    page.keyboard.press("ArrowLeft")
    until(page, lambda: held)
    page.evaluate("document.body.dispatchEvent(new Event('htmx:afterSettle', { bubbles: true }))")
    held[0].continue_()
    expect(page.locator("[data-place]")).to_have_text("3 / 7")


def test_what_follows_moves_up_for_what_was_deleted(short_pages: None, open_library: Callable[..., Page]) -> None:
    page = open_library()
    page.locator('input[name="pick"]').nth(1).check()
    page.keyboard.press("Delete")
    expect(page.locator("#toast")).to_contain_text("Moved to trash")
    expect(page.locator("#found")).to_have_text("6 pictures")
    page.locator("#show-more").click()
    expect(page.locator("#tiles .frame")).to_have_count(6)
    assert len(set(page.locator("#tiles .frame").evaluate_all("tiles => tiles.map((tile) => tile.id)"))) == 6
    expect(page.locator("#show-more")).to_have_count(0)


def test_a_selection_is_downloaded_as_a_zip(open_library: Callable[..., Page]) -> None:
    page = open_library()
    page.keyboard.press("Control+a")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download", exact=True).click()
    assert download.value.suggested_filename.endswith("_7-pictures.zip")


def test_without_script_everything_works(cast: Cast, open_library: Callable[..., Page], browser: Browser) -> None:
    scripted = open_library()
    context = browser.new_context(java_script_enabled=False, base_url=scripted.url.split("/library")[0])
    context.add_cookies(scripted.context.cookies())
    page = context.new_page()
    page.goto("/library")
    page.get_by_label("Words in the prompt").fill("bicycle")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#found")).to_have_text("3 pictures")
    page.locator('input[name="pick"]').first.check()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Moved to trash")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Restored")).to_be_visible()
    assert Image.objects.kept().count() == 7
    context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing(cast: Cast, open_library: Callable[..., Page], width: int) -> None:
    keep_favourites(cast.ana, Image.objects.filter(batch__prompt="blue sea"))
    Tag.objects.create(image=Image.objects.order_by("pk").first(), name="spring", person=cast.ana)
    page = open_library("/library?q=e&by=ana&tag=", width=width)
    if width < 500:
        page.locator(".facets-switch").click()
    expect(page.get_by_role("checkbox", name="spring 1 picture", exact=True)).to_be_attached()
    assert violations(page) == []
    page.locator('input[name="pick"]').first.check()
    page.evaluate("scrollTo(0, 0)")  # Half under the sticky bar a box would be too small a target.
    assert violations(page) == []
    page.evaluate("document.getElementById('tagging').showPopover()")
    assert violations(page) == []
    first = Image.objects.order_by("pk").first()
    Image.objects.filter(pk=first.pk + 1).delete_by(cast.ana)
    for path in (f"/i/{first.key}", "/trash", "/library?q=zzz", "/library?state=failed"):
        page.goto(path)
        assert (path, violations(page)) == (path, [])
        assert (path, page.evaluate("document.documentElement.scrollWidth")) == (path, width)


def test_three_compared_on_a_phone_leave_no_gap(cast: Cast, open_page: OpenPage) -> None:
    keys = make_done(cast.ana, pictures=3).images.values_list("key", flat=True)
    page = open_page(cast.ana, f"/compare?i={'&i='.join(keys)}", width=390)
    first, _, last = (frame.bounding_box() for frame in page.locator(".compare > .frame").all())
    assert last["x"] == first["x"] and last["width"] > 2 * first["width"]
    assert violations(page) == []


def test_compared_pictures_are_looked_at_closer_together(cast: Cast, open_page: OpenPage) -> None:
    keys = make_done(cast.ana, pictures=2).images.values_list("key", flat=True)
    page = open_page(cast.ana, f"/compare?i={'&i='.join(keys)}")
    sheet, first, last = page.locator(".compare"), *page.locator(".compare .frame__img").all()
    page.keyboard.press("z")
    closer = page.get_by_role("button", name="Look closer", pressed=True)
    for picture, key in zip((first, last), keys, strict=True):
        expect(picture).to_have_attribute("src", re.compile(f"/i/{key}/original$"))
        expect(picture).to_have_css("scale", "3")
    box = page.locator(".compare .frame__box").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    places = [[float(part) for part in sheet.evaluate("(el) => el.style.getPropertyValue('--at')").split("%")[:2]]]
    closer.focus()
    page.keyboard.press("ArrowDown")
    places.append([float(part) for part in sheet.evaluate("(el) => el.style.getPropertyValue('--at')").split("%")[:2]])
    assert places == [pytest.approx([25, 50], abs=0.5), pytest.approx([25, 55], abs=0.5)]
    origins = [picture.evaluate("(el) => getComputedStyle(el).transformOrigin") for picture in (first, last)]
    assert origins[0] == origins[1] and violations(page) == []
    page.keyboard.press("z")
    expect(last).to_have_css("scale", "none")


@pytest.mark.parametrize("width", [1440, 390])
def test_the_hash_of_a_picture_takes_one_line_and_is_there_in_full(cast: Cast, open_page: OpenPage, width: int) -> None:
    image = make_done(cast.ana).images.get()
    page = open_page(cast.ana, image.get_absolute_url(), width=width)
    digest = page.get_by_title(image.file.sha256)
    size = page.locator("dt", has_text="Size").locator("+ dd")
    assert digest.text_content() == image.file.sha256
    assert digest.bounding_box()["height"] == size.bounding_box()["height"]


@pytest.mark.parametrize("width", [1440, 390])
def test_a_long_tag_takes_no_room_from_what_stands_beside_it(cast: Cast, open_page: OpenPage, width: int) -> None:
    image = make_done(cast.ana).images.get()
    Tag.objects.create(image=image, name="w" * 40, person=cast.ben)
    page = open_page(cast.ana, image.get_absolute_url(), width=width)
    margin = page.locator(".spread__margin")
    for button in (page.get_by_role("button", name="Refine"), page.get_by_role("button", name="Remove the tag")):
        button.click(trial=True)
    assert margin.evaluate("(margin) => margin.scrollWidth <= margin.clientWidth")
