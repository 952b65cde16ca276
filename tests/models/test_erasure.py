"""Legal holds and erasure: what goes, what stays and why, and that an older database has it done again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db.models import Model
from pytest_django import Settings

from generations.errors import NotStored
from generations.models import (
    AuditEntry,
    Batch,
    Comment,
    Draft,
    Erasure,
    Gallery,
    Generation,
    HandOver,
    Hold,
    Image,
    Invitation,
    Lease,
    Mail,
    Membership,
    Notification,
    Person,
    Provider,
    StoredFile,
    Verdict,
    erasure,
)
from generations.models.erasure import FOLDER, StillRunning, erase, erase_again
from generations.models.erasure_extent import preview
from generations.models.hand_over import hand_over
from generations.models.hand_pause import pause_by_hand
from generations.models.hold import Held, NothingToHold
from generations.models.inviting import invite
from generations.models.key import now
from generations.models.pasted_addresses import Address
from generations.models.record_proof import first_break
from generations.models.stored_file import original_path
from generations.reconcile import drop_unused
from generations.upkeep import purge
from tests.support.cast import (
    Cast,
    change,
    make_batch,
    make_cast,
    make_done,
    make_gallery,
    make_generation,
    make_image,
    make_person,
    make_reference,
)
from tests.support.storage import FailingStorage, store_in
from tests.support.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]
PROMPT = "A lake that nobody else has seen"


@pytest.fixture
def cast() -> Cast:
    shutil.rmtree(Path(default_storage.path(FOLDER)), ignore_errors=True)
    return make_cast()


def hold(cast: Cast, **target: Model) -> Hold:
    hold = Hold(name="Aldea contract", reason="File 25/114", **target)
    hold.place(cast.sam)
    return hold


def drawn(cast: Cast) -> Image:
    return make_done(cast.ana, prompt=PROMPT).images.get()


@pytest.mark.parametrize("on", ["image", "batch", "person", "gallery"])
def test_what_is_held_is_neither_deleted_nor_purged(cast: Cast, on: str) -> None:
    image, other = drawn(cast), make_done(cast.ben).images.get()
    gallery = make_gallery(cast.ben, images=[image])
    gallery.remove(Image.objects.filter(pk=image.pk))
    targets = {"image": image, "batch": image.batch, "person": cast.ana, "gallery": gallery}
    placed = hold(cast, **{on: targets[on]})
    both = Image.objects.filter(pk__in=[image.pk, other.pk])
    assert both.delete_by(cast.lea, "Away.")[1] == 1
    Image.objects.filter(pk__in=[image.pk, other.pk]).update(deleted_at=now(days=-400))
    assert Image.objects.purge() == 1
    assert Image.objects.filter(pk=image.pk).exists()
    assert placed.release(cast.sam) and not placed.release(cast.sam)
    assert Image.objects.purge() == 1
    assert first_break() is None


def test_a_held_gallery_stays(cast: Cast) -> None:
    gallery = make_gallery(cast.ana)
    placed = hold(cast, gallery=gallery)
    assert not gallery.delete_by(cast.ana)
    Gallery.objects.update(deleted_at=now(days=-400))
    assert Gallery.objects.purge() == 0
    placed.release(cast.sam)
    assert Gallery.objects.purge() == 1


def test_erasing_takes_everything_that_is_theirs_and_the_name(cast: Cast, signed_in: Callable[..., Any]) -> None:
    image = drawn(cast)
    file = image.file_id
    make_reference(image.batch)
    Draft.objects.create(person=cast.ana, fields={"prompt": [PROMPT]})
    foreign = make_done(cast.ben).images.get()
    Verdict.objects.give(cast.ana, foreign, "approved")
    answered, _mentioned = Comment.write(foreign, cast.ana, "Mine alone.")
    Comment.write(foreign, cast.ben, "An answer.", parent=answered)
    alone, shared = make_gallery(cast.ana, team=None), make_gallery(cast.ana, "Shared")
    signed_in(cast.ana), signed_in(cast.ben)
    done = erase(cast.ana, cast.sam)
    assert Session.objects.count() == 1 and AuditEntry.objects.filter(verb="ended_sessions").count() == 1
    person = Person.objects.get(pk=cast.ana.pk)
    assert (done.held, done.gone["pictures"], done.gone["batches"], done.gone["comments"]) == (0, 2, 1, 1)
    assert (str(person), person.email) == (f"Former person {person.pk}", f"erased-{person.pk}@erased.invalid")
    assert (person.is_active, person.has_usable_password()) == (False, False)
    assert not Batch.objects.filter(prompt__contains="nobody else").exists()
    assert not Image.objects.filter(person=person).exists() and not Draft.objects.exists()
    assert not StoredFile.objects.filter(pk=file).exists() and not default_storage.exists(original_path(file))
    assert Comment.objects.get(pk=answered.pk).text == "" and Comment.objects.count() == 2
    assert Verdict.objects.get(image=foreign).reviewer == person
    assert not Membership.objects.filter(person=person).exists()
    assert [Gallery.objects.filter(pk=gallery.pk).exists() for gallery in (alone, shared)] == [False, True]
    entry = AuditEntry.objects.get(verb="erased_person")
    assert (entry.actor_id, entry.object_key, first_break()) == (cast.sam.pk, str(person.pk), None)
    for table in (AuditEntry, Person, Batch, Comment):
        assert "Ana" not in str(list(table.objects.values()))


def test_what_others_use_stays_without_its_prompt(cast: Cast) -> None:
    image = drawn(cast)
    make_reference(make_done(cast.ben), image)
    Generation.objects.update(detail="“A red bicycle” is forbidden.", remark="A red bicycle")
    erase(cast.ana, cast.sam)
    assert list(Generation.objects.filter(batch__person=cast.ana).values_list("detail", "remark")) == [("", "")]
    kept = Image.objects.select_related("batch").get(pk=image.pk)
    assert (kept.batch.prompt, kept.generation.attempts.count()) == ("", 0)
    assert default_storage.exists(original_path(kept.file_id))


def test_what_is_held_stays_as_it_is_until_it_is_released(cast: Cast) -> None:
    held, free = drawn(cast), drawn(cast)
    placed = hold(cast, image=held)
    done = erase(cast.ana, cast.sam)
    assert (done.held_back, Image.objects.filter(pk=free.pk).exists()) == ({"pictures": 1, "batches": 1}, False)
    assert Batch.objects.get(pk=held.batch_id).prompt == PROMPT
    assert held.generation.attempts.get().request
    with pytest.raises(CommandError, match="keeps 1 pictures, 1 batches"):
        call_command("erase_person", f"erased-{cast.ana.pk}", yes=True)
    placed.release(cast.sam)
    assert erase(cast.ana, cast.sam).held == 0
    assert not Image.objects.filter(person=cast.ana).exists()


@pytest.mark.parametrize("on", ["images", "batches"])
def test_one_hold_covers_several_things(cast: Cast, on: str) -> None:
    images = [drawn(cast) for _each in range(3)]
    empty = make_batch(cast.ana, prompt=PROMPT)
    empty.generations.update(state="cancelled")
    things = {"images": images[:2], "batches": [empty, *(image.batch for image in images[:2])]}
    placed = Hold(name="Aldea contract", reason="File 25/114")
    count = placed.place_on(cast.sam, **{on: things[on]})
    assert (count, Hold(name=placed.name, reason="").place_on(cast.sam, **{on: things[on]})) == (len(things[on]),) * 2
    assert Hold.objects.count() == 1
    said = AuditEntry.objects.filter(verb="placed_hold")
    assert {entry.object_key for entry in said} == {thing.key for thing in things[on]}
    every = Image.objects.filter(pk__in=[image.pk for image in images])
    assert every.delete_by(cast.ana)[1] == 1
    every.update(deleted_at=now(days=-400))
    assert Image.objects.purge() == 1
    done = erase(cast.ana, cast.sam)
    held = {"pictures": 2, "batches": 3 if on == "batches" else 2}
    assert (done.held_back, preview(cast.ana).holds) == (held, [placed])
    assert Batch.objects.filter(pk=empty.pk).exists() == (on == "batches")
    assert placed.release(cast.sam) and AuditEntry.objects.filter(verb="released_hold").count() == len(things[on])
    assert erase(cast.ana, cast.sam).held_back == {} and not Image.objects.filter(person=cast.ana).exists()
    with pytest.raises(NothingToHold):
        Hold(name="Late", reason="").place_on(cast.sam, images=images)


def test_three_times_as_many_things_are_held_and_released_by_as_many_queries(
    cast: Cast, queries_of: Callable[[Callable[[], object]], int]
) -> None:
    def ask(many: int) -> tuple[int, int]:
        images, placed = [drawn(cast) for _each in range(many)], Hold(name=f"Of {many}", reason="")
        batches = [image.batch for image in images]
        asked = queries_of(lambda: placed.place_on(cast.sam, images=images, batches=batches))
        return asked, queries_of(lambda: placed.release(cast.sam))

    ask(1)
    assert ask(2) == ask(6)


def test_what_is_held_is_counted_whatever_it_is(cast: Cast) -> None:
    """A comment on somebody else's picture, a gallery of theirs alone, a batch without pictures."""
    foreign, empty = make_done(cast.ben).images.get(), make_batch(cast.ana, prompt=PROMPT)
    empty.generations.update(state="cancelled")
    Comment.write(foreign, cast.ana, "Said on it")
    gallery = make_gallery(cast.ana, team=None)
    make_gallery(cast.ana, "Shared")
    holds = [hold(cast, batch=empty), hold(cast, gallery=gallery), hold(cast, image=foreign)]
    hold(cast, image=make_done(cast.ben).images.get())
    wanted = {"batches": 1, "comments": 1, "galleries": 1}
    seen = preview(cast.ana)
    assert (seen.held, seen.holds) == (wanted, holds)
    done = erase(cast.ana, cast.sam)
    assert (done.held, done.held_back) == (3, wanted)
    assert (Batch.objects.get(pk=empty.pk).prompt, Comment.objects.get().text) == (PROMPT, "Said on it")
    assert Gallery.objects.filter(pk=gallery.pk).exists()
    for placed in holds:
        placed.release(cast.sam)
    assert erase(cast.ana, cast.sam).held_back == {}
    assert not Gallery.objects.filter(pk=gallery.pk).exists() and not Batch.objects.filter(pk=empty.pk).exists()


