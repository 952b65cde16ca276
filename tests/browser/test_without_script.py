"""A whole day's work with script off: everything is links, forms, checkboxes and menus the browser opens by itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from generations.models import Batch, Image
from tests.browser.conftest import PATIENCE
from tests.browser.test_fourteen import develop
from tests.support.cast import PASSWORD, Cast, make_model, make_png

pytestmark = pytest.mark.usefixtures("somebody_works")


def sign_in(page: Page, name: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email or user name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_title("Studio · Imageweb")


def sign_out(page: Page) -> None:
    on_phone = (page.viewport_size or {"width": 0})["width"] < 500
    page.get_by_role("button", name="More" if on_phone else "your account", exact=on_phone).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_title("Sign in · Imageweb")


def is_downloaded(page: Page, click: Callable[[], None]) -> str:
    with page.expect_download() as download:
        click()
    return download.value.suggested_filename


@pytest.mark.parametrize("width", [1440, 390])
def test_a_day_without_script(cast: Cast, browser: Browser, site: str, width: int) -> None:
    make_model("nano-banana")
    context = browser.new_context(
        java_script_enabled=False,
        base_url=site,
        viewport={"width": width, "height": 900},
        has_touch=width < 500,
        is_mobile=width < 500,
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()

    sign_in(page, "ana")
    page.get_by_label("Add reference pictures").set_input_files(
        [{"name": "bottle.png", "mimeType": "image/png", "buffer": make_png()}]
    )
    page.get_by_role("textbox", name="Prompt").fill("The bottle on wet stone")
    page.get_by_role("button", name="Models: ").click()
    page.get_by_role("checkbox", name="nano-banana").check()
    page.get_by_role("checkbox", name="gpt-image-1").uncheck()
    page.keyboard.press("Escape")
    page.locator("label", has=page.locator("input[name=n][value='2']")).click()
    page.get_by_role("button", name="Visible to: ").click()
    page.get_by_role("radio", name="Only me").check()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Generate").click()
    batch = Batch.objects.get()
    assert (batch.references.count(), batch.generations.first().model.name) == (1, "nano-banana")
    assert (batch.count, batch.visibility) == (2, "private")

    develop(batch)
    page.get_by_role("link", name="Reload").click()
    expect(page.locator("figure .frame__img")).to_have_count(2)
    page.locator("figure a.frame__box").first.click()
    page.get_by_label("Change something").fill("Make it dusk")
    page.get_by_role("button", name="Refine").click()
    expect(page.locator("#prompt")).to_have_text("Make it dusk")
    dusk = Batch.objects.last()
    develop(dusk)
    page.get_by_role("link", name="Reload").click()

    page.locator("figure a.frame__box").first.click()
    page.get_by_role("button", name="Favourite").click()
    expect(page.get_by_role("button", name="Favourite")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("combobox", name="Add a tag").fill("spring")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="#spring")).to_be_visible()
    assert is_downloaded(page, page.get_by_role("link", name="Download", exact=True).click).endswith(".png")

    page.goto("/library")
    if width < 500:
        page.locator(".facets-switch").click()
    page.get_by_role("checkbox", name="Favourites").check()
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator("#tiles .frame")).to_have_count(dusk.count)
    page.get_by_role("button", name="Save this search").click()
    page.get_by_label("Name").fill("Mine")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="Mine", exact=True)).to_be_visible()

    page.goto("/library")
    for pick in page.locator("input[name=pick]").all():
        pick.check()
    toolbar = page.get_by_role("toolbar", name="Selected pictures")
    assert is_downloaded(page, toolbar.get_by_role("button", name="Download", exact=True).click).endswith(".zip")
    toolbar.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Moved to trash")).to_be_visible()
    assert not Image.objects.filter(batch__isnull=False).kept().exists()
    page.goto("/trash")
    for pick in page.locator("input[name=pick]").all():
        pick.check()
    page.get_by_role("button", name="Restore").click()
    assert Image.objects.filter(batch__isnull=False).kept().count() == 2 + dusk.count

    page.goto(f"/?with={dusk.images.first().key}")
    page.get_by_role("checkbox", name="Remove").check()
    page.get_by_role("textbox", name="Prompt").fill("For all of us")
    page.get_by_role("button", name="Visible to: ").click()
    page.get_by_role("radio", name="Design").check()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Generate").click()
    shown = Batch.objects.last()
    assert not shown.references.exists()
    develop(shown)
    sign_out(page)

    sign_in(page, "lea")
    page.get_by_role("navigation", name="Whose work").get_by_role("link", name="Team").click()
    page.locator(f"#g-{shown.key} a.frame__box").first.click()
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#verdict")).to_have_text("Approved by Lea")
    sign_out(page)
    context.close()
