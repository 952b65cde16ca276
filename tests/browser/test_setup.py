"""From the first start to a real endpoint that has drawn a picture, in eight actions; and the pages of providers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from generations import submit, tasks, worker
from generations.models import Generation, Person, Provider, ProviderModel, Worker
from generations.models.team import welcome_path
from tests.browser.test_accessibility import UNFOLD, WIDTHS, violations
from tests.support.cast import Cast, make_failed, make_model
from tests.support.upstream import running_upstream

OpenPage = Callable[..., Page]


@pytest.fixture
def this_worker(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test does the work of the worker that pages see."""
    monkeypatch.setattr(submit, "notify", lambda generations: None)
    monkeypatch.setattr(worker, "process", Worker(name="w", slots=1))
    worker.process.heartbeat()


class Hand:
    """Somebody at the page: each field that is filled and each button that is pressed is an action."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.actions = 0

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)
        self.actions += 1

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()
        self.actions += 1


def test_eight_actions_from_the_first_start_to_a_tested_endpoint(this_worker: None, open_page: OpenPage) -> None:
    page = open_page(None, welcome_path())
    hand = Hand(page)
    with running_upstream() as upstream:
        hand.fill("Name", "Mei Lin")
        hand.fill("Email", "mei@harbour.example")
        hand.fill("Password", "a darkroom lamp 7")
        hand.press("Create account")
        hand.fill("Address", upstream.url)
        hand.fill("Key", "sk-of-the-tests-0123456789")
        hand.press("Test")
        expect(page.get_by_text("3 models listed; known to draw: 2")).to_be_visible()
        hand.press("Draw one small picture")
        expect(page.get_by_text("Waiting for a worker")).to_be_visible()
        tasks.generate(Generation.objects.get().pk)
        expect(page.locator("#drawing .frame__img")).to_be_visible()
        expect(page.get_by_text("drew a picture in")).to_be_visible()
        expect(page.locator("#drawing .facts")).to_contain_text("in the answer itself")
        assert hand.actions == 8
        assert violations(page) == []
        page.get_by_role("button", name="Offer what is ticked").click()
        expect(page.get_by_role("status").filter(has_text="2 models are offered")).to_be_visible()
    assert Generation.objects.get().batch.person == Person.objects.get()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_of_providers(cast: Cast, open_page: OpenPage, width: int) -> None:
    provider = cast.model.provider
    Provider.objects.filter(pk=provider.pk).update(base_url="http://127.0.0.1:9/v1", name="Gateway")
    make_model("nano-banana")
    make_failed(cast.ana)
    page = open_page(cast.sam, f"/providers/{provider.key}", width=width)
    for path in (f"/providers/{provider.key}", f"/models/{cast.model.key}", "/setup", f"/setup/{provider.key}"):
        page.goto(path)
        page.evaluate(UNFOLD)
        assert (path, violations(page)) == (path, [])
        assert (path, page.evaluate("document.documentElement.scrollWidth")) == (path, width)
    page.goto(f"/providers/{provider.key}")
    names = page.locator(".ordering li a")
    assert names.all_inner_texts() == ["gpt-image-1", "nano-banana"]
    down = page.get_by_role("button", name="Move gpt-image-1 down")
    down.focus()
    with page.expect_response("**/order"):
        page.keyboard.press("Enter")
    assert names.all_inner_texts() == ["nano-banana", "gpt-image-1"]
    if width > 1000:
        with page.expect_response("**/order"):
            page.locator(".ordering li").first.drag_to(
                page.locator(".ordering li").last, target_position={"x": 20, "y": 28}
            )
        assert names.all_inner_texts() == ["gpt-image-1", "nano-banana"]
    order = list(ProviderModel.objects.order_by("rank").values_list("name", flat=True))
    assert order == names.all_inner_texts()
