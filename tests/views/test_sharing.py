"""Share links: who manages a gallery makes, copies and revokes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate, localtime

from generations.models import Gallery, ShareLink
from generations.models.key import now
from tests.support.cast import Cast, make_cast, make_done, make_gallery

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def gallery(cast: Cast) -> Gallery:
    return make_gallery(cast.ana, images=[make_done(cast.ana).images.get()])


def links_page(gallery: Gallery) -> str:
    return reverse("gallery_links", args=[gallery.key])


def test_a_link_is_made_shown_to_be_copied_and_revoked(cast: Cast, gallery: Gallery, signed_in: SignIn) -> None:
    client = signed_in(cast.ana)
    assert links_page(gallery) in client.get(gallery.get_absolute_url()).content.decode()
    said = {"label": "Aldea", "days": "7", "download": "web", "password": "sesame", "approved_only": "on"}
    assert client.post(reverse("make_link", args=[gallery.key]), said).status_code == 302
    link = ShareLink.objects.get()
    assert (link.label, link.download, link.approved_only, link.shows_prompts) == ("Aldea", "web", True, False)
    assert link.takes_password("sesame") and link.expires_at is not None
    last = localtime(link.expires_at)
    assert (
        last.date() == localdate() + timedelta(days=7) and localtime(last + timedelta(seconds=1)).date() > last.date()
    )
    page = client.get(links_page(gallery)).content.decode()
    assert link.get_absolute_url() in page and "with a password" in page and "sesame" not in page
    client.post(reverse("revoke_link", args=[link.key]))
    page = client.get(links_page(gallery)).content.decode()
    assert link.get_absolute_url() not in page and "Revoked on" in page
    assert Client().get(link.get_absolute_url()).status_code == 404


def test_a_round_is_closed_and_opened_again(cast: Cast, gallery: Gallery, signed_in: SignIn) -> None:
    link, client, visitor = ShareLink.make(gallery, cast.ana, choosing=True), signed_in(cast.lea), Client()
    for _twice in range(2):
        client.post(reverse("close_round", args=[link.key]))
    page = visitor.get(link.get_absolute_url())
    assert page.status_code == 404 and "This round is closed" in page.content.decode()
    chosen = visitor.post(reverse("choose_shared", args=[link.token]), {"name": "Eve", "heart": "x"})
    assert chosen.status_code == 404 and not link.visitors.exists()
    page = client.get(links_page(gallery)).content.decode()
    assert "Round closed on" in page and "Open the round again" in page
    assert reverse("open_round", args=[link.key]) in page, "Undo, and the row"
    for _twice in range(2):
        client.post(reverse("open_round", args=[link.key]))
    assert visitor.get(link.get_absolute_url()).status_code == 200
    link.close_round()
    ended = ({"expires_at": now(days=-1)}, {"revoked_at": now()})
    for fields in ({}, *ended):
        ShareLink.objects.update(**{"expires_at": None, "revoked_at": None} | fields)
        page = client.get(links_page(gallery)).content.decode()
        assert (reverse("open_round", args=[link.key]) in page) is (fields == {}), fields
    ShareLink.objects.update(revoked_at=None, closed_at=None)
    link.end()
    assert not link.close_round() and not link.open_round()
    assert signed_in(cast.ben).post(reverse("close_round", args=[link.key])).status_code == 404


def test_what_is_not_said_is_the_safe_way(cast: Cast, gallery: Gallery, signed_in: SignIn) -> None:
    signed_in(cast.ana).post(reverse("make_link", args=[gallery.key]), {})
    link = ShareLink.objects.get()
    assert link.label == gallery.title and not link.password and link.expires_at is not None
    assert (link.download, link.shows_prompts, link.shows_names) == ("", False, False)


def test_a_new_link_is_offered_with_choosing_and_commenting_and_keeps_what_was_ticked(
    cast: Cast, gallery: Gallery, signed_in: SignIn
) -> None:
    client = signed_in(cast.ana)

    def ticked(page: str) -> list[str]:
        return re.findall(r'type="checkbox" name="(\w+)" checked', page)

    assert ticked(client.get(links_page(gallery)).content.decode()) == ["choosing", "commenting"]
    answer = client.post(reverse("make_link", args=[gallery.key]), {"days": "8", "shows_prompts": "on"})
    assert answer.status_code == 422 and ticked(answer.content.decode()) == ["shows_prompts"]


def test_a_link_may_stay_open_until_it_is_revoked(cast: Cast, gallery: Gallery, signed_in: SignIn) -> None:
    signed_in(cast.ana).post(reverse("make_link", args=[gallery.key]), {"days": "0"})
    assert ShareLink.objects.get().expires_at is None


@pytest.mark.parametrize("said", [{"label": "a\0b"}, {"label": "x" * 81}, {"days": "8"}, {"download": "all"}])
def test_what_does_not_fit_is_said(cast: Cast, gallery: Gallery, signed_in: SignIn, said: dict[str, str]) -> None:
    answer = signed_in(cast.ana).post(reverse("make_link", args=[gallery.key]), said)
    assert answer.status_code == 422 and b'class="problem"' in answer.content
    assert not ShareLink.objects.exists()


def test_ten_links_cost_no_more_queries(cast: Cast, gallery: Gallery, signed_in: SignIn, queries_of: Callable) -> None:
    client = signed_in(cast.ana)
    ShareLink.make(gallery, cast.ana)
    client.get(links_page(gallery))
    few = queries_of(lambda: client.get(links_page(gallery)))
    for _ in range(10):
        ShareLink.make(gallery, cast.ana).visited()
    assert queries_of(lambda: client.get(links_page(gallery))) == few
