"""Signing in with a second factor, in a browser with an authenticator of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from allauth.mfa.models import Authenticator
from django.conf import LazySettings
from django.core.cache import cache
from playwright.sync_api import Page, expect

from generations.models.group_role import set_group_role
from tests.browser.test_accessibility import LOW, WIDTHS, violations
from tests.support.cast import PASSWORD, Cast
from tests.support.factors import App, make_app, recovery_codes, secret_on
from tests.support.sign_on import sign_on, use

OpenPage = Callable[..., Page]


@pytest.fixture(autouse=True)
def no_attempts() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def type_password(page: Page, name: str = "ana") -> None:
    page.get_by_label("Email or user name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def is_in(page: Page) -> None:
    expect(page.get_by_role("button", name="Ana, your account")).to_be_visible()


def sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/")


def with_authenticator(page: Page) -> None:
    """A fingerprint reader of this device, whose owner always agrees."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_the_last_row_of_the_wall_ends_where_the_others_do(cast: Cast, open_page: OpenPage) -> None:
    page = open_page(None, "/accounts/login/")
    for width in (1366, 1440, 1680):
        page.set_viewport_size({"width": width, "height": 900})
        rows = page.eval_on_selector_all(
            ".gate__sheet .frame",
            "frames => Object.values(Object.groupBy(frames, (one) => Math.round(one.getBoundingClientRect().top)))"
            ".map((row) => Math.round(row.at(-1).getBoundingClientRect().right))",
        )
        assert len(rows) > 2 and max(rows) - min(rows) <= 1


def test_an_app_is_connected_and_signs_in(cast: Cast, open_page: OpenPage) -> None:
    page = open_page(None, "/accounts/login/")
    type_password(page)
    page.goto("/settings#second-factor")
    page.get_by_role("link", name="Set up").click()
    app = App(secret_on(page.content()))
    square = page.get_by_alt_text("Square code with the key below")
    assert square.evaluate("image => image.naturalWidth") > 0
    page.get_by_label("Code").fill(app.code())
    page.get_by_role("button", name="Connect the app").click()
    expect(page.get_by_role("heading", name="Keep your recovery codes")).to_be_visible()
    codes = page.get_by_role("listitem").all_inner_texts()
    assert codes == recovery_codes(cast.ana) and len(codes) == 10
    with page.expect_download() as downloaded:
        page.get_by_role("link", name="Download").click()
    assert downloaded.value.suggested_filename == "imageweb-recovery-codes.txt"
    assert set(codes) <= set(downloaded.value.path().read_text().split())
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("#toast")).to_contain_text("Recovery codes copied")
    assert set(codes) <= set(page.evaluate("navigator.clipboard.readText()").split())
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("The authenticator app is connected.")).to_be_visible()
    sign_out(page)
    type_password(page)
    expect(page.get_by_label("Code of your app")).to_be_focused()
    page.keyboard.type(app.code())
    page.keyboard.press("Enter")
    is_in(page)
    sign_out(page)
    type_password(page)
    page.get_by_label("Code of your app").fill(codes[3])
    page.get_by_role("button", name="Sign in", exact=True).click()
    is_in(page)
    assert codes[3] not in recovery_codes(cast.ana)


def test_a_passkey_is_made_and_signs_in_with_and_without_the_password(cast: Cast, open_page: OpenPage) -> None:
    page = open_page(None, "/accounts/login/?next=/library")
    with_authenticator(page)
    type_password(page)
    page.wait_for_url(re.compile(r":\d+/library$"))
    page.goto("/settings#second-factor")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name of the passkey").fill("My <laptop>")
    page.get_by_role("button", name="Make the passkey").click()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("Passkey My <laptop>")).to_be_visible()
    sign_out(page)
    type_password(page)
    page.get_by_role("button", name="Use a passkey").click()
    is_in(page)
    sign_out(page)
    page.goto("/accounts/login/?next=/library")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(re.compile(r":\d+/library$"))
    page.goto("/settings/second-factor/passkey")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_text("This device has a passkey for this account already.")).to_be_visible()
    page.goto("/settings#second-factor")
    page.get_by_role("link", name="Remove the passkey My <laptop>").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("The passkey is removed.")).to_be_visible()
    assert not Authenticator.objects.exists()
    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("This passkey was not accepted.")).to_be_visible()


def test_an_administrator_is_led_to_set_one_up(cast: Cast, open_page: OpenPage, settings: LazySettings) -> None:
    settings.REQUIRE_SECOND_FACTOR = "staff"
    page = open_page(None, "/accounts/login/", width=390)
    with_authenticator(page)
    type_password(page, "sam")
    expect(page.get_by_role("heading", name="Set up a second factor")).to_be_visible()
    page.goto("/people")
    page.get_by_role("link", name="Use a passkey").click()
    page.get_by_role("button", name="Make the passkey").click()
    page.get_by_role("link", name="I have kept them").click()
    page.goto("/people")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.url.endswith("/people")


def test_who_has_no_passkey_reads_what_to_do(cast: Cast, open_page: OpenPage) -> None:
    page = open_page(None, "/accounts/login/")
    with_authenticator(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("No passkey was used. Try again, or go on another way.")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_focused()


def test_single_sign_on_goes_there_and_comes_back(cast: Cast, open_page: OpenPage, settings: LazySettings) -> None:
    with sign_on() as provider:
        use(settings, provider.url)
        settings.OIDC_NAME = "Harbour ID"
        provider.knows("a1", email="ana@design.example", email_verified=True)
        page = open_page(None, "/accounts/login/?next=/library")
        page.route(re.compile(r"^(?!http://localhost:)"), lambda route: route.fulfill(body=""))  # its page's styles
        page.get_by_role("button", name="Continue with Harbour ID").click()
        page.wait_for_url(re.compile(re.escape(provider.url)))
        page.locator("input[name=sub]").fill("a1")
        page.locator("button[type=submit]").first.click()
        page.wait_for_url(re.compile(r":\d+/library$"))
        is_in(page)
        sign_out(page)
        assert violations(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_its_pages_are_accessible(cast: Cast, open_page: OpenPage, width: int, theme: str) -> None:
    def check(page: Page) -> None:
        assert (page.url, violations(page)) == (page.url, [])
        assert width > 500 or page.evaluate(LOW) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    make_app(cast.ana)
    Authenticator.objects.create(user=cast.ana, type="webauthn", data={"name": "A rather long name " * 3})
    page = open_page(cast.ana, "/settings", width=width, theme=theme)
    check(page)
    for path in ("/accounts/again/?next=/settings", "/accounts/again/code/?next=/settings"):
        page.goto(path)
        check(page)
    set_group_role("a-group-with-a-long-name-" * 4, cast.design, "reviewer", cast.sam)
    for path in ("/people/groups", "/person/ana"):
        check(open_page(cast.sam, path, width=width, theme=theme))
    page = open_page(None, "/accounts/login/", width=width, theme=theme)
    check(page)
    type_password(page, "ben")
    for path in ("/settings/second-factor/passkey", "/settings/second-factor/app"):
        page.goto(path)
        check(page)
    page.get_by_label("Code").fill(App(secret_on(page.content())).code())
    page.get_by_role("button", name="Connect the app").click()
    expect(page.locator("#codes")).to_be_visible()
    check(page)
    sign_out(page)
    type_password(page, "ben")
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    check(page)
