"""Signed heads: a record that was rewritten as a whole is not the one a head was signed for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from generations.models import AuditEntry, Notification, RecordHead, SigningKey
from generations.models.audit_entry import record
from generations.models.record_guard import TABLE, guard, missing, unguard
from generations.models.record_proof import first_break
from generations.record_head import SignedHead, check_record, problem_with, set_kept_head_aside, signed_head
from generations.upkeep import prove
from tests.models.test_audit_entry import tamper, write
from tests.support.cast import make_cast

pytestmark = pytest.mark.django_db(transaction=True)


def rewrite() -> None:
    """What somebody does who may do everything in the database, and knows how the chain is made."""
    tamper("DELETE FROM generations_auditentry WHERE number >= 3")
    third = AuditEntry.objects.get(number=2)
    RecordHead.objects.update(number=2, hash=third.hash)
    record("approved")
    record("approved")


def cut_short() -> None:
    """As it was when it had two entries."""
    tamper("DELETE FROM generations_auditentry WHERE number >= 3")
    RecordHead.objects.update(number=2, hash=AuditEntry.objects.get(number=2).hash)


def test_a_rewritten_record_is_whole_and_yet_not_the_one_that_was_signed(tmp_path: Path) -> None:
    write(4)
    call_command("verify_record", write_head=tmp_path / "head.json")
    write(2)
    call_command("verify_record", head=tmp_path / "head.json")
    rewrite()
    assert first_break() is None
    with pytest.raises(CommandError, match="Entry 4 is not the one"):
        call_command("verify_record", head=tmp_path / "head.json")


IN_SQLITE = {
    "dropped": ["DROP TRIGGER record_delete"],
    "replaced": [
        "DROP TRIGGER record_delete",
        f"CREATE TRIGGER record_delete BEFORE DELETE ON {TABLE} WHEN 0 BEGIN SELECT RAISE(ABORT, ''); END",
    ],
}
ON_ROWS = f"CREATE TRIGGER record_rows BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH ROW"
IN_POSTGRESQL = {
    "dropped": [f"DROP TRIGGER record_rows ON {TABLE}"],
    "disabled": [f"ALTER TABLE {TABLE} DISABLE TRIGGER record_rows"],
    "for replicas": [f"ALTER TABLE {TABLE} ENABLE REPLICA TRIGGER record_rows"],
    "never": [
        f"DROP TRIGGER record_rows ON {TABLE}",
        f"{ON_ROWS} WHEN (false) EXECUTE FUNCTION record_guard()",
    ],
    "of inserts": [
        f"DROP TRIGGER record_rows ON {TABLE}",
        f"CREATE TRIGGER record_rows BEFORE INSERT ON {TABLE} FOR EACH ROW EXECUTE FUNCTION record_guard()",
    ],
    "replaced": [
        "CREATE OR REPLACE FUNCTION record_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$"
    ],
}
WEAKENED = IN_POSTGRESQL if connection.vendor == "postgresql" else IN_SQLITE


@pytest.mark.parametrize("how", WEAKENED)
def test_triggers_that_keep_nothing_are_named(how: str, caplog: pytest.LogCaptureFixture) -> None:
    write(1)
    call_command("verify_record")
    assert missing(connection) == []
    name = "record_delete" if connection.vendor == "sqlite" else "record_rows"
    with connection.schema_editor() as editor:
        for statement in WEAKENED[how]:
            editor.execute(statement, params=None)
    try:
        with pytest.raises(CommandError, match=name):
            call_command("verify_record")
        prove()
        assert f"the triggers {name} are missing or changed" in caplog.text.replace(", record_all", "")
    finally:
        with connection.schema_editor() as editor:
            unguard(None, editor)
            guard(None, editor)
    assert missing(connection) == []


def test_the_first_broken_entry_is_named() -> None:
    write(3)
    tamper("UPDATE generations_auditentry SET verb = 'approved' WHERE number = 2")
    with pytest.raises(CommandError, match="Entry 2 does not hold"):
        call_command("verify_record")
    found = check_record()
    assert found is not None and found.number == 2
    assert not AuditEntry.objects.filter(verb="checked_record").exists()


def test_administrators_are_told_once_that_it_was_changed() -> None:
    cast = make_cast()
    write(3)
    number = AuditEntry.objects.order_by("number").values_list("number", flat=True)[1]
    tamper(f"UPDATE generations_auditentry SET verb = 'approved' WHERE number = {number}")
    for _again in range(2):
        check_record()
        assert list(Notification.objects.values_list("kind", "person")) == [("record_broken", cast.sam.pk)]


def test_a_check_is_an_entry_with_a_signature_and_leaves_the_head_in_the_data_folder(settings: Settings) -> None:
    write(3)
    assert check_record() is None
    entry = AuditEntry.objects.get(verb="checked_record")
    kept = SignedHead.from_json((settings.DATA_DIR / "record" / "head.json").read_bytes())
    assert (kept.number, kept.hash, problem_with(kept)) == (3, entry.previous, "")
    assert (entry.after["entries"], entry.after["signature"]) == (3, kept.signature)


@pytest.mark.parametrize("goes_on", [True, False])
def test_what_was_rewritten_since_the_last_proof_is_found(settings: Settings, tmp_path: Path, goes_on: bool) -> None:
    """Cut short and gone on with, or only cut short as an older database is: in itself it is whole."""
    settings.DATA_DIR = tmp_path
    write(4)
    assert check_record() is None
    rewrite() if goes_on else cut_short()
    assert first_break() is None
    found = check_record()
    assert found is not None and found.number == 4
    assert RecordHead.objects.get().broken_number == 4
    set_kept_head_aside()
    assert check_record() is None
    assert len(list((tmp_path / "record").iterdir())) == 2


@pytest.mark.parametrize("how", ["deleted", "closed"])
def test_a_key_that_is_gone_hides_no_cut(settings: Settings, tmp_path: Path, how: str) -> None:
    settings.DATA_DIR = tmp_path
    write(4)
    assert check_record() is None
    cut_short()
    keys = SigningKey.objects.all()
    keys.delete() if how == "deleted" else keys.update(sealed_private="")
    said = (tmp_path / "record" / "head.json").read_bytes()
    for _again in range(2):
        found = check_record()
        assert found is not None and found.number == 4
    assert (tmp_path / "record" / "head.json").read_bytes() == said
    set_kept_head_aside()
    assert check_record() is None


def test_a_key_that_is_gone_is_missed_without_any_head(settings: Settings, tmp_path: Path) -> None:
    """Who may delete it may delete the head in the data folder too; the record itself says which key there was."""
    settings.DATA_DIR = tmp_path
    write(3)
    assert check_record() is None
    set_kept_head_aside()
    keys = list(SigningKey.objects.all())
    SigningKey.objects.all().delete()
    write(1)
    for _again in range(2):  # the second finds the new pair that the first may have made
        with pytest.raises(CommandError, match="Entry 4 does not hold: the key that signed this check is gone"):
            call_command("verify_record")
        SigningKey.current()
    SigningKey.objects.bulk_create(keys)
    SigningKey.objects.update(sealed_private="")
    assert first_break() is None, "under another SECRET_KEY it is still there"


def test_a_head_that_is_not_written_to_its_end_leaves_the_last_one(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA_DIR = tmp_path
    write(4)
    check_record()
    said = (tmp_path / "record" / "head.json").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(SignedHead, "to_json", lambda head: "\ud800")  # no disk takes it
        with pytest.raises(UnicodeEncodeError):
            check_record()
    assert (tmp_path / "record" / "head.json").read_bytes() == said


@pytest.mark.parametrize("change", [{"number": 2}, {"hash": "f" * 64}, {"at": ""}, {"key": "x"}, {"signature": "AAAA"}])
def test_a_changed_head_is_not_ours(change: dict[str, object]) -> None:
    write(3)
    assert problem_with(SignedHead.from_json(json.dumps(json.loads(signed_head().to_json()) | change)))


def test_another_installations_head_is_not_ours() -> None:
    write(3)
    head = signed_head()
    SigningKey.objects.all().delete()
    assert problem_with(head) == "This head was signed by another installation."


@pytest.mark.parametrize("text", ["", "[]", "{}", "{", '{"number": 1}', "\0"])
def test_what_is_no_head_is_refused_with_a_sentence(text: str, tmp_path: Path) -> None:
    (tmp_path / "head.json").write_text(text)
    with pytest.raises(CommandError):
        call_command("verify_record", head=tmp_path / "head.json")


def test_a_key_under_another_secret_key_signs_no_more_and_a_new_one_does(settings: Settings) -> None:
    first = SigningKey.current()
    settings.SECRET_KEY = "another"
    second = SigningKey.current()
    assert (second.public != first.public, SigningKey.knows(first.public)) == (True, False)
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(ValueError, match="another SECRET_KEY"):
        first.sign(b"x")
