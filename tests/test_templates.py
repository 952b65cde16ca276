"""How templates are laid out: one element a line, and no partial that reads what nobody passed to it by name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings as project

FOLDER = Path(project.BASE_DIR, "templates")
TEMPLATES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.html"))
INCLUDE = re.compile(r'\{% include "([^"]+)"([^%]*)%\}')
LONGEST_LINE = 120
LONGEST_TEMPLATE = 220


def text_of(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_line_is_longer_than_a_screen(name: str) -> None:
    lines = text_of(name).splitlines()
    assert [line for line in lines if len(line) > LONGEST_LINE] == [] and len(lines) <= LONGEST_TEMPLATE


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_partial_sees_only_what_it_is_passed(name: str) -> None:
    assert [found[1] for found in INCLUDE.finditer(text_of(name)) if not found[2].rstrip().endswith("only")] == []


def test_every_partial_is_drawn_by_a_template_or_a_view() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in Path(project.BASE_DIR, "generations").rglob("*.py"))
    everything = code + "".join(text_of(name) for name in TEMPLATES)
    partials = [name for name in TEMPLATES if Path(name).name.startswith("_")]
    assert partials and [name for name in partials if f'"{name}"' not in everything] == []


def test_styles_need_no_important() -> None:
    styles = list(Path(project.BASE_DIR, "static/css").glob("*.css"))
    assert styles and [path.name for path in styles if "!important" in path.read_text(encoding="utf-8")] == []
