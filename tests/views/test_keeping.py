"""The pages by which administrators keep, hold, erase and give out: what each shows, does and refuses."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape
from pytest_django import DjangoAssertNumQueries, Settings
from pytest_django.asserts import assertContains, assertNotContains

from generations.models import (
    AuditEntry,
    Batch,
    Draft,
    Erasure,
    Gallery,
    Generation,
    Hold,
    Image,
    Person,
    RecordHead,
    RetentionRule,
    Verdict,
    retention,
)
from generations.models.audit_entry import record
from generations.models.key import now
from generations.models.retention import preview
from generations.models.stored_file import original_path
from generations.presenters.retention import seen_rules
from generations.record_head import check_if_asked, check_record
from tests.support.cast import (
    Cast,
    change,
    make_done,
    make_gallery,
    make_generation,
    make_image,
    make_model,
    make_person,
    make_reference,
)

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
HOSTILE = "<script>alert(1)</script> \u202e\u0301👩\u200d"
WHY = {"name": "Aldea contract", "reason": "Usage rights, file 25/114"}


def place(client: Client, **said: str) -> HttpResponse:
    return client.post("/record/holds/place", WHY | {"kind": "image"} | said)


# ── legal holds ──


def test_a_hold_is_placed_by_whatever_names_what_it_covers(cast: Cast, signed_in: SignIn) -> None:
    batch, staff = make_done(cast.ana, pictures=2), signed_in(cast.sam)
    second = batch.images.get(position=2)
    gallery = make_gallery(cast.ana, "Packaging", images=batch.images.all())
    gone = make_done(cast.ana).images.get()
    Image.objects.filter(pk=gone.pk).delete_by(cast.ana)
    named = [
        ("gallery", "packaging", gallery),
        ("gallery", gallery.key, gallery),
        ("person", f"http://testserver{gallery.get_absolute_url()}?x=1", gallery),
        ("person", "ana", cast.ana),
        ("person", "ANA@design.example", cast.ana),
        ("person", "An", cast.ana),
        ("batch", str(batch.pk), batch),
        ("batch", f"No. {batch.pk}", batch),
        ("gallery", batch.get_absolute_url(), batch),
        ("image", f"No. {batch.pk}, image 2", second),
        ("image", f"No. {batch.pk}, picture 2", second),
        ("batch", f"no {batch.pk}, picture 2", second),
        ("image", f"第 {batch.pk} 号，第 2 张", second),
        ("image", f"No. {gone.batch_id}", gone),
        ("image", second.key, second),
        ("image", gone.get_absolute_url(), gone),
    ]
    for kind, which, target in named:
        assert place(staff, kind=kind, which=which, name=f"On {which}").status_code == 302, which
        hold = Hold.objects.latest("pk")
        assert getattr(hold, str(target._meta.model_name)) == target, which
    page = staff.get("/record/holds").content.decode()
    assert page.count('action="/record/holds/') == len(named) + 1 and "2 pictures" in page and "Packaging" in page


def test_a_picture_has_the_number_that_its_page_shows(cast: Cast, signed_in: SignIn) -> None:
    """Of two models with two pictures each and a draft, one tried again: by generation three would be the first."""
    batch, other, staff = make_done(cast.ana, pictures=2), make_model("flux-2"), signed_in(cast.sam)
    first = batch.generations.get()
    draft = make_image(first, position=3, is_surplus=True)
    failed = make_generation(batch, other, n=2)
    change(failed, state="failed", kind="cut", finished_at=now())
    retry = make_generation(batch, other, n=2, retry_of=failed, state="succeeded")
    last = [make_image(retry, position=position) for position in (1, 2)][1]
    Image.objects.filter(pk=first.images.get(position=1).pk).delete_by(cast.ana)
    named = [(f"No. {batch.pk}, picture 4", last), (f"No. {batch.pk}, draft 1", draft)]
    for which, image in named:
        assertContains(staff.get(image.get_absolute_url()), which)
        assert place(staff, which=which, name=which).status_code == 302, which
        assert Hold.objects.latest("pk").image == image
        assertContains(staff.get("/record/holds"), which)
        assertContains(staff.get("/record"), which)
    for which in (f"No. {batch.pk}, picture 5", f"No. {batch.pk}, draft 2", "No. 999999, picture 1", "No. 7 of 8 of 9"):
        assertContains(place(staff, which=which), "Nothing is called so.", status_code=422)
    assertContains(place(staff, which=f"No. {batch.pk}"), "Several are called so.", status_code=422)
    Person.objects.filter(pk=cast.sam.pk).update(language="zh-hans")
    assert place(staff, which=f"第 {batch.pk} 号，第 4 张", name="Chinese").status_code == 302
    assert Hold.objects.latest("pk").image == last


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"which": "Nowhere"}, "Nothing is called so."),
        ({"which": "Twice"}, "Several are called so."),
        ({"which": "9" * 300}, "Nothing is called so."),
        ({"which": ""}, "Write what it covers."),
        ({"name": ""}, "Give the hold a name."),
        ({"reason": " \u200b "}, "Write why."),
        ({"kind": "session"}, "Choose what it covers."),
        ({"name": "a" * 200_000}, "120"),
        ({"reason": "a\0b"}, ""),
        ({"which": "a\0b"}, ""),
    ],
)
def test_what_cannot_be_held_is_said_and_nothing_is_lost(
    cast: Cast, signed_in: SignIn, said: dict[str, str], sentence: str
) -> None:
    for _twice in range(2):
        make_gallery(cast.ana, "Twice")
    answer = place(signed_in(cast.sam), **{"kind": "gallery", "which": "Packaging"} | said)
    assertContains(answer, sentence, status_code=422)
    for kept in (WHY | {"which": "Packaging"} | said).values():
        if kept and len(kept) < 100 and kept.isprintable() and kept != "session":
            assertContains(answer, escape(kept), status_code=422)
    assert not Hold.objects.exists()


def test_a_hold_sent_twice_is_one_and_is_released_once(cast: Cast, signed_in: SignIn) -> None:
    image, staff = make_done(cast.ana).images.get(), signed_in(cast.sam)
    for _twice in range(2):
        place(staff, which=image.key, name=HOSTILE, reason=HOSTILE)
    hold = Hold.objects.get()
    page = staff.get("/record/holds").content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page
    assertContains(staff.post(f"/i/{image.key}/take-down", {"reason": "A logo."}, follow=True), "under a legal hold")
    for person in (cast.ana, cast.lea):
        page = signed_in(person).get(image.get_absolute_url()).content.decode()
        assert "Under a legal hold: it cannot be deleted." in page
        assert "/delete" not in page and "/take-down" not in page and "/record/holds" not in page
    assertContains(staff.get(image.get_absolute_url()), f"/record/holds?image={image.key}#new")
    assertContains(staff.get(f"/record/holds?image={image.key}"), f'value="{image.key}"')
    for sentence in ("is released.", "was released already."):
        assertContains(staff.post(f"/record/holds/{hold.key}/release", follow=True), sentence)
    assert AuditEntry.objects.filter(verb__in=("placed_hold", "released_hold")).count() == 2
    assertContains(staff.get("/record/holds"), "Released")


def test_a_selection_is_held_together(cast: Cast, signed_in: SignIn) -> None:
    images = [make_done(cast.ana).images.get() for _each in range(3)]
    staff = signed_in(cast.sam)
    gallery = make_gallery(cast.ana, images=images)
    for path in ("/library?everybody=1", gallery.get_absolute_url()):
        assertContains(staff.get(path), 'formaction="/record/holds/selection"')
        assertNotContains(signed_in(cast.lea).get(path), "/record/holds/selection")
    picked = {"pick": [image.key for image in images[:2]]}
    why = {"hold_name": HOSTILE, "hold_reason": "File"}
    for said, sentence in (
        (picked, "Give the hold a name. Write why."),
        (why, "nothing left to hold"),
        (why | {"pick": [f"{n:012}" for n in range(501)]}, "Select fewer, or all."),
    ):
        assertContains(staff.post("/record/holds/selection", said, follow=True), sentence)
    assert not Hold.objects.exists()
    for _twice in range(2):
        answer = staff.post("/record/holds/selection", why | picked, follow=True)
        assertContains(answer, "is in force on 2 pictures.")
    hold = Hold.objects.get()
    assert set(hold.images.all()) == set(images[:2])
    page = staff.get("/record/holds").content.decode()
    assert "2 pictures" in page and "<script>alert" not in page
    assertContains(staff.get(images[0].get_absolute_url()), "Under a legal hold: it cannot be deleted.")
    staff.post(f"/record/holds/{hold.key}/release")
    assertContains(staff.get("/record/holds"), "2 pictures")
    assert signed_in(cast.lea).post("/record/holds/selection", why | picked).status_code == 404


def test_what_somebody_made_between_two_days_is_held_together(cast: Cast, signed_in: SignIn) -> None:
    staff, today = signed_in(cast.sam), timezone.localdate()
    old, batch, brought = make_done(cast.ana), make_done(cast.ana), make_image(person=cast.ana)
    Batch.objects.filter(pk=old.pk).update(created_at=now(days=-9))
    make_done(cast.ben)
    said = {"kind": "period", "which": "ana", "since": str(today - timedelta(days=3)), "until": str(today)}
    for wrong, sentence in (
        ({"since": ""}, "Choose the first and the last day."),
        ({"since": str(today), "until": str(today - timedelta(days=1))}, "comes after the last"),
        ({"until": str(today + timedelta(days=1))}, "The last day is to come."),
        ({"since": "2020-01-01", "until": "2020-02-01"}, "Nothing was made on these days."),
        ({"since": HOSTILE}, "since"),
        ({"which": batch.get_absolute_url()}, "Write whose work it is."),
        ({"which": "nobody"}, "Nothing is called so."),
    ):
        assertContains(place(staff, **said | wrong), sentence, status_code=422)
    for _twice in range(2):
        assert place(staff, **said).status_code == 302
    hold = Hold.objects.get()
    assert (list(hold.batches.all()), list(hold.images.all())) == ([batch], [brought])
    assertContains(staff.get("/record/holds"), "1 prompt, 1 picture")
    assertContains(staff.get(batch.images.get().get_absolute_url()), "Under a legal hold: it cannot be deleted.")


def test_the_list_of_holds_costs_the_same_however_many(
    cast: Cast, signed_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    staff = signed_in(cast.sam)
    for _each in range(8):
        image = make_done(cast.ana).images.get()
        for target in (image, image.batch, make_gallery(cast.ana, images=[image]), make_person(f"p{image.pk}")):
            Hold(**WHY, **{str(target._meta.model_name): target}).place(cast.sam)
        Hold(**WHY).place_on(cast.sam, images=[image], batches=[image.batch])
    with django_assert_max_num_queries(24):
        staff.get("/record/holds")


# ── retention ──


def test_days_are_kept_and_taken_back_and_what_goes_is_shown(cast: Cast, signed_in: SignIn) -> None:
    staff = signed_in(cast.sam)
    Draft.objects.create(person=cast.ana, fields={}, saved_at=now(days=-40))
    staff.post("/record/retention/save", {"drafts": "30", "record": "", "exchanges": "365"})
    staff.post("/record/retention/save", {"team": cast.design.key, "trash": "7", "drafts": "1"})
    assert set(RetentionRule.objects.values_list("kind", "team", "days")) == {
        ("drafts", None, 30),
        ("exchanges", None, 365),
        ("trash", cast.design.pk, 7),
    }
    assert Draft.objects.exists(), "saving removes nothing"
    page = staff.get("/record/retention").content.decode()
    assert "Remove 1 thing now" in page and "own days" in page
    assertContains(staff.get(f"/record/retention?team={cast.design.key}"), "Empty: 365 days, as everybody.")
    assertContains(staff.post("/record/retention/save", {"drafts": "30"}, follow=True), "Nothing has changed.")
    staff.post("/record/retention/save", {"drafts": ""})
    assert not RetentionRule.objects.filter(kind="drafts").exists()
    assert [entry.verb for entry in AuditEntry.objects.filter(topic="data")] == ["set_retention"] * 3 + [
        "unset_retention"
    ]


@pytest.mark.parametrize("days", ["0", "-1", "1.5", "many", "99999999999999999999", "36501", "٧٧٧٧٧٧", HOSTILE])
def test_days_that_are_none_are_refused_and_shown_again(cast: Cast, signed_in: SignIn, days: str) -> None:
    answer = signed_in(cast.sam).post("/record/retention/save", {"drafts": days, "exchanges": "30"})
    assertNotContains(answer, "<script>alert", status_code=422)
    assertContains(answer, 'name="exchanges" value="30"', status_code=422)
    assert not RetentionRule.objects.exists()


def test_what_is_due_goes_when_it_is_asked_for_by_rules_that_were_seen(cast: Cast, signed_in: SignIn) -> None:
    staff = signed_in(cast.sam)
    for person in (cast.ana, cast.ben):
        Draft.objects.create(person=person, fields={}, saved_at=now(days=-40))
    Hold(**WHY, person=cast.ben).place(cast.sam)
    RetentionRule.objects.keep("drafts", None, 30, cast.sam)
    seen = seen_rules(preview())
    RetentionRule.objects.keep("drafts", None, 35, cast.sam)
    assertContains(staff.post("/record/retention/apply", {"seen": seen}, follow=True), "Nothing was removed.")
    assertContains(staff.post("/record/retention/apply", follow=True), "Nothing was removed.")
    assert Draft.objects.count() == 2
    answer = staff.post("/record/retention/apply", {"seen": seen_rules(preview())}, follow=True)
    assertContains(answer, "1 thing was removed.")
    assert Draft.objects.get().person == cast.ben
    assert AuditEntry.objects.get(verb="applied_retention").actor_id == cast.sam.pk


def test_a_team_keeps_its_trash_for_fewer_days(cast: Cast, signed_in: SignIn, settings: Settings) -> None:
    settings.TRASH_DAYS = 30
    RetentionRule.objects.keep("trash", cast.design, 7, cast.sam)
    images = {name: make_done(getattr(cast, name)).images.get() for name in ("ana", "cy")}
    private = make_done(cast.ana, visibility="private").images.get()
    held = make_done(cast.ana).images.get()
    galleries = {name: make_gallery(getattr(cast, name)) for name in ("ana", "cy")}
    Hold(**WHY, image=held).place(cast.sam)
    client = signed_in(cast.ana)
    answer = client.post(f"/i/{images['ana'].key}/delete", follow=True)
    assertContains(answer, "Moved to trash (7 days).")
    assertContains(client.get("/trash"), "7 days left")
    Image.objects.update(deleted_at=now(days=-8))
    Gallery.objects.update(deleted_at=now(days=-8))
    assert [line.count for line in preview()] == [2]
    staff = signed_in(cast.sam)
    assertContains(
        staff.post("/record/retention/apply", {"seen": seen_rules(preview())}, follow=True), "2 things were removed."
    )
    assert set(Image.objects.all()) == {images["cy"], held} and private not in Image.objects.all()
    assert list(Gallery.objects.all()) == [galleries["cy"]]
    Image.objects.update(deleted_at=now(days=-31))
    assert Image.objects.purge() == 1
    answer = staff.post("/record/retention/save", {"team": cast.design.key, "trash": "31"})
    assertContains(answer, "at most 30 days", status_code=422)


def test_of_very_many_it_says_that_there_are_more(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    RetentionRule.objects.keep("pictures", None, 30, cast.sam)
    for _batch in range(2):
        make_done(cast.ana, pictures=2)
    Batch.objects.update(created_at=now(days=-40))
    Generation.objects.update(finished_at=now(days=-40))
    Image.objects.update(created_at=now(days=-40))
    monkeypatch.setattr(retention, "MAX_COUNTED", 3)
    page = signed_in(cast.sam).get("/record/retention").content.decode()
    assert "more than 3" in page and "Remove what is due now" in page
    monkeypatch.setattr(retention, "MAX_COUNTED", 4)
    page = signed_in(cast.sam).get("/record/retention").content.decode()
    assert "more than" not in page and "Remove 4 things now" in page


def test_more_pictures_cost_no_more_queries(cast: Cast, signed_in: SignIn) -> None:
    """Of the pages that count what would go, and what is held."""
    for kind in RetentionRule.Kind:
        RetentionRule.objects.keep(kind, None, 30, cast.sam)
    Hold(**WHY, person=cast.ben).place(cast.sam)
    staff, counts = signed_in(cast.sam), []
    paths = ("/record/retention", "/record/holds", "/record/erasures", f"/person/{cast.ana.username}/erasure")
    for _round in range(2):
        for person in (cast.ana, cast.ana, cast.ben):
            image = make_done(person, pictures=3).images.first()
            make_reference(make_done(cast.lea), image)
            Hold(**WHY, image=image).place(cast.sam)
        for path in paths:
            with CaptureQueriesContext(connection) as asked:
                assert staff.get(path).status_code == 200
            counts.append(len(asked))
    assert counts[: len(paths)] == counts[len(paths) :]


# ── the check of the record ──


def test_the_page_says_how_the_record_was_found_and_what_to_do(cast: Cast, signed_in: SignIn) -> None:
    staff = signed_in(cast.sam)
    assertContains(staff.get("/record/check"), "The record was not checked yet.")
    record("approved")
    assert check_record() is None
    assertContains(staff.get("/record/check"), "The record is complete")
    RecordHead.objects.update(checked_at=now(days=-3))
    assertContains(staff.get("/record/check"), "was not checked for more than a day")
    RecordHead.objects.update(hash="f" * 64)
    staff.post("/record/check/now")
    page = staff.get("/record/check").content.decode()
    assert "A check was asked for." in page and "disabled" in page
    check_if_asked()
    page = staff.get("/record/check").content.decode()
    number = RecordHead.objects.get().broken_number
    assert f"Entry {number} is not what was written" in page and "Make a copy of the database now" in page
    assert "disabled" not in page
    assertContains(staff.get("/record"), f"Entry {number} is not what was written")
    assertNotContains(signed_in(cast.lea).get("/record"), "is not what was written")


def test_a_head_is_downloaded_and_compared(cast: Cast, signed_in: SignIn) -> None:
    staff = signed_in(cast.sam)
    record("approved")
    head = staff.post("/record/check/head")
    assert head["Content-Disposition"].startswith("attachment")
    changed = json.dumps(json.loads(head.content) | {"number": 7}).encode()
    for data, status, sentence in (
        (head.content, 200, "The record holds what this head says"),
        (changed, 422, "The signature of this head is not right"),
        (b"{", 422, "This is not a head of a record."),
        (b"[" * 9_000, 422, "This is not a head of a record."),
        (b"\xff\xfe\0", 422, "This is not a head of a record."),
        (b"{}" + b" " * 100_000, 422, "This is not a head of a record."),
    ):
        answer = staff.post("/record/check/compare", {"head": SimpleUploadedFile("head.json", data)})
        assertContains(answer, sentence, status_code=status)
    assertContains(staff.post("/record/check/compare", follow=True), "Choose a file.")


# ── erasure and export ──


def test_an_erasure_says_first_what_goes_and_what_stays_and_does_that(cast: Cast, signed_in: SignIn) -> None:
    staff = signed_in(cast.sam)
    used, foreign = make_done(cast.ana, prompt="A lake").images.get(), make_done(cast.ben)
    make_reference(foreign, used)
    make_done(cast.ana, pictures=2)
    Verdict.objects.give(cast.ana, foreign.images.get(), "approved")
    assertContains(staff.get("/person/ana"), "/person/ana/erasure")
    page = staff.get("/person/ana/erasure").content.decode()
    for words in ("2 pictures", "2 prompts with", "1 picture that another prompt sends", "1 verdict"):
        assert words in page
    for typed in ("", "Ana", "ben", HOSTILE, "a" * 100_000, "ana\0"):
        answer = staff.post("/person/ana/erase", {"confirm": typed})
        assertContains(answer, "Nothing was erased.", status_code=422)
    assert not Erasure.objects.exists()
    assertContains(staff.post("/person/ana/erase", {"confirm": " ana "}, follow=True), "Erased.")
    assert Erasure.objects.get().gone["pictures"] == 2 and not Batch.objects.filter(prompt="A lake").exists()
    assertNotContains(staff.get("/record/erasures"), "Ana")
    assert staff.get("/person/ana/erasure").status_code == 404
    for own in ("/person/sam/erasure", "/person/sam/erase"):
        assert staff.post(own, {"confirm": "sam"}).status_code in (404, 405)


def test_what_a_hold_forbids_is_said_and_done_later(cast: Cast, signed_in: SignIn) -> None:
    staff, image = signed_in(cast.sam), make_done(cast.ana).images.get()
    whole = Hold(**WHY, person=cast.ana)
    whole.place(cast.sam)
    assertContains(staff.get("/person/ana"), "Aldea contract")
    page = staff.get("/person/ana/erasure").content.decode()
    assert "cannot be erased now" in page and "Aldea contract" in page and 'name="confirm"' not in page
    answer = staff.post("/person/ana/erase", {"confirm": "ana"})
    assertContains(answer, "Aldea contract", status_code=422)
    whole.release(cast.sam)
    part = Hold(**WHY, image=image)
    part.place(cast.sam)
    gallery = Hold(**WHY | {"name": "Packaging"}, gallery=make_gallery(cast.ana, team=None))
    gallery.place(cast.sam)
    page = staff.get("/person/ana/erasure").content.decode()
    assert "Under a legal hold and kept: 1 picture, 1 prompt, 1 gallery" in page
    assert "Kept by “Aldea contract”, “Packaging”." in page
    answer = staff.post("/person/ana/erase", {"confirm": "ana"}, follow=True)
    assertContains(answer, "Erased. Under a legal hold and kept: 1 picture, 1 prompt, 1 gallery.")
    assertContains(answer, "Erase what is left")
    gallery.release(cast.sam)
    part.release(cast.sam)
    name = f"erased-{cast.ana.pk}"
    assertContains(staff.get(f"/person/{name}/erasure"), "Former person")
    assertNotContains(staff.post(f"/person/{name}/erase", {"confirm": name}, follow=True), "Erase what is left")
    assert not Image.objects.filter(person=cast.ana).exists()


def test_everybody_exports_their_own_and_staff_anybodys(cast: Cast, signed_in: SignIn) -> None:
    image, foreign = make_done(cast.ana, prompt="Mine").images.get(), make_done(cast.ben, prompt="Ben’s").images.get()
    lost = make_image(person=cast.ana)
    Path(default_storage.path(original_path(lost.file_id))).unlink()
    assertContains(signed_in(cast.ana).get("/settings"), 'action="/person/ana/export"')
    for person in (cast.ana, cast.sam):
        answer = signed_in(person).post("/person/ana/export")
        data = b"".join(answer.streaming_content)
        assert (answer.status_code, len(data)) == (200, int(answer["Content-Length"]))
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert set(archive.namelist()) == {"data.json", f"pictures/{image.key}.png"}
            said = archive.read("data.json").decode()
        assert "Mine" in said and "Ben’s" not in said and json.loads(said)["missing_pictures"] == [lost.key]
    assert foreign.key not in said
    assert [entry.actor_id for entry in AuditEntry.objects.filter(verb="exported_person")] == [cast.ana.pk, cast.sam.pk]
    assert signed_in(cast.lea).post("/person/ana/export").status_code == 404
    Person.objects.filter(pk=cast.ana.pk).update(erased_at=now())
    assert signed_in(cast.sam).post("/person/ana/export").status_code == 404
