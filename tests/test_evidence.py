"""Evidence packs: what is in one, what stays out, and that one changed byte is found."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from pytest_django import Settings

from generations.acting import Actor, Kind, acting_as
from generations.errors import NotStored
from generations.evidence.check import CHANGED, NO_PACK, NOT_OURS, check_pack
from generations.evidence.pack import PREVIEW, write_pack
from generations.history import NO_REMARK
from generations.models import (
    AuditEntry,
    Comment,
    Generation,
    Image,
    Membership,
    Person,
    RetentionRule,
    SigningKey,
    Verdict,
    semaphore,
)
from generations.models.audit_entry import Subject, record
from generations.models.key import now
from generations.models.retention import apply_rules
from generations.models.semaphore import ARCHIVES
from generations.models.stored_file import original_path
from generations.presenters.record import Names
from generations.protocol.externalize import externalize, inline
from generations.protocol.request import ChatMessage, image_request
from generations.viewer import Viewer
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
    Verdict.objects.give(cast.lea, image, "rejected", "The moon is missing.", "Wrong text")
    Comment.write(image, cast.ben, "Too dark.")
    remark = Comment.write(image, None, "Lovely.")[0]
    Comment.objects.filter(pk=remark.pk).update(visitor_name="Marisol")
    return Image.objects.select_related("file", "batch__parent", "generation__model__provider").get(pk=image.pk)


def pack_of(cast: Cast, *images: Image, by: Person | None = None, with_names: bool = True) -> bytes:
    out = io.BytesIO()
    write_pack(out, images, Viewer(by or cast.sam), "Request by a lawyer", with_names=with_names)
    return out.getvalue()


def said_in(data: bytes) -> dict[str, Any]:
    """What a pack says of its only picture."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return json.loads(archive.read("evidence.json"))["pictures"][0]


def files_in(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


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
    [verdict] = said["verdicts"]
    assert [verdict[name] for name in ("state", "reason", "by")] == ["rejected", "Wrong text", "Lea"]
    assert verdict["note"] == "The moon is missing." and '<p dir="auto">Wrong text</p>' in page
    assert [(c["text"], c["by"]) for c in said["comments"]] == [("Too dark.", "Ben"), ("Lovely.", "Marisol")]
    assert [entry["content"]["verb"] for entry in said["record"]] == ["rejected", "proved_picture"]
    assert "A &lt;b&gt;lake&lt;/b&gt; at night" in page and image.file_id in page
    found = check_pack(io.BytesIO(data))
    assert (found.is_good, found.pictures, found.number) == (True, 1, AuditEntry.objects.count())


def test_secrets_addresses_and_names_stay_out(cast: Cast, image: Image) -> None:
    with zipfile.ZipFile(io.BytesIO(pack_of(cast, image, with_names=False))) as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist())
    for secret in (b"sk-of-the-tests", b"@design.example", b"Marisol", b"Lea", b"Ana"):
        assert secret not in whole


EVERYTHING = "Everything there is about these pictures."


def contents_of(data: bytes) -> str:
    """What the page says of what is in it."""
    page = files_in(data)["index.html"].decode()
    return page[page.index("<dt>Contents") : page.index("</dl>")]


def test_the_page_says_what_is_not_in_the_pack(cast: Cast, image: Image) -> None:
    assert EVERYTHING in contents_of(pack_of(cast, image))
    numbered = contents_of(pack_of(cast, image, with_names=False))
    assert "People are called by numbers." in numbered and EVERYTHING not in numbered
    image.comments.filter(author=cast.ben).update(deleted_at=now())
    image.generation.attempts.update(cleared_at=now(), request=b"", answer=b"")
    data = pack_of(cast, image)
    for sentence in ("Comments that were deleted are left out.", "Some requests and responses were cleared"):
        assert sentence in contents_of(data)
    assert EVERYTHING not in contents_of(data)
    assert (said_in(data)["comments_deleted"], bool(said_in(data)["attempts"][0]["cleared_at"])) == (1, True)


def test_a_cleared_call_leaves_no_file_and_the_pack_says_when_it_was_cleared(cast: Cast, image: Image) -> None:
    Generation.objects.update(finished_at=now(days=-40))
    RetentionRule.objects.create(kind="exchanges", days=30)
    assert [line.count for line in apply_rules()] == [1]
    data = pack_of(cast, image)
    [call], files = said_in(data)["attempts"], files_in(data)
    cleared_at = image.generation.attempts.get().cleared_at
    assert [name for name in files if name.startswith("calls/")] == [] and all(files.values())
    assert (call["request"], call["request_sha256"], call["answer"], call["answer_sha256"]) == (None,) * 4
    assert call["cleared_at"] == cleared_at.astimezone(UTC).isoformat(timespec="milliseconds")
    assert f"{cleared_at:%H:%M:%S} UTC, as the retention rule says" in files["index.html"].decode()
    assert check_pack(io.BytesIO(data)).is_good


