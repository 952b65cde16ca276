"""What the studio and a client's page cost to load."""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Callable

from django.contrib.staticfiles import finders
from django.test import Client

from generations.models import ShareLink
from tests.support.cast import Cast, make_done, make_gallery

MAX_BYTES = 90 * 1024
MAX_CLIENT_BYTES = 60 * 1024
A_PLACEHOLDER = 150
IMPORT = re.compile(r"""^(?:import|\} from)\b.*?"\./([\w.]+)";""", re.MULTILINE)


def test_the_studio_with_forty_pictures_weighs_at_most_ninety_kilobytes(
    cast: Cast, signed_in: Callable[..., Client]
) -> None:
    for _ in range(10):
        images = make_done(cast.ana, pictures=4).images.all()
        for image in images:
            image.placeholder = os.urandom(A_PLACEHOLDER)  # noise, since a real one does not shrink either
            image.save()
    client = signed_in(cast.ana)
    page, sent = client.get("/").content, client.get("/", headers={"Accept-Encoding": "gzip"})
    assert sent["Content-Encoding"] == "gzip" and "Accept-Encoding" in sent["Vary"]
    assert page.count(b"data-lightbox=") == 40
    linked = re.findall(rb'(?:href|src)="/static/((?:css|js|django_htmx)/[^"]+)"', page)
    weights = {"page": len(sent.content)} | {name.decode(): packed(file(name.decode())) for name in linked}
    assert len(weights) > 15
    imported = [name for script in weights if script.endswith(".js") for name in IMPORT.findall(file(script).decode())]
    assert {f"js/{name}" for name in imported} <= set(weights), "a module that is not preloaded is weighed by nobody"
    assert sum(weights.values()) <= MAX_BYTES, weights


def packed(data: bytes) -> int:
    return len(gzip.compress(data, 6))


def file(name: str) -> bytes:
    with open(finders.find(name), "rb") as found:
        return found.read()


def test_a_clients_page_of_pictures_weighs_at_most_sixty_kilobytes(cast: Cast, client: Client) -> None:
    images = [make_done(cast.ana, pictures=4) for _ in range(12)]
    for image in (image for batch in images for image in batch.images.all()):
        image.placeholder = os.urandom(A_PLACEHOLDER)
        image.save()
    gallery = make_gallery(cast.ana, images=[image for batch in images for image in batch.images.all()])
    link = ShareLink.make(gallery, cast.ana, choosing=True, commenting=True)
    for address in (link.get_absolute_url(), f"{link.get_absolute_url()}/{gallery.items.first().image.key}"):
        page, sent = client.get(address).content, client.get(address, headers={"Accept-Encoding": "gzip"})
        linked = re.findall(rb'(?:href|src)="/static/((?:css|js)/[^"]+)"', page)
        weights = {"page": len(sent.content)} | {name.decode(): packed(file(name.decode())) for name in linked}
        scripts = [name for name in weights if name.endswith(".js")]
        imported = {f"js/{name}" for script in scripts for name in IMPORT.findall(file(script).decode())}
        assert "js/choosing.js" in scripts and imported <= set(weights)
        assert b"/texts/" not in page and b"htmx.min.js" not in page
        assert sum(weights.values()) <= MAX_CLIENT_BYTES, weights
