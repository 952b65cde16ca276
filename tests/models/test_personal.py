"""What a person gets who asks for everything about them: all that is theirs, and nothing of others."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from generations.models import AuditEntry, Comment, Draft, Verdict
from tests.support.cast import Cast, make_done, make_image

pytestmark = pytest.mark.django_db


def test_everything_of_theirs_and_nothing_of_others(cast: Cast, tmp_path: Path) -> None:
    image, foreign = make_done(cast.ana, prompt="Mine").images.get(), make_done(cast.ben, prompt="Ben’s").images.get()
    brought = make_image(person=cast.ana)
    Comment.write(foreign, cast.ana, "What I said")
    Comment.write(image, cast.ben, "What Ben said")
    Verdict.objects.give(cast.ana, foreign, "rejected", "My reason", "My ready reason")
    Draft.objects.create(person=cast.ana, fields={"prompt": ["Unsent"]})
    call_command("export_person", "ana@design.example", tmp_path / "ana.zip")
    with zipfile.ZipFile(tmp_path / "ana.zip") as archive:
        text = archive.read("data.json").decode()
        names = set(archive.namelist())
        assert archive.read(f"pictures/{image.key}.png") == image.file.bytes()
    assert names == {"data.json", f"pictures/{image.key}.png", f"pictures/{brought.key}.png"}
    said = json.loads(text)
    assert (said["person"]["email"], said["teams"]) == (
        "ana@design.example",
        [{"team__name": "Design", "role": "member"}],
    )
    for own in ("Mine", "What I said", "My reason", "My ready reason", "Unsent"):
        assert own in text
    for others in ("Ben’s", "What Ben said", "ben@design.example", "md5$"):
        assert others not in text
    assert AuditEntry.objects.get(verb="exported_person").after == {"pictures": 2}
    for name, file in (("nobody", "x.zip"), ("ana", "ana.zip")):
        with pytest.raises(CommandError):
            call_command("export_person", name, tmp_path / file)
