"""Pictures: the page, the bytes and their headers."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.http import Http404
from django.test import Client
from django.test.utils import CaptureQueriesContext

from generations import access
from generations.models import Image, StoredFile
from generations.models.storage import remove
from generations.models.stored_file import original_path
from generations.uploads import store_reference
from generations.viewer import Viewer
from generations.web.files import disposition
from tests.support.cast import (
    Cast,
    make_done,
    make_gallery,
    make_generation,
    make_image,
    make_model,
    make_png,
    make_reference,
)
from tests.support.samples import chunk

SignIn = Callable[..., Client]


def test_the_original_comes_bit_for_bit_and_inert(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ana).generations.get().images.get()
    answer = signed_in(cast.ana).get(f"/i/{image.key}/original")
    assert b"".join(answer.streaming_content) == image.file.bytes()
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer["ETag"] == f'"{image.file.sha256}"'
    assert answer["Content-Disposition"].startswith("inline")


@pytest.mark.parametrize("is_known", [True, False])
def test_the_page_says_that_the_original_carries_a_manifest(cast: Cast, signed_in: SignIn, is_known: bool) -> None:
    image, client = make_done(cast.ana).generations.get().images.get(), signed_in(cast.ana)
    assert "C2PA" not in client.get(image.get_absolute_url()).content.decode()
    png = make_png()
    signed = StoredFile.put(png[:33] + chunk(b"caBX", b"manifest") + png[33:], "image/png")
    image.file = signed
    image.save()
    if is_known:
        remove(original_path(signed.sha256))  # it is not opened to know
    else:
        StoredFile.objects.filter(pk=signed.pk).update(has_manifest=None)
    assert "The original carries a C2PA manifest." in client.get(image.get_absolute_url()).content.decode()


def test_what_the_browser_has_is_not_sent_again(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ana).generations.get().images.get()
    client = signed_in(cast.ana)
    for path in (f"/i/{image.key}/original", f"/i/{image.key}/thumbnail/640"):
        etag = client.get(path)["ETag"]
        again = client.get(path, headers={"If-None-Match": etag})
        assert (again.status_code, again.content) == (304, b"")
        assert "private" in again["Cache-Control"]


@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        ("bytes=0-9", slice(0, 10)),
        ("bytes=10-", slice(10, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=5-999999", slice(5, None)),
    ],
)
def test_a_part_of_an_original_is_sent_alone(cast: Cast, signed_in: SignIn, wanted: str, part: slice) -> None:
    image = make_done(cast.ana).generations.get().images.get()
    client, whole, path = signed_in(cast.ana), image.file.bytes(), f"/i/{image.key}/original"
    assert client.get(path)["Accept-Ranges"] == "bytes"
    answer = client.get(path, headers={"Range": wanted, "If-Range": f'"{image.file.sha256}"'})
    start, end, _ = part.indices(len(whole))
    assert (answer.status_code, b"".join(answer.streaming_content)) == (206, whole[part])
    assert answer["Content-Range"] == f"bytes {start}-{end - 1}/{len(whole)}"
    assert int(answer["Content-Length"]) == end - start
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=0-9", "If-Range": '"another"'},
        {"Range": "bytes=0-9", "If-Range": "Wed, 21 Oct 2026 07:28:00 GMT"},
        {"Range": "bytes=0-1,4-5"},
        {"Range": "bytes=9-3"},
        {"Range": "bytes=a-b"},
        {"Range": "lines=0-9"},
        {"Range": "bytes=" + "9" * 400 + "-"},
    ],
)
def test_what_is_no_single_part_of_this_file_is_answered_by_the_whole(
    cast: Cast, signed_in: SignIn, headers: dict[str, str]
) -> None:
    image = make_done(cast.ana).generations.get().images.get()
    answer = signed_in(cast.ana).get(f"/i/{image.key}/original", headers=headers)
    assert (answer.status_code, b"".join(answer.streaming_content)) == (200, image.file.bytes())


@pytest.mark.parametrize("wanted", ["bytes=9999999-", "bytes=-0"])
def test_a_part_that_is_not_there_is_416(cast: Cast, signed_in: SignIn, wanted: str) -> None:
    image = make_done(cast.ana).generations.get().images.get()
    answer = signed_in(cast.ana).get(f"/i/{image.key}/original", headers={"Range": wanted})
    assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{len(image.file.bytes())}")


def test_a_method_that_is_not_taken_is_told_which_are(cast: Cast, signed_in: SignIn) -> None:
    image, client = make_done(cast.ana).generations.get().images.get(), signed_in(cast.ana)
    assert client.post(f"/i/{image.key}")["Allow"] == "GET, HEAD"
    asked = client.get(f"/i/{image.key}/describe")
    assert (asked.status_code, asked["Allow"]) == (405, "POST")


def test_a_thumbnail_is_webp_of_a_known_size(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ana).generations.get().images.get()
    client = signed_in(cast.ana)
    assert client.get(f"/i/{image.key}/thumbnail/320")["Content-Type"] == "image/webp"
    assert client.get(f"/i/{image.key}/thumbnail/321").status_code == 404


def test_a_download_has_a_name_one_can_find_again(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ana, prompt="Red bicycle, in rain!").generations.get().images.get()
    name = signed_in(cast.ana).get(f"/i/{image.key}/original?download")["Content-Disposition"]
    assert name == f'attachment; filename="{image.created_at:%Y-%m-%d}_red-bicycle-in-rain_{image.key[:4]}.png"'


@pytest.mark.parametrize(
    "prompt", ["夕阳下的城市", "../../etc/passwd", '"; x=y\r\nSet-Cookie: a=b', "\u202egnp.exe", "…", "é" * 300]
)
def test_no_prompt_breaks_the_name(cast: Cast, signed_in: SignIn, prompt: str) -> None:
    image = make_done(cast.ana, prompt=prompt).generations.get().images.get()
    name = signed_in(cast.ana).get(f"/i/{image.key}/original?download")["Content-Disposition"]
    assert name.isascii() and "\n" not in name and "/" not in name and "\\" not in name
    assert name.count('"') == 2 and len(name) < 700


def test_a_name_beyond_ascii_is_given_in_both_ways() -> None:
    assert disposition("2026_été_k7f3.png", True) == (
        "attachment; filename=\"2026_ete_k7f3.png\"; filename*=UTF-8''2026_%C3%A9t%C3%A9_k7f3.png"
    )


def test_a_lost_file_is_404_and_explained(cast: Cast, signed_in: SignIn) -> None:
    image, client = make_done(cast.ana).generations.get().images.get(), signed_in(cast.ana)
    assert client.get(f"/i/{image.key}/explain").content == b""
    remove(original_path(image.file.sha256))
    assert client.get(f"/i/{image.key}/original").status_code == 404
    assert "missing in the storage" in client.get(f"/i/{image.key}/explain").content.decode()


def test_the_page_says_what_was_measured(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ana, pictures=2).generations.get().images.last()
    page = signed_in(cast.ana).get(f"/i/{image.key}").content.decode()
    assert "96×64" in page and image.file.sha256 in page and "picture 2</h1>" in page


def test_the_page_names_the_model_that_drew_it_before_those_of_its_batch(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana, model=cast.model)
    other = make_image(make_generation(batch, make_model("flux"), state="succeeded"))
    page = signed_in(cast.ana).get(other.get_absolute_url()).content.decode()
    assert re.findall(r"<dt>\s*(Models?)\s*</dt>\s*<dd>([^<]+)</dd>", page) == [
        ("Model", "flux"),
        ("Models", "gpt-image-1, flux"),
    ]


def test_what_a_team_sees_is_opened_without_a_look_at_other_ways_to_it(cast: Cast) -> None:
    image = make_done(cast.ana).images.get()
    for viewer in (Viewer(cast.ana), Viewer(cast.ben), Viewer(cast.sam)):
        with CaptureQueriesContext(connection) as captured:
            found = access.image_to_open(viewer, image.key)
        asked = " ".join(each["sql"] for each in captured)
        assert found == image and found.generation.batch is found.batch
        assert "galleryitem" not in asked and "batchreference" not in asked
    with pytest.raises(Http404):
        access.image_to_open(Viewer(cast.cy), image.key)


def test_a_reference_has_a_page_for_its_person_alone(cast: Cast, signed_in: SignIn) -> None:
    reference = make_image(person=cast.ana, alt="bottle.png")
    assert "bottle.png" in signed_in(cast.ana).get(f"/i/{reference.key}").content.decode()
    assert signed_in(cast.ben).get(f"/i/{reference.key}").status_code == 404


def test_a_description_stands_until_someone_writes_a_better_one(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ana).generations.get().images.get()
    for person, words in ((cast.ana, "A bicycle"), (cast.ben, 'A red <bicycle> leaning "there"')):
        signed_in(person).post(f"/i/{image.key}/describe", {"alt": words})
        image.refresh_from_db()
        assert image.alt == words
    assert 'alt="A red &lt;bicycle&gt; leaning &quot;there&quot;"' in signed_in(cast.ana).get("/").content.decode()
    signed_in(cast.ana).post(f"/i/{image.key}/describe", {"alt": "x" * 301})
    image.refresh_from_db()
    assert image.alt.startswith("A red")


@pytest.mark.parametrize(
    ("came_from", "leads_to", "name"),
    [
        ("http://testserver/library?q=red&amp;page=2", "/library?q=red&amp;page=2", "Library"),
        ("http://testserver/?whose=team", "/?whose=team", "Studio"),
        ("https://evil.example/library", "/", "Studio"),
        ("http://testserver/settings", "/", "Studio"),
        ("http://[", "/", "Studio"),
        ("", "/", "Studio"),
    ],
)
def test_the_way_back_leads_to_the_list_one_came_from(
    cast: Cast, signed_in: SignIn, came_from: str, leads_to: str, name: str
) -> None:
    batch, referer = make_done(cast.ana), came_from.replace("&amp;", "&")
    for path in (
        f"/b/{batch.key}",
        batch.images.get().get_absolute_url(),
        make_image(person=cast.ana).get_absolute_url(),
    ):
        page = signed_in(cast.ana).get(path, headers={"Referer": referer}).content.decode()
        way = re.search(r'<a class="btn btn--quiet flush" href="([^"]*)"><i [^>]+></i>(\w+)</a>', page)
        assert (path, *way.groups()) == (path, leads_to, name)


def steps(page: str) -> list[str]:
    """Keys of the pictures that the steps of a picture's page lead to, "" where there is none."""
    found = [re.search(rf'href="/i/(\w+)\?back=[^"]+" rel="{rel}"', page) for rel in ("prev", "next")]
    return [each[1] if each else "" for each in found]


