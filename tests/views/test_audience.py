"""Who sees what is made: chosen beside the button, and changed afterwards."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from django.test import Client

from generations.models import Batch
from generations.presenters.audience import MANY
from tests.support.cast import Cast, make_done, make_gallery

SignIn = Callable[..., Client]
CHOICE = re.compile(r'name="visible" value="([^"]*)"( checked)?')


def offered(page: str) -> list[str]:
    return [value for value, _is_chosen in CHOICE.findall(page)]


def chosen(page: str) -> list[str]:
    return [value for value, is_chosen in CHOICE.findall(page) if is_chosen]


def an_order(cast: Cast, **fields: object) -> dict[str, object]:
    submission = f"form-{Batch.objects.count()}"
    return {"prompt": "A red bicycle", "model": [cast.model.key], "n": "1", "submission": submission} | fields


# ── beside the button ──


def test_the_composer_offers_teams_and_the_galleries_one_may_fill_the_last_used_first(
    cast: Cast, signed_in: SignIn
) -> None:
    used, changed = make_gallery(cast.ana, "Used"), make_gallery(cast.ben, "Changed")
    make_done(cast.ana, gallery=used)
    viewed = make_gallery(cast.ben, "Viewed", team=None)
    viewed.set_member(cast.ana, "view", cast.ben)
    make_gallery(cast.cy, "Not hers")
    make_gallery(cast.ana, "Archived").archive()
    client = signed_in(cast.ana)
    page = client.get("/").content.decode()
    galleries = [f"gallery:{used.key}", f"gallery:{changed.key}"]
    assert offered(page) == ["private", cast.design.key, *galleries] and chosen(page) == galleries[:1]
    assert 'name="words"' not in page
    client.post("/draft", an_order(cast, visible=galleries[1], client_id="tab"))
    assert chosen(client.get("/").content.decode()) == galleries[1:]


def test_many_galleries_are_searched_and_the_chosen_one_stays(cast: Cast, signed_in: SignIn) -> None:
    galleries = [make_gallery(cast.ana, f"Gallery {n}") for n in range(MANY + 1)]
    client = signed_in(cast.ana)
    assert 'name="words"' in client.get("/").content.decode()
    first = f"gallery:{galleries[0].key}"
    page = client.get("/compose/galleries", {"words": "ery 5", "visible": first}).content.decode()
    assert offered(page) == [first, f"gallery:{galleries[5].key}"] and chosen(page) == [first]
    hostile = "x\0<b>" + "é" * 3000
    page = client.get("/compose/galleries", {"words": hostile, "visible": "gallery:\0"}).content.decode()
    assert not offered(page) and "<b>" not in page and "No gallery is called" in page


def test_more_galleries_cost_no_more_queries(
    cast: Cast, signed_in: SignIn, queries_of: Callable[[Callable[[], object]], int]
) -> None:
    client = signed_in(cast.ana)
    make_gallery(cast.ana)
    client.get("/")
    few = queries_of(lambda: client.get("/"))
    for n in range(10):
        make_gallery(cast.ben, f"Gallery {n}")
    assert queries_of(lambda: client.get("/")) == few


def test_an_archived_gallery_takes_no_pictures_and_says_so(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ana).images.get()
    gallery = make_gallery(cast.ana, "Old <b>campaign")
    gallery.archive()
    client = signed_in(cast.ana)
    value = f"gallery:{gallery.key}"
    answer = client.post("/compose", an_order(cast, visible=value))
    assert answer.status_code == 422
    assert "“Old <b>campaign” is archived, so no pictures are added to it." in html.unescape(answer.content.decode())
    page = client.get(f"/?gallery={gallery.key}").content.decode()
    assert "is archived, so only you will see the pictures" in page and chosen(page) == ["private"]
    answer = client.post(f"{gallery.get_absolute_url()}/add", {"pick": image.key}, headers={"HX-Request": "true"})
    assert "is archived, so no pictures are added" in answer.content.decode() and not gallery.items.exists()
    assert signed_in(cast.cy).post(f"{gallery.get_absolute_url()}/add", {"pick": image.key}).status_code == 404
    page = client.get(gallery.get_absolute_url()).content.decode()
    assert "take it out of the archive first" in page and "/?gallery=" not in page
    assert "take it out" not in signed_in(cast.ben).get(gallery.get_absolute_url()).content.decode()
