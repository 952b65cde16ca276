"""What a designer does in a day, counted: four pictures for a campaign from one reference, the best of them refined
twice, the last sent to the lead as a link, its file delivered. At most fourteen actions."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from generations.models import Batch, Image
from generations.models.key import now
from tests.support.cast import Cast, change, make_image, make_png

pytestmark = pytest.mark.usefixtures("somebody_works")

MOST = 14


class Hand:
    """A person's hand: each click, each stretch of typing and each key that sends is one action."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.actions: list[str] = []

    def choose(self, field: Locator, name: str, data: bytes) -> None:
        self.actions.append(f"choose {name}")
        field.set_input_files([{"name": name, "mimeType": "image/png", "buffer": data}])

    def click(self, target: Locator, what: str) -> None:
        self.actions.append(f"click {what}")
        target.click()

    def type(self, words: str) -> None:
        self.actions.append(f"type {words!r}")
        self.page.keyboard.type(words)

    def press(self, key: str) -> None:
        self.actions.append(f"press {key}")
        self.page.keyboard.press(key)


def develop(batch: Batch) -> None:
    """Draw all that a batch waits for."""
    for generation in batch.generations.order_by("position"):
        change(generation, state="running", started_at=now())
        for position in range(1, generation.n + 1):
            make_image(generation, position=position)
        change(generation, state="succeeded", charged="yes", finished_at=now())


def test_a_campaign_takes_fourteen_actions(cast: Cast, open_page: Callable[..., Page]) -> None:
    page = open_page(cast.ana)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    hand = Hand(page)

    hand.choose(page.locator("input[type=file]"), "bottle.png", make_png())
    hand.click(page.locator(".composer__prompt"), "the prompt")
    hand.type("The bottle on wet stone, morning light, for the spring campaign")
    hand.click(page.locator("label", has=page.locator("input[name=n][value='4']")), "4")
    hand.press("Control+Enter")
    expect(page.locator("article.strip")).to_have_count(1)
    develop(Batch.objects.get())

    for words in ("Make it dusk", "Add a reflection in the stone"):
        newest = page.locator("article.strip").first
        best = newest.locator("figure.frame:has(a[data-lightbox])").last
        expect(newest.locator(".tag")).to_have_text("Done")
        best.hover()
        hand.click(best.get_by_role("link", name="Refine"), "Refine")
        expect(page.locator(".refining input[name=prompt]")).to_be_focused()
        hand.type(words)
        hand.press("Enter")
        expect(newest.locator(".words").first).to_have_text(words)
        develop(Batch.objects.latest("pk"))

    last = page.locator("article.strip").first.locator("figure.frame")
    expect(last.locator("a[data-lightbox]")).to_be_visible()
    last.hover()
    hand.click(last.get_by_role("button", name="Copy link"), "Copy link")
    expect(page.locator("#toast")).to_contain_text("Link copied")
    with page.expect_download() as delivered:
        hand.click(last.get_by_role("link", name="Download"), "Download")

    assert len(hand.actions) <= MOST, hand.actions
    final = Image.objects.filter(batch__isnull=False).latest("pk")
    assert delivered.value.path().read_bytes() == final.file.bytes()
    assert [batch.derivation for batch in Batch.objects.order_by("pk")] == ["", "refine", "refine"]
    link = page.evaluate("navigator.clipboard.readText()")
    assert final.key in link
    lead = open_page(cast.lea, link)
    expect(lead.locator(".lineage__step")).to_have_count(3)