def test_the_way_back_survives_the_thumbs_and_the_steps(cast: Cast, signed_in: SignIn) -> None:
    client, batch = signed_in(cast.ana), make_done(cast.ana, pictures=3, prompt="A red boat")
    first, second, third = batch.images.order_by("position")
    for key in (first.key, third.key, second.key):
        page = client.get(f"/i/{key}?back=/library%3Fq%3Dred").content.decode()
        assert 'flush" href="/library?q=red"' in page
        assert page.count("?back=%2Flibrary%3Fq%3Dred") == 3 + (2 if key == second.key else 1)
        assert '<a href="/library" aria-current="page">' in page
    page = client.get(f"/i/{first.key}", headers={"Referer": f"http://testserver/i/{third.key}?back=/library?q=red"})
    assert 'flush" href="/library?q=red"' in page.content.decode()
    for odd in (
        "https://evil.example/library",
        "//evil.example/",
        "/settings",
        "/library\0",
        "\0",
        "/galleries/nothere12345",
    ):
        answer = client.get(f"/i/{first.key}", {"back": odd})
        assert answer.status_code == 200 and "evil" not in answer.content.decode()


def test_a_picture_leads_to_those_before_and_after_it_in_its_list(
    cast: Cast, signed_in: SignIn, queries_of: Callable[[Callable[[], object]], int]
) -> None:
    client = signed_in(cast.ana)
    old, boat, kite = (make_done(cast.ana, prompt=words).images.get() for words in ("A boat", "A red boat", "A kite"))
    other = make_done(cast.ben, prompt="A third boat").images.get()
    secret = make_done(cast.ben, prompt="A boat of nobody", visibility="private").images.get()

    def beside(image: Image, back: str) -> list[str]:
        return steps(client.get(image.get_absolute_url(), {"back": back}).content.decode())

    assert beside(boat, "/library") == [kite.key, old.key] and beside(other, "/library") == ["", kite.key]
    assert beside(boat, "/library?q=boat") == [other.key, old.key]
    assert beside(boat, "/") == [kite.key, old.key] and beside(kite, "/?whose=team") == [other.key, boat.key]
    assert beside(other, "/") == ["", ""]
    gallery = make_gallery(cast.ana, images=[old, kite, boat])
    shown = re.findall(r'id="i-(\w+)"', client.get(gallery.get_absolute_url()).content.decode())
    middle = Image.objects.get(key=shown[1])
    assert len(shown) == 3 and beside(middle, gallery.get_absolute_url()) == [shown[0], shown[2]]
    assert beside(boat, f"/compare?i={old.key}&i={boat.key}") == [old.key, ""]
    assert secret.key not in str(client.get(other.get_absolute_url()).content)
    few = queries_of(lambda: beside(boat, "/library"))
    for _ in range(3):
        make_done(cast.ana)
    assert queries_of(lambda: beside(boat, "/library")) == few


