"""A real browser against the real server. It needs chromium; where that is missing these tests say so."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings as project
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, expect, sync_playwright

from generations import submit
from generations.models import Person, Worker
from generations.models.key import now
from tests.support import services
from tests.support.cast import Cast, make_cast
from tests.support.worker import wait_for

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60_000
# Playwright's loop is seen as an async context by the ORM, which is called from the same thread.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here needs the browser."""
    for item in items:
        if "tests/browser" in item.nodeid:
            item.add_marker(pytest.mark.service)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    services.require("browser")
    yield from launched(playwright, services.browser())


def launched(playwright: Playwright, path: str | None) -> Iterator[Browser]:
    """This browser, until its tests are over."""
    browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


@pytest.fixture
def somebody_works(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker beats, and the test does its work."""
    monkeypatch.setattr(submit, "notify", lambda generations: None)
    Worker.objects.create(name="w", slots=1, heartbeat_at=now(hours=1))


@pytest.fixture
def site(live_server: object) -> Iterator[str]:
    """The address of the running server. What it still answers ends with the test, as its rows and settings do."""
    yield live_server.url
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            wait_for(lambda thread=thread: thread.is_alive() or thread not in threading.enumerate())  # about to start
            thread.join(PATIENCE / 1000)
            assert not thread.is_alive(), "a connection is still open"


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """Opens an address as a person. At the end no page may have logged an error or broken the policy, but for answers
    with the status that it `expects`."""
    complaints: list[str] = []
    contexts = []

    def open_as(
        person: Person | None,
        path: str = "/",
        *,
        width: int = 1440,
        theme: str = "light",
        expects: str = "",
        language: str = "en-US",
    ) -> Page:
        def hear(said: ConsoleMessage) -> None:
            if said.type == "error" and not (expects and expects in said.text):
                complaints.append(said.text)

        context = browser.new_context(
            base_url=site,
            viewport={"width": width, "height": 900},
            color_scheme=theme,
            locale=language,
            has_touch=width < 500,
            is_mobile=width < 500,
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        if person is not None:
            client = Client()
            client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
            key = client.cookies[project.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": project.SESSION_COOKIE_NAME, "value": key, "url": site}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", hear)
        page.add_init_script(WATCH)
        page.goto(path)
        return page

    yield open_as
    for context in contexts:
        context.close()
    assert complaints == []


WATCH = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts.push({
    at: entry.startTime, by: entry.value, what: entry.sources.map((source) => source.node?.outerHTML?.slice(0, 120)),
  });
}).observe({ type: "layout-shift", buffered: true });
document.addEventListener("securitypolicyviolation", (e) => console.error("policy", e.violatedDirective, e.blockedURI));
"""
