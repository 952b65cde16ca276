"""Status and queue in a real browser: what comes in while one looks takes neither the focus nor the place away."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from generations.models import Generation, Provider, Worker
from generations.models.key import now
from generations.models.storage import mark_storage
from tests.browser.test_accessibility import LOW, WIDTHS, violations
from tests.support.cast import Cast, change, make_batch, make_done, make_failed, make_model, make_provider

OpenPage = Callable[..., Page]
FOCUSED = "document.activeElement.id"


@pytest.fixture
def at_work(cast: Cast) -> Generation:
    """A worker at work, something in each list, a provider that is paused; what waits last."""
    mark_storage()
    Worker.objects.create(name="app-1:4121:17", slots=8, heartbeat_at=now(hours=1))
    running = make_batch(cast.ana, prompt="A still alpine lake at first light, jagged peaks mirrored in the water")
    change(
        running.generations.get(), state="running", claim="c", claim_until=now(hours=1), started_at=now(),
        claimed_by="app-1:4121:17",
    )  # fmt: skip
    change(make_batch(cast.ben).generations.get(), kind="rate_limited", charged="no", run_at=now(seconds=600))
    make_batch(cast.ana, visibility="private")
    make_done(cast.ben)
    make_failed(cast.ben, kind="timed_out")
    make_failed(cast.lea, kind="rate_limited", charged="no")
    gateway = make_provider("Gateway", "https://gateway.example/v1")
    make_batch(cast.ben, model=make_model("a-model-with-a-rather-long-name-2026", gateway))
    Provider.objects.filter(pk=gateway.pk).update(paused_until=now(hours=1), pause_kind="key_refused")
    return make_batch(cast.ben, model=cast.model).generations.get()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_are_clear_to_everybody(cast: Cast, at_work: Generation, open_page: OpenPage, width: int) -> None:
    page = open_page(cast.sam, "/status", width=width)
    for path in ("/status", "/queue", "/queue?show=again", "/queue?show=failed"):
        page.goto(path)
        assert (path, violations(page)) == (path, [])
        assert (path, page.evaluate("document.documentElement.scrollWidth")) == (path, width)
        if width == 390:
            assert (path, page.evaluate(LOW)) == (path, [])
    Worker.objects.all().delete()
    page.goto("/status")
    assert violations(page) == []


def test_a_poll_leaves_the_focus_and_a_cancel_gives_it_on(cast: Cast, at_work: Generation, open_page: OpenPage) -> None:
    page = open_page(cast.lea, "/queue")
    button = page.locator(f"#cancel-{at_work.key}")
    button.focus()
    top = page.evaluate("scrollY")
    running = Generation.objects.get(state="running")
    change(running, percent=62)
    expect(page.locator(f"#job-{running.key}")).to_contain_text("62%")
    assert page.evaluate(FOCUSED) == f"cancel-{at_work.key}" and page.evaluate("scrollY") == top
    page.keyboard.press("Enter")
    expect(page.locator(f"#job-{at_work.key}")).to_have_count(0)
    expect(page.locator("#jobs-t")).to_be_focused()
    assert Generation.objects.get(pk=at_work.pk).state == "cancelled"
    page.locator("#show-failed").click()
    page.get_by_role("button", name="Retry 1 failed").click()
    expect(page.locator("#toast")).to_contain_text("1 picture is sent again in a few seconds.")
    page.locator("#toast").get_by_role("button", name="Undo").click()
    expect(page.locator("#toast")).to_contain_text("Undone. Nothing was sent.")
    assert page.url.endswith("/queue?show=failed")


def test_the_status_follows_what_happens(cast: Cast, at_work: Generation, open_page: OpenPage) -> None:
    page = open_page(cast.sam, "/status")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    expect(page.locator("#part-worker")).to_contain_text("Works")
    page.get_by_role("button", name="Copy a report").click()
    expect(page.locator("#toast")).to_contain_text("Report copied")
    assert "worker: ok." in page.evaluate("navigator.clipboard.readText()")
    page.locator("#copy-backup").focus()
    Worker.objects.update(heartbeat_at=now(seconds=-200))
    expect(page.locator("#part-worker")).to_contain_text("None heard")
    expect(page.locator("#status > .notice--stop")).to_contain_text("No worker has been heard for 3 minutes")
    assert page.evaluate(FOCUSED) == "copy-backup"
