"""What is filled in is what the template would have shown."""

from __future__ import annotations

from django.template.loader import render_to_string
from hypothesis import example, given
from hypothesis import strategies as st

from generations.models import Batch, Generation, Image, ProviderModel
from generations.presenters.frame import Frame, Shown
from generations.presenters.library import tiles_of
from generations.templatetags.cached_include import cached_each, cached_include
from generations.viewer import Viewer

said = st.sampled_from(["", "%", "%(key)s", "100 %d", "<b>&amp;\"'", "{{ image.key }}", "\ue000key\ue001"]) | st.text()


def make_picture() -> Image:
    picture = Image(key="k7f3abcdefgh", width=1536, height=1024, placeholder=b"\0")
    picture.is_favourite = False
    return picture


[TILE] = tiles_of(Viewer(), [make_picture()], lambda image: "Ana")
FRAME = Frame(
    Generation(key="g", batch=Batch(key="b"), model=ProviderModel(name="gpt-image-1")),
    1,
    1,
    4,
    "done",
    "r-150",
    heading="No. 1, image 1",
    image=make_picture(),
    target="g-b-refine",
).picture


def varied(shown: Shown, drawn: st.DataObject) -> Shown:
    """The same fields with anything in them."""
    return {
        field: drawn.draw(st.booleans() if isinstance(value, bool) else said, field) for field, value in shown.items()
    }


@given(st.data(), st.booleans())
def test_a_tile_is_filled_as_it_is_rendered(drawn: st.DataObject, in_trash: bool) -> None:
    shown = varied(TILE, drawn)

    filled = cached_include("parts/_tile.html", image=shown, in_trash=in_trash)

    assert filled == render_to_string("parts/_tile.html", {"image": shown, "in_trash": in_trash})


@given(st.data(), st.booleans())
def test_a_picture_of_a_strip_is_filled_as_it_is_rendered(drawn: st.DataObject, oob: bool) -> None:
    shown = varied(FRAME, drawn)

    filled = cached_include("strip/_picture.html", image=shown, oob=oob)

    assert filled == render_to_string("strip/_picture.html", {"image": shown, "oob": oob})


@given(st.lists(st.data(), max_size=3), st.booleans())
def test_each_is_filled_as_it_is_alone(drawn: list[st.DataObject], in_trash: bool) -> None:
    tiles = [varied(TILE, each) for each in drawn]

    filled = cached_each("parts/_tile.html", images=tiles, in_trash=in_trash)

    assert filled == "".join(cached_include("parts/_tile.html", image=tile, in_trash=in_trash) for tile in tiles)


@given(said)
@example("<script>alert(1)</script>")
def test_what_is_filled_in_is_escaped(words: str) -> None:
    assert "<script>" not in cached_include(
        "parts/_tile.html", image={**TILE, "title": words, "caption": words}, in_trash=False
    )
