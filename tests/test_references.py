"""References are sent no larger than a model or its provider takes; what a person brought stays as it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import pyvips
from django.test import Client
from hypothesis import example, given
from hypothesis import strategies as st

from generations import pipeline
from generations.errors import InvalidRequest
from generations.imaging.decode import open_picture, reduced_copy
from generations.models import Generation, Image, ReducedCopy, StoredFile, Worker, queue
from generations.models.key import now
from generations.pipeline import build_request
from generations.references import GRAIN, MIB, as_sent, room_for, shares_of
from tests.support.cast import Cast, make_batch, make_generation, make_image, make_model, make_provider, make_reference
from tests.support.scripted import Wire

SignIn = Callable[..., Client]


def noise(width: int, height: int, *, bands: int = 3) -> bytes:
    """A PNG that cannot be packed."""
    layers = [pyvips.Image.gaussnoise(width, height, mean=128, sigma=60) for _ in range(bands)]
    pixels = layers[0].bandjoin(layers[1:]).cast("uchar")
    return pixels.copy(interpretation="srgb").pngsave_buffer()


def bring(cast: Cast, data: bytes) -> Image:
    """A reference of hers with these bytes."""
    picture = open_picture(data)
    image = make_image(person=cast.ana, width=picture.width, height=picture.height)
    image.file = image.clean_file = StoredFile.put(data, picture.media_type)
    image.save()
    return image


def sent_with(cast: Cast, *images: Image, request_limit: int = 0, side: int = 0) -> Generation:
    """A generation that is yet to be sent with these references to a model with these limits."""
    provider = make_provider("Gateway", "https://gateway.example/v1", request_limit=request_limit)
    model = make_model("flux", provider, max_references=9, max_reference_side=side)
    batch = make_batch(cast.ana)
    for image in images:
        make_reference(batch, image)
    return make_generation(batch, model)


@example([1, 1, MIB + 1, MIB, 917_522], 2_950_675)
@given(st.lists(st.integers(1, 50 * MIB), max_size=16), st.integers(16 * GRAIN, 64 * MIB))
def test_shares_fill_the_room_and_leave_small_pictures_alone(sizes: list[int], room: int) -> None:
    shares = shares_of(sizes, room)
    become = [min(size, share) if share else size for size, share in zip(sizes, shares, strict=True)]
    assert sum(become) <= room or sum(sizes) <= room
    if sum(sizes) <= room:
        assert not any(shares)
    else:
        left = [size for size, share in zip(sizes, shares, strict=True) if not share]
        cut = [share for share in shares if share]
        # What rounding takes from each that is cut is there for those that come after it.
        assert cut and max(left, default=0) <= min(cut) + GRAIN * (len(cut) + 1)
        assert room - sum(become) <= GRAIN * len(cut), "no room is left unused but what rounding takes"


def test_without_a_limit_any_size_is_sent(cast: Cast) -> None:
    data = noise(300, 200)
    generation = sent_with(cast, bring(cast, data))
    _, pictures, smaller = build_request(generation)
    assert [*pictures.pictures.values()] == [data] and smaller == []
    assert not ReducedCopy.objects.exists()


def test_a_longer_side_than_the_model_takes_is_scaled_down_once(cast: Cast) -> None:
    image = bring(cast, noise(600, 400))
    original = image.file.bytes()
    generation = sent_with(cast, image, side=300)
    _, pictures, smaller = build_request(generation)
    [data] = pictures.pictures.values()
    picture = open_picture(data)
    assert (picture.width, picture.height, picture.format, smaller) == (300, 200, "png", [[1, 300, 200]])
    again = build_request(generation)[1]
    assert again.pictures == pictures.pictures and ReducedCopy.objects.count() == 1
    image.refresh_from_db()
    assert (image.file.bytes(), image.width, image.height) == (original, 600, 400)


def test_a_request_within_the_providers_limit_holds_every_reference(cast: Cast) -> None:
    large, small = bring(cast, noise(1200, 900)), bring(cast, noise(60, 40))
    generation = sent_with(cast, large, small, request_limit=1)
    request, pictures, smaller = build_request(generation)
    assert large.file.size * 4 / 3 > MIB
    body = pictures.fill(request.to_json())
    assert len(body.sent) <= MIB
    assert [place for place, *_ in smaller] == [1], "the small one stays as it is"
    assert len(body.pictures) == 2


def test_what_is_transparent_stays_so(cast: Cast) -> None:
    data = noise(400, 300, bands=4)
    made = reduced_copy(data, longest=0, most=len(data) // 3)
    picture = open_picture(made)
    assert (picture.format, picture.has_alpha) == ("png", True)
    assert len(made) <= len(data) // 3 and abs(picture.width / picture.height - 4 / 3) < 0.05


def test_a_strip_of_one_pixel_and_a_tiny_limit_come_to_an_end() -> None:
    for data in (noise(2000, 1), noise(1, 2000), noise(1, 1)):
        assert open_picture(reduced_copy(data, longest=7, most=1)).width >= 1


def test_a_limit_that_the_words_fill_leaves_room_for_something(cast: Cast) -> None:
    model = make_model("flux", make_provider("Gateway", "https://gateway.example/v1", request_limit=1))
    assert room_for(model, 5 * MIB, 3) == GRAIN
    assert as_sent([bring(cast, noise(50, 50))], model, 5 * MIB)[0].width is None


def test_the_page_says_the_size_and_the_copy_goes_with_its_picture(cast: Cast, signed_in: SignIn, wire: Wire) -> None:
    image = bring(cast, noise(600, 400))
    generation = sent_with(cast, image, side=300)
    worker = Worker(name="w", slots=1)
    worker.heartbeat()
    pipeline.run(queue.claim(generation.pk, worker))
    generation.refresh_from_db()
    assert (generation.state, generation.sent_smaller) == ("succeeded", [[1, 300, 200]])
    client = signed_in(cast.ana)
    said = "Reference 1 was sent at 300 × 200."
    pages = [generation.batch.get_absolute_url(), generation.images.get().get_absolute_url()]
    assert [said in client.get(page).content.decode() for page in pages] == [True, True]
    copy = ReducedCopy.objects.get()
    assert f"{copy.width} × {copy.height}" == str(copy)
    generation.batch.references.through.objects.all().delete()
    Image.objects.filter(pk=image.pk).update(deleted_at=now(days=-90))
    assert image.purge()
    assert not StoredFile.objects.filter(pk=copy.file_id).exists()


@pytest.mark.parametrize("limits", [{"side": 300}, {"request_limit": 1}])
def test_one_that_cannot_be_encoded_says_so(cast: Cast, limits: dict[str, int]) -> None:
    image = bring(cast, noise(1200, 900))
    generation = sent_with(cast, image, **limits)
    image.clean_file = StoredFile.put(image.file.bytes()[:-200_000], "image/png")
    image.save()
    StoredFile.objects.filter(pk=image.clean_file_id).update(size=image.file.size)
    with pytest.raises(InvalidRequest) as refused:
        build_request(generation)
    assert "A reference picture cannot be sent." in str(refused.value.detail)
