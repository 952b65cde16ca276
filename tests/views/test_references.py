"""Pictures to start from, stored one by one."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from generations import uploads
from generations.imaging.label import Label, labelled_copy
from generations.models import Image, StoredFile, semaphore
from generations.models.key import now
from generations.models.semaphore import picture_work
from tests.support.cast import Cast, make_done, make_png, make_reference

SignIn = Callable[..., Client]


def make_file(data: bytes, name: str = "bottle.png") -> dict[str, object]:
    return {"file": SimpleUploadedFile(name, data, "image/png")}


def test_a_file_is_stored_at_once_and_named_by_its_key(cast: Cast, signed_in: SignIn) -> None:
    answer = signed_in(cast.ana, htmx=True).post("/references", make_file(make_png()))
    image = Image.objects.get()
    assert f'name="ref" value="{image.key}"' in answer.content.decode()
    assert (image.person, image.is_reference, image.alt) == (cast.ana, True, "bottle.png")


def test_a_labelled_copy_says_how_it_was_made(cast: Cast, signed_in: SignIn) -> None:
    client, label = signed_in(cast.ana, htmx=True), Label('A "lake" & <hills>', "gpt-image-1", {"seed": 7})
    told = client.post("/references", make_file(labelled_copy(make_png(), label))).content.decode()
    assert Label.from_json(html.unescape(re.search(r'data-label="([^"]*)"', told)[1])) == label
    assert "data-label" not in client.post("/references", make_file(make_png())).content.decode()


def test_a_foreign_label_fills_in_only_what_the_composer_shows(cast: Cast, signed_in: SignIn) -> None:
    options = {"seed": 7, "stop": ["END"], "temperature": "hot", "top_p": 9, "max_tokens": True, "tools": "x"}
    said = {"prompt": "a \ud800 b", "options": options | {"added": {"webhook_url": "https://evil.example"}}}
    png = make_png() + f"<imageweb:label>{html.escape(json.dumps(said))}</imageweb:label>".encode()
    answer = signed_in(cast.sam, htmx=True).post("/references", make_file(png))
    assert answer.status_code == 200
    label = json.loads(html.unescape(re.search(r'data-label="([^"]*)"', answer.content.decode())[1]))
    assert label["prompt"] == "a \ufffd b"
    assert label["options"] == {"seed": 7, "stop": ["END"]}


def test_what_anothers_file_says_stays_theirs(cast: Cast, signed_in: SignIn) -> None:
    label = Label("strictly private", "gpt-image-1")
    signed_in(cast.ana, htmx=True).post("/references", make_file(labelled_copy(make_png(), label)))
    image = Image.objects.get()
    make_reference(make_done(cast.ana), image)
    told = signed_in(cast.ben, htmx=True).post("/references", {"address": f"/i/{image.key}"}).content.decode()
    assert f'value="{image.key}"' in told and "private" not in told


def test_a_full_disk_takes_no_picture(cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "has_room", lambda: False)
    answer = signed_in(cast.ana, htmx=True).post("/references", make_file(make_png()))
    assert (answer.status_code, "nearly full" in answer.content.decode()) == (507, True)
    assert not StoredFile.objects.exists()


def test_a_person_uploads_so_much_a_day(cast: Cast, signed_in: SignIn, settings: object) -> None:
    client, known = signed_in(cast.ana, htmx=True), make_png()
    assert client.post("/references", make_file(known)).status_code == 200
    settings.MAX_REFERENCES_BYTES = 2**20
    StoredFile.objects.update(size=2**20)
    client.post(f"/i/{Image.objects.get().key}/delete")
    answer = client.post("/references", make_file(make_png()))
    assert answer.status_code == 422
    assert answer.content.decode() == (
        "bottle.png: You have uploaded 1 MB of pictures within 24 hours, the most one person may. Try again tomorrow,"
        " or ask an administrator to raise the limit."
    )
    assert signed_in(cast.ben, htmx=True).post("/references", make_file(make_png())).status_code == 200
    Image.objects.filter(person=cast.ana).update(created_at=now(hours=-25))
    assert client.post("/references", make_file(make_png())).status_code == 200


def test_more_at_once_are_told_when_to_come_again(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(semaphore, "PATIENCE", 0)
    with picture_work(cast.ana):
        answer = signed_in(cast.ana, htmx=True).post("/references", make_file(make_png()))
        assert (answer.status_code, answer["Retry-After"]) == (429, "5")
        assert "Try again in a few seconds." in answer.content.decode()
        assert signed_in(cast.ben, htmx=True).post("/references", make_file(make_png())).status_code == 200
        with picture_work(cast.lea):
            answer = signed_in(cast.ben, htmx=True).post("/references", make_file(make_png()))
            assert (answer.status_code, answer["Retry-After"]) == (503, "5")


@pytest.mark.parametrize(("path", "field"), [("/references", "file"), ("/compose", "files")])
def test_what_the_storage_does_not_take_is_named(
    cast: Cast, signed_in: SignIn, away: None, path: str, field: str
) -> None:
    order = {"prompt": "A lake", "model": cast.model.key, "n": "1", field: make_file(make_png())["file"]}
    answer = signed_in(cast.ana, htmx=True).post(path, order)
    assert "bottle.png could not be saved. Try again soon, or ask an administrator." in answer.content.decode()
    assert "Endpoint" not in answer.content.decode()


def test_the_same_file_twice_is_one_picture(cast: Cast, signed_in: SignIn) -> None:
    client, png = signed_in(cast.ana, htmx=True), make_png()
    for _ in range(2):
        client.post("/references", make_file(png))
    assert Image.objects.count() == 1


def test_without_script_the_studio_opens_with_it(cast: Cast, signed_in: SignIn) -> None:
    answer = signed_in(cast.ana).post("/references", make_file(make_png()), follow=True)
    assert f'name="ref" value="{Image.objects.get().key}"' in answer.content.decode()


def test_what_is_no_picture_is_refused_by_name(cast: Cast, signed_in: SignIn) -> None:
    answer = signed_in(cast.ana, htmx=True).post("/references", make_file(b"<html>", "notes.png"))
    assert answer.status_code == 422
    assert answer.content.decode().startswith("notes.png: ")
    assert answer["Content-Type"].startswith("text/plain")


def test_what_is_too_large_is_refused_in_words(cast: Cast, signed_in: SignIn, settings: object) -> None:
    settings.MAX_UPLOAD_BYTES = 2**20
    answer = signed_in(cast.ana, htmx=True).post("/references", make_file(b"x" * (2**20 + 1)))
    assert (answer.status_code, "larger than 1 MB" in answer.content.decode()) == (422, True)


@pytest.mark.parametrize(
    "address", ["/i/{key}", "http://testserver/i/{key}", "/i/{key}/original", "/i/{key}/thumbnail/640"]
)
def test_a_picture_of_this_site_is_taken_by_its_address(cast: Cast, signed_in: SignIn, address: str) -> None:
    image = make_done(cast.ben).generations.get().images.get()
    answer = signed_in(cast.ana, htmx=True).post("/references", {"address": address.format(key=image.key)})
    assert f'value="{image.key}"' in answer.content.decode()
    assert Image.objects.count() == 1


def test_a_picture_one_may_not_see_is_not_taken(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ben, visibility="private").generations.get().images.get()
    answer = signed_in(cast.ana, htmx=True).post("/references", {"address": f"/i/{image.key}"})
    assert (answer.status_code, answer.content.decode()) == (
        422,
        "This picture does not exist, or you don’t have access to it.",
    )


@pytest.mark.parametrize(
    "address", ["https://evil.example/i/abcdefghjkmn", "//evil.example/x", "/b/abcdefghjkmn", "\0", "http://["]
)
def test_no_other_address_is_followed(cast: Cast, signed_in: SignIn, address: str) -> None:
    answer = signed_in(cast.ana, htmx=True).post("/references", {"address": address})
    assert (answer.status_code, "not a picture of this site" in answer.content.decode()) == (422, True)


def test_what_is_taken_is_told_before(cast: Cast, signed_in: SignIn) -> None:
    """Few words stand in the column; the formats are told on the tile and to who cannot see it."""
    page = signed_in(cast.ana).get("/").content.decode()
    assert "<span data-hint>Up to 4 reference pictures.</span>" in page
    takes = "Drop, paste or pick PNG, JPEG, WebP, GIF or AVIF, up to 40 MB and 50 megapixels."
    assert f'<label class="ref ref--add" title="{takes}">' in page and f'<span class="vh"> {takes}</span>' in page


def test_references_are_picked_from_the_library(
    cast: Cast, signed_in: SignIn, queries_of: Callable[[Callable[[], object]], int]
) -> None:
    client, boat = signed_in(cast.ana), make_done(cast.ben, prompt="A red boat").images.get()
    assert "/references/pictures" in client.get("/").content.decode()
    few = queries_of(lambda: client.get("/references/pictures"))
    secret, kite = (
        make_done(cast.ben, visibility="private").images.get(),
        make_done(cast.ana, prompt="A kite").images.get(),
    )
    page = client.get("/references/pictures").content.decode()
    assert re.findall(r'data-refer="/i/(\w+)"', page) == [kite.key, boat.key] and secret.key not in page
    assert re.findall(r'data-refer="/i/(\w+)"', client.get("/references/pictures?q=boat").content.decode()) == [
        boat.key
    ]
    assert "No picture is found for" in client.get("/references/pictures", {"q": "<b>"}).content.decode()
    assert queries_of(lambda: client.get("/references/pictures")) == few


def test_references_stand_in_the_order_they_are_sent(cast: Cast, signed_in: SignIn) -> None:
    drawn = list(make_done(cast.ana, pictures=2).images.order_by("-pk"))
    batch = make_done(cast.ana)
    for image in drawn:
        make_reference(batch, image)
    for path in ("/", f"/b/{batch.key}", f"/i/{batch.images.get().key}"):
        refs = re.search(r'<div class="refs">(.+?)</div>', signed_in(cast.ana).get(path).content.decode(), re.S)[1]
        assert re.findall(r'href="/i/(\w+)"', refs) == [image.key for image in drawn], path
