"""What the system says while the studio is in the background: asked for in the settings, by name, and a way back."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from generations.models import Batch
from generations.models.key import now
from tests.browser.conftest import launched
from tests.support import services
from tests.support.cast import Cast, change, make_batch, make_image

pytestmark = pytest.mark.usefixtures("somebody_works")

Open = Callable[..., Page]
# Only the constructor: whether it is allowed says the browser.
RECORD = """
window.said = [];
const real = window.Notification;
window.Notification = class {
  static get permission() { return real.permission; }
  constructor(title, options) { this.title = title; Object.assign(this, options); said.push(this); }
};
"""
HIDE = """(is) => {
  Object.defineProperty(document, "hidden", { value: is, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
LATER = "() => { const now = Date.now; Date.now = () => now() + 15_000; }"
SAID = "() => said.map(({ title, body, tag }) => [title, body, tag])"


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """The whole browser: the shell without windows allows no notifications."""
    services.require("chromium")
    yield from launched(playwright, shutil.which("chromium"))


def open_recording(open_page: Open, cast: Cast, *, is_allowed: bool = True) -> Page:
    """The studio in a browser that keeps what it would show."""
    page = open_page(cast.ana, "/settings")
    page.context.grant_permissions(["notifications"] if is_allowed else [])
    page.add_init_script(RECORD)
    page.goto("/")
    return page


def succeed(batch: Batch) -> None:
    generation = batch.generations.get()
    make_image(generation)
    change(generation, state="succeeded", charged="yes", started_at=now(), finished_at=now())


def fail(batch: Batch) -> None:
    change(batch.generations.get(), state="failed", kind="cut", charged="maybe", finished_at=now())


def test_both_ends_are_said_only_in_the_background_and_lead_back(cast: Cast, open_page: Open) -> None:
    cast.ana.has_notifications = True
    cast.ana.save()
    seen, done, failed = (make_batch(cast.ana, prompt=f"{name} lake") for name in ("Blue", "Red", "Green"))
    page = open_recording(open_page, cast)
    assert page.evaluate("Notification.permission") == "granted"
    fail(seen)
    expect(page.locator(f"#g-{seen.key}-state")).to_have_text("Failed")
    assert page.evaluate(SAID) == []

    page.evaluate(HIDE, True)
    succeed(done)
    fail(failed)
    page.evaluate(LATER)
    expect(page).to_have_title("(2) Studio · Imageweb")
    page.wait_for_function("() => said.length === 2")
    assert sorted(page.evaluate(SAID)) == sorted(
        [
            [f"{done}: Done", "Red lake", done.get_absolute_url()],
            [f"{failed}: Failed", "Green lake", failed.get_absolute_url()],
        ]
    )
    page.evaluate("() => { window.focus = () => { sessionStorage.focused = 'yes'; }; }")
    page.evaluate("(tag) => said.find((one) => one.tag === tag).onclick()", failed.get_absolute_url())
    page.wait_for_url(f"**{failed.get_absolute_url()}")
    assert page.evaluate("sessionStorage.focused") == "yes"


def test_nothing_is_said_while_another_page_of_the_studio_is_in_front(cast: Cast, open_page: Open) -> None:
    cast.ana.has_notifications = True
    cast.ana.save()
    batch = make_batch(cast.ana)
    page = open_recording(open_page, cast)
    other = page.context.new_page()
    other.goto("/library")
    page.evaluate("() => { new BroadcastChannel('front').onmessage = (e) => { window.answer = e.data; }; }")
    page.evaluate(HIDE, True)
    fail(batch)
    page.evaluate(LATER)
    page.wait_for_function("() => window.answer === 'me'")
    expect(page).to_have_title("(1) Studio · Imageweb")
    assert page.evaluate(SAID) == []


@pytest.mark.parametrize("missing", ["the setting", "the permission"])
def test_nothing_is_said_to_who_did_not_ask_for_it(cast: Cast, open_page: Open, missing: str) -> None:
    cast.ana.has_notifications = missing != "the setting"
    cast.ana.save()
    batch = make_batch(cast.ana)
    page = open_recording(open_page, cast, is_allowed=missing != "the permission")
    page.evaluate(HIDE, True)
    fail(batch)
    page.evaluate(LATER)
    expect(page).to_have_title("(1) Studio · Imageweb")
    assert page.evaluate(SAID) == []


def test_in_the_library_too_the_light_goes_out_and_the_title_counts(cast: Cast, open_page: Open) -> None:
    first, last = make_batch(cast.ana), make_batch(cast.ana)
    page = open_page(cast.ana, "/library")
    lamp = page.locator("#lamp")
    expect(lamp).to_contain_text("2 waiting")
    fail(first)
    expect(lamp).to_contain_text("1 waiting")
    page.evaluate(HIDE, True)
    succeed(last)
    page.evaluate(LATER)
    expect(page).to_have_title("(1) Library · Imageweb")
    expect(lamp).to_have_text("Idle")
    page.evaluate(HIDE, False)
    expect(page).to_have_title("Library · Imageweb")


def test_the_setting_asks_the_browser_and_believes_it(cast: Cast, open_page: Open) -> None:
    page = open_page(cast.ana, "/settings")
    switch = page.locator("[data-notify-switch]")
    page.evaluate("() => { window.Notification = { requestPermission: async () => 'denied' }; }")
    switch.click()
    expect(switch).not_to_be_checked()
    expect(page.locator("#toast")).to_contain_text("This browser does not allow notifications.")
    page.evaluate("() => { Notification.requestPermission = async () => 'granted'; }")
    switch.check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("html")).to_have_attribute("data-notify", "on")
