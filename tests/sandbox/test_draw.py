"""The pictures: the same for the same words, different for others, in every scene."""

import random
import subprocess
import sys
import textwrap

import pytest
import pyvips

from generations.sandbox.canvas import Canvas
from generations.sandbox.draw import NotAPicture, draw
from generations.sandbox.edits import EDITS
from generations.sandbox.palette import PALETTES, asked_for, blend, named
from generations.sandbox.recipe import Recipe, from_name, recipe
from generations.sandbox.scenes import SCENES

pytestmark = pytest.mark.exhaustive

SMALL = (96, 64)


def _drawn(data: bytes) -> pyvips.Image:
    return pyvips.Image.new_from_buffer(data, "")


def test_the_same_words_draw_the_same_bytes() -> None:
    first = draw(recipe("flux", "A quiet lake", 7, 0, SMALL))
    assert draw(recipe("flux", "A quiet lake", 7, 0, SMALL)) == first
    for other in (
        recipe("flux", "A quiet lake", 8, 0, SMALL),
        recipe("flux", "A quiet lake", 7, 1, SMALL),
        recipe("flux", "A quiet pond", 7, 0, SMALL),
        recipe("qwen-image", "A quiet lake", 7, 0, SMALL),
    ):
        assert draw(other) != first


def test_a_mark_does_not_change_the_picture() -> None:
    assert recipe("flux", "A lake [[slow:2]]", 1, 0, SMALL) == recipe("flux", "A lake", 1, 0, SMALL)


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("size", [(96, 64), (64, 150), (64, 64)])
def test_every_scene_fills_any_size(scene: str, size: tuple[int, int]) -> None:
    image = _drawn(draw(Recipe(scene, "dusk", 3, *size)))
    assert (image.width, image.height) == size
    assert image.deviate() > 10
    assert image.colourspace("b-w").crop(0, size[1] - 4, size[0], 4).max() < 256


@pytest.mark.parametrize("palette", PALETTES)
def test_every_palette_is_honoured(palette: str) -> None:
    image = Canvas(64, 64, named(palette), random.Random(1)).down(named(palette).sky)
    assert image(32, 0) == pytest.approx(list(named(palette).sky[0]), abs=3)
    assert image(32, 63) == pytest.approx(list(named(palette).sky[-1]), abs=12)


def test_colour_words_choose_the_palette() -> None:
    assert asked_for("a red door") == "red"
    assert asked_for("蓝色的海") == "blue"
    assert asked_for("teal sea under a golden sun") == "teal+amber"
    assert asked_for("a bored editor") == ""


def test_a_blend_runs_through_oklab() -> None:
    assert blend(((255, 255, 255), (0, 0, 0)), 0.5) == pytest.approx((99, 99, 99), abs=1)


def test_words_choose_the_scene() -> None:
    scenes = {
        "画只猫": "cat",
        "A misty lake": "lake",
        "futuristic city at night": "city",
        "a bouquet of flowers": "dahlia",
    }
    assert {prompt: recipe("flux", prompt, None, 0, SMALL).subject for prompt in scenes} == scenes


def test_a_name_holds_the_whole_recipe() -> None:
    lake = recipe("flux", "A red lake under a blue moon", 7, 0, (640, 480))
    edited = recipe("flux", "at night", 7, 0, (320, 240), of=lake, is_edit=True)
    assert from_name(lake.name) == lake
    assert from_name(edited.name) == edited
    assert from_name(edited.name.replace("night", "nightly")) is None


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_keeps_what_is_in_the_picture(edit: str) -> None:
    before = draw(Recipe("city", "dawn", 5, 120, 120))
    after = draw(Recipe(edit, "dusk", 6, 120, 120), reference=before)
    assert after != before
    assert _likeness(before, after) > 0.6


def test_a_reference_that_is_no_picture_is_told_apart() -> None:
    for data in (b"", b"<svg/>", b"\x89PNG\r\n\x1a\n", b"hello"):
        with pytest.raises(NotAPicture):
            draw(Recipe("night", "dusk", 6, 64, 64), reference=data)


def test_the_largest_picture_fits_in_memory() -> None:
    """Measured in a process of its own."""
    code = """
        from generations.isolated import peak_memory
        from generations.sandbox.draw import draw
        from generations.sandbox.recipe import Recipe
        from tests.sandbox.test_draw import _drawn
        picture = _drawn(draw(Recipe("lake", "dusk", 3, 4096, 4096), "jpeg"))
        print(picture.width, picture.height, peak_memory())
    """
    printed = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, check=True).stdout
    width, height, peak = map(int, printed.split())
    assert (width, height) == (4096, 4096)
    assert peak < 900 * 1024


def _likeness(before: bytes, after: bytes) -> float:
    """The correlation of the light in the middle of two pictures, seen small."""
    a, b = (
        _drawn(data).colourspace("b-w")[0].crop(24, 24, 72, 72).resize(0.25).cast("float") for data in (before, after)
    )
    a, b = a - a.avg(), b - b.avg()
    return (a * b).avg() / ((a * a).avg() * (b * b).avg()) ** 0.5