def test_each_option_is_a_fact_under_its_field(cast: Cast, signed_in: SignIn) -> None:
    options = {"seed": 7, "added": {"style": "vivid", "extra": {"tiles": [1, None]}}}
    page = signed_in(cast.ana).get(make_done(cast.ana, options=options).get_absolute_url()).content.decode()
    facts = re.findall(r"<dt><code>([\w.]+)</code></dt><dd>(.*?)</dd>", page)
    assert facts == [("seed", "7"), ("style", "&quot;vivid&quot;"), ("extra.tiles", "[1, null]")]


SECRET = "strictly private zebraquux"


def private_original(cast: Cast, **fields: object) -> Image:
    """A picture Ana drew in private, whose file says what was asked for, used as a reference in a batch of her team."""
    image = make_done(cast.ana, visibility="private", prompt=SECRET, **fields).images.get()
    png = make_png()
    said = StoredFile.put(png[:33] + chunk(b"tEXt", f"parameters\0{SECRET}".encode()) + png[33:], "image/png")
    Image.objects.filter(pk=image.pk).update(file=said)
    make_reference(make_done(cast.ana), image)
    return Image.objects.get(pk=image.pk)


@pytest.mark.parametrize("path", ["original", "original?download", "clean", "thumbnail/640"])
def test_who_sees_a_picture_only_as_a_reference_gets_no_word_of_it(cast: Cast, signed_in: SignIn, path: str) -> None:
    image = private_original(cast)
    assert SECRET.encode() in signed_in(cast.ana).get(image.original_url).getvalue()
    answer = signed_in(cast.ben).get(f"/i/{image.key}/{path}")
    data = answer.getvalue()
    assert answer.status_code == 200 and data.startswith(b"\x89PNG")
    assert SECRET.encode() not in data
    assert "zebra" not in str(answer.headers) and image.file_id not in str(answer.headers)
    assert signed_in(cast.cy).get(f"/i/{image.key}/{path}").status_code == 404


