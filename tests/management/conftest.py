"""A storage of one test's own, pictures in it, and whole installations in folders of their own."""

import io
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from PIL import Image as Drawing
from pytest_django import Settings

from generations.imaging.thumbnail import thumbnails
from generations.models import Image, Person, StoredFile
from generations.models.storage import mark_storage
from tests.support.installation import Installation
from tests.support.storage import store_in


@pytest.fixture
def storage(settings: Settings, tmp_path: Path) -> Path:
    """An empty, marked storage; the folder it lies in."""
    folder = tmp_path / "storage"
    store_in(folder, settings)
    mark_storage()
    assert Path(default_storage.path("")) == folder
    return folder


@pytest.fixture
def person(db: None) -> Person:
    return Person.objects.create(username="mei", email="mei@example.com")


@pytest.fixture
def picture(storage: Path, person: Person) -> Image:
    """A stored reference picture of 700 by 500 pixels with two thumbnails."""
    data = png(700, 500)
    ladder = thumbnails(data)
    file = StoredFile.put(data, "image/png", ladder.by_side)
    return Image.objects.create(person=person, file=file, width=700, height=500, placeholder=ladder.placeholder)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """An installation in a folder of its own, not prepared yet."""
    return Installation(tmp_path / "installation")


@pytest.fixture
def prepared(installation: Installation) -> Installation:
    """The same, ready to start."""
    installation.prepare()
    return installation


def png(width: int, height: int) -> bytes:
    """Noise as a PNG."""
    file = io.BytesIO()
    Drawing.effect_noise((width, height), 60).save(file, "png")
    return file.getvalue()
