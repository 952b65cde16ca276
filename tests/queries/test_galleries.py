"""What is read of a gallery: its pictures that nobody deleted, and who made them."""

from __future__ import annotations

from collections.abc import Callable

from generations.models import Image, ShareLink, Visitor
from generations.models.key import now
from generations.queries.galleries import (
    beside,
    lying_in,
    makers_in,
    numbers_found,
    numbers_in,
    pictures_found,
    tags_in,
)
from generations.queries.search import Search
from generations.viewer import Viewer
from tests.support.cast import Cast, make_done, make_gallery, make_image, make_person


def test_surplus_pictures_count_and_deleted_ones_do_not(cast: Cast) -> None:
    drawn = make_done(cast.ben).images.get()
    surplus = make_image(drawn.generation, position=2, is_surplus=True)
    own = make_done(cast.ana).images.get()
    gallery = make_gallery(cast.ana, images=[drawn, surplus, own], order="oldest")
    for image, name in ((drawn, "lost"), (own, "kept")):
        image.tags.create(name=name, person=cast.ana)
    Image.objects.filter(pk=drawn.pk).update(deleted_at=now())
    assert lying_in(gallery).count() == 2
    assert list(numbers_found(gallery, Search(), Viewer(cast.ana))) == [surplus.pk, own.pk]
    assert numbers_in(gallery, [drawn.pk, own.pk]) == {own.pk: 2}
    assert makers_in(gallery)[1] == [cast.ana, cast.ben]
    assert tags_in(gallery) == ["kept"]
    Image.objects.filter(pk=surplus.pk).update(deleted_at=now())
    assert makers_in(gallery) == ([own.model], [cast.ana])


def test_what_was_marked_is_found_while_it_lies_there_and_by_whom_it_may_be_read(cast: Cast) -> None:
    images = [make_done(cast.ana).images.get() for _ in range(4)]
    gallery = make_gallery(cast.ana, images=images)
    visitor = Visitor.come(ShareLink.make(gallery, cast.ana, choosing=True), "Marisol")[0]
    for image in images[:3]:
        visitor.choose(image, "heart", Image.objects.all())
    visitor.remark(images[3], "Darker")
    gallery.remove(Image.objects.filter(pk=images[0].pk))
    Image.objects.filter(pk=images[1].pk).delete_by(cast.ana)
    viewer = Viewer(cast.ana)
    assert list(numbers_found(gallery, Search(chosen=("any",)), viewer)) == [images[2].pk]
    assert list(numbers_found(gallery, Search(chosen=(visitor.key,), rejected=("any",)), viewer)) == []
    assert list(numbers_found(gallery, Search(remarked=("any",)), viewer)) == [images[3].pk]
    for search in (Search(chosen=("any",)), Search(rejected=("any",)), Search(remarked=("any",))):
        assert list(numbers_found(gallery, search, viewer)) == list(
            pictures_found(gallery, search, viewer).values_list("pk", flat=True)
        )
    guest = make_person("gus")
    gallery.set_member(guest, "view", cast.ana)
    assert list(numbers_found(gallery, Search(chosen=("any",)), Viewer(guest))) == [images[3].pk, images[2].pk]


def test_a_filter_costs_the_pictures_beside_one_no_more_queries(
    cast: Cast, queries_of: Callable[[Callable[[], object]], int]
) -> None:
    images = [make_done(cast.ana).images.get() for _ in range(3)]
    gallery, viewer = make_gallery(cast.ana, images=images), Viewer(cast.ana)
    assert viewer.roles and not viewer.gallery_roles, "read once for all that a request asks"
    found: list[tuple[str, str]] = []
    asked = [
        queries_of(lambda search=search: found.append(beside(viewer, gallery.key, images[1], search)))
        for search in (Search(), Search(shape=("landscape",)), Search(words="bicycle"))
    ]
    assert found == [(images[2].key, images[0].key)] * 3
    assert asked[0] == asked[1] == asked[2]


def test_what_is_added_later_is_found_too(cast: Cast) -> None:
    older, first, newer = (make_done(cast.ana).images.get() for _ in range(3))
    gallery = make_gallery(cast.ana)
    assert not lying_in(gallery).exists()
    for image, numbers in ((first, [first.pk]), (newer, [newer.pk, first.pk]), (older, [older.pk, newer.pk, first.pk])):
        gallery.add(Image.objects.filter(pk=image.pk), cast.ana)
        assert list(pictures_found(gallery, Search(), Viewer(cast.ana)).values_list("pk", flat=True)) == numbers