def test_a_call_without_an_answer_has_no_file_of_it(cast: Cast, image: Image) -> None:
    image.generation.attempts.update(answer=None, answered_at=None, status=None)
    data = pack_of(cast, image)
    [call] = said_in(data)["attempts"]
    assert (bool(call["request"]), call["answer"], call["answer_sha256"], call["answer_size"]) == (True, None, None, 0)
    assert all(files_in(data).values()) and check_pack(io.BytesIO(data)).is_good


def test_a_lost_preview_makes_no_pack_fail(cast: Cast, image: Image) -> None:
    assert b"data:image/webp" in files_in(pack_of(cast, image))["index.html"]
    default_storage.delete(image.file.thumbnail(PREVIEW))
    data = pack_of(cast, image)
    assert check_pack(io.BytesIO(data)).is_good
    assert files_in(data)[said_in(data)["file"]] == image.file.bytes()
    assert b"data:image/webp" not in files_in(data)["index.html"]


def test_no_pack_is_recorded_that_was_not_made(cast: Cast, image: Image) -> None:
    lost = make_done(cast.ana).images.get()
    default_storage.delete(original_path(lost.file_id))
    with pytest.raises(NotStored):
        pack_of(cast, image, lost)
    assert not AuditEntry.objects.filter(verb="proved_picture").exists()


