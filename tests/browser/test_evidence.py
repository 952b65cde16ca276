"""The page of an evidence pack, opened from a folder as whoever was given it does."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from django.utils.translation import override
from playwright.sync_api import Browser, expect

from generations.evidence.pack import write_pack
from generations.models import Comment, Image, Verdict
from generations.viewer import Viewer
from tests.browser.test_accessibility import violations
from tests.support.cast import Cast, make_done, make_image, make_reference

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)> \u202eevil\u0301 " + "long" * 90


@pytest.fixture(params=["en", "zh-hans"])
def unpacked(cast: Cast, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A pack by who leads the team, from which something stays out, with texts of all sorts."""
    first = make_done(cast.ana, prompt="A merger", visibility="private")
    line = {"parent": first.images.get(), "derivation": "refine", "lineage_root": first}
    batch = make_done(cast.ana, prompt=f"A lake at night\n{HOSTILE}", **line)
    batch.generations.get().attempts.update(
        request=b'{"messages":[{"role":"user","content":"A merger"},{"role":"user","content":"x"}]}'
    )
    make_reference(batch)
    make_reference(batch, make_image(person=cast.ben))
    image = batch.images.get()
    Verdict.objects.give(cast.lea, image, "rejected", "The moon is missing.")
    Comment.write(image, cast.ben, HOSTILE)
    images = Image.objects.select_related("file", "batch__parent", "generation__model__provider")
    out = io.BytesIO()
    with override(request.param):
        write_pack(out, images.filter(pk=image.pk), Viewer(cast.lea), HOSTILE, with_names=True)
    zipfile.ZipFile(out).extractall(tmp_path / "pack")
    return tmp_path / "pack" / "index.html"


@pytest.mark.parametrize("width", [1440, 390])
def test_it_is_read_without_us(unpacked: Path, browser: Browser, width: int) -> None:
    """Without script, without anything that it loads, in both themes."""
    context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=False)
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(unpacked.as_uri())
    assert [url for url in asked if not url.startswith("data:")] == [unpacked.as_uri()]
    assert (page.locator("script").count(), said) == (0, [])
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator("figure img").evaluate("(image) => image.complete && image.naturalWidth > 0")
    assert page.evaluate("getComputedStyle(document.querySelector('dl')).display") == "grid", "its style is let in"
    links = page.locator("a[href]").evaluate_all("(links) => links.map((link) => link.getAttribute('href'))")
    assert links and all((unpacked.parent / link).is_file() for link in links)
    expect(page.locator("time").first).to_contain_text("UTC")
    context.close()
    with_axe = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)
    page = with_axe.new_page()
    page.goto(unpacked.as_uri())
    assert violations(page) == []
    with_axe.close()
