"""What lies in a gallery, in which order, and what comes back."""

from __future__ import annotations

import pytest

from generations.models import Gallery, GalleryItem, Image
from generations.models.key import now
from tests.support.cast import Cast, make_cast, make_done, make_gallery

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def drawn(cast: Cast, count: int) -> list[Image]:
    return [make_done(cast.ana).images.get() for _ in range(count)]


def by_hand(gallery: Gallery) -> list[int]:
    return list(gallery.items.filter(removed_at=None).order_by("rank", "pk").values_list("image", flat=True))


def those(images: list[Image]) -> object:
    return Image.objects.filter(pk__in=[image.pk for image in images])


def test_pictures_come_behind_what_is_there_and_only_once(cast: Cast) -> None:
    one, two, three = drawn(cast, 3)
    gallery = make_gallery(cast.ana, images=[two])
    assert gallery.add(those([one, two, three]), cast.ben)[1] == 2
    assert by_hand(gallery) == [two.pk, one.pk, three.pk]
    assert gallery.add(those([one]), cast.ana)[1] == 0


def test_what_was_taken_out_comes_back_to_its_place(cast: Cast) -> None:
    one, two, three = drawn(cast, 3)
    gallery = make_gallery(cast.ana, images=[one, two, three])
    removal, count = gallery.remove(those([two]))
    assert count == 1 and by_hand(gallery) == [one.pk, three.pk]
    assert gallery.remove(those([two]))[1] == 0
    assert gallery.undo_removal(removal) == 1 and by_hand(gallery) == [one.pk, two.pk, three.pk]
    assert gallery.undo_removal(removal) == 0 and gallery.undo_removal("") == 0
    gallery.remove(those([two]))
    assert gallery.add(those([two]), cast.ana)[1] == 1 and by_hand(gallery) == [one.pk, two.pk, three.pk]


def test_what_was_just_put_in_is_taken_out_again_and_nothing_else(cast: Cast) -> None:
    one, two, three = drawn(cast, 3)
    gallery = make_gallery(cast.ana, images=[one, two])
    gallery.remove(those([two]))
    addition, count = gallery.add(those([one, two, three]), cast.ben)
    assert count == 2 and gallery.undo_addition(addition) == 2 and by_hand(gallery) == [one.pk]
    assert gallery.undo_addition(addition) == 0 and gallery.undo_addition("") == 0 and by_hand(gallery) == [one.pk]


def test_moving_touches_one_row(cast: Cast, django_assert_num_queries: object) -> None:
    images = drawn(cast, 4)
    gallery = make_gallery(cast.ana, images=images)
    first, second, third, last = GalleryItem.objects.order_by("rank")
    before = dict(GalleryItem.objects.values_list("pk", "rank"))
    with django_assert_num_queries(2):  # type: ignore[operator]
        gallery.move(last, before=second)
    after = dict(GalleryItem.objects.values_list("pk", "rank"))
    assert [pk for pk in before if bytes(before[pk]) != bytes(after[pk])] == [last.pk]
    assert by_hand(gallery) == [images[0].pk, images[3].pk, images[1].pk, images[2].pk]
    gallery.move(first, before=None)
    assert by_hand(gallery)[-1] == images[0].pk
    gallery.move(GalleryItem.objects.get(pk=third.pk), before=GalleryItem.objects.get(pk=last.pk))
    assert by_hand(gallery)[0] == images[2].pk


def test_a_deleted_gallery_comes_back_with_everything_until_it_is_purged(cast: Cast) -> None:
    gallery = make_gallery(cast.ana, images=drawn(cast, 2))
    assert gallery.delete_by(cast.ana) and not gallery.delete_by(cast.ana)
    assert not Gallery.objects.kept().exists() and Gallery.objects.purge() == 0
    assert gallery.restore() and not gallery.restore()
    assert len(by_hand(gallery)) == 2
    gallery.delete_by(cast.ana)
    Gallery.objects.update(deleted_at=now(days=-31))
    assert Gallery.objects.purge() == 1 and Image.objects.count() == 2