def test_a_person_who_is_held_is_not_erased(cast: Cast) -> None:
    image = drawn(cast)
    hold(cast, person=cast.ana)
    with pytest.raises(Held, match="Aldea contract"):
        erase(cast.ana, cast.sam)
    with pytest.raises(CommandError, match="Aldea contract"):
        call_command("erase_person", "ana", yes=True)
    assert (Image.objects.get().pk, str(Person.objects.get(pk=cast.ana.pk))) == (image.pk, "Ana")
    assert not Erasure.objects.exists()


def test_a_file_that_cannot_be_removed_goes_with_the_next_clean_up(
    cast: Cast, tmp_path: Path, settings: Settings
) -> None:
    store_in(tmp_path, settings, "tests.support.storage.FailingStorage")
    images = [drawn(cast), drawn(cast)]
    FailingStorage.refused = 1
    assert erase(cast.ana, cast.sam).gone["pictures"] == 2
    left = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert [path.suffix for path in left] == [".dropping"], "one is gone, one was refused"
    os.utime(left[0], (1, 1))
    unused = StoredFile.put(b"an answer of long ago", "text/plain")
    young = StoredFile.put(b"an answer of now", "text/plain")
    StoredFile.objects.filter(pk=unused.pk).update(created_at=now(days=-2))
    Lease.objects.all().delete()
    purge()
    assert not StoredFile.objects.filter(pk__in=[unused.pk, *(image.file_id for image in images)]).exists()
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == [
        Path(default_storage.path(original_path(young.sha256)))
    ]


