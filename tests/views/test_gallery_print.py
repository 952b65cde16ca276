"""A gallery as a contact sheet on paper."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from generations.models import Image
from generations.presenters import printing
from tests.support.cast import Cast, make_done, make_gallery

SignIn = Callable[..., Client]
PRINT = re.compile(r"/i/(\w+)/thumbnail/640")
SHEET = "paper__sheet"


def test_its_sheets_hold_all_pictures_in_order_with_their_numbers(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "A_PART", 4)
    monkeypatch.setattr(printing, "A_SHEET", 3)
    images = [make_done(cast.ana, prompt=f"Zeppelin <{n}>").images.get() for n in range(6)]
    gallery = make_gallery(cast.ana, "Spring <2026>", images=images, order="oldest")
    Image.objects.filter(pk=images[5].pk).delete_by(cast.ana)
    path, client = f"{gallery.get_absolute_url()}/print", signed_in(cast.ben)
    page = client.get(path).content.decode()
    assert PRINT.findall(page) == [image.key for image in images[:4]] and page.count(f'"{SHEET}"') == 2
    assert "Spring &lt;2026&gt;" in page and "5 pictures" in page and "Zeppelin" not in page
    page = client.get(f"{path}?part=2&prompts=1").content.decode()
    assert PRINT.findall(page) == [images[4].key] and "<b>5</b>" in page and "Zeppelin &lt;4&gt;" in page
    assert 'aria-current="page"' in page and "1 to 4" in page
    for odd in ("0", "99999999", "x", "-1", "\0"):
        assert client.get(path, {"part": odd}).status_code == 200


def test_more_pictures_cost_no_more_queries(
    cast: Cast, signed_in: SignIn, queries_of: Callable[[Callable[[], object]], int]
) -> None:
    gallery, client = make_gallery(cast.ana), signed_in(cast.ana)
    path = f"{gallery.get_absolute_url()}/print?prompts=1"
    gallery.add(make_done(cast.ana).images.all(), cast.ana)
    few = queries_of(lambda: client.get(path))
    gallery.add(Image.objects.filter(batch__in=[make_done(cast.ana).pk for _ in range(10)]), cast.ana)
    assert queries_of(lambda: client.get(path)) == few