def test_whose_storage_lost_the_clean_copy_is_explained(cast: Cast, signed_in: SignIn) -> None:
    image, client = private_original(cast), signed_in(cast.ben)
    assert client.get(f"/i/{image.key}/explain").content == b""
    client.get(image.original_url)
    image.refresh_from_db()
    remove(original_path(image.clean_file_id))
    assert "missing in the storage" in client.get(f"/i/{image.key}/explain").content.decode()
    assert signed_in(cast.ana).get(f"/i/{image.key}/explain").content == b""


def test_what_another_brought_comes_without_its_metadata(cast: Cast, signed_in: SignIn) -> None:
    png = make_png()
    photo = png[:33] + chunk(b"tEXt", b"GPS\0there") + png[33:]
    image = store_reference(cast.ana, photo, "bottle.png")
    make_reference(make_done(cast.ana), image)
    assert signed_in(cast.ana).get(image.original_url).getvalue() == photo
    assert signed_in(cast.sam).get(image.original_url).getvalue() == photo
    assert b"GPS" not in signed_in(cast.ben).get(image.original_url).getvalue()
    page = signed_in(cast.ben).get(image.get_absolute_url()).content.decode()
    assert "unchanged file" not in page and "Clean copy" in page
    assert "unchanged file" in signed_in(cast.ana).get(image.get_absolute_url()).content.decode()


def test_a_damaged_reference_is_refused_in_a_sentence(cast: Cast, signed_in: SignIn) -> None:
    image = private_original(cast)
    Image.objects.filter(pk=image.pk).update(file=StoredFile.put(b"\x89PNG\r\n\x1a\n", "image/png"))
    answer = signed_in(cast.ben).get(image.original_url)
    assert (answer.status_code, "cut off or damaged" in answer.content.decode()) == (415, True)