def test_a_trash_of_which_one_file_cannot_be_removed_is_emptied(cast: Cast, tmp_path: Path, settings: Settings) -> None:
    store_in(tmp_path, settings, "tests.support.storage.FailingStorage")
    for _each in range(3):
        Image.objects.filter(pk=drawn(cast).pk).update(deleted_at=now(days=-400))
    FailingStorage.refused = 1
    assert Image.objects.purge() == 3


def test_no_more_than_so_many_unused_files_are_removed_at_once(cast: Cast) -> None:
    for number in range(3):
        StoredFile.put(b"unused %d" % number, "text/plain")
    StoredFile.objects.update(created_at=now(days=-2))
    assert [drop_unused(2), drop_unused(2), drop_unused(2)] == [2, 1, 0]


def test_nobody_is_erased_whom_a_restored_backup_would_not_erase_again(
    cast: Cast, tmp_path: Path, settings: Settings
) -> None:
    store_in(tmp_path, settings)
    image = drawn(cast)
    (tmp_path / FOLDER).write_text("a file where the folder belongs")
    with pytest.raises(NotStored):
        erase(cast.ana, cast.sam)
    assert str(Person.objects.get(pk=cast.ana.pk)) == "Ana" and image.file.bytes()
    assert Image.objects.filter(pk=image.pk).exists() and not Erasure.objects.exists()
    (tmp_path / FOLDER).unlink()
    erase(cast.ana, cast.sam)
    assert list((tmp_path / FOLDER).iterdir())


