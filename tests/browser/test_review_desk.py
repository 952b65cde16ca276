"""Forty pictures reviewed with the keyboard alone: how many keys it takes, and that no page is loaded."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from generations.models import Image, Membership, Notification, Verdict
from tests.browser.test_accessibility import WIDTHS, violations
from tests.support.cast import Cast, make_done, make_image, make_person

OpenPage = Callable[..., Page]
FORTY, REJECTED_ONES, MOST_KEYS = 40, 8, 57
APPROVED, REJECTED, CHANGES = Verdict.DECISIONS


def shown(page: Page) -> str:
    return page.locator(".stage").get_attribute("data-key-of") or ""


def test_forty_pictures_take_fifty_seven_keys_and_no_page(cast: Cast, open_page: OpenPage) -> None:
    images = [image for _ in range(FORTY // 8) for image in make_done(cast.ana, pictures=8).images.order_by("pk")]
    page = open_page(cast.lea, "/review")
    loads: list[str] = []
    page.on("request", lambda request: loads.append(request.url) if request.is_navigation_request() else None)
    keys = 0

    def press(key: str) -> None:
        nonlocal keys
        keys += 1
        page.keyboard.press(key)

    for number, image in enumerate(images):
        expect(page.locator(".stage")).to_have_attribute("data-key-of", image.key)
        if number % 5:
            press("a")
        else:
            press("r")
            press(str(number % 6 + 1))
    expect(page.locator("#review-count .count")).to_have_count(0)
    assert (keys <= MOST_KEYS, loads) == (True, [])
    verdicts = Verdict.objects.standing()
    assert verdicts.filter(state=APPROVED).count() == FORTY - REJECTED_ONES
    assert verdicts.filter(state=REJECTED).exclude(reason="").count() == REJECTED_ONES
    told = {row.kind: row.count for row in Notification.objects.filter(person=cast.ana)}
    assert told == {APPROVED: FORTY - REJECTED_ONES, REJECTED: REJECTED_ONES}
    page.keyboard.press("u")
    expect(page.locator("#review-count .count")).to_have_text("1")
    assert shown(page) == images[-1].key and Image.objects.get(pk=images[-1].pk).verdict is None


def test_place_and_filters_survive_leaving(cast: Cast, open_page: OpenPage) -> None:
    images = list(make_done(cast.ana, pictures=3).images.order_by("pk"))
    page = open_page(cast.lea, "/review?by=ana")
    page.keyboard.press("j")
    expect(page.locator(".stage")).to_have_attribute("data-key-of", images[1].key)
    page.goto("/library")
    page.locator(".nav [data-review-link]").click()
    expect(page.locator(".stage")).to_have_attribute("data-key-of", images[1].key)
    assert "by=ana" in page.url
    page.go_back()
    page.go_forward()
    expect(page.locator(".stage")).to_have_attribute("data-key-of", images[1].key)


def test_who_decides_later_is_told_of_who_was_faster(cast: Cast, open_page: OpenPage) -> None:
    rio = make_person("rio", cast.design, role=Membership.Role.REVIEWER)
    image = make_done(cast.ana, pictures=2).images.order_by("pk").first()
    page = open_page(cast.lea, "/review", expects="409")
    other = open_page(rio, "/review")
    expect(other.locator("#looking")).to_contain_text("Lea looks at this picture too.")
    other.keyboard.press("r")
    other.keyboard.press("2")
    expect(other.locator("#toast")).to_contain_text("Rejected.")
    page.keyboard.press("a")
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("Rio rejected a picture of")
    expect(notice).to_contain_text("Brand or logo")
    image.refresh_from_db()
    assert image.verdict.state == REJECTED
    notice.get_by_role("button", name="Approve anyway").click()
    expect(page.locator("#toast")).to_contain_text("This replaces the rejection by Rio.")
    image.refresh_from_db()
    assert image.verdict.state == APPROVED


def test_a_sheet_takes_one_verdict_for_many_and_one_undo(cast: Cast, open_page: OpenPage) -> None:
    images = list(make_done(cast.ana, pictures=6).images.order_by("pk"))
    page = open_page(cast.lea, "/review")
    page.keyboard.press("g")
    page.wait_for_url("**view=grid")
    cells = page.locator(".contact > .frame")
    cells.first.locator(".frame__box").focus()
    page.keyboard.press("a")
    expect(cells.first).to_have_class("frame r-150 is-approved is-marking")
    page.keyboard.press("x")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+X")
    expect(page.locator("#selected")).to_have_text("4 selected")
    page.keyboard.press("r")
    page.keyboard.press("3")
    expect(page.locator("#toast")).to_contain_text("4 pictures rejected.")
    assert Verdict.objects.filter(state=REJECTED, reason="Real person").count() == 4
    assert Notification.objects.get(kind=REJECTED).count == 4
    page.keyboard.press("u")
    expect(page.locator("#toast")).to_contain_text("Undone.")
    assert [image.pk for image in Image.objects.exclude(verdict=None)] == [images[0].pk]


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing(cast: Cast, open_page: OpenPage, width: int) -> None:
    image = make_done(cast.ana, pictures=3).images.first()
    Verdict.objects.give(cast.lea, image, CHANGES, "The sun touches the edge.", "Off brief")
    paths = ["/review", f"/review?at={image.key}", "/review?view=grid", f"/teams/{cast.design.key}/review"]
    page = open_page(cast.lea, "/review?show=changes", width=width)
    assert violations(page) == []
    for path in paths:
        page.goto(path)
        assert (path, violations(page)) == (path, [])
        assert (path, page.evaluate("document.documentElement.scrollWidth")) == (path, width)


def test_the_library_decides_in_its_bar_and_in_the_lightbox(cast: Cast, open_page: OpenPage) -> None:
    images = list(make_done(cast.ana, pictures=3).images.order_by("pk"))
    page = open_page(cast.lea, "/library")
    page.locator(f"#i-{images[0].key} .frame__box").click()
    page.keyboard.press("a")
    expect(page.locator("#toast")).to_contain_text("Approved.")
    expect(page.locator(f"#i-{images[0].key}")).to_have_class("frame r-150 is-approved")
    page.keyboard.press("Escape")
    for image in images[1:]:
        page.locator(f"#i-{image.key} .frame__box").focus()
        page.keyboard.press("x")
    page.get_by_role("toolbar").get_by_role("button", name="Reject").click()
    expect(page.locator("#toast")).to_contain_text("2 pictures rejected.")
    expect(page.locator(f"#i-{images[2].key}")).to_have_class("frame r-150 is-rejected")
    assert Verdict.objects.filter(state=REJECTED).count() == 2


def test_a_sheet_leaves_what_somebody_else_decided_meanwhile(cast: Cast, open_page: OpenPage) -> None:
    rio = make_person("rio", cast.design, role=Membership.Role.REVIEWER)
    images = list(make_done(cast.ana, pictures=4).images.order_by("pk"))
    page = open_page(cast.lea, "/review?view=grid", expects="409")
    cells = page.locator(".contact > .frame")
    expect(cells).to_have_count(4)
    Verdict.objects.give(rio, images[0], REJECTED)
    Verdict.objects.give(rio, images[1], REJECTED)
    cells.first.locator(".frame__box").focus()
    page.keyboard.press("x")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+X")
    page.keyboard.press("a")
    expect(page.locator("#toast")).to_contain_text("2 pictures approved. Rio decided about 2 pictures a moment ago.")
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("Your verdicts on them were not saved.")
    expect(cells.first).to_have_class("frame r-150 is-rejected is-marking")
    assert list(Verdict.objects.filter(reviewer=cast.lea).values_list("image", flat=True)) == [
        image.pk for image in images[2:]
    ]
    page.keyboard.press("u")
    expect(page.locator("#toast")).to_contain_text("Undone.")
    expect(cells.nth(1)).to_have_class("frame r-150 is-rejected is-marking")
    notice.get_by_role("button", name="Approve anyway").click()
    expect(page.locator("#toast")).to_contain_text("This replaces 2 verdicts by Rio.")
    Verdict.objects.give(rio, images[3], REJECTED)
    page.locator(f"#c-{images[3].key} .frame__box").focus()
    page.keyboard.press("a")
    expect(page.get_by_role("alert")).to_contain_text("Rio rejected a picture of")
    expect(page.locator(f"#c-{images[3].key}")).to_have_class("frame r-150 is-rejected is-marking")


def middle(page: Page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def tap(page: Page, place: tuple[float, float]) -> None:
    """A thumb, which looks first: two touches in a tenth of a second are a gesture of its own."""
    page.wait_for_timeout(400)
    page.touchscreen.tap(*place)


def tap_on(target: Locator) -> None:
    """The same on an element; what comes at once behind a swipe belongs to it."""
    target.page.wait_for_timeout(400)
    target.tap()


def swipe(page: Page, by: int, down: int = 0) -> None:
    """A finger across the picture, which rests before it is lifted: what is thrown takes the next touch for a stop."""
    x, y = middle(page, "#stage .frame__box")
    session = page.context.new_cdp_session(page)
    for kind, step in (("touchStart", 0), ("touchMove", 0.5), ("touchMove", 1), ("touchMove", 1), ("touchEnd", 1)):
        page.wait_for_timeout(60)
        points = [] if kind == "touchEnd" else [{"x": x + by * step, "y": y + down * step}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_a_thumb_decides_and_nothing_moves_under_it(cast: Cast, open_page: OpenPage) -> None:
    generation = make_done(cast.ana, pictures=6).generations.get()
    for position, (width, height) in enumerate(((64, 128), (128, 48), (96, 96), (48, 144)), start=7):
        make_image(generation, position=position, width=width, height=height)
    images = list(Image.objects.order_by("pk"))
    page = open_page(cast.lea, "/review", width=390)
    stage, buttons = page.locator(".stage"), {name: f".verdict__main [value={name}]" for name in (APPROVED, REJECTED)}
    assert page.evaluate("[innerWidth, document.documentElement.scrollWidth]") == [390, 390]
    places = {name: middle(page, selector) for name, selector in buttons.items()}

    def is_still() -> bool:
        here = {name: middle(page, selector) for name, selector in buttons.items()}
        reached = [
            page.evaluate("([x, y]) => document.elementFromPoint(x, y)?.closest('button')?.value", [*place])
            for place in here.values()
        ]
        return (here, reached) == (places, list(buttons))

    for image in images[:2]:
        expect(stage).to_have_attribute("data-key-of", image.key)
        tap(page, places[APPROVED])
    expect(page.locator("#toast")).to_contain_text("Approved.")
    assert is_still()
    expect(stage).to_have_attribute("data-key-of", images[2].key)
    tap(page, places[REJECTED])
    chip = page.locator(".verdict__why .chip").nth(1)
    expect(chip).to_be_visible()
    assert is_still(), "a reason is asked for above the buttons"
    tap_on(chip)
    expect(stage).to_have_attribute("data-key-of", images[3].key)
    swipe(page, 160)
    expect(stage).to_have_attribute("data-key-of", images[4].key)
    swipe(page, -160)
    expect(page.locator("#looking")).to_contain_text("Choose a reason")
    tap_on(page.locator(".verdict__why .chip").first)
    expect(stage).to_have_attribute("data-key-of", images[5].key)
    swipe(page, 60)
    swipe(page, 110, down=200)
    expect(stage).to_have_attribute("data-key-of", images[5].key)
    for image in images[5:9]:
        expect(stage).to_have_attribute("data-key-of", image.key)
        assert is_still(), image.ratio
        tap(page, places[APPROVED])
    expect(stage).to_have_attribute("data-key-of", images[9].key)
    page.locator(".verdict__main [data-undo-last]").tap()
    expect(stage).to_have_attribute("data-key-of", images[8].key)
    assert is_still()
    expect(page.locator("#toast")).to_contain_text("Undone.")
    given = {verdict.image_id: (verdict.state, verdict.reason) for verdict in Verdict.objects.standing()}
    reasons = dict(zip((images[2].pk, images[4].pk), ("Brand or logo", "Off brief"), strict=True))
    assert given == {
        image.pk: (REJECTED, reasons[image.pk]) if image.pk in reasons else (APPROVED, "") for image in images[:8]
    }
