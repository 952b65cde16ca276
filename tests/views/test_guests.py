"""A guest: somebody in no team who is named in a gallery. They see that gallery and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client

from generations.models import Batch, Gallery, GalleryItem, GalleryMember, Image, Person
from tests.support.cast import Cast, make_done, make_failed, make_gallery, make_person
from tests.views.test_access import GETS, POSTS, filled

SignIn = Callable[..., Client]


@pytest.fixture
def guest(cast: Cast) -> Person:
    """Named as a viewer in a gallery of Ana's, which holds one of her two private pictures."""
    shown, hidden = (
        make_done(cast.ana, prompt="Zeppelin", visibility="private"),
        make_done(cast.ana, prompt="Submarine"),
    )
    make_failed(cast.ana, prompt="Submarine sunk")
    gallery = make_gallery(cast.ana, "Airships", team=None, images=shown.images.all())
    make_gallery(cast.ana, "Depths", images=hidden.images.all())
    guest = make_person("gus")
    gallery.set_member(guest, GalleryMember.Role.VIEW, cast.ana)
    return guest


@pytest.mark.slow
def test_no_page_shows_a_guest_more_than_their_gallery(cast: Cast, signed_in: SignIn, guest: Person) -> None:
    client, other = signed_in(guest), Batch.objects.get(prompt="Submarine")
    own_pages = 0
    for name, (path, _expected) in GETS.items():
        answer = client.get(filled(path, other))
        if answer.status_code != 200:
            assert answer.status_code in (204, 302, 404, 503), (name, answer.status_code)
            continue
        own_pages += 1
        page = (
            b"".join(answer).decode(errors="replace") if answer.streaming else answer.content.decode(errors="replace")
        )
        told = [secret for secret in ("Submarine", "Depths", "Design", ">Ben", ">Lea<") if secret in page]
        assert told == [], name
    assert own_pages > 5


@pytest.mark.slow
def test_no_request_of_a_guest_changes_what_is_not_theirs(cast: Cast, signed_in: SignIn, guest: Person) -> None:
    client, other = signed_in(guest), Batch.objects.get(prompt="Submarine")
    galleries = Gallery.objects.filter(pk__in=list(Gallery.objects.values_list("pk", flat=True)))
    items = GalleryItem.objects.filter(gallery__in=galleries)

    def rows() -> list[object]:
        return [list(rows.values()) for rows in (Batch.objects.all(), Image.objects.all(), galleries, items)]

    paths = {name: filled(path, other) for name, (path, _expected) in POSTS.items()}
    del paths["leave_gallery"]  # it would be no guest's any more
    before = rows()
    for name, path in paths.items():
        sent = {"pick": other.images.get().key, "batch": other.key, "visible": "private", "title": "New"}
        assert client.post(path, sent).status_code in (200, 204, 302, 404, 409, 422), name
    assert rows() == before


def test_a_guest_begins_at_their_galleries_and_looks(cast: Cast, signed_in: SignIn, guest: Person) -> None:
    client = signed_in(guest)
    assert client.get("/")["Location"] == "/galleries"
    page = client.get("/galleries").content.decode()
    assert "Airships" in page and "Depths" not in page
    assert "New gallery</button>" not in " ".join(page.split()) and ">Studio<" not in "".join(page.split())
    gallery = Gallery.objects.get(title="Airships")
    image = Image.objects.get(batch__prompt="Zeppelin")
    assert image.key in client.get(gallery.get_absolute_url()).content.decode()
    page = client.get(image.get_absolute_url()).content.decode()
    assert "Zeppelin" in page and "/vary" not in page and "/?with=" not in page and "/refine" not in page
    order = {"prompt": "x", "model": [cast.model.key], "n": "1", "submission": "s", "visible": "private"}
    answer = client.post("/compose", order)
    assert answer.status_code == 422 and "let you add pictures" in answer.content.decode()


def test_a_guest_who_may_add_pictures_makes_them_for_that_gallery(cast: Cast, signed_in: SignIn, guest: Person) -> None:
    gallery = Gallery.objects.get(title="Airships")
    gallery.set_member(guest, GalleryMember.Role.CONTRIBUTE, cast.ana)
    client, value = signed_in(guest), f"gallery:{gallery.key}"
    page = client.get("/").content.decode()
    assert value in page and cast.design.key not in page
    order = {"prompt": "x", "model": [cast.model.key], "n": "1", "submission": "s", "visible": value}
    client.post("/compose", order)
    assert Batch.objects.get(person=guest).gallery == gallery


def test_a_manager_names_somebody_outside_the_team_by_their_whole_address(cast: Cast, signed_in: SignIn) -> None:
    gallery, client = make_gallery(cast.ana), signed_in(cast.ana)
    people = f"{gallery.get_absolute_url()}/people"
    assert "cy@design.example" not in client.get(people).content.decode()
    for wrong in ("cy", "cy@", "@design.example", "nobody@design.example", "é" * 300, "x\0"):
        answer = client.post(f"{people}/add", {"email": wrong}, follow=True)
        assert answer.status_code == 200 and not gallery.members.exists()
    client.post(f"{people}/add", {"email": "CY@design.example"})
    assert (gallery.members.get().person, gallery.members.get().role) == (cast.cy, "view")
    assert signed_in(cast.cy).get(gallery.get_absolute_url()).status_code == 200
    assert signed_in(cast.ben).post(f"{people}/add", {"email": "cy@design.example"}).status_code == 404


def test_addresses_are_not_tried_by_the_dozen(cast: Cast, signed_in: SignIn) -> None:
    cache.clear()
    people = f"{make_gallery(cast.ana, team=None).get_absolute_url()}/people"
    client = signed_in(cast.ana)
    for number in range(20):
        client.post(f"{people}/add", {"email": f"somebody{number}@design.example"})
    answer = client.post(f"{people}/add", {"email": "cy@design.example"}, follow=True)
    assert "You have tried many addresses" in answer.content.decode()
    assert not GalleryMember.objects.filter(person=cast.cy).exists()
    client.post(f"{people}/add", {"person": "lea", "role": "view"})
    assert GalleryMember.objects.filter(person=cast.lea).exists(), "whom one knows is added as before"
