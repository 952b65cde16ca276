"""Static files are gathered when they changed, and a server that runs meanwhile loses none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pytest_django import Settings

from generations.management.commands.up import collect_static

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def as_in_production(settings: Settings) -> None:
    """And of this project's own files; the others' are as many again."""
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "imageweb.static_files.HashedStaticFiles"}}


def test_what_a_running_server_names_stays(settings: Settings, tmp_path: Path) -> None:
    source, root = tmp_path / "source", tmp_path / "root"
    source.mkdir()
    settings.STATICFILES_DIRS, settings.STATIC_ROOT = [source], root
    for colour in ("red", "teal"):
        (source / "ink.css").write_text(f"p {{ color: {colour} }}")
        collect_static()
    hashed = {path.read_text() for path in root.glob("ink.*.css")}
    assert hashed == {"p { color: red }", "p { color: teal }"}


def test_what_has_not_changed_is_not_gathered_again(settings: Settings, tmp_path: Path) -> None:
    source, root = tmp_path / "source", tmp_path / "root"
    source.mkdir()
    (source / "ink.css").write_text("p { color: red }")
    settings.STATICFILES_DIRS, settings.STATIC_ROOT = [source], root
    collect_static()
    (root / "ink.css").unlink()
    collect_static()
    assert not (root / "ink.css").exists()


def test_a_module_imports_what_is_named_by_its_content(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path / "root"
    collect_static()
    modules = {path.name: path.read_text(encoding="utf-8") for path in settings.STATIC_ROOT.glob("js/*.*.js")}
    imported = {name for text in modules.values() for name in re.findall(r'from "\./([^"]+)"', text)}
    assert imported and imported <= set(modules)
