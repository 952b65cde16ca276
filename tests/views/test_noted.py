"""What the record says of looking: what staff open that is private to somebody, and which of others' pictures leave."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from generations.models import AuditEntry
from tests.support.cast import Cast, make_done

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
WAYS = {
    "its page": "/i/{image}",
    "its file": "/i/{image}/original",
    "its batch": "/b/{batch}",
    "its calls": "/g/{generation}/exchange",
    "beside another": "/compare?i={image}&i={other}",
    "review": "/review?at={image}",
}


def opened() -> list[tuple[str, str]]:
    entries = AuditEntry.objects.filter(verb="opened_private").order_by("number")
    return list(entries.values_list("object_kind", "object_key"))


@pytest.mark.parametrize("way", WAYS)
def test_whatever_way_staff_open_what_is_private_is_recorded_once_an_hour(
    cast: Cast, signed_in: SignIn, way: str
) -> None:
    image, other = make_done(cast.ana, visibility="private").images.get(), make_done(cast.ana).images.get()
    said = {"image": image.key, "other": other.key, "batch": image.batch.key, "generation": image.generation.key}
    path = WAYS[way].format(**said)
    if way != "review":  # which is not the author's to open
        assert signed_in(cast.ana).get(path).status_code == 200 and opened() == []
    for _again in range(2):
        assert signed_in(cast.sam).get(path).status_code == 200
    assert opened() == [("batch", image.batch.key)]


def test_each_of_others_pictures_in_a_zip_says_that_it_left(cast: Cast, signed_in: SignIn) -> None:
    own, others = make_done(cast.ben).images.get(), list(make_done(cast.ana, pictures=3).images.order_by("pk"))
    answer = signed_in(cast.ben).post("/selection/zip", {"pick": [own.key, *(image.key for image in others)]})
    assert answer.status_code == 200 and answer.getvalue()
    entries = list(AuditEntry.objects.filter(topic="pictures").order_by("number"))
    assert [(entry.verb, entry.object_key) for entry in entries] == [
        ("downloaded_zip", ""),
        *(("downloaded_original", image.key) for image in others),
    ]
    assert {(entry.team_id, entry.actor_id) for entry in entries[1:]} == {(cast.design.pk, cast.ben.pk)}
    assert entries[1].after == {"kind": "original", "pictures": 4}


def test_a_file_that_is_opened_by_its_address_is_had(cast: Cast, signed_in: SignIn) -> None:
    """A page that shows it asks for pictures, and that is no download."""
    shown, image = make_done(cast.ana, pictures=2).images.order_by("pk")
    ben = signed_in(cast.ben)
    assert ben.get(shown.original_url, headers={"Accept": "image/avif,image/webp,*/*;q=0.8"}).status_code == 200
    for accept in ("text/html,application/xhtml+xml,image/avif", "*/*", ""):
        assert ben.get(image.original_url, headers={"Accept": accept}).status_code == 200
    signed_in(cast.ana).get(image.original_url)
    entries = AuditEntry.objects.filter(verb="downloaded_original")
    assert [(entry.object_key, entry.actor_id) for entry in entries] == [(image.key, cast.ben.pk)]
