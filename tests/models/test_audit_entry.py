"""The record: entries are chained, cannot be changed, and a chain that was broken is found at the right place."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import DatabaseError, connection, transaction

from generations.acting import Actor, Kind, acting_as, shortened
from generations.models import AuditEntry, RecordHead
from generations.models.audit_entry import Subject, record, record_all, record_once
from generations.models.record_proof import first_break
from tests.support.cast import Cast, make_cast
from tests.support.clock import Clock
from tests.support.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]
HASH_OF_THIRD = "SELECT hash FROM generations_auditentry WHERE number = 3"
SOMEBODY = Actor(Kind.PERSON, person=lambda: 7, address=lambda: "10.0.4.0")


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def write(count: int = 5) -> list[AuditEntry]:
    with acting_as(SOMEBODY):
        return record_all("took_down", [Subject("image", f"key{n}", 3) for n in range(count)], after={"reason": "logo"})


def tamper(sql: str, *values: object) -> None:
    """Change the record as somebody would who may do everything in the database."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'record_%%'")
            triggers = cursor.fetchall()
            for name, _definition in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
            cursor.execute(sql, values)
            for _name, definition in triggers:
                cursor.execute(definition)
        else:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(sql, values)
            cursor.execute("SET session_replication_role = DEFAULT")


def test_an_entry_says_who_did_what_to_what_from_where(cast: Cast) -> None:
    with acting_as(Actor(Kind.PERSON, person=lambda: cast.ana.pk, address=lambda: "10.0.4.0")):
        entry = record("deactivated", cast.ben, before={"is_active": True}, after={"is_active": False})
    kept = AuditEntry.objects.get(pk=entry.pk)
    assert (kept.actor_kind, kept.actor_id, kept.address) == ("person", cast.ana.pk, "10.0.4.0")
    assert (kept.topic, kept.object_kind, kept.object_key) == ("people", "person", str(cast.ben.pk))
    assert (kept.before, kept.after, kept.at) == ({"is_active": True}, {"is_active": False}, entry.at)
    assert first_break() is None


@pytest.mark.parametrize(
    ("actor", "by", "expected"),
    [
        (Actor(), None, ("system", None, "")),
        (Actor(), 5, ("person", 5, "")),
        (Actor(Kind.COMMAND, key="purge"), None, ("command", None, "purge")),
        (Actor(Kind.COMMAND, key="purge"), 5, ("person", 5, "")),
        (Actor(Kind.LINK, key="abc"), None, ("link", None, "abc")),
        (Actor(Kind.PERSON), None, ("nobody", None, "")),
        (Actor(Kind.API, key="t", person=lambda: 5), None, ("token", 5, "t")),
    ],
)
def test_who_acts(actor: Actor, by: int | None, expected: tuple[str, int | None, str]) -> None:
    with acting_as(actor):
        entry = record("signed_in", by=by)
    assert (entry.actor_kind, entry.actor_id, entry.actor_key) == expected


def test_an_entry_goes_with_the_transaction_of_what_it_says(cast: Cast) -> None:
    write(2)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record("took_down", Subject("image", "x"))
        raise ZeroDivisionError
    write(1)
    assert list(AuditEntry.objects.values_list("number", flat=True)) == [1, 2, 3]
    assert first_break() is None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE generations_auditentry SET verb = 'approved' WHERE number = 2",
        "UPDATE generations_auditentry SET address = '10.9.9.9' WHERE number = 2",
        "UPDATE generations_auditentry SET address = '', topic = '' WHERE number = 2",
        "DELETE FROM generations_auditentry WHERE number = 5",
        "INSERT INTO generations_auditentry SELECT * FROM generations_auditentry WHERE number = 5",
    ],
)
def test_the_database_refuses_to_change_or_delete_an_entry(change: str) -> None:
    write()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
    with pytest.raises(TypeError):
        AuditEntry.objects.get(number=2).save()
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEntry.objects.all().delete()
    assert (AuditEntry.objects.count(), first_break()) == (5, None)


def test_an_address_can_be_emptied_and_the_chain_still_holds() -> None:
    write()
    AuditEntry.objects.filter(number__lte=3).update(address="", salt="")
    assert first_break() is None
    assert [bool(entry.address) for entry in AuditEntry.objects.all()] == [False, False, False, True, True]


def test_writers_at_once_make_one_chain() -> None:
    results = at_once(*[partial(write, 3) for _ in range(6)])
    assert [len(result) for result in results] == [3] * 6
    assert (AuditEntry.objects.count(), RecordHead.objects.get().number, first_break()) == (18, 18, None)


def test_a_transaction_that_waits_long_holds_its_place(cast: Cast, clock: Clock) -> None:
    write(1)
    clock.move(-3600)
    write(1)
    first, second = AuditEntry.objects.values_list("at", flat=True)
    assert second == first


def test_the_same_act_is_written_once_an_hour(cast: Cast, clock: Clock) -> None:
    for actor in (SOMEBODY, SOMEBODY, Actor()):
        with acting_as(actor):
            record_once("opened_private", cast.ana)
    assert AuditEntry.objects.count() == 2
    clock.move(3601)
    with acting_as(SOMEBODY):
        record_once("opened_private", cast.ana)
    assert AuditEntry.objects.count() == 3


def test_what_is_no_state_is_not_taken() -> None:
    with pytest.raises(ValueError, match="at most 2000"):
        record("took_down", after={"prompt": "A lake at night, " * 200})
    with pytest.raises(KeyError):
        record("painted")
    assert record_all("took_down", []) == []


@pytest.mark.parametrize(
    ("address", "short"),
    [
        ("83.44.10.9", "83.44.10.0"),
        ("2001:db8:aa:bb::1", "2001:db8:aa::"),
        ("::ffff:83.44.10.9", "83.44.10.0"),
        ("", ""),
        ("unix:", ""),
        ("1" * 4000, ""),
    ],
)
def test_a_shortened_address_is_a_network(address: str, short: str) -> None:
    assert shortened(address) == short


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ("UPDATE generations_recordhead SET number = 3, hash = 'f'", 3),
        (f"UPDATE generations_recordhead SET number = 3, hash = ({HASH_OF_THIRD})", 4),
        ("DELETE FROM generations_recordhead", 1),
    ],
)
def test_an_end_that_was_set_back_hides_nothing(change: str, number: int) -> None:
    write()
    with connection.cursor() as cursor:
        cursor.execute(change)
    found = first_break()
    RecordHead.objects.get_or_create(pk=1)
    assert found is not None
    assert found.number == number


def test_an_entry_that_was_put_behind_the_end_is_found() -> None:
    [last] = write(1)
    forged = AuditEntry.objects.get(number=last.number)
    forged.number, forged.previous = last.number + 1, last.hash
    forged.hash, forged._state.adding = forged.seal(), True
    forged.save()
    found = first_break()
    assert (found and found.number) == last.number + 1
