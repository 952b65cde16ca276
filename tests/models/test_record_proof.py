"""The chain of the record, proved: what was tampered with is found where it was."""

from __future__ import annotations

import pytest

from generations.models import AuditEntry
from generations.models.record_proof import first_break
from tests.models.test_audit_entry import tamper, write

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ("UPDATE generations_auditentry SET object_key = 'other' WHERE number = 3", 3),
        ("UPDATE generations_auditentry SET at = '2020-01-01 00:00:00' WHERE number = 2", 2),
        ("UPDATE generations_auditentry SET actor_id = NULL WHERE number = 4", 4),
        ("UPDATE generations_auditentry SET after = NULL WHERE number = 1", 1),
        ("UPDATE generations_auditentry SET address = '10.9.9.9' WHERE number = 2", 2),
        ("DELETE FROM generations_auditentry WHERE number = 1", 1),
        ("DELETE FROM generations_auditentry WHERE number = 3", 3),
        ("DELETE FROM generations_auditentry WHERE number >= 4", 4),
        ("UPDATE generations_recordhead SET hash = 'f'", 5),
    ],
)
def test_what_was_tampered_with_is_found_where_it_was(change: str, number: int) -> None:
    write()
    tamper(change)
    found = first_break()
    assert found is not None
    assert found.number == number


def test_a_rewritten_entry_breaks_the_next_one() -> None:
    write()
    entry = AuditEntry.objects.get(number=3)
    entry.object_key = "other"
    tamper("UPDATE generations_auditentry SET object_key = 'other', hash = %s WHERE number = 3", entry.seal())
    found = first_break()
    assert found is not None
    assert (found.number, found.reason) == (4, "it does not follow the entry before it")
