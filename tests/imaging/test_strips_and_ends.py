"""Strips a pixel thin, and JPEGs whose end marker alone is missing."""

import pytest

from generations.errors import BadPicture
from generations.imaging.decode import clean_copy, open_picture
from generations.imaging.thumbnail import open_with_thumbnails
from tests.support.samples import picture


@pytest.mark.parametrize("size", [(4000, 1), (1, 4000), (7, 12_000), (12_000, 7), (16_000, 1), (1300, 2)])
@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_a_strip_has_thumbnails(size: tuple[int, int], format: str) -> None:
    opened, ladder = open_with_thumbnails(picture(format, size))
    assert (opened.width, opened.height) == size
    for side, data in ladder.by_side.items():
        rung = open_picture(data)
        assert max(rung.width, rung.height) == side
        assert min(rung.width, rung.height) >= 1


def test_a_jpeg_without_its_end_marker_opens() -> None:
    whole = picture("JPEG", (400, 300))
    opened, ladder = open_with_thumbnails(whole.removesuffix(b"\xff\xd9"))
    assert (opened.width, opened.height, sorted(ladder.by_side)) == (400, 300, [320])
    assert open_picture(clean_copy(whole.removesuffix(b"\xff\xd9"))).width == 400


@pytest.mark.parametrize("lost", [40, 400, 2_000])
def test_a_jpeg_that_is_cut_off_does_not(lost: int) -> None:
    whole = picture("JPEG", (400, 300))
    with pytest.raises(BadPicture):
        open_with_thumbnails(whole[:-lost])
