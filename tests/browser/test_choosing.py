"""A client chooses on a telephone, without an account."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from generations.models import Client, Gallery, Image, ShareLink, Visitor
from tests.browser.test_accessibility import WIDTHS, violations
from tests.support.cast import Cast, make_done, make_gallery

OpenPage = Callable[..., Page]


@pytest.fixture
def gallery(cast: Cast) -> Gallery:
    cache.clear()
    return make_gallery(cast.ana, images=[make_done(cast.ana).images.get() for _ in range(4)])


@pytest.fixture
def link(cast: Cast, gallery: Gallery) -> ShareLink:
    return ShareLink.make(gallery, cast.ana, choosing=True, commenting=True, choose_limit=2)


def marks(visitor: Visitor) -> list[str]:
    return list(visitor.choices.order_by("pk").values_list("image__key", "kind"))


def test_two_are_chosen_with_a_remark_on_a_point_and_sent_in_five_presses(
    gallery: Gallery, link: ShareLink, open_page: OpenPage
) -> None:
    one, two, *_ = gallery.in_order(Image.objects.all())
    page, presses = open_page(None, link.get_absolute_url(), width=390), 0

    def press(selector: str, **where: object) -> None:
        nonlocal presses
        presses += 1
        page.locator(selector).first.tap(**where)

    page.fill("#name", "Marisol Vega")
    press(f"#c-{one.key} [name=heart]")
    expect(page.locator(f"#c-{one.key} [name=clear]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#tray")).to_contain_text("1 of 2 chosen")
    press(f"#i-{two.key} .frame__box")
    box = page.locator("[data-pin-on]").bounding_box()
    press("[data-pin-on]", position={"x": box["width"] / 4, "y": box["height"] / 2})
    expect(page.locator("#where")).to_have_value("250,500")
    page.fill("#words", "Darker green")
    press(f"#c-{two.key} [name=heart]")
    expect(page.locator("#thread")).to_contain_text("Darker green")
    expect(page.locator(".pins a")).to_have_count(1)
    press("#tray [name=finish]")
    expect(page.get_by_role("heading", name="Your choice was sent")).to_be_visible()
    assert presses == 5
    visitor = Visitor.objects.get()
    assert visitor.is_finished and marks(visitor) == [(one.key, "heart"), (two.key, "heart")]
    remark = visitor.comments.get()
    assert (remark.text, remark.image, remark.x, remark.y) == ("Darker green", two, 250, 500)


def test_a_heart_before_the_name_waits_for_it(gallery: Gallery, link: ShareLink, open_page: OpenPage) -> None:
    one, two, three, _four = gallery.in_order(Image.objects.all())
    page = open_page(None, link.get_absolute_url(), width=390, expects="Failed to load resource")
    page.locator(f"#c-{two.key}").scroll_into_view_if_needed()
    place = page.evaluate("scrollY")
    page.click(f"#c-{two.key} [name=heart]")
    expect(page.locator("#name")).to_be_focused()
    expect(page.locator("#name")).to_be_in_viewport(ratio=1)
    assert page.evaluate("scrollY") == place > 0
    page.keyboard.type("Marisol")
    page.keyboard.press("Enter")
    expect(page.locator(f"#c-{two.key} [name=clear]")).to_be_visible()
    page.click(f"#c-{one.key} [name=heart]")
    expect(page.locator(f"#c-{one.key} [name=clear]")).to_be_focused()
    page.click(f"#c-{three.key} [name=heart]")
    expect(page.locator("#problem")).to_contain_text("You can choose 2 pictures.")
    page.click(f"#c-{one.key} [name=clear]")
    expect(page.locator("#tray")).to_contain_text("1 of 2 chosen")
    expect(page.locator("#problem")).to_be_empty()
    assert marks(Visitor.objects.get()) == [(two.key, "heart")]
    page.context.set_offline(True)
    page.click(f"#c-{three.key} [name=reject]")
    expect(page.locator("#problem")).to_contain_text("there is no connection")


def test_an_area_is_marked_by_dragging(gallery: Gallery, link: ShareLink, open_page: OpenPage) -> None:
    image = gallery.in_order(Image.objects.all())[0]
    page = open_page(None, f"{link.get_absolute_url()}/{image.key}")
    page.click("[data-area]")
    box = page.locator("[data-pin-on]").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.5)
    page.mouse.up()
    page.fill("#words", "Here")
    page.fill("#name", "Marisol")
    page.click("[name=remark]")
    expect(page.locator(".pins__box")).to_be_visible()
    remark = Visitor.objects.get().comments.get()
    assert [round(each, -1) for each in (remark.x, remark.y, remark.width, remark.height)] == [200, 200, 400, 300]


@pytest.mark.parametrize("width", WIDTHS)
def test_what_clients_and_the_team_see_is_accessible_and_nothing_moves(
    cast: Cast, gallery: Gallery, link: ShareLink, open_page: OpenPage, width: int
) -> None:
    client = Client.make(cast.design, cast.ana, "Aldea Skincare", colour="teal")
    link.give_to(client)
    one, two, *_ = gallery.in_order(Image.objects.all())
    visitor = Visitor.come(link, "Ben Aldea")[0]
    visitor.choose(one, "heart", Image.objects.all())
    visitor.remark(one, "Lovely light")
    visitor.finish("Thank you")
    ShareLink.objects.update(shows_comments=True)
    page = open_page(None, link.get_absolute_url(), width=width)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.shifts") == []
    first = page.locator(".frame__img").first.evaluate("picture => picture.currentSrc")
    fetched = page.evaluate("name => performance.getEntriesByName(name).map((it) => it.initiatorType)", first)
    assert fetched == ["link"], "the first picture is preloaded, and fetched once"
    assert page.context.cookies() == [], "nothing is kept before something is chosen"
    page.evaluate("scrollTo(0, document.body.scrollHeight)")  # where the bar at the foot lies over no button
    assert violations(page) == []
    page.fill("#name", "Marisol")
    page.click(f"#c-{two.key} [name=heart]")
    expect(page.locator(f"#c-{two.key} [name=clear]")).to_be_visible()
    for address in (f"{link.get_absolute_url()}/{one.key}", client.page):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert (address, page.evaluate("window.shifts")) == (address, [])
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        assert (address, violations(page)) == (address, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    team = open_page(cast.ana, f"{gallery.get_absolute_url()}/feedback?show=chosen", width=width)
    for address in ("", "/clients", client.get_absolute_url(), f"{gallery.get_absolute_url()}/links"):
        if address:
            team.goto(address)
        assert (address, violations(team)) == (address, [])
        assert team.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_beside_a_round_are_accessible(
    cast: Cast, gallery: Gallery, link: ShareLink, open_page: OpenPage, width: int
) -> None:
    """Before the password, after the choice was sent, where nothing is any more; and what the team prints and can have
    back."""
    one, *_ = gallery.in_order(Image.objects.all())
    locked = ShareLink.make(gallery, cast.ana, password="contact sheet")
    client = Client.make(cast.design, cast.ana, "Aldea Skincare", password="contact sheet")
    address, pages = link.get_absolute_url(), []
    page = open_page(None, f"{address}/{one.key}", width=width, expects="404")
    page.fill("#words", "Darker green")
    page.fill("#name", "Marisol")
    page.click("[name=remark]")
    expect(page.locator("#thread")).to_contain_text("Darker green")
    page.goto(address)
    page.click(f"#c-{one.key} [name=heart]")
    page.click("#tray [name=finish]")
    expect(page.get_by_role("heading", name="Your choice was sent")).to_be_visible()
    for path in ("", address, f"{address}/{one.key}", locked.get_absolute_url(), client.page):
        pages.append((page, path))
    pages += [(page, f"{address}/{'a' * 12}"), (page, "/s/nothing")]
    team = open_page(cast.ana, "/galleries", width=width)
    visitor = Visitor.come(link, "Ben Aldea")[0]
    visitor.remark(one, "Lovely light")
    visitor.delete_by(cast.ana)
    pages += [(team, gallery.get_absolute_url() + path) for path in ("/feedback", "/print", "/print?prompts=1")]
    for where, path in pages:
        if path:
            where.goto(path)
        where.evaluate("scrollTo(0, document.body.scrollHeight)")
        assert (path, violations(where)) == (path, [])
        assert where.evaluate("document.documentElement.scrollWidth") <= width, path
    for end in (link.close_round, link.end):
        end()
        page.goto(address)
        assert (end.__name__, violations(page)) == (end.__name__, [])


def test_the_teams_page_begins_at_its_heading(cast: Cast, gallery: Gallery, open_page: OpenPage) -> None:
    for number in range(12):
        Visitor.come(ShareLink.make(gallery, cast.ana, choosing=True), f"Visitor {number}")
    page = open_page(cast.ana, f"/galleries/{gallery.key}/feedback")
    margin = page.locator(".spread__margin")
    assert margin.evaluate("margin => margin.scrollHeight > margin.clientHeight")
    assert margin.evaluate("margin => margin.scrollTop") == 0
