"""What is done to one picture or many: hearts and tags."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from generations.models import Batch, Favourite, Image, Tag
from generations.web import selection
from tests.support.cast import Cast, make_done

SignIn = Callable[..., Client]


def picked(*batches: Batch) -> list[str]:
    return [image.key for batch in batches for image in batch.images.all()]


def test_a_heart_is_given_and_taken_back(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ben).images.get()
    client = signed_in(cast.ana, htmx=True)
    for _ in range(2):
        assert 'aria-pressed="true"' in client.post(f"/i/{image.key}/favourite", {"like": "1"}).content.decode()
    assert Favourite.objects.get().person == cast.ana
    assert 'aria-pressed="false"' in client.post(f"/i/{image.key}/favourite", {"like": "0"}).content.decode()
    assert not Favourite.objects.exists()


def test_without_script_a_heart_leads_back(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ana).images.get()
    answer = signed_in(cast.ana).post(f"/i/{image.key}/favourite", {"like": "1", "here": "/library?page=2"})
    assert answer["Location"] == "/library?page=2"


@pytest.mark.parametrize("here", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_nobody_is_led_elsewhere(cast: Cast, signed_in: SignIn, here: str) -> None:
    answer = signed_in(cast.ana).post("/selection/favourite", {"here": here})
    assert answer["Location"] == "/library"


def test_what_is_ticked_becomes_a_favourite_as_far_as_it_is_seen(cast: Cast, signed_in: SignIn) -> None:
    mine, foreign = make_done(cast.ana, pictures=3), make_done(cast.cy)
    signed_in(cast.ana).post("/selection/favourite", {"pick": picked(mine, foreign)})
    assert set(Favourite.objects.values_list("image__key", flat=True)) == set(picked(mine))


def test_all_means_what_the_search_finds(cast: Cast, signed_in: SignIn) -> None:
    red, blue = make_done(cast.ana, prompt="red", pictures=3), make_done(cast.ana, prompt="blue")
    signed_in(cast.ana).post(
        "/selection/tag", {"all": "1", "query": "q=red", "name": " #Spring ", "pick": picked(blue)}
    )
    assert set(Tag.objects.values_list("image__key", "name")) == {(key, "spring") for key in picked(red)}


def test_all_means_what_was_there_when_the_page_was_made(cast: Cast, signed_in: SignIn) -> None:
    seen, client = make_done(cast.ana), signed_in(cast.ana)
    page = client.get("/library").content.decode()
    as_of = re.search(r'name="as_of" value="([^"]+)"', page)[1]
    late = make_done(cast.ana)
    late.images.update(created_at=timezone.now())
    client.post("/selection/delete", {"all": "1", "query": "", "as_of": as_of})
    assert list(Image.objects.kept()) == list(late.images.all())
    for nonsense in ("", "x", "2026-11-20", "2026-11-20T10:00:00", "+1"):
        client.post("/selection/tag", {"all": "1", "query": "", "as_of": nonsense, "name": "spring"})
    assert list(late.images.get().tags.values_list("name", flat=True)) == ["spring"]
    assert not seen.images.get().tags.exists()


@pytest.mark.parametrize("path", ["/selection/delete", "/selection/favourite", "/trash/restore"])
def test_none_of_the_ticked_is_left_out_in_silence(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(selection, "MAX_TICKED", 2)
    batch = make_done(cast.ana, pictures=3)
    said = signed_in(cast.ana, htmx=True).post(path, {"pick": picked(batch)})
    assert "3 pictures are selected; at most 2 can be." in said.content.decode()
    assert Image.objects.kept().count() == 3 and not Favourite.objects.exists()


def test_a_tag_is_put_on_once_and_taken_off(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana, pictures=2)
    for person in (cast.ana, cast.ben):
        signed_in(person).post("/selection/tag", {"pick": picked(batch), "name": "spring"})
    assert Tag.objects.count() == 2
    said = signed_in(cast.ben, htmx=True).post("/selection/untag", {"pick": picked(batch), "name": "SPRING"})
    assert "Tag removed from 2 pictures." in said.content.decode()
    assert not Tag.objects.exists()


@pytest.mark.parametrize("name", ["", "  ", "#", "x" * 41, "\0", "\u200b\u2066", "# \xad"])
def test_a_tag_that_is_none_is_refused_with_a_sentence(cast: Cast, signed_in: SignIn, name: str) -> None:
    batch = make_done(cast.ana)
    said = signed_in(cast.ana, htmx=True).post("/selection/tag", {"pick": picked(batch), "name": name})
    assert "tag" in said.content.decode()
    assert not Tag.objects.exists()


def test_too_many_at_once_are_refused_with_a_sentence(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "MAX_AT_ONCE", 2)
    make_done(cast.ana, pictures=3)
    said = signed_in(cast.ana, htmx=True).post("/selection/favourite", {"all": "1", "query": ""})
    assert "3 pictures are selected; at most 2 can be changed at once." in said.content.decode()
    assert not Favourite.objects.exists()


def test_a_page_shows_and_changes_its_pictures_tags(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ana).images.get()
    client = signed_in(cast.ben, htmx=True)
    assert "#spring" in client.post(f"/i/{image.key}/tag", {"name": "Spring"}).content.decode()
    assert "#spring" in client.get(f"/i/{image.key}").content.decode()
    assert "#spring" not in client.post(f"/i/{image.key}/untag", {"name": "spring"}).content.decode()


def test_tags_are_split_at_commas(cast: Cast, signed_in: SignIn) -> None:
    image, client = make_done(cast.ana).images.get(), signed_in(cast.ana)
    client.post(f"/i/{image.key}/tag", {"name": "dunes, Launch，, 春"})
    assert sorted(image.tags.values_list("name", flat=True)) == ["dunes", "launch", "春"]
    client.post("/selection/tag", {"name": "a,b", "pick": image.key})
    assert image.tags.count() == 5
    image.tags.create(name="of, before", person=cast.ana)
    client.post(f"/i/{image.key}/untag", {"name": "of, before"})
    client.post(f"/i/{image.key}/tag", {"name": "x" * 3000})
    assert image.tags.count() == 5


def test_the_tags_in_use_are_suggested_on_a_picture_without_its_own(cast: Cast, signed_in: SignIn) -> None:
    first, second = make_done(cast.ana, pictures=2).images.order_by("position")
    secret = make_done(cast.ben, visibility="private").images.get()
    client, other = signed_in(cast.ana), signed_in(cast.ben)
    for image, name, who in ((first, "dunes", client), (first, "launch", client), (secret, "hushed", other)):
        who.post(f"/i/{image.key}/tag", {"name": name})

    def suggested(page: str) -> list[str]:
        return re.findall(
            r'<option value="(\w+)">', re.search(r'<datalist id="known-tags">(.*?)</datalist>', page, re.S)[1]
        )

    client = signed_in(cast.ana, htmx=True)
    assert sorted(suggested(client.get(f"/i/{second.key}").content.decode())) == ["dunes", "launch"]
    assert suggested(client.post(f"/i/{second.key}/tag", {"name": "dunes"}).content.decode()) == ["launch"]