def test_a_gallery_that_a_hand_over_named_is_called_as_they_are(cast: Cast) -> None:
    """Also when they had another name then; not one that the heir has called otherwise, and a held one later."""
    galleries = []
    for _each in range(3):
        make_done(cast.ana, visibility="private")
        galleries.append(hand_over(cast.ana, cast.lea, cast.sam).gallery)
    Person.objects.filter(pk=cast.ana.pk).update(first_name="Anabel")
    Gallery.objects.filter(pk=galleries[1].pk).update(title="Lakes")
    placed = hold(cast, gallery=galleries[2])
    cast.ana.refresh_from_db()
    done = erase(cast.ana, cast.sam)
    name = f"Former person {cast.ana.pk}"

    def titles() -> list[str]:
        return [Gallery.objects.get(pk=gallery.pk).title for gallery in galleries]

    assert (titles(), done.held_back["galleries"]) == ([name, "Lakes", "Ana"], 1)
    assert HandOver.objects.exclude(title="").count() == 1
    placed.release(cast.sam)
    cast.ana.refresh_from_db()
    erase(cast.ana, cast.sam)
    assert titles() == [name, "Lakes", name] and not HandOver.objects.exclude(title="").exists()


@pytest.mark.parametrize("on", ["image", "batch", "person"])
def test_a_hold_that_comes_during_an_erasure_finds_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, on: str
) -> None:
    """The erasure has looked for holds and removed the pictures when somebody wants to place one."""
    image = drawn(cast)
    targets = {"image": image, "batch": image.batch, "person": cast.ana}
    begun, placed = Event(), Event()
    erase_rest = erasure._erase_rest

    def erase_rest_later(person: Person) -> dict[str, int]:
        begun.set()
        placed.wait(1)  # it would be by now if nothing held it up
        return erase_rest(person)

    def place() -> Hold:
        begun.wait(20)
        try:
            return hold(cast, **{on: targets[on]})
        finally:
            placed.set()

    monkeypatch.setattr(erasure, "_erase_rest", erase_rest_later)
    done, refused = at_once(lambda: erase(cast.ana, cast.sam), place)
    assert (type(refused), type(done), Hold.objects.count()) == (NothingToHold, Erasure, 0)


@pytest.mark.parametrize("on", ["image", "person"])
def test_an_erasure_that_comes_while_a_hold_is_placed_finds_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, on: str
) -> None:
    """The hold is written and not committed when the erasure looks for holds."""
    image = drawn(cast)
    written, erased = Event(), Event()
    save = Hold.save

    def save_first(row: Hold, **kwargs: Any) -> None:
        save(row, **kwargs)
        written.set()
        erased.wait(1)  # it would be by now if nothing held it up

    def erase_then() -> Erasure:
        written.wait(20)
        try:
            return erase(cast.ana, cast.sam)
        finally:
            erased.set()

    monkeypatch.setattr(Hold, "save", save_first)
    _placed, done = at_once(lambda: hold(cast, **{on: {"image": image, "person": cast.ana}[on]}), erase_then)
    assert Image.objects.filter(pk=image.pk).exists() and Batch.objects.get(pk=image.batch_id).prompt == PROMPT
    assert isinstance(done, Held) if on == "person" else done.held_back["pictures"] == 1


def test_what_waits_is_never_sent_and_what_runs_is_stopped_first(cast: Cast) -> None:
    waiting = make_batch(cast.ana).generations.get()
    running = make_generation(make_batch(cast.ana))
    change(running, state="running", claim="c", claim_until=now(minutes=1), started_at=now())
    with pytest.raises(StillRunning):
        erase(cast.ana, cast.sam)
    waiting.refresh_from_db()
    running.refresh_from_db()
    cast.ana.refresh_from_db()
    assert (waiting.state, running.cancel_asked_at is None, cast.ana.is_active) == ("cancelled", False, False)
    change(running, state="cancelled", claim="", claim_until=None)
    erase(cast.ana, cast.sam)
    assert not Batch.objects.filter(person=cast.ana).exists()


def test_others_inboxes_keep_no_word_of_theirs(cast: Cast) -> None:
    image = make_done(cast.ben, team=cast.design).images.get()
    Notification.tell([cast.ben], "mentioned", actor=cast.ana, image=image, detail="Nobody else knows this")
    assert Notification.objects.get(person=cast.ben).detail
    Invitation.objects.create(
        email=cast.ana.email, team=cast.design, by=cast.ben, expires_at=now(days=1), token_hash="x"
    ).decline()
    assert Notification.objects.filter(actor_name=cast.ana.email).exists()
    erase(cast.ana, cast.sam)
    assert not Notification.objects.exclude(detail="").exists()
    assert not Notification.objects.exclude(actor_name="").exists()