def test_no_pack_is_made_on_a_full_disk_nor_beside_as_many_downloads_as_are_made_at_once(
    cast: Cast, signed_in: SignIn, image: Image, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    lea, fields = signed_in(cast.lea), {"pick": image.key}
    monkeypatch.setattr(semaphore, "PATIENCE", 0)
    with ARCHIVES.acquired(), ARCHIVES.acquired():
        answer = lea.post("/evidence", fields)
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert lea.post("/evidence", fields).status_code == 200
    settings.MIN_FREE_BYTES = 2**60
    answer = lea.post("/evidence", fields)
    assert answer.status_code == 507 and "nearly full" in answer.content.decode()
    assert AuditEntry.objects.filter(verb="proved_picture").count() == 1


# ── what stays out, by who makes it ──

SPACED = b'{ "messages":[{"content":"x"},{"content":"y"}]}'
SECRET = 'The merger that "nobody" knows of\nyet'


@pytest.fixture
def refined(cast: Cast) -> Image:
    """A picture of Ana's that she shows to her team, drawn in two turns from private ones, with a reference of hers and
    one of a shown picture; the request as it was sent."""
    first = make_done(cast.ana, prompt=SECRET, visibility="private").images.get()
    line = {"lineage_root": first.batch, "derivation": "refine"}
    second = make_done(cast.ana, prompt="A lake", parent=first, **line).images.get()
    batch = make_done(cast.ana, prompt="At night", parent=second, **line)
    brought, drawn = make_reference(batch), make_reference(batch, make_done(cast.ben).images.get())
    sent = {brought.file_id: brought.file.bytes(), drawn.file_id: drawn.file.bytes()}
    history = [
        ChatMessage(role="user", content=SECRET),
        ChatMessage(role="assistant", content="I drew the merger."),
        ChatMessage(role="user", content="A lake"),
        ChatMessage(role="assistant", content=NO_REMARK),
    ]
    uris = [f"data:image/png;base64,{base64.b64encode(data).decode()}" for data in sent.values()]
    request = image_request("gpt-image-1", "At night", references=uris, history=history, stream=False).to_json()
    batch.generations.get().attempts.update(
        request=externalize(request, sent), request_size=len(request), pictures=sorted(sent)
    )
    image = batch.images.get()
    return Image.objects.select_related("file", "batch__parent", "generation__model__provider").get(pk=image.pk)


def test_who_leads_gets_no_private_words_and_no_original_that_is_not_theirs(cast: Cast, refined: Image) -> None:
    attempt = refined.generation.attempts.get()
    exact, brought = attempt.request_bytes(), refined.batch.references.get(person=cast.ana)
    data = pack_of(cast, refined, by=cast.lea)
    files, said = files_in(data), said_in(data)
    assert check_pack(io.BytesIO(data)).is_good
    whole = b"".join(files.values())
    for hidden in (b"merger", brought.file.bytes(), base64.b64encode(brought.file.bytes())):
        assert hidden not in whole
    own, shown = said["references"]
    assert ("file" in own, own["sha256"], "file" in shown) == (False, brought.file_id, True)
    assert files[shown["file"]] in whole
    [call] = said["attempts"]
    assert call["request_sha256"] == hashlib.sha256(exact).hexdigest()
    left_out = [(left["what"], left["message"], left["sha256"]) for left in call["request_left_out"]]
    texts = (SECRET, "I drew the merger.")
    hashes = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    assert left_out == [("message", 1, hashes[0]), ("message", 2, hashes[1]), ("picture", None, brought.file_id)]
    given = files[call["request"]]
    for text, sha256 in zip(texts, hashes, strict=True):
        mark = json.dumps(f"[left out: sha256 {sha256}]").encode()
        given = given.replace(mark, json.dumps(text, ensure_ascii=False).encode())
    known = {brought.file_id: brought.file.bytes()}
    assert inline(given, known.get, own=known, size=len(exact)) == exact, "who has the rest can prove that it was sent"
    page = files["index.html"].decode()
    assert page.count("Left out") == 4 and hashes[0] in page and "not for who made this pack" in page


def test_staff_and_who_made_it_get_all(cast: Cast, refined: Image) -> None:
    attempt = refined.generation.attempts.get()
    Membership.objects.filter(person=cast.ana).update(role="lead")
    for person in (cast.sam, cast.ana):
        data = pack_of(cast, refined, by=person)
        files, said = files_in(data), said_in(data)
        [call] = said["attempts"]
        assert files[call["request"]] == attempt.request_bytes() and not call["request_left_out"]
        assert all("file" in reference for reference in said["references"])
        assert b"Left out" not in files["index.html"]


def test_an_answer_that_repeats_private_words_stays_out(cast: Cast, refined: Image) -> None:
    answer = json.dumps({"choices": [], "echo": {"messages": [SECRET]}}).encode()
    refined.generation.attempts.update(answer=answer, answer_size=len(answer))
    data = pack_of(cast, refined, by=cast.lea)
    [call] = said_in(data)["attempts"]
    assert (call["answer"], call["answer_sha256"]) == (None, hashlib.sha256(answer).hexdigest())
    assert b"merger" not in b"".join(files_in(data).values())
    [call] = said_in(pack_of(cast, refined))["attempts"]
    assert call["answer"]


def test_the_page_of_the_calls_leaves_out_the_same_words(cast: Cast, signed_in: SignIn, refined: Image) -> None:
    """What was private when it was drawn, and is shown to a team now."""
    answer = json.dumps({"choices": [], "echo": SECRET}).encode()
    refined.generation.attempts.update(answer=answer, answer_size=len(answer))
    path = f"/g/{refined.generation.key}/exchange"
    for person in (cast.ben, cast.lea):
        page = signed_in(person).get(path).content.decode()
        assert "merger" not in page and "left out: sha256" in page and "At night" in page and "A lake" in page
        assert "The response repeats an earlier prompt" in page
    for person in (cast.ana, cast.sam):
        page = signed_in(person).get(path).content.decode()
        assert "merger" in page and "left out" not in page
    plain = make_done(cast.ana).generations.get()
    assert "A red bicycle" in signed_in(cast.ben).get(f"/g/{plain.key}/exchange").content.decode()


@pytest.mark.parametrize("body", [b"{", b'{"messages": {}}', b"[]", b'{"messages":["x","y"]}', SPACED])
def test_a_request_that_cannot_be_read_is_not_given_in_part(cast: Cast, refined: Image, body: bytes) -> None:
    refined.generation.attempts.update(request=body, request_size=len(body), pictures=[])
    [call] = said_in(pack_of(cast, refined, by=cast.lea))["attempts"]
    assert (call["request"], [left["what"] for left in call["request_left_out"]]) == (None, ["all"])


def test_entries_that_are_not_of_a_led_team_stay_out(cast: Cast, image: Image) -> None:
    record("opened_private", Subject("batch", image.batch.key))
    lea, sam = said_in(pack_of(cast, image, by=cast.lea)), said_in(pack_of(cast, image))
    verbs = [{entry["content"]["verb"] for entry in said["record"]} for said in (lea, sam)]
    assert ("opened_private" in verbs[0], "opened_private" in verbs[1]) == (False, True)
    assert lea["record_left_out"].startswith("1 entry") and not sam["record_left_out"]


@pytest.mark.parametrize(
    ("actor", "said"),
    [
        (Actor(Kind.SYSTEM), "Imageweb"),
        (Actor(Kind.COMMAND, "demo"), "The command demo"),
        (Actor(Kind.LINK, "x"), "A visitor of a share link"),
        (Actor(Kind.NOBODY), "Somebody who was not signed in"),
    ],
)
def test_an_entry_says_what_acted_where_it_was_no_person(cast: Cast, image: Image, actor: Actor, said: str) -> None:
    with acting_as(actor):
        record("showed_batch", image.batch)
    [entry] = [each for each in said_in(pack_of(cast, image))["record"] if each["content"]["verb"] == "showed_batch"]
    assert entry["said"].startswith(said)
    assert Names([]).actor(AuditEntry.objects.get(verb="showed_batch")).name == said


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
