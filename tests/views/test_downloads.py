"""Taking pictures home: whole, labelled, clean, and many in a ZIP."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.signals import request_finished
from django.db import close_old_connections
from django.http.response import HttpResponseBase
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from stream_zip import ZipIntegrityError

from generations.errors import NotStored
from generations.imaging.decode import clean_copy
from generations.imaging.label import Label, read_label
from generations.models import Image, Lease, StoredFile, semaphore
from generations.models.semaphore import ARCHIVES, picture_work
from generations.models.storage import remove
from generations.models.stored_file import original_path
from generations.views import downloads
from generations.web import archive, copies, manifest, selection
from generations.web.archive import PIECE, Archive, Member
from generations.web.manifest import LISTED_AT_ONCE, Listing, csv_of
from tests.support.cast import Cast, make_done, make_gallery, make_image
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


def test_more_than_five_thousand_are_refused_with_a_sentence(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "MAX_AT_ONCE", 2)
    batch = make_done(cast.ana, pictures=3)
    answer = signed_in(cast.ana).post("/selection/zip", {"pick": picked(batch)})
    assert answer.status_code == 413
    assert "at most 2 can be changed at once" in answer.content.decode()


def test_one_download_at_a_time_for_a_person(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana)
    running = signed_in(cast.ana).post("/selection/zip", {"pick": picked(batch)})  # and not read yet
    second = signed_in(cast.ana).post("/selection/zip", {"pick": picked(batch)})
    assert (second.status_code, second["Retry-After"]) == (429, "60")
    assert "still running" in second.content.decode()
    packed(signed_in(cast.ben), picked(batch))
    leave(running)
    packed(signed_in(cast.ana), picked(batch))


def test_nothing_is_listed_for_who_has_to_wait(cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(semaphore, "PATIENCE", 0)
    monkeypatch.setattr(manifest, "are_whole", None)
    monkeypatch.setattr(downloads, "images_to_pack", None)
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


def test_an_archive_takes_no_room_on_the_disk(cast: Cast, signed_in: SignIn, settings: object) -> None:
    batch = make_done(cast.ana, pictures=2)
    before = lying_in(settings.DATA_DIR)
    running = signed_in(cast.ana).post("/selection/zip", {"pick": picked(batch)})
    pieces = iter(running)
    while next(pieces, None):
        assert lying_in(settings.DATA_DIR) == before
    packed(signed_in(cast.ana), picked(batch))


def lying_in(folder: Path) -> dict[Path, int]:
    """The files with something in them, of the database none."""
    files = {path: path.stat().st_size for path in folder.rglob("*") if path.is_file() and "sqlite3" not in path.name}
    return {path: size for path, size in files.items() if size}


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


@pytest.mark.parametrize("is_known", [True, False], ids=["checksum known", "row older than the column"])
@pytest.mark.parametrize("harm", ["gone", "cut", "longer", "changed"])
def test_a_file_that_is_harmed_meanwhile_ends_the_download_instead_of_spoiling_it(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch, harm: str, is_known: bool
) -> None:
    batch = make_done(cast.ana, pictures=3)
    middle = batch.images.order_by("pk")[1].file
    monkeypatch.setattr(manifest, "are_whole", lambda files: {file.pk for file in files})
    if not is_known:
        StoredFile.objects.update(crc32=None)
    harmed(Path(default_storage.path(original_path(middle.pk))), harm)
    answer = signed_in(cast.ana).post("/selection/zip", {"pick": picked(batch)})
    data = bytearray()
    with pytest.raises((NotStored, ZipIntegrityError)):
        for piece in answer:
            data += piece
    assert len(data) < int(answer["Content-Length"])
    leave(answer)
    StoredFile.objects.filter(pk=middle.pk).update(crc32=None)
    packed(signed_in(cast.ana), picked(make_done(cast.ana)))


def harmed(path: Path, harm: str) -> None:
    data = path.read_bytes()
    path.unlink()
    if harm != "gone":
        path.write_bytes({"cut": data[:-1], "longer": data + bytes(1000), "changed": bytes(len(data))}[harm])


def test_rows_older_than_the_column_get_their_checksum_from_a_download(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana, pictures=3)
    StoredFile.objects.update(crc32=None)
    packed(signed_in(cast.ana), picked(batch))
    assert [image.file.crc32 for image in batch.images.all()] == [
        zlib.crc32(image.file.bytes()) for image in batch.images.all()
    ]


def test_each_file_is_opened_once(cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    batch, paths, opening = make_done(cast.ana, pictures=3), [], default_storage.open
    monkeypatch.setattr(default_storage, "open", lambda path: paths.append(path) or opening(path))
    packed(signed_in(cast.ana), picked(batch))
    assert paths == [original_path(image.file_id) for image in batch.images.order_by("pk")]


def test_hundreds_come_in_one_zip(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana, prompt="many hills")
    image = batch.images.get()
    Image.objects.bulk_create(
        Image(**{**values_of(image), "position": position}) for position in range(2, 2 + 2 * LISTED_AT_ONCE)
    )
    archive = packed(signed_in(cast.ana), [], all="1", query="q=many")
    *names, manifest = archive.namelist()
    assert len(names) == 1 + 2 * LISTED_AT_ONCE == len(set(names))
    rows = list(csv.DictReader(io.StringIO(archive.read(manifest).decode())))
    assert [row["file"] for row in rows] == names


def values_of(image: Image) -> dict[str, object]:
    """Its columns, but for those that are its own."""
    own = ("id", "key", "position")
    return {field.name: getattr(image, field.name) for field in Image._meta.concrete_fields if field.name not in own}


def test_a_long_list_lies_outside_memory(cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "MAX_IN_MEMORY", 100)
    listing = Listing()
    listing.add(["a hill" * 100])
    assert listing._rolled
    assert len(packed(signed_in(cast.ana), picked(make_done(cast.ana, pictures=2))).namelist()) == 3


# ── the archive itself ──


def make_member(name: str, data: bytes, at: datetime = datetime(2026, 11, 20, 13, 2, 4)) -> Member:
    return Member(name, len(data), at, lambda: zlib.crc32(data), lambda: io.BytesIO(data))


def test_an_archive_is_read_by_every_reader(tmp_path: Path) -> None:
    old = datetime(1970, 1, 1)
    archive = Archive(
        [make_member("big", bytes(3_000_000)), make_member("夕阳", b"", old), make_member("last", b"abc")]
    )
    data = b"".join(archive)
    assert len(data) == archive.length
    read = zipfile.ZipFile(io.BytesIO(data))
    assert read.testzip() is None
    assert [(info.filename, info.file_size, info.date_time) for info in read.infolist()] == [
        ("big", 3_000_000, (2026, 11, 20, 13, 2, 4)),
        ("夕阳", 0, (1980, 1, 1, 0, 0, 0)),
        ("last", 3, (2026, 11, 20, 13, 2, 4)),
    ]
    for info in read.infolist():
        assert (info.compress_type, info.external_attr >> 16) == (zipfile.ZIP_STORED, 0o100644)
        assert not info.flag_bits & 8  # its local header says its length and checksum
        assert info.extract_version == 20  # no Zip64 where none is needed
    (tmp_path / "a.zip").write_bytes(data)
    unzip_finds_nothing_wrong(tmp_path / "a.zip")


def unzip_finds_nothing_wrong(path: Path, *names: str) -> None:
    """Info-ZIP's judgement of all files or of these, where it is installed."""
    if program := shutil.which("unzip"):
        said = subprocess.run([program, "-tq", path, *names], capture_output=True, text=True, check=False)
        assert (said.returncode, said.stderr) == (0, "")
        assert "No errors detected" in said.stdout


