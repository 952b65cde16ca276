"""Retention: what each rule removes, what stays, and that the record still proves itself when its beginning is gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Event

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from generations import rights
from generations.models import (
    Attempt,
    AuditEntry,
    Batch,
    Draft,
    Gallery,
    Generation,
    Hold,
    Image,
    Person,
    RecordHead,
    RetentionRule,
    ShareLink,
    SigningKey,
    Verdict,
    audit_entry,
    retention,
    unkept,
)
from generations.models.audit_entry import Subject, record, record_all
from generations.models.key import now
from generations.models.record_proof import first_break
from generations.models.retention import apply_rules, preview, prune
from generations.models.signing_key import is_signed
from generations.resubmit import retry
from generations.submit import Order, submit
from generations.viewer import Viewer
from tests.models.test_audit_entry import tamper, write
from tests.support.cast import (
    Cast,
    make_batch,
    make_cast,
    make_done,
    make_failed,
    make_gallery,
    make_generation,
    make_image,
    make_reference,
)
from tests.support.clock import Clock
from tests.support.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def cleared() -> list[bool]:
    return [attempt.cleared_at is not None for attempt in Attempt.objects.order_by("pk")]


def age(*batches: Batch) -> None:
    """Everything of these happened forty days ago."""
    numbers, ago = [batch.pk for batch in batches], now(days=-40)
    Batch.objects.filter(pk__in=numbers).update(created_at=ago)
    Generation.objects.filter(batch__in=numbers).exclude(finished_at=None).update(finished_at=ago)
    Image.objects.filter(batch__in=numbers).update(created_at=ago)


def test_a_teams_own_rule_counts_before_the_one_for_everybody(cast: Cast) -> None:
    for person in (cast.ana, cast.cy, cast.sam):
        make_done(person)
    make_failed(cast.ana)
    make_batch(cast.ana)
    Generation.objects.exclude(finished_at=None).update(finished_at=now(days=-40))
    RetentionRule.objects.create(kind="exchanges", days=30)
    own = RetentionRule.objects.create(kind="exchanges", days=90, team=cast.design)
    assert [(line.rule.team, line.count) for line in preview()] == [(None, 2), (cast.design, 0)]
    assert cleared() == [False] * 4, "a preview changes nothing"
    assert [(line.rule.team, line.count) for line in apply_rules()] == [(None, 2)]
    assert cleared() == [False, True, True, False]
    own.days = 30
    own.save()
    RetentionRule.objects.create(kind="failed", days=30)
    assert sum(line.count for line in apply_rules()) == 2
    assert (cleared(), apply_rules(), first_break()) == ([True] * 4, [], None)


def test_what_is_cleared_is_gone_and_what_it_cost_stays(cast: Cast) -> None:
    generation = make_failed(cast.ana).generations.get()
    Generation.objects.update(finished_at=now(days=-40))
    assert generation.can_read_again()
    RetentionRule.objects.create(kind="failed", days=30)
    apply_rules()
    attempt = generation.attempts.get()
    assert (bytes(attempt.request), attempt.answer, attempt.headers, attempt.has_answer) == (b"", None, {}, False)
    assert (attempt.charged, attempt.status, attempt.kind) == ("maybe", 200, "cut")
    assert not Generation.objects.get(pk=generation.pk).can_read_again()


@pytest.mark.parametrize("kind", ["failed", "pictures"])
def test_what_the_provider_said_goes_with_its_answer(cast: Cast, kind: str) -> None:
    batch = make_failed(cast.ana)
    Generation.objects.update(detail="“A red bicycle” is forbidden.", remark="A red bicycle", progress_text="A red")
    age(batch)
    RetentionRule.objects.create(kind=kind, days=30)
    apply_rules()
    assert list(Generation.objects.values_list("detail", "remark", "progress_text")) == [("", "", "")]


@pytest.mark.parametrize("on", ["image", "batch", "person", "images", "batches"])
def test_what_is_held_is_kept(cast: Cast, on: str) -> None:
    batch = make_done(cast.ana)
    image = batch.images.get()
    age(batch)
    one = {"image": image, "batch": batch, "person": cast.ana}
    several = {"images": [image], "batches": [batch]}
    hold = Hold(name="Aldea", reason="File 25/114", **({on: one[on]} if on in one else {}))
    hold.place_on(cast.sam, **{on: several[on]}) if on in several else hold.place(cast.sam)
    for kind in ("exchanges", "pictures"):
        RetentionRule.objects.create(kind=kind, days=30)
    assert apply_rules() == []
    hold.release(cast.sam)
    assert [line.count for line in apply_rules()] == [1, 1]


def test_drafts_and_addresses(cast: Cast, clock: Clock) -> None:
    write(3)
    clock.move(40 * 86400)
    Draft.objects.create(person=cast.ana, fields={"prompt": ["x"]}, saved_at=now(days=-40))
    Draft.objects.create(person=cast.ben, fields={"prompt": ["y"]}, saved_at=now())
    write(1)
    for kind in ("drafts", "addresses"):
        RetentionRule.objects.create(kind=kind, days=30)
    assert {line.rule.kind: line.count for line in apply_rules()} == {"drafts": 1, "addresses": 3}
    assert Draft.objects.get().person == cast.ben
    assert [bool(entry.address) for entry in AuditEntry.objects.all()[:4]] == [False, False, False, True]
    assert first_break() is None


def test_pictures_that_nobody_kept_go_to_the_trash_and_prompts_when_none_is_left(cast: Cast) -> None:
    plain, failed = make_done(cast.ana, pictures=2), make_failed(cast.ana)
    brought = make_reference(plain)
    approved, filed, held, used, young = (make_done(cast.ana) for _each in range(5))
    waiting, foreign = make_batch(cast.ana), make_done(cast.cy)
    Verdict.objects.give(cast.lea, approved.images.get(), "approved")
    make_gallery(cast.ana, images=filed.images.all())
    Hold(name="Aldea", reason="File", image=held.images.get()).place(cast.sam)
    make_reference(young, used.images.get())
    age(*Batch.objects.exclude(pk=young.pk))
    RetentionRule.objects.create(kind="pictures", days=30, team=cast.design)
    size = sum(image.file.size for image in plain.images.all())
    assert [(line.count, line.size) for line in preview()] == [(3, size)], "two pictures, and a prompt without any"
    assert Image.objects.kept().filter(batch=plain).count() == 2, "a preview changes nothing"
    assert [line.count for line in apply_rules()] == [3]
    trashed = Image.objects.exclude(deleted_at=None)
    assert {image.batch for image in trashed} == {plain} and rights.see_trash.of(Viewer(cast.ana), trashed).count() == 2
    plain.refresh_from_db()
    failed.refresh_from_db()
    assert (plain.prompt, failed.prompt, failed.removed_at is None) == ("A red bicycle in rain", "", False)
    attempt = failed.generations.get().attempts.get()
    assert (bytes(attempt.request), attempt.charged) == (b"", "maybe")
    assert apply_rules() == []
    trashed.update(deleted_at=now(days=-400))
    Image.objects.purge()
    assert [line.count for line in apply_rules()] == [1]
    plain.refresh_from_db()
    assert (plain.prompt, plain.references.exists(), plain.generations.get().cost is None) == ("", False, False)
    for kept in (approved, filed, held, used, young, waiting, foreign):
        assert Batch.objects.get(pk=kept.pk).prompt
    assert Image.objects.kept().filter(pk=brought.pk).exists() and first_break() is None


def restored(cast: Cast, batch: Batch) -> None:
    pictures = Image.objects.filter(batch=batch)
    pictures.delete_by(cast.ana)
    pictures.restore()


def taken_out(cast: Cast, batch: Batch) -> None:
    gallery = make_gallery(cast.ana, images=batch.images.all())
    gallery.remove(batch.images.all())


def approved_no_longer(cast: Cast, batch: Batch) -> None:
    image = batch.images.get()
    assert Verdict.objects.withdraw(cast.lea, image, Verdict.objects.give(cast.lea, image, "approved"))


def retried(cast: Cast, batch: Batch) -> None:
    """It failed again."""
    first = batch.generations.get()
    make_generation(batch, position=2, retry_of=first, state="failed", kind="cut", finished_at=now())


def found_late(cast: Cast, batch: Batch) -> None:
    """By reading its answer again."""
    make_image(batch.generations.get(), position=2)


@pytest.mark.parametrize("happen", [restored, taken_out, approved_no_longer, retried, found_late])
def test_the_time_of_a_rule_begins_when_something_last_happened(
    cast: Cast, clock: Clock, happen: Callable[[Cast, Batch], None]
) -> None:
    batch = make_done(cast.ana)
    age(batch)
    RetentionRule.objects.create(kind="pictures", days=30)
    assert [line.count for line in preview()] == [1]
    happen(cast, batch)
    assert [line.count for line in preview()] == [0] and apply_rules() == []
    clock.move(31 * 86400)
    assert [line.count for line in apply_rules()] == [batch.images.count()]


def test_a_prompt_whose_retry_failed_again_is_not_cleared_at_once(cast: Cast) -> None:
    batch = make_failed(cast.ana)
    age(batch)
    RetentionRule.objects.create(kind="pictures", days=30)
    retried(cast, batch)
    assert apply_rules() == [] and Batch.objects.get(pk=batch.pk).prompt


def test_a_reference_that_was_had_back_is_not_trashed_at_once(cast: Cast, clock: Clock) -> None:
    idle = make_image(person=cast.ana)
    Image.objects.update(created_at=now(days=-40))
    RetentionRule.objects.create(kind="uploads", days=30)
    assert [line.count for line in apply_rules()] == [1]
    assert Image.objects.filter(pk=idle.pk).restore() == 1
    assert apply_rules() == []
    clock.move(31 * 86400)
    assert [line.count for line in apply_rules()] == [1]


def retried_by(cast: Cast, batch: Batch) -> None:
    assert retry(batch.generations.get(), cast.ana)


def read_again(cast: Cast, batch: Batch) -> None:
    assert batch.generations.get().read_again()


def approved(cast: Cast, batch: Batch) -> None:
    Verdict.objects.give(cast.lea, batch.images.get(), "approved")


@pytest.mark.parametrize(
    ("kind", "make", "keep"),
    [
        ("pictures", make_failed, retried_by),
        ("pictures", make_failed, read_again),
        ("failed", make_failed, read_again),
        ("pictures", make_done, approved),
    ],
)
def test_what_is_kept_while_a_rule_is_applied_stays(
    cast: Cast, kind: str, make: Callable[[Person], Batch], keep: Callable[[Cast, Batch], None]
) -> None:
    """It is written and not committed when the rule looks for what is due."""
    batch = make(cast.ana)
    age(batch)
    RetentionRule.objects.create(kind=kind, days=30)
    assert [line.count for line in preview()] == [1]
    written, applied = Event(), Event()

    def keep_slowly() -> None:
        with transaction.atomic():
            keep(cast, batch)
            written.set()
            applied.wait(1)  # it would be by now if nothing held it up

    def apply() -> list[retention.Line]:
        written.wait(20)
        try:
            return apply_rules()
        finally:
            applied.set()

    assert at_once(keep_slowly, apply) == [None, []]
    assert Batch.objects.get(pk=batch.pk).prompt and not Image.objects.exclude(deleted_at=None).exists()
    assert cleared() == [False]


def filed(cast: Cast, image: Image, gallery: Gallery) -> None:
    assert gallery.add(Image.objects.filter(pk=image.pk), cast.ana)[1] == 1


def sent(cast: Cast, image: Image, gallery: Gallery) -> None:
    submit(Order(cast.ana, "Once more", (cast.model,), references=(image,)))


def decided(cast: Cast, image: Image, gallery: Gallery) -> None:
    Verdict.objects.give(cast.lea, image, "approved")


def asked_again(cast: Cast, image: Image, gallery: Gallery) -> None:
    retry(Generation.objects.get(batch=image.batch, state="failed"), cast.ana)


def drafted(cast: Cast, image: Image, gallery: Gallery) -> None:
    Draft.keep(cast.ana, {"prompt": ["Once more"], "ref": [image.key]})


def drafted_from(cast: Cast, image: Image, gallery: Gallery) -> None:
    Draft.keep(cast.ana, {"prompt": ["Once more"], "parent": [image.key]})


@pytest.mark.parametrize(
    ("kind", "keep", "is_back"),
    [
        ("pictures", filed, False),
        ("pictures", filed, True),
        ("pictures", sent, False),
        ("pictures", decided, False),
        ("pictures", asked_again, False),
        ("uploads", sent, False),
        ("uploads", drafted, False),
        ("uploads", drafted_from, False),
    ],
)
def test_a_picture_that_is_kept_while_a_rule_is_applied_stays(
    cast: Cast, kind: str, keep: Callable[[Cast, Image, Gallery], None], is_back: bool
) -> None:
    """It is written and not committed when the rule looks for what is due. What keeps one picture keeps its batch; only
    what is sent as a reference stays alone."""
    batch = make_done(cast.ana, pictures=2)
    make_generation(batch, state="failed", kind="cut", charged="maybe", finished_at=now())
    image = batch.images.latest("pk") if kind == "pictures" else make_image(person=cast.ana)
    gallery = make_gallery(cast.ana, images=[image] if is_back else [])
    gallery.remove(Image.objects.all())
    gallery.items.update(removed_at=now(days=-40))
    age(batch)
    Image.objects.update(created_at=now(days=-40))
    RetentionRule.objects.create(kind=kind, days=30)
    written, applied = Event(), Event()

    def keep_slowly() -> None:
        with transaction.atomic():
            keep(cast, image, gallery)
            written.set()
            applied.wait(1)  # it would be by now if nothing held it up

    def apply() -> int:
        written.wait(20)
        try:
            return sum(line.count for line in apply_rules())
        finally:
            applied.set()

    at_once(keep_slowly, apply)
    going = batch.images.exclude(pk=image.pk) if (kind, keep) == ("pictures", sent) else Image.objects.none()
    assert set(Image.objects.exclude(deleted_at=None)) <= set(going)


@pytest.mark.parametrize("is_back", [False, True])
def test_a_picture_that_a_rule_removes_meanwhile_is_not_put_in(cast: Cast, is_back: bool) -> None:
    batch = make_done(cast.ana)
    image = batch.images.get()
    gallery = make_gallery(cast.ana, images=[image] if is_back else [])
    gallery.remove(Image.objects.all())
    gallery.items.update(removed_at=now(days=-40))
    age(batch)
    rule = RetentionRule.objects.create(kind="pictures", days=30)
    gone, asked = Event(), Event()

    def trash_slowly() -> int:
        with transaction.atomic():
            count = unkept.trash(unkept.unkept_pictures(rule), 10)
            gone.set()
            asked.wait(1)  # it would be by now if nothing held it up
        return count

    def add() -> int:
        gone.wait(20)
        try:
            return gallery.add(Image.objects.kept().filter(pk=image.pk), cast.ana)[1]
        finally:
            asked.set()

    assert at_once(trash_slowly, add) == [1, 0]
    assert not gallery.items.filter(removed_at=None).exists()


def test_what_is_cleared_meanwhile_is_not_read_again(cast: Cast) -> None:
    batch = make_failed(cast.ana)
    age(batch)
    rule = RetentionRule.objects.create(kind="pictures", days=30)
    generation = batch.generations.get()
    gone, asked = Event(), Event()

    def clear_slowly() -> int:
        with transaction.atomic():
            count, _files = unkept.clear_prompts(unkept.unkept_prompts(rule), 10)
            gone.set()
            asked.wait(1)  # it would be by now if nothing held it up
        return count

    def ask() -> bool:
        gone.wait(20)
        try:
            return generation.read_again()
        finally:
            asked.set()

    assert at_once(clear_slowly, ask) == [1, False]
    assert Generation.objects.get(pk=generation.pk).state == "failed"


def test_references_that_nothing_uses_go_to_the_trash(cast: Cast) -> None:
    used = make_reference(make_done(cast.ana))
    drafted, stashed, held, idle, young = (make_image(person=cast.ana) for _each in range(5))
    fields = {"prompt": ["x"], "ref": [drafted.key]}
    Draft.objects.create(person=cast.ana, fields=fields, stashed={"ref": [stashed.key]})
    Hold(name="Aldea", reason="File", image=held).place(cast.sam)
    Image.objects.exclude(pk=young.pk).update(created_at=now(days=-40))
    RetentionRule.objects.create(kind="uploads", days=30)
    assert [(line.count, line.size) for line in preview()] == [(1, idle.file.size)]
    assert [line.count for line in apply_rules()] == [1]
    assert set(Image.objects.filter(generation=None).kept()) == {used, drafted, stashed, held, young}
    assert Image.objects.filter(pk=idle.pk).restore() == 1


def test_a_reference_of_a_draft_that_was_kept_since_it_was_found_stays(cast: Cast) -> None:
    image = make_image(person=cast.ana)
    Image.objects.update(created_at=now(days=-40))
    found = unkept.unused_uploads(RetentionRule.objects.create(kind="uploads", days=30))
    drafted(cast, image, make_gallery(cast.ana))
    assert unkept.trash(found, 10) == 0 and not Image.objects.exclude(deleted_at=None).exists()


def test_visits_of_share_links_go_but_not_of_what_is_held(cast: Cast) -> None:
    links = [ShareLink.make(make_gallery(person), person) for person in (cast.ana, cast.ana, cast.cy)]
    today = timezone.localdate()
    for link in links:
        link.visits.create(day=today - timedelta(days=31), count=3)
        link.visits.create(day=today - timedelta(days=30), count=3)
    Hold(name="Aldea", reason="File", gallery=links[0].gallery).place(cast.sam)
    RetentionRule.objects.create(kind="visits", days=30, team=cast.design)
    assert [line.count for line in apply_rules()] == [1]
    assert [link.visits.count() for link in links] == [2, 1, 2]


def test_no_more_goes_at_once_than_a_page_removes(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    age(make_done(cast.ana, pictures=5))
    RetentionRule.objects.create(kind="pictures", days=30)
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    assert [line.count for line in apply_rules(3)] == [4] and [line.count for line in preview()] == [1]


def test_the_beginning_of_the_record_goes_and_a_signed_checkpoint_takes_its_place(cast: Cast, clock: Clock) -> None:
    write(4)
    clock.move(40 * 86400)
    write(2)
    assert prune(30) == 4
    assert [entry.number for entry in AuditEntry.objects.all()] == [5, 6, 7]
    said = AuditEntry.objects.get(verb="pruned_record").after
    assert (said["from"], said["to"], first_break()) == (1, 4, None)
    assert is_signed(f"imageweb checkpoint 4 {said['hash']}".encode(), said["signature"], said["key"])
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEntry.objects.filter(number=5).delete()
    assert prune(30) == 0
    clock.move(40 * 86400)
    record_all("approved", [Subject("image", "x")])
    assert (prune(30), first_break()) == (3, None)


def test_taking_out_more_than_the_checkpoint_says_is_found(cast: Cast, clock: Clock) -> None:
    write(4)
    clock.move(40 * 86400)
    write(3)
    prune(30)
    tamper("DELETE FROM generations_auditentry WHERE number = 5")
    RecordHead.objects.update(pruned_to=5)
    found = first_break()
    assert found is not None and found.number == 6


def test_a_pruning_between_two_reads_breaks_no_proof(cast: Cast, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    write(5)
    clock.move(40 * 86400)
    write(3)
    monkeypatch.setattr(audit_entry, "PIECE", 2)
    judge, pruned = AuditEntry.fault, []

    def judge_and_prune(entry: AuditEntry) -> str:
        """The oldest go while the second piece is judged."""
        if entry.number == 3 and not pruned:
            pruned.append(prune(30))
        return judge(entry)

    monkeypatch.setattr(AuditEntry, "fault", judge_and_prune)
    assert (first_break(), pruned) == (None, [5])
    tamper("DELETE FROM generations_auditentry WHERE number = 7")
    found = first_break()
    assert found is not None and found.number == 7


def test_nothing_of_the_record_goes_while_a_hold_stands(cast: Cast, clock: Clock) -> None:
    record("approved")
    hold = Hold(name="Audit", reason="File", person=cast.ana)
    hold.place(cast.sam)
    clock.move(40 * 86400)
    assert prune(30) == 0
    hold.release(cast.sam)
    assert prune(30) == 2


def test_a_checkpoint_that_nobody_signed_hides_nothing(cast: Cast) -> None:
    """Who may write to the database says what was pruned, and adds an entry that says so too."""
    entries = write(5)
    said = {"from": 1, "to": 3, "hash": entries[2].hash, "key": SigningKey.current().public, "signature": "AAAA"}
    record("pruned_record", after=said)
    RecordHead.objects.update(pruned_to=3)
    AuditEntry.objects.filter(number__lte=3).delete()
    found = first_break()
    assert found is not None and found.number == 4
