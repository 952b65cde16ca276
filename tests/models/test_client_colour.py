"""A client's colour: whatever it is, what stands on it and what it stands on can be read in both themes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations.models import Client
from generations.models.client_colour import HUES, INK, PAPER, READABLE, contrast, fill_and_text
from imageweb import settings as project

CSS = Path(project.BASE_DIR, "static/css")


def surfaces() -> dict[str, tuple[str, str]]:
    """What a page's colours are in both themes."""
    text = (CSS / "tokens.css").read_text(encoding="utf-8")
    said = re.findall(r"--(bg|surface): light-dark\((#\w{6}), (#\w{6})\)", text)
    return {name: (light, dark) for name, light, dark in said}


def test_styles_have_these_colours() -> None:
    text = (CSS / "choosing.css").read_text(encoding="utf-8")
    said = re.findall(r"\.client--(\w+) \{\s*--client: light-dark\((#\w{6}), (#\w{6})\);", text)
    assert {name: (light, dark) for name, light, dark in said} == HUES
    assert HUES.keys() == {str(colour) for colour in Client.Colour} - {""}


@pytest.mark.parametrize("name", HUES)
def test_each_can_be_read_on_every_surface_in_both_themes(name: str) -> None:
    assert surfaces().keys() == {"bg", "surface"}
    for theme, hue in enumerate(HUES[name]):
        assert fill_and_text(hue)[0] == hue
        for surface in surfaces().values():
            assert contrast(hue, surface[theme]) >= READABLE


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_text_on_any_colour_can_be_read(hue: str) -> None:
    fill, text = fill_and_text(hue)
    assert contrast(fill, text) >= READABLE and fill in (hue, INK)


def test_contrast_is_that_of_the_definition() -> None:
    assert contrast("#000000", PAPER) == pytest.approx(21) and contrast("#777777", PAPER) == pytest.approx(
        4.478, abs=1e-3
    )
    assert contrast(INK, INK) == 1