@pytest.mark.parametrize("size", [0, 2, 4])
def test_a_file_of_another_length_than_its_row_says_is_an_error(size: int) -> None:
    member = Member("x", size, datetime(2026, 1, 1), lambda: zlib.crc32(b"abc"), lambda: io.BytesIO(b"abc"))
    with pytest.raises((NotStored, ZipIntegrityError)):
        b"".join(Archive([member, make_member("next", b"")]))


def test_closing_an_archive_closes_the_file_that_is_read() -> None:
    files = []

    def opens() -> io.BytesIO:
        files.append(io.BytesIO(bytes(3_000_000)))
        return files[-1]

    closed = []
    member = Member("x", 3_000_000, datetime(2026, 1, 1), lambda: zlib.crc32(bytes(3_000_000)), opens)
    archive = Archive([member], on_close=lambda: closed.append(True))
    next(archive)
    next(archive)
    archive.close()
    assert [file.closed for file in files] == closed == [True]


class Zeros:
    """A file of so many zeros, and how many of them were asked for."""

    given = 0

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int) -> bytes:
        data = ZEROS if size == self.left_of(size) == len(ZEROS) else bytes(self.left_of(size))
        self.left -= len(data)
        Zeros.given += len(data)
        return data

    def left_of(self, size: int) -> int:
        return min(size, self.left)

    def __enter__(self) -> Zeros:
        return self

    def __exit__(self, *_: object) -> None:
        pass


ZEROS = bytes(PIECE)


