"""Taking pictures home: whole, labelled, clean, and many in a ZIP."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.files.storage import default_storage
from django.core.signals import request_finished
from django.db import close_old_connections
from django.http.response import HttpResponseBase
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from generations.imaging.label import Label, read_label
from generations.models import Image, Lease, StoredFile, semaphore, stored_file
from generations.models.semaphore import ARCHIVES, picture_work
from generations.models.stored_file import original_path, remove
from generations.views import downloads
from generations.web import archive, copies, manifest, selection
from generations.web.archive import Member, write_archive
from generations.web.manifest import csv_of
from tests.support.cast import Cast, make_done, make_image
from tests.support.steps import Counter, count_patterns
from tests.views.test_selection import picked

SignIn = Callable[..., Client]


def packed(client: Client, keys: list[str], **said: object) -> zipfile.ZipFile:
    answer = client.post("/selection/zip", {"pick": keys} | said)
    data = answer.getvalue()
    assert answer.status_code == 200
    assert len(data) == int(answer["Content-Length"])
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    return archive


def leave(answer: HttpResponseBase) -> None:
    """End an answer that was not read, as the server does when its reader goes away."""
    request_finished.disconnect(close_old_connections)
    answer.close()
    request_finished.connect(close_old_connections)


def test_the_original_is_bit_for_bit(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ana).images.get()
    answer = signed_in(cast.ana).get(f"/i/{image.key}/original?download")
    assert answer.getvalue() == image.file.bytes()


def test_the_labelled_copy_says_how_it_was_made(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana, options={"seed": 7, "added": {"style": "vivid"}}, size="3:2")
    image = batch.images.get()
    answer = signed_in(cast.ana).get(f"/i/{image.key}/labelled")
    assert read_label(answer.getvalue()) == Label("A red bicycle in rain", "gpt-image-1", {"seed": 7}, "3:2")
    assert answer["Content-Disposition"].endswith(f'a-red-bicycle-in-rain_{image.key[:4]}_labelled.png"')
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_the_clean_copy_says_nothing(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ana).images.get()
    answer = signed_in(cast.ana).get(f"/i/{image.key}/clean")
    assert Pillow.open(io.BytesIO(answer.getvalue())).info.keys() <= {"icc_profile", "dpi"}


def test_a_reference_takes_no_label(cast: Cast, signed_in: SignIn) -> None:
    image = make_image(person=cast.ana)
    assert signed_in(cast.ana).get(f"/i/{image.key}/labelled").status_code == 404
    assert signed_in(cast.ana).get(f"/i/{image.key}/clean").status_code == 200


def test_a_format_without_labels_is_refused_with_a_sentence(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ana).images.get()
    out = io.BytesIO()
    Pillow.new("RGB", (9, 9)).save(out, "GIF")
    Image.objects.filter(pk=image.pk).update(file=StoredFile.put(out.getvalue(), "image/gif"))
    answer = signed_in(cast.ana).get(f"/i/{image.key}/labelled")
    assert answer.status_code == 415
    assert "cannot be labelled" in answer.content.decode()


def test_a_zip_holds_the_originals_and_a_list_of_them(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana, pictures=3, prompt="=1+1 夕阳")
    archive = packed(signed_in(cast.ben), picked(batch))
    *names, manifest = archive.namelist()
    assert manifest == "manifest.csv"
    assert len(set(names)) == 3
    assert all("夕阳" in name and name.endswith(".png") for name in names)
    assert {archive.read(name) for name in names} == {image.file.bytes() for image in batch.images.all()}
    rows = list(csv.DictReader(io.StringIO(archive.read("manifest.csv").decode())))
    assert [row["file"] for row in rows] == names
    assert {row["prompt"] for row in rows} == {"'=1+1 夕阳"}
    assert rows[0]["address"] == f"http://testserver/i/{picked(batch)[0]}"


SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫"
CELLS = st.text(st.sampled_from([*SIGNS, *",;|\t\n\r\"' "]) | st.characters(codec="utf-8"), max_size=12)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@given(st.lists(st.lists(CELLS, min_size=1, max_size=3), min_size=1, max_size=3))
def test_no_cell_of_the_list_is_a_formula_by_any_separator(separator: str, rows: list[list[str]]) -> None:
    read = csv.reader(io.StringIO(csv_of(rows), newline=""), delimiter=separator)
    assert [cell for row in read for cell in row if cell.lstrip().startswith((*SIGNS,))] == []


def test_a_cell_without_a_formula_stays_as_it_is() -> None:
    cells = ["a red-blue cat, e-mail me @ home", "2026-11-20", 'say "hi"; then go', "1 + 1 = 2", "line\nline"]
    assert next(csv.reader(io.StringIO(csv_of([cells]), newline=""))) == cells


RUN = 32_000
HOSTILE = {
    "line feeds": "a" + "\n" * RUN,
    "tabs": "a" + "\t" * RUN,
    "line feeds and carriage returns": "\r\n" * RUN,
    "separators of every kind": ",;|\t\n\r\v\f\x1c\x85\u2028" * (RUN // 11),
    "blanks": "a," + " " * RUN,
    "blanks and line feeds": "\n " * RUN,
    "blanks of every kind": " \u00a0\u2003\u3000" * (RUN // 4),
    "quotes": ',"' + "'" * RUN,
    "quotes and separators": ",\"\n'" * (RUN // 4),
    "signs": "\n=" * RUN,
}


@pytest.mark.parametrize("prompt", HOSTILE.values(), ids=HOSTILE)
def test_formulas_are_found_in_steps_that_grow_with_a_prompt(prompt: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # One prompt of line feeds took seconds, in which the whole process answered nobody.
    counter = Counter(most=20_000_000)
    for name, counted in count_patterns(manifest, counter):
        monkeypatch.setattr(manifest, name, counted)
    costs = []
    for length in (1_500, 6_000):
        counter.steps = 0
        csv_of([[prompt[:length] + "b"]])
        costs.append(counter.steps)
    assert costs[1] <= 5 * costs[0]


@pytest.mark.parametrize("blank", [sign for sign in map(chr, range(0x10000)) if sign.isspace()], ids=ascii)
def test_no_white_space_hides_a_formula(blank: str) -> None:
    assert csv_of([[f"a,{blank}=1"], [f"{blank}=1"]]) == f'"a,{blank}\'=1"\r\n"{blank}\'=1"\r\n'


def test_a_zip_holds_only_what_one_may_see(cast: Cast, signed_in: SignIn) -> None:
    mine, foreign = make_done(cast.ana), make_done(cast.cy)
    assert len(packed(signed_in(cast.ana), picked(mine, foreign)).namelist()) == 2


def test_all_that_is_found_is_packed(cast: Cast, signed_in: SignIn) -> None:
    make_done(cast.ana, prompt="red", pictures=3)
    make_done(cast.ana, prompt="blue")
    assert len(packed(signed_in(cast.ana), [], all="1", query="q=red").namelist()) == 4


def test_two_pictures_of_one_name_are_two_files(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana, pictures=2)
    for image, key in zip(batch.images.all(), ("abcd11", "abcd22"), strict=True):
        Image.objects.filter(pk=image.pk).update(key=key)
    names = packed(signed_in(cast.ana), picked(batch)).namelist()
    assert [name.rpartition("_")[2] for name in names[:2]] == ["abcd.png", "abcd22.png"]


def parts_in(page: str) -> list[str]:
    return re.findall(r'name="part" value="([^"]+)"', page)


@pytest.mark.parametrize("chosen", ["ticked", "found"])
def test_more_than_a_zip_holds_comes_in_parts(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch, chosen: str
) -> None:
    monkeypatch.setattr(downloads, "MAX_FILES", 2)
    batch, client = make_done(cast.ana, pictures=5), signed_in(cast.ana)
    said = {"pick": picked(batch)} if chosen == "ticked" else {"all": "1", "query": "q=red"}
    answer = client.post("/selection/zip", said)
    page = answer.content.decode()
    assert answer.status_code == 413
    assert re.findall(r"\d: \d pictures?", page) == ["1: 2 pictures", "2: 2 pictures", "3: 1 picture"]
    assert all(f'name="{name}"' in page for name in said)
    one, two, three = parts_in(page)
    first = client.post("/selection/zip", said | {"part": one})
    assert "_2-pictures_part-1-of-3.zip" in first["Content-Disposition"]
    assert first.getvalue()
    client.post(f"/i/{picked(batch)[0]}/delete")  # what is gone moves nothing into another part
    keys = picked(batch)
    for part, there in ((two, keys[2:4]), (three, keys[4:])):
        *names, _ = packed(client, **{"keys": [], **said, "part": part}).namelist()
        assert [name[-8:-4] for name in names] == [key[:4] for key in there]


def test_more_than_two_gigabytes_come_in_parts(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana, pictures=3)
    StoredFile.objects.update(size=900 * 1024 * 1024)
    page = signed_in(cast.ana).post("/selection/zip", {"pick": picked(batch)}).content.decode()
    assert re.findall(r"Part \d: ([^<]*)", page) == ["2 pictures, 1.8\xa0GB", "1 picture, 900.0\xa0MB"]


@pytest.mark.parametrize("part", ["", "1", "WzEsMCw5OTldOjF:x"])
def test_a_part_nobody_offered_is_not_there(cast: Cast, signed_in: SignIn, part: str) -> None:
    batch = make_done(cast.ana)
    assert signed_in(cast.ana).post("/selection/zip", {"pick": picked(batch), "part": part}).status_code == 404


def test_a_part_holds_only_what_one_may_see(cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "MAX_FILES", 1)
    mine, foreign = make_done(cast.ana, pictures=2), make_done(cast.cy)
    page = signed_in(cast.ana).post("/selection/zip", {"pick": picked(mine)}).content.decode()
    part = parts_in(page)[0]
    for stranger, keys in ((cast.ana, picked(foreign)), (cast.cy, picked(mine))):
        answer = signed_in(stranger).post("/selection/zip", {"pick": keys, "part": part})
        assert answer["Location"] == "/library"


def test_more_than_five_thousand_are_refused_with_a_sentence(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "MAX_AT_ONCE", 2)
    batch = make_done(cast.ana, pictures=3)
    answer = signed_in(cast.ana).post("/selection/zip", {"pick": picked(batch)})
    assert answer.status_code == 413
    assert "at most 2 go in one go" in answer.content.decode()


def test_one_download_at_a_time_for_a_person(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana)
    running = signed_in(cast.ana).post("/selection/zip", {"pick": picked(batch)})  # made, and not read yet
    second = signed_in(cast.ana).post("/selection/zip", {"pick": picked(batch)})
    assert (second.status_code, second["Retry-After"]) == (429, "60")
    assert "still running" in second.content.decode()
    packed(signed_in(cast.ben), picked(batch))
    leave(running)
    packed(signed_in(cast.ana), picked(batch))


def test_nothing_is_listed_for_who_has_to_wait(cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(semaphore, "PATIENCE", 0)
    monkeypatch.setattr(manifest, "are_whole", None)
    monkeypatch.setattr(manifest, "manifest_of", None)
    batch = make_done(cast.ana)
    with archive._locked(cast.ana):
        assert signed_in(cast.ana).post("/selection/zip", {"pick": picked(batch)}).status_code == 429
    with ARCHIVES.acquired(), ARCHIVES.acquired():
        assert signed_in(cast.ana).post("/selection/zip", {"pick": picked(batch)}).status_code == 503


def test_few_downloads_are_put_together_at_once(cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(semaphore, "PATIENCE", 0)
    batch = make_done(cast.ana)
    with ARCHIVES.acquired():
        packed(signed_in(cast.ana), picked(batch))
        with ARCHIVES.acquired():
            answer = signed_in(cast.ana).post("/selection/zip", {"pick": picked(batch)})
            assert (answer.status_code, answer["Retry-After"]) == (503, "5")
            assert "Try again in a minute" in answer.content.decode()
    packed(signed_in(cast.ana), picked(batch))


def test_a_download_that_does_not_fit_on_the_disk_is_refused(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_file.shutil, "disk_usage", lambda path: SimpleNamespace(free=2**20, total=2**40))
    small, large = make_done(cast.ana), make_done(cast.ana)
    StoredFile.objects.filter(images__in=large.images.all()).update(size=2**20)
    monkeypatch.setattr(manifest, "are_whole", lambda files: {file.pk for file in files})
    answer = signed_in(cast.ana).post("/selection/zip", {"pick": picked(large)})
    assert answer.status_code == 507
    assert "not enough room" in answer.content.decode()
    packed(signed_in(cast.ana), picked(small))


def test_an_archive_leaves_nothing_behind(cast: Cast, signed_in: SignIn, settings: object) -> None:
    before = {path for path in Path(settings.DATA_DIR).rglob("*") if path.is_file() and path.stat().st_size}
    batch = make_done(cast.ana)
    running = signed_in(cast.ana).post("/selection/zip", {"pick": picked(batch)})
    during = {path for path in Path(settings.DATA_DIR).rglob("*") if path.is_file() and path.stat().st_size}
    leave(running)
    assert [path for path in during - before if not {"files", "thumbnails"} & set(path.parts)] == []


def test_nothing_selected_downloads_nothing(cast: Cast, signed_in: SignIn) -> None:
    assert signed_in(cast.ana).post("/selection/zip")["Location"] == "/library"
    assert not Lease.objects.exists()


def test_a_missing_or_damaged_file_is_left_out_and_said(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana, pictures=3)
    gone, cut, there = batch.images.order_by("pk")
    remove(original_path(gone.file_id))
    Path(default_storage.path(original_path(cut.file_id))).write_bytes(b"half")
    archive = packed(signed_in(cast.ana), picked(batch))
    [name, manifest] = archive.namelist()
    assert archive.read(name) == there.file.bytes()
    rows = csv.DictReader(io.StringIO(archive.read(manifest).decode()))
    assert [(row["sha256"], bool(row["note"])) for row in rows] == [
        (gone.file_id, True),
        (cut.file_id, True),
        (there.file_id, False),
    ]


def test_a_name_tells_the_day_it_was_where_its_people_are(cast: Cast, signed_in: SignIn, settings: object) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    Image.objects.filter(pk=(image := make_done(cast.ana).images.get()).pk).update(
        created_at=datetime(2026, 11, 20, 20, tzinfo=UTC)
    )
    answer = signed_in(cast.ana).get(f"/i/{image.key}/original?download")
    assert "2026-11-21_a-red" in answer["Content-Disposition"]


def test_a_file_that_goes_meanwhile_ends_the_download_instead_of_spoiling_it(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = make_done(cast.ana)
    monkeypatch.setattr(manifest, "are_whole", lambda files: {file.pk for file in files})
    remove(original_path(batch.images.get().file_id))
    answer = signed_in(cast.ana).post("/selection/zip", {"pick": picked(batch)})
    assert answer.status_code == 503
    assert "could not be put together" in answer.content.decode()
    packed(signed_in(cast.ana), picked(make_done(cast.ana)))


def test_an_archive_is_read_by_every_reader() -> None:
    at = datetime(2026, 11, 20, 13, 2, 4)
    big = Member("big", 3_000_000, at, lambda: io.BytesIO(bytes(3_000_000)))
    old = Member("夕阳", 0, datetime(1970, 1, 1), io.BytesIO)
    out = io.BytesIO()
    write_archive(out, [big, old])
    read = zipfile.ZipFile(out)
    assert read.testzip() is None
    assert [(info.filename, info.file_size, info.date_time) for info in read.infolist()] == [
        ("big", 3_000_000, (2026, 11, 20, 13, 2, 4)),
        ("夕阳", 0, (1980, 1, 1, 0, 0, 0)),
    ]


@pytest.mark.parametrize("size", [2, 4])
def test_a_file_of_another_length_than_its_row_says_is_an_error(size: int) -> None:
    with pytest.raises(OSError):
        write_archive(io.BytesIO(), [Member("x", size, datetime(2026, 1, 1), lambda: io.BytesIO(b"abc"))])


@pytest.mark.parametrize("kind", ["clean", "labelled"])
def test_a_copy_is_made_once(cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    image = make_done(cast.ana).images.get()
    first = signed_in(cast.ana).get(f"/i/{image.key}/{kind}")
    data = first.getvalue()
    image.refresh_from_db()
    assert getattr(image, f"{kind}_file").bytes() == data
    monkeypatch.setattr(copies, f"{kind}_copy", None)
    again = signed_in(cast.ben).get(f"/i/{image.key}/{kind}")
    assert again.getvalue() == data
    assert again["Content-Disposition"] == first["Content-Disposition"]
    assert (
        signed_in(cast.ben).get(f"/i/{image.key}/{kind}", headers={"If-None-Match": first["ETag"]}).status_code == 304
    )


def test_one_picture_at_a_time_is_worked_on_for_a_person(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(semaphore, "PATIENCE", 0)
    image = make_done(cast.ana).images.get()
    with picture_work(cast.ana):
        answer = signed_in(cast.ana).get(f"/i/{image.key}/clean")
        assert (answer.status_code, answer["Retry-After"]) == (429, "5")
        assert "Another picture of yours" in answer.content.decode()
        assert signed_in(cast.ben).get(f"/i/{image.key}/clean").status_code == 200
    assert signed_in(cast.ana).get(f"/i/{image.key}/clean").status_code == 200


def test_a_full_disk_makes_no_copy(cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "has_room", lambda: False)
    answer = signed_in(cast.ana).get(f"/i/{make_done(cast.ana).images.get().key}/clean")
    assert answer.status_code == 507
    assert "nearly full" in answer.content.decode()
