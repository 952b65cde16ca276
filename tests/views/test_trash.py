"""Deleting: nobody is asked, everything can be undone, nobody else sees what is in the trash."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from generations.models import Batch, Image
from generations.queries.composer import references_to_use
from generations.viewer import Viewer
from tests.support.cast import Cast, make_attempt, make_batch, make_done, make_image, make_reference
from tests.views.test_selection import picked

SignIn = Callable[..., Client]


def trashed(image: Image, days: int = 0) -> Image:
    Image.objects.filter(pk=image.pk).update(deleted_at=timezone.now() - timedelta(days=days), deletion="gone")
    return image


def test_ticked_pictures_leave_with_a_toast_that_undoes_it(cast: Cast, signed_in: SignIn) -> None:
    batch, client = make_done(cast.ana, pictures=3), signed_in(cast.ana, htmx=True)
    answer = client.post("/selection/delete", {"pick": picked(batch)[:2], "query": ""})
    said = answer.content.decode()
    assert "Moved to trash (30 days)." in said
    assert "library-changed" in answer["HX-Trigger"]
    undo = re.search(r'action="(/trash/undo/\w+)"', said)[1]
    assert "Restored." in client.post(undo).content.decode()
    assert Image.objects.kept().count() == 3
    assert "nothing to restore" in client.post(undo).content.decode()


def test_what_another_tab_has_deleted_leaves_the_list(cast: Cast, signed_in: SignIn) -> None:
    batch, client = make_done(cast.ana), signed_in(cast.ana, htmx=True)
    trashed(batch.images.get())
    answer = client.post("/selection/delete", {"pick": picked(batch), "query": ""})
    assert "Nothing was deleted." in answer.content.decode()
    assert "library-changed" in answer["HX-Trigger"]


def test_undo_brings_back_that_deletion_alone(cast: Cast, signed_in: SignIn) -> None:
    first, second = make_done(cast.ana), make_done(cast.ana)
    client = signed_in(cast.ana)
    client.post("/selection/delete", {"pick": picked(first)})
    client.post("/selection/delete", {"pick": picked(second)})
    client.post(f"/trash/undo/{second.images.get().deletion}")
    assert list(Image.objects.kept()) == [second.images.get()]


def test_nobody_undoes_somebody_elses_deletion(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ana).images.get()
    signed_in(cast.ana).post(f"/i/{image.key}/delete")
    image.refresh_from_db()
    signed_in(cast.ben).post(f"/trash/undo/{image.deletion}")
    assert not Image.objects.kept().exists()


def test_without_script_the_page_one_comes_back_to_offers_undo(cast: Cast, signed_in: SignIn) -> None:
    image, client = make_done(cast.ana).images.get(), signed_in(cast.ana)
    page = client.post(f"/i/{image.key}/delete", follow=True).content.decode()
    assert "Moved to trash (30 days)." in page
    client.post(re.search(r'action="(/trash/undo/\w+)"', page)[1])
    assert Image.objects.kept().exists()


def test_others_pictures_stay(cast: Cast, signed_in: SignIn) -> None:
    mine, theirs = make_done(cast.ana), make_done(cast.ben, pictures=2)
    said = signed_in(cast.ana, htmx=True).post("/selection/delete", {"pick": picked(mine, theirs), "query": ""})
    assert "Moved to trash (30 days). 2 pictures of others stay." in said.content.decode()
    assert Image.objects.kept().count() == 2


def test_all_that_is_found_is_deleted_and_restored_at_once(cast: Cast, signed_in: SignIn) -> None:
    make_done(cast.ana, prompt="red", pictures=3)
    kept, client = make_done(cast.ana, prompt="blue"), signed_in(cast.ana, htmx=True)
    said = client.post("/selection/delete", {"all": "1", "query": "q=red"})
    assert said["HX-Trigger"] == '{"library-changed": {}}'
    assert list(Image.objects.kept()) == list(kept.images.all())
    client.post("/trash/restore", {"all": "1"})
    assert Image.objects.kept().count() == 4


@pytest.mark.parametrize("path", ["/i/{}", "/i/{}/original", "/i/{}/thumbnail/640", "/i/{}/labelled", "/i/{}/clean"])
def test_a_deleted_picture_opens_for_its_owner_and_staff(cast: Cast, signed_in: SignIn, path: str) -> None:
    image = trashed(make_done(cast.ana).images.get())
    people = (cast.ana, cast.ben, cast.lea, cast.cy, cast.sam)
    assert [signed_in(person).get(path.format(image.key)).status_code for person in people] == [200, 404, 404, 404, 200]


def test_the_page_of_a_deleted_picture_says_so(cast: Cast, signed_in: SignIn) -> None:
    image = trashed(make_done(cast.ana, prompt="A red bicycle").images.get())
    page = signed_in(cast.ana).get(f"/i/{image.key}").content.decode()
    assert '<h1 class="over">Deleted picture</h1>' in page
    assert "A red bicycle" in page
    assert "Restore" in page


def test_after_thirty_days_it_opens_for_nobody(cast: Cast, signed_in: SignIn) -> None:
    image = trashed(make_done(cast.ana).images.get(), days=31)
    client = signed_in(cast.ana)
    assert client.get(f"/i/{image.key}").status_code == 404
    assert image.key not in client.get("/trash").content.decode()


def test_no_page_shows_a_deleted_picture(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana, pictures=2)
    gone, kept = batch.images.all()
    trashed(gone)
    for path in ("/?whose=team", f"/b/{batch.key}", "/library", f"/i/{kept.key}"):
        for person in (cast.ana, cast.ben):
            page = signed_in(person).get(path).content.decode()
            assert f"/i/{gone.key}" not in page, path
            assert f"/i/{kept.key}" in page, path
        assert gone.key not in page, path
    assert gone.key in signed_in(cast.ana).get("/trash").content.decode()
    assert gone.key not in signed_in(cast.ben).get("/trash").content.decode()


def test_a_batch_without_its_pictures_did_not_fail(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana)
    trashed(batch.images.get())
    page = signed_in(cast.ana).get(f"/b/{batch.key}").content.decode()
    assert "Failed" not in page
    assert ">Done<" in page and "is-gone" in page and "is-void" not in page


def test_the_place_of_a_deleted_picture_says_so_and_gives_it_back(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana, pictures=3)
    gone, *_, last = batch.images.order_by("position")
    trashed(last)
    Image.objects.filter(pk=gone.pk).update(deleted_at=timezone.now() - timedelta(days=31))
    page = signed_in(cast.ana).get(f"/b/{batch.key}").content.decode()
    assert page.count("<span>Deleted</span>") == 2
    assert re.findall(r'name="pick" value="(\w+)"', page) == [last.key]
    assert 'name="pick"' not in signed_in(cast.ben).get(f"/b/{batch.key}").content.decode()
    Image.objects.purge()
    assert signed_in(cast.ana).get(f"/b/{batch.key}").content.decode().count("<span>Deleted</span>") == 2
    answer = signed_in(cast.ana).post("/trash/restore", {"pick": last.key, "here": f"/b/{batch.key}"})
    assert answer["Location"] == f"/b/{batch.key}"
    assert last in Image.objects.kept()


def test_a_deleted_reference_is_still_sent_and_said_to_be_gone(cast: Cast, signed_in: SignIn) -> None:
    batch = make_batch(cast.ana)
    reference = trashed(make_reference(batch))
    page = signed_in(cast.ben).get(f"/b/{batch.key}").content.decode()
    assert "was deleted; it is still sent" in page
    assert reference.key not in page
    assert list(batch.references.all()) == [reference]
    assert not Image.objects.to_purge().exists()
    assert "1 prompt made from it still sends it" in signed_in(cast.ana).get(f"/i/{reference.key}").content.decode()


def test_a_deleted_picture_is_not_taken_as_a_new_reference(cast: Cast) -> None:
    image = trashed(make_image(person=cast.ana))
    assert references_to_use(Viewer(cast.ana), [image.key]) == []


def test_an_exchange_opens_after_its_picture_is_purged(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana)
    image = batch.images.get()
    attempt = make_attempt(batch.generations.get())
    marker = f"\u27e6picture {image.file_id} s 0 200\u27e7".encode()
    answer = b'{"url": "data:image/png;base64,' + marker + b'"}'
    about = {"answer": answer, "request": answer, "answer_size": 1000, "pictures": [image.file_id]}
    type(attempt).objects.filter(pk=attempt.pk).update(**about)
    trashed(image, days=31)
    assert Image.objects.purge() == 1
    attempt.refresh_from_db()
    assert attempt.answer_bytes() == b'{"url": "data:image/png;base64,[this picture was deleted]"}'
    assert signed_in(cast.ana).get(f"/g/{batch.generations.get().key}/exchange").status_code == 200


def test_ten_more_in_the_trash_cost_no_more_queries(
    cast: Cast, signed_in: SignIn, queries_of: Callable[[Callable[[], object]], int]
) -> None:
    client = signed_in(cast.ana)
    trashed(make_done(cast.ana).images.get())
    client.get("/trash")
    few = queries_of(lambda: client.get("/trash"))
    for _ in range(10):
        trashed(make_done(cast.ana, visibility=Batch.Visibility.PRIVATE).images.get())
    assert queries_of(lambda: client.get("/trash")) == few


@pytest.mark.parametrize(("days", "says"), [(0, "30 days left"), (12, "18 days left"), (29, "1 day left")])
def test_each_picture_of_the_trash_says_how_long_it_can_be_restored(
    cast: Cast, signed_in: SignIn, days: int, says: str
) -> None:
    trashed(make_done(cast.ana).images.get(), days=days)
    assert f'<span class="faint">{says}</span>' in signed_in(cast.ana).get("/trash").content.decode()


def test_what_is_taken_down_says_why_to_its_author_who_cannot_restore_it(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana)
    image = batch.images.get()
    lea, ana = signed_in(cast.lea), signed_in(cast.ana)
    for empty in ("", "  \u200b", "\0"):
        answer = lea.post(f"/i/{image.key}/take-down", {"reason": empty}, follow=True)
        assert "Write for Ana why the picture is taken down." in answer.content.decode()
    assert Image.objects.kept().count() == 1
    lea.post(f"/i/{image.key}/take-down", {"reason": "A client’s <logo>"})
    for path in ("/", batch.get_absolute_url(), "/trash"):
        page = ana.get(path).content.decode()
        assert "Taken down" in page and "A client’s &lt;logo&gt;" in page, path
    assert "A client" not in signed_in(cast.ben).get(batch.get_absolute_url()).content.decode()
    assert "Reason:" in ana.get(image.get_absolute_url()).content.decode()
    for sent in ({"pick": image.key}, {"all": "1"}):
        answer = ana.post("/trash/restore", sent, follow=True)
        assert "1 picture was taken down. Who leads your team" in answer.content.decode()
    assert not Image.objects.kept().exists()
    lea.post("/trash/restore", {"pick": image.key})
    assert Image.objects.kept().count() == 1