def test_more_than_four_gigabytes_are_one_zip_of_which_little_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Zeros, "given", 0)
    size = 1_500_000_000
    crc32 = 0
    for _ in range(size // PIECE):
        crc32 = zlib.crc32(ZEROS, crc32)
    crc32 = zlib.crc32(bytes(size % PIECE), crc32)
    large = [Member(f"{n}", size, datetime(2026, 1, 1), lambda: crc32, partial(Zeros, size)) for n in range(3)]
    archive, target, came, most = Archive([*large, make_member("last", b"abc")]), tmp_path / "sparse.zip", 0, 0
    assert archive.length > 2**32
    with target.open("wb") as file:
        for piece in archive:
            came += len(piece)
            most = max(most, Zeros.given - came)
            if piece == ZEROS:
                file.seek(len(piece), io.SEEK_CUR)  # a hole: it takes no room
            else:
                file.write(piece)
    assert came == archive.length == target.stat().st_size
    assert target.stat().st_blocks * 512 < 4 * 2**20
    assert most <= PIECE
    with zipfile.ZipFile(target) as read:
        assert [info.file_size for info in read.infolist()] == [size, size, size, 3]
        assert read.infolist()[-1].header_offset > 2**32
        assert read.read("last") == b"abc"
    unzip_finds_nothing_wrong(target, "last")


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


def files_of(answer: HttpResponseBase) -> dict[str, bytes]:
    assert answer.status_code == 200, answer
    archive = zipfile.ZipFile(io.BytesIO(answer.getvalue()))
    assert archive.testzip() is None
    return {name: archive.read(name) for name in archive.namelist()}


def test_a_client_gets_numbered_pictures_that_say_nothing(cast: Cast, signed_in: SignIn) -> None:
    images = [make_done(cast.ana, prompt=f"Zeppelin {n}").images.get() for n in range(3)]
    gallery = make_gallery(cast.ana, "Spring <2026>", images=images, order="oldest")
    outside = make_done(cast.ana).images.get()
    client = signed_in(cast.ben)
    answer = client.post("/selection/zip", {"all": "1", "gallery": gallery.key, "kind": "client"})
    assert "_spring-2026_3-pictures.zip" in answer["Content-Disposition"] and "Content-Length" not in answer
    files = files_of(answer)
    assert list(files) == ["001.png", "002.png", "003.png"]
    expected = [clean_copy(image.file.bytes()) for image in images]
    assert list(files.values()) == expected and b"Zeppelin" not in b"".join(files.values())
    picks = [outside.key, images[2].key, images[0].key]
    answer = client.post("/selection/zip", {"pick": picks, "gallery": gallery.key, "kind": "client"})
    assert list(files_of(answer).values()) == [expected[0], expected[2]]
    assert signed_in(cast.cy).post("/selection/zip", {"all": "1", "gallery": gallery.key}).status_code == 404


@pytest.mark.parametrize("kind", ["labelled", "clean"])
def test_copies_come_with_a_list_that_names_what_could_not_be_made(cast: Cast, signed_in: SignIn, kind: str) -> None:
    good, lost = make_done(cast.ana).images.get(), make_done(cast.ana).images.get()
    remove(original_path(lost.file.sha256))
    files = files_of(signed_in(cast.ana).post("/selection/zip", {"pick": [good.key, lost.key], "kind": kind}))
    [name, listing] = files
    assert name.endswith(f"_{good.key}_{kind}.png") and listing == "manifest.csv"
    label = read_label(files[name])
    assert (label.prompt if label else "") == (good.batch.prompt if kind == "labelled" else "")
    assert files[listing].decode().count("No copy of this picture could be made.") == 1


def test_more_copies_than_are_made_at_once_are_refused(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "MAX_COPIES", 1)
    keys = picked(make_done(cast.ana, pictures=2))
    answer = signed_in(cast.ana).post("/selection/zip", {"pick": keys, "kind": "client"})
    assert answer.status_code == 413 and "at most 1 copies are made" in answer.content.decode()
    assert set(zipfile.ZipFile(io.BytesIO(packed_bytes(signed_in(cast.ana), keys))).namelist()) > {"manifest.csv"}


def packed_bytes(client: Client, keys: list[str]) -> bytes:
    return client.post("/selection/zip", {"pick": keys, "kind": "nonsense"}).getvalue()


def test_a_range_that_names_no_part_is_answered_by_the_whole(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ana).images.get()
    answer = signed_in(cast.ana).get(image.original_url, headers={"Range": "bytes=-"})
    assert (answer.status_code, answer.getvalue()) == (200, image.file.bytes())
