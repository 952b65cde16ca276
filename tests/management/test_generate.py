"""`manage.py generate`: from a shell to a file, by the same door as the page."""

import hashlib
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from generations.models import Batch, Image, Membership, Person, Team
from generations.models.adoption import adopt_sandbox
from generations.sandbox.draw import draw
from generations.sandbox.recipe import Recipe

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ana() -> Person:
    person = Person.objects.create(username="ana", email="ana@example.test", is_staff=True)
    Membership.objects.create(person=person, team=Team.objects.create(name="Design"))
    adopt_sandbox()
    return person


def test_it_writes_the_original_and_prints_the_page(
    ana: Person, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command(
        "generate", "Draw a cat", "--model", "dall-e-2", "--size", "256x256", "--n", "2", "--out", str(tmp_path)
    )
    batch = Batch.objects.get()
    written = {hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()}
    assert written == set(Image.objects.values_list("file_id", flat=True)) and len(written) == 2
    assert batch.get_absolute_url() in capsys.readouterr().out
    assert (batch.person, batch.prompt, batch.team) == (ana, "Draw a cat", ana.default_team())


def test_a_size_it_does_not_take_is_told(ana: Person, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("generate", "Draw", "--model", "dall-e-2", "--size", "300x300", "--out", str(tmp_path))
    assert "dall-e-2 draws 256x256, the nearest it takes to 300x300." in capsys.readouterr().err
    assert Image.objects.get().width == 256


def test_a_reference_is_edited(ana: Person, tmp_path: Path) -> None:
    reference = tmp_path / "lake.png"
    reference.write_bytes(draw(Recipe("lake", "dusk", 7, 192, 128)))
    model = "doubao-seededit-3-0-i2i-250628"
    call_command("generate", "Make it night", "--model", model, "--reference", str(reference), "--out", str(tmp_path))
    image = Image.objects.get(generation__isnull=False)
    assert image.width > image.height


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["Draw", "--model", "crayon"], "crayon is not offered"),
        ([" "], "Write what you would like to see"),
        (["Draw", "--reference", "nowhere.png"], "nowhere.png cannot be read"),
        (["Draw", "--as", "nobody"], "Nobody is called nobody"),
        (["Draw [[text]]"], "No picture came"),
    ],
)
def test_what_cannot_be_done_is_said(ana: Person, tmp_path: Path, arguments: list[str], says: str) -> None:
    with pytest.raises(CommandError, match=says.replace(".", r"\.")):
        call_command("generate", *arguments, "--out", str(tmp_path))


def test_where_the_folder_is_read_only_it_writes_into_the_data_folder(
    ana: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """As in a container. The file system under /proc takes no files, not even from root."""
    settings.DATA_DIR = tmp_path
    monkeypatch.chdir("/proc")
    call_command("generate", "Draw a cat", "--model", "dall-e-2", "--size", "256x256")
    [written] = (tmp_path / "drawn").iterdir()
    assert str(written) in capsys.readouterr().out


def test_a_folder_that_takes_nothing_is_refused_before_anything_is_paid(ana: Person) -> None:
    with pytest.raises(CommandError, match=r"Nothing can be written to /proc/drawn: .+ Choose --out"):
        call_command("generate", "Draw a cat", "--out", "/proc/drawn")
    assert not Batch.objects.exists()


def test_without_an_account_it_says_how_to_make_one() -> None:
    with pytest.raises(CommandError, match="Nobody has an account yet"):
        call_command("generate", "Draw a cat")
