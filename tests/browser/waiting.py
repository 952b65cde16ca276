"""Waiting for what a page shows only in part."""

import time
from collections.abc import Callable

from playwright.sync_api import Page

SECONDS = 30


def until(page: Page, is_so: Callable[[], object]) -> None:
    """Return as soon as it is so, asked every 50 ms while the page goes on. Raises AssertionError if it never is."""
    patience = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < patience, "what was waited for did not come"
        page.wait_for_timeout(50)
