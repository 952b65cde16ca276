"""Retention: what each rule removes, what stays, and that the record still proves itself when its beginning is gone."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from generations.models import Attempt, AuditEntry, Draft, Generation, Hold, RecordHead, RetentionRule, audit_entry
from generations.models.audit_entry import Subject, first_break, record, record_all
from generations.models.key import now
from generations.models.retention import apply_rules, preview, prune
from generations.models.signing_key import is_signed
from tests.models.test_audit_entry import tamper, write
from tests.support.cast import Cast, make_batch, make_cast, make_done, make_failed
from tests.support.clock import Clock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def cleared() -> list[bool]:
    return [attempt.cleared_at is not None for attempt in Attempt.objects.order_by("pk")]


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


@pytest.mark.parametrize("on", ["image", "batch", "person"])
def test_what_is_held_is_kept(cast: Cast, on: str) -> None:
    batch = make_done(cast.ana)
    Generation.objects.update(finished_at=now(days=-40))
    targets = {"image": batch.images.get(), "batch": batch, "person": cast.ana}
    hold = Hold(name="Aldea", reason="File 25/114", **{on: targets[on]})
    hold.place(cast.sam)
    RetentionRule.objects.create(kind="exchanges", days=30)
    assert apply_rules() == []
    hold.release(cast.sam)
    assert [line.count for line in apply_rules()] == [1]


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
    assert [entry.has_address for entry in AuditEntry.objects.all()[:4]] == [False, False, False, True]
    assert first_break() is None


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
