"""No page asks anybody else for anything, whatever a model or a person wrote."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.support.cast import Cast, change, make_done, make_failed

TRACE = "https://evil.example/?d=1"
WORDS = (
    f"![a]({TRACE}) <img src='{TRACE}'> [![b]({TRACE})]({TRACE}) "
    f"<link rel=preload href='{TRACE}'> <svg><image href='{TRACE}'/></svg>"
)


def test_a_picture_in_the_words_is_asked_of_nobody(cast: Cast, open_page: Callable[..., Page]) -> None:
    batch = make_done(cast.ana, prompt=WORDS)
    change(batch.generations.get(), remark=WORDS)
    failed = make_failed(cast.ana, prompt=WORDS)
    change(failed.generations.get(), detail=WORDS)
    image = batch.generations.get().images.get()
    page = open_page(cast.ana)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/", batch.get_absolute_url(), failed.get_absolute_url(), image.get_absolute_url(), "/library"):
        page.goto(path)
        for fold in page.locator("summary").all():
            fold.click()
        page.wait_for_load_state("networkidle")
    here = urlsplit(page.url).netloc
    elsewhere = [url for url in asked if urlsplit(url).scheme in ("http", "https") and urlsplit(url).netloc != here]
    assert asked and elsewhere == []
