"""What is read of a gallery: its pictures that nobody deleted, and who made them."""

from __future__ import annotations

from generations.models import Image
from generations.models.key import now
from generations.queries.galleries import lying_in, makers_in, numbers_found, numbers_in, tags_in
from generations.queries.search import Search
from generations.viewer import Viewer
from tests.support.cast import Cast, make_done, make_gallery, make_image


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
