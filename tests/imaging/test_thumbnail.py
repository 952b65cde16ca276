import io

import pytest
from PIL import Image

from generations.errors import BadPicture
from generations.imaging.thumbnail import thumbnails
from tests.support.samples import picture, png_bomb, saved


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    assert image.format == "WEBP"
    return image


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_the_ladder_has_a_webp_of_each_long_side(format: str) -> None:
    made = thumbnails(picture(format, (1500, 750)))
    assert {side: opened(data).size for side, data in made.by_side.items()} == {
        320: (320, 160),
        640: (640, 320),
        1280: (1280, 640),
    }
    assert opened(made.placeholder).size == (16, 8)
    assert len(made.placeholder) < 300


def test_no_rung_is_larger_than_the_picture() -> None:
    assert {side: opened(data).size for side, data in thumbnails(picture(size=(600, 960))).by_side.items()} == {
        320: (200, 320),
        640: (400, 640),
    }


def test_a_small_picture_gets_one_webp_of_its_own_size() -> None:
    made = thumbnails(picture(size=(100, 60)))
    assert {side: opened(data).size for side, data in made.by_side.items()} == {100: (100, 60)}


def test_a_picture_of_one_pixel_and_one_of_one_row_have_thumbnails() -> None:
    assert list(thumbnails(picture(size=(1, 1))).by_side) == [1]
    assert opened(thumbnails(picture(size=(5000, 1))).by_side[320]).size == (320, 1)


def test_alpha_is_kept() -> None:
    made = thumbnails(saved(Image.new("RGBA", (800, 800), (255, 0, 0, 100)), "PNG"))
    for data in [*made.by_side.values(), made.placeholder]:
        assert opened(data).convert("RGBA").getpixel((4, 4))[3] == pytest.approx(100, abs=3)


@pytest.mark.parametrize("side", [1500, 3600])
def test_thumbnails_are_upright_and_without_metadata(side: int) -> None:
    """The larger one is drawn in a child process."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "SECRET"
    made = thumbnails(picture("JPEG", (side, side * 2 // 3), exif=exif))
    for data in [*made.by_side.values(), made.placeholder]:
        image = opened(data)
        assert image.height > image.width
        assert b"SECRET" not in data
        assert not dict(image.getexif())


def test_a_bomb_has_no_thumbnails() -> None:
    with pytest.raises(BadPicture):
        thumbnails(png_bomb(12_000))
