"""The list of galleries, and a new one."""

from __future__ import annotations

import html
from collections.abc import Callable

import pytest
from django.test import Client

from generations.models import Gallery, Image, ShareLink
from generations.models.gallery import MAX_TITLE
from generations.models.key import now
from tests.support.cast import Cast, make_done, make_gallery

SignIn = Callable[..., Client]


def titles(client: Client, path: str) -> list[str]:
    page = html.unescape(client.get(path).content.decode())
    return [title for title in Gallery.objects.values_list("title", flat=True) if f">{title}</a>" in page]


def test_each_list_shows_its_own(cast: Cast, signed_in: SignIn) -> None:
    make_gallery(cast.ana, "Hers")
    make_gallery(cast.ben, "His")
    make_gallery(cast.ben, "His alone", team=None)
    named = make_gallery(cast.cy, "Named")
    named.set_member(cast.ana, "view", cast.cy)
    make_gallery(cast.ana, "Finished").archive()
    make_gallery(cast.ana, "Gone").delete_by(cast.ana)
    client = signed_in(cast.ana)
    assert titles(client, "/galleries") == ["Hers", "His", "Named"]
    assert titles(client, "/galleries?show=mine") == ["Hers"]
    assert titles(client, "/galleries?show=archived") == ["Finished"]
    for gallery in Gallery.objects.filter(title__in=["Hers", "His", "Named"]):
        ShareLink.make(gallery, gallery.person)
    assert titles(client, "/galleries?show=shared") == ["Hers"]
    assert titles(signed_in(cast.lea), "/galleries?show=shared") == ["Hers", "His"]
    Gallery.objects.filter(title="Hers").update(archived_at=now())
    assert titles(client, "/galleries?show=shared") == ["Hers"]
    assert "Hers" not in titles(client, "/galleries")
    Gallery.objects.filter(title="Hers").update(archived_at=None)
    ShareLink.objects.get(gallery__title="Hers").end()
    assert titles(client, "/galleries?show=shared") == []
    assert titles(client, "/galleries?show=nonsense&page=x") == ["Hers", "His", "Named"]
    assert titles(signed_in(cast.sam), "/galleries") == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("ÉTÉ", ["Été à Paris"]),
        ("paris été", ["Été à Paris"]),
        ("秋", ["秋季新品"]),
        ("x\0y", []),
        ("ari", ["Été à Paris"]),
    ],
)
def test_a_title_is_found_by_its_words(cast: Cast, signed_in: SignIn, words: str, found: list[str]) -> None:
    make_gallery(cast.ana, "Été à Paris")
    make_gallery(cast.ana, "秋季新品")
    assert titles(signed_in(cast.ana), f"/galleries?q={words}") == found


def test_a_cover_is_the_newest_four_that_are_kept_or_the_chosen_one(cast: Cast, signed_in: SignIn) -> None:
    images = [make_done(cast.ana).images.get() for _ in range(7)]
    gallery = make_gallery(cast.ana, images=images)
    Image.objects.filter(pk=images[6].pk).delete_by(cast.ana)
    gallery.remove(Image.objects.filter(pk=images[5].pk))
    client = signed_in(cast.ana)

    def cover() -> list[str]:
        page = client.get("/galleries").content.decode()
        return [image.key for image in reversed(images) if f"/i/{image.key}/thumbnail/320" in page]

    assert cover() == [image.key for image in reversed(images[1:5])]
    assert "5 pictures" in client.get("/galleries").content.decode()
    Gallery.objects.update(cover=images[0])
    assert cover() == [images[0].key]
    gallery.remove(Image.objects.filter(pk=images[0].pk))
    assert cover() == [image.key for image in reversed(images[1:5])]


def test_ten_more_galleries_cost_no_more_queries(
    cast: Cast, signed_in: SignIn, queries_of: Callable[[Callable[[], object]], int]
) -> None:
    def fill(count: int) -> None:
        for _ in range(count):
            gallery = make_gallery(cast.ana, images=[make_done(cast.ana).images.get()])
            gallery.set_member(cast.cy, "view", cast.ana)
            make_gallery(cast.ben, team=None).set_member(cast.ana, "view", cast.ben)

    fill(1)
    client = signed_in(cast.ana)
    client.get("/galleries")
    few = queries_of(lambda: client.get("/galleries"))
    fill(5)
    assert queries_of(lambda: client.get("/galleries")) == few


def test_a_new_gallery_is_for_a_team_or_for_named_people(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.ana)
    answer = client.post("/galleries/new", {"title": " Spring\n 🌱 ", "team": cast.design.key, "description": "مرحبا"})
    gallery = Gallery.objects.get()
    assert answer["Location"] == gallery.get_absolute_url()
    assert (gallery.title, gallery.description, gallery.team) == ("Spring 🌱", "مرحبا", cast.design)
    client.post("/galleries/new", {"title": "Alone", "team": ""})
    assert Gallery.objects.get(title="Alone").team is None


@pytest.mark.parametrize(
    ("title", "says"),
    [
        ("", "A gallery needs a title."),
        (" \u200b\u2066 ", "A gallery needs a title."),
        ("x" * (MAX_TITLE + 180), "at most 120 characters"),
        ("a\0b", "NUL"),
    ],
)
def test_a_title_that_is_none_is_refused_and_stays_to_be_corrected(
    cast: Cast, signed_in: SignIn, title: str, says: str
) -> None:
    answer = signed_in(cast.ana).post("/galleries/new", {"title": title, "description": "For May", "team": ""})
    page = html.unescape(answer.content.decode())
    assert (
        answer.status_code == 422
        and says in page
        and "For May" in page
        and 'aria-labelledby="new-gallery-t" open' in page
    )
    assert not Gallery.objects.exists()


def test_a_strangers_team_is_no_choice(cast: Cast, signed_in: SignIn) -> None:
    answer = signed_in(cast.cy).post("/galleries/new", {"title": "Spring", "team": cast.design.key})
    assert answer.status_code == 422 and not Gallery.objects.exists()
