"""One story from four pictures to a client's choice and its answer, with a real worker, its actions counted."""

from __future__ import annotations

from collections.abc import Callable

from django.core.cache import cache
from playwright.sync_api import Page, expect

from generations.models import Batch, Gallery, Image, ShareLink, Visitor
from tests.support.cast import Cast
from tests.support.worker import running_worker

OpenPage = Callable[..., Page]


class Hand:
    """Does to a page what a person does, and counts it: a click or tap, a key and a typed text are one action each."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.actions = 0
        self.has_touch = page.evaluate("navigator.maxTouchPoints") > 0

    def press(self, role: str, name: str, *, within: str = "body") -> None:
        """Click or tap what has this role and name."""
        self.actions += 1
        target = self.page.locator(within).get_by_role(role, name=name).first
        target.tap() if self.has_touch else target.click()

    def key(self, key: str) -> None:
        """Press a key, once the page a click led to has loaded what listens to it."""
        self.actions += 1
        self.page.wait_for_load_state()
        self.page.keyboard.press(key)

    def write(self, selector: str, text: str) -> None:
        self.actions += 1
        self.page.fill(selector, text)


def test_from_four_pictures_to_a_clients_choice_and_its_answer(cast: Cast, open_page: OpenPage) -> None:
    cache.clear()
    with running_worker():
        studio = open_page(cast.ana, expects="Failed to load resource")
        studio.locator("input[name=n][value='4']").check(force=True)
        studio.fill(".composer__prompt", "A lake at dawn")
        studio.keyboard.press("Control+Enter")
        expect(studio.locator(".strip .frame__box[data-lightbox]")).to_have_count(4)

        link = share_all(studio)
        chosen, remarked = choose_two(open_page(None, link.get_absolute_url(), width=390), link)
        fresh = refine_from_the_remark(studio, link.gallery, remarked)
        the_client_sees(open_page, link, [chosen, remarked, fresh])
    revoke(studio, link)
    nothing_is_there(open_page, link, fresh)


def share_all(page: Page) -> ShareLink:
    """The designer puts the four into a gallery and copies a link to it."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    hand = Hand(page)
    hand.press("link", "Library")
    expect(page.locator("#tiles .frame")).to_have_count(4)
    hand.key("Control+a")
    hand.key("g")
    hand.write("#adding-title", "Spring campaign")
    hand.key("Enter")
    hand.press("link", "Open", within="#toast")
    hand.press("link", "Share")
    hand.press("button", "Make the link")
    hand.press("button", "Copy link")
    expect(page.locator("#toast")).to_contain_text("Link copied")
    link = ShareLink.objects.get()
    assert page.evaluate("navigator.clipboard.readText()").endswith(link.get_absolute_url())
    assert link.gallery.items.count() == 4 and hand.actions <= 9, hand.actions
    return link


def choose_two(page: Page, link: ShareLink) -> tuple[Image, Image]:
    """The client chooses two pictures on a telephone, with a remark on the second."""
    one, two, *_ = link.gallery.in_order(Image.objects.all())
    hand = Hand(page)
    hand.write("#name", "Marisol Vega")
    hand.press("button", "Choose picture 1")
    expect(page.locator("#tray")).to_contain_text("1 chosen")
    hand.press("button", "Choose picture 2")
    hand.write(f"#w-{two.key}", "Darker green")
    hand.press("button", "Send choice")
    expect(page.get_by_role("heading", name="Your choice was sent")).to_be_visible()
    assert hand.actions <= 5, hand.actions
    visitor = Visitor.objects.get()
    assert [*visitor.choices.hearts().order_by("pk").values_list("image", flat=True)] == [one.pk, two.pk]
    assert [*visitor.comments.values_list("image", "text")] == [(two.pk, "Darker green")]
    return one, two


def refine_from_the_remark(page: Page, gallery: Gallery, image: Image) -> Image:
    """The designer makes the remark the instruction, and puts what comes of it into the gallery."""
    page.goto(f"{gallery.get_absolute_url()}/feedback")
    hand = Hand(page)
    hand.press("link", "Answer, resolve or refine")
    hand.press("button", "Actions for the comment by Marisol Vega")
    hand.press("link", "Make this the instruction")
    expect(page.locator("#refine [name=prompt]")).to_have_value("Darker green")
    hand.key("Control+Enter")
    page.wait_for_url("**/b/*")
    expect(page.get_by_role("link", name="Picture 1 of 1")).to_be_visible()
    batch = Batch.objects.latest("pk")
    assert (batch.prompt, list(batch.references.all())) == ("Darker green", [image])
    fresh = batch.images.order_by("pk")[0]
    page.goto(fresh.get_absolute_url())
    hand.key("g")
    hand.press("button", "Spring campaign", within="#adding")
    expect(page.locator("#toast")).to_contain_text("1 picture was added to “Spring campaign”.")
    return fresh


def the_client_sees(open_page: OpenPage, link: ShareLink, images: list[Image]) -> None:
    """These pictures on the client's page, each loaded."""
    page = open_page(None, link.get_absolute_url(), width=390)
    for image in images:
        picture = page.locator(f"#i-{image.key} .frame__img")
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("it => it.naturalWidth") > 0


def revoke(page: Page, link: ShareLink) -> None:
    page.goto(f"{link.gallery.get_absolute_url()}/links")
    Hand(page).press("button", "Revoke")
    expect(page.locator("body")).to_contain_text("no longer opens")


def nothing_is_there(open_page: OpenPage, link: ShareLink, image: Image) -> None:
    """For the client, of the page, of a picture's page and of the picture's own address."""
    page = open_page(None, "/accounts/login/", width=390, expects="Failed to load resource")
    address = f"{link.get_absolute_url()}/{image.key}"
    for path in (link.get_absolute_url(), address, f"{address}/320", f"{address}/file", f"/i/{image.key}/original"):
        answer = page.goto(path)
        assert answer is not None
        is_ours = path.startswith("/i/")
        assert answer.status == (200 if is_ours else 404), path
        assert not is_ours or "/accounts/login/" in page.url
