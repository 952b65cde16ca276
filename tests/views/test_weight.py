"""What the studio costs to load."""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Callable

from django.contrib.staticfiles import finders
from django.test import Client

from tests.support.cast import Cast, make_done

MAX_BYTES = 90 * 1024
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