def test_nothing_that_was_paused_names_who_was_called_otherwise_then(cast: Cast) -> None:
    namesake = make_person("ben2")
    Person.objects.filter(pk=namesake.pk).update(first_name="Benedict")
    namesake.refresh_from_db()
    paused, other = cast.ana.membership_set.get(), cast.lea.membership_set.get()
    paused.pause_sending(cast.ben)
    pause_by_hand(cast.model, cast.ben)
    Provider.objects.update(hand_paused_at=now(), hand_paused_by="Benedict")  # when only names were kept
    other.pause_sending(namesake)
    Person.objects.filter(pk=cast.ben.pk).update(first_name="Benedict")
    erase(Person.objects.get(pk=cast.ben.pk), cast.sam)
    for row in (paused, other, cast.model):
        row.refresh_from_db()
    assert (paused.sending_paused_by, cast.model.hand_paused_by) == ("", "")
    assert Provider.objects.get().hand_paused_by == ""
    assert other.sending_paused_by == str(namesake)


def test_no_mail_keeps_the_name_of_who_caused_it(cast: Cast, settings: Settings) -> None:
    settings.EMAIL_URL = "smtp://localhost"
    invite(cast.design, [Address("wei@design.example")], cast.lea, role="member")
    invite(cast.design, [Address("noor@design.example")], cast.sam, role="member")
    erase(cast.lea, cast.sam)
    mail = Mail.objects.get()
    assert mail.values["by"] == "Sam"
    claimed = Mail.claim_next()
    assert claimed and claimed.sent() and Mail.objects.get().values == {}


def test_the_remarks_of_who_is_held_are_not_purged(cast: Cast) -> None:
    image = make_done(cast.ben, team=cast.design).images.get()
    comment = Comment.write(image, cast.ana, "Too dark")[0]
    Comment.objects.update(deleted_at=now(days=-90))
    placed = hold(cast, person=cast.ana)
    assert Comment.objects.all().purge() == 0
    placed.release(cast.sam)
    assert Comment.objects.all().purge() == 1 and not Comment.objects.filter(pk=comment.pk).exists()


def test_an_older_database_has_it_done_again_and_nobody_else_is_touched(cast: Cast) -> None:
    drawn(cast)
    before = Person.objects.filter(pk=cast.ana.pk).values().get()
    erase(cast.ana, cast.sam)
    Erasure.objects.all().delete()
    Person.objects.filter(pk=cast.ana.pk).update(**before)  # as in a database from before
    make_image(person=cast.ana)
    kept = Image.objects.filter(person=cast.ben).count()
    [again] = erase_again().done
    assert (again.person_id, str(Person.objects.get(pk=cast.ana.pk))) == (cast.ana.pk, f"Former person {cast.ana.pk}")
    assert erase_again() == ([], [])
    assert (Image.objects.filter(person=cast.ben).count(), Image.objects.filter(person=cast.ana).count()) == (kept, 0)
    Erasure.objects.all().delete()
    joined = now(days=-3)
    Person.objects.filter(pk=cast.ana.pk).update(erased_at=None, first_name="New", date_joined=joined)
    assert erase_again() == ([], []), "somebody else has this number in another installation"
    Path(default_storage.path(FOLDER), "odd.json").write_text("{")
    assert erase_again() == ([], [])


@pytest.mark.parametrize("obstacle", ["hold", "call"])
def test_who_cannot_be_erased_again_now_stays_until_the_next_time_and_keeps_nobody_else(
    cast: Cast, obstacle: str
) -> None:
    before = {person.pk: Person.objects.filter(pk=person.pk).values().get() for person in (cast.ana, cast.ben)}
    for person in (cast.ana, cast.ben):
        erase(person, cast.sam)
    Erasure.objects.all().delete()
    for pk, values in before.items():
        Person.objects.filter(pk=pk).update(**values)
    standing = hold(cast, person=cast.ana) if obstacle == "hold" else None
    called = None if standing else make_generation(make_batch(cast.ana))
    if called:
        change(called, state="running", claim="c", claim_until=now(minutes=1), started_at=now())
    done, [sentence] = erase_again()
    assert [erasure.person_id for erasure in done] == [cast.ben.pk]
    assert sentence.startswith(f"Person {cast.ana.pk} was erased before, and stays for now: ")
    assert ("Aldea contract" if standing else "being drawn") in sentence
    if standing:
        standing.release(cast.sam)
    if called:
        change(called, state="cancelled", claim="", claim_until=None)
    purge()
    assert Erasure.objects.filter(person=cast.ana).exists(), "the next clean-up does it"
