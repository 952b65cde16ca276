"""Evidence packs: what is in one, what stays out, and that one changed byte is found."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from pytest_django import Settings

from generations.evidence import CHANGED, NO_PACK, NOT_OURS, check_pack, write_pack
from generations.models import AuditEntry, Comment, Image, SigningKey, Verdict
from tests.support.cast import Cast, make_done, make_gallery, make_image, make_reference
from tests.views.test_recorded import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(cast: Cast) -> Image:
    """A picture of Ana's with a reference of hers and one of Ben's, a verdict and a comment."""
    batch = make_done(cast.ana, prompt="A <b>lake</b> at night")
    make_reference(batch)
    make_reference(batch, make_image(person=cast.ben))
    image = batch.images.get()
    Verdict.objects.give(cast.lea, image, "rejected", "The moon is missing.")
    Comment.write(image, cast.ben, "Too dark.")
    Comment.write(image, None, "Lovely.", visitor_name="Marisol")
    return Image.objects.select_related("file", "batch__parent", "generation__model__provider").get(pk=image.pk)


def pack_of(cast: Cast, *images: Image, with_names: bool = True) -> bytes:
    out = io.BytesIO()
    write_pack(out, images, cast.sam, "Request by a lawyer", with_names=with_names)
    return out.getvalue()


def test_it_holds_everything_about_a_picture(cast: Cast, image: Image) -> None:
    data = pack_of(cast, image)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        document = json.loads(archive.read("evidence.json"))
        [said] = document["pictures"]
        assert archive.read(said["file"]) == image.file.bytes()
        [attempt] = said["attempts"]
        kept = image.generation.attempts.get()
        assert archive.read(attempt["request"]) == kept.request_bytes()
        assert archive.read(attempt["answer"]) == kept.answer_bytes()
        page = archive.read("index.html").decode()
    assert (said["sha256"], said["prompt"]) == (image.file_id, "A <b>lake</b> at night")
    assert [(v["state"], v["note"], v["by"]) for v in said["verdicts"]] == [("rejected", "The moon is missing.", "Lea")]
    assert [(c["text"], c["by"]) for c in said["comments"]] == [("Too dark.", "Ben"), ("Lovely.", "Marisol")]
    assert [entry["content"]["verb"] for entry in said["record"]] == ["rejected", "proved_picture"]
    assert "A &lt;b&gt;lake&lt;/b&gt; at night" in page and image.file_id in page
    found = check_pack(io.BytesIO(data))
    assert (found.is_good, found.pictures, found.number) == (True, 1, AuditEntry.objects.count())


def test_secrets_addresses_and_what_others_brought_stay_out(cast: Cast, image: Image) -> None:
    with zipfile.ZipFile(io.BytesIO(pack_of(cast, image, with_names=False))) as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist())
        own, others = json.loads(archive.read("evidence.json"))["pictures"][0]["references"]
    for secret in (b"sk-of-the-tests", b"@design.example", b"Marisol", b"Lea", b"Ana"):
        assert secret not in whole
    assert ("file" in own, "file" in others) == (True, False)


def test_one_changed_byte_is_found_wherever_it_is(cast: Cast, image: Image) -> None:
    data = pack_of(cast, image)
    places = [*range(0, len(data), max(1, len(data) // 120)), *range(len(data) - 260, len(data))]
    for place in places:
        changed = bytearray(data)
        changed[place] ^= 0x20
        assert check_pack(io.BytesIO(bytes(changed))).problem in (CHANGED, NO_PACK), place
    for cut in (data[:-1], data[1:], data + b"\0", data[: len(data) // 2]):
        assert not check_pack(io.BytesIO(cut)).is_good


@pytest.mark.parametrize("data", [b"", b"PK", b"x" * 5000, b" " * 256, b"[]" + b" " * 254, b'{"key": 1}'.ljust(256)])
def test_what_is_no_pack_is_said_to_be_none(db: None, data: bytes) -> None:
    assert check_pack(io.BytesIO(data)).problem in (NO_PACK, CHANGED)


def test_a_pack_of_another_installation_is_whole_but_not_ours(cast: Cast, image: Image) -> None:
    data = pack_of(cast, image)
    SigningKey.objects.all().delete()
    assert check_pack(io.BytesIO(data)).problem == NOT_OURS


def test_who_leads_the_team_and_staff_make_one_and_it_is_recorded(
    cast: Cast, signed_in: SignIn, image: Image, tmp_path: Path, settings: Settings
) -> None:
    fields = {"pick": image.key, "purpose": "\0" + "x" * 2000}
    for person in (cast.ana, cast.ben, cast.cy):
        assert signed_in(person).post("/evidence", fields).status_code == 404
        assert (
            'action="/evidence"'
            not in signed_in(person).get(image.get_absolute_url() if person != cast.cy else "/").content.decode()
        )
    for person in (cast.lea, cast.sam):
        assert 'action="/evidence"' in signed_in(person).get(image.get_absolute_url()).content.decode()
        answer = signed_in(person).post("/evidence", fields)
        data = b"".join(answer.streaming_content)
        (tmp_path / "pack.zip").write_bytes(data)
        call_command("verify_evidence", tmp_path / "pack.zip")
    made = AuditEntry.objects.filter(verb="proved_picture")
    assert [(entry.actor_id, entry.object_key) for entry in made] == [
        (cast.lea.pk, image.key),
        (cast.sam.pk, image.key),
    ]
    private = make_done(cast.ana, visibility="private").images.get()
    assert signed_in(cast.lea).post("/evidence", {"pick": private.key}).status_code == 404
    assert signed_in(cast.sam).post("/evidence", {"pick": [image.key] * 101}).status_code == 200


def test_the_page_says_whether_a_pack_is_whole_and_ours(
    cast: Cast, signed_in: SignIn, image: Image, tmp_path: Path
) -> None:
    data, client = pack_of(cast, image), signed_in(cast.lea)
    good = client.post("/evidence/check", {"file": SimpleUploadedFile("pack.zip", data)})
    assert (good.status_code, "The pack is whole and was made here" in good.content.decode()) == (200, True)
    bad = client.post("/evidence/check", {"file": SimpleUploadedFile("pack.zip", data[:-300] + data[-299:])})
    assert (bad.status_code, "This pack proves nothing" in bad.content.decode()) == (422, True)
    assert client.post("/evidence/check").status_code == 302
    (tmp_path / "bad.zip").write_bytes(data[:-1])
    for name in ("bad.zip", "none.zip"):
        with pytest.raises(CommandError):
            call_command("verify_evidence", tmp_path / name)


def test_a_selection_is_proved_as_a_whole_or_not_at_all(cast: Cast, signed_in: SignIn, image: Image) -> None:
    other = make_done(cast.ben).images.get()
    private = make_done(cast.lea, visibility="private").images.get()
    lea = signed_in(cast.lea)
    gallery = make_gallery(cast.ana, images=[image, other])
    for path in ("/library", gallery.get_absolute_url()):
        assert 'formaction="/evidence"' in lea.get(path).content.decode()
        assert 'formaction="/evidence"' not in signed_in(cast.ben).get(path).content.decode()
    answer = lea.post("/evidence", {"pick": [image.key, other.key], "purpose": "Audit"})
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        said = json.loads(archive.read("evidence.json"))
    assert ({each["key"] for each in said["pictures"]}, said["reason"]) == ({image.key, other.key}, "Audit")
    answer = lea.post("/evidence", {"all": "1", "gallery": gallery.key})
    assert answer.status_code == 200
    refused = lea.post("/evidence", {"pick": [image.key, private.key]})
    assert refused.status_code == 403
    assert "1 of the selected pictures is not of a team that you lead." in refused.content.decode()
    assert lea.post("/evidence", {"pick": [f"{n:012}" for n in range(501)]}).status_code == 413
