"""Proving the record: the first entry that is not what was written, or where one is missing."""

from __future__ import annotations

from dataclasses import dataclass

from generations.models.audit_entry import AuditEntry, Values
from generations.models.record_head import START, RecordHead
from generations.models.signing_key import SigningKey, is_signed


@dataclass(frozen=True)
class Break:
    """The first place where the chain does not hold: the number of the entry, and why in plain English."""

    number: int
    reason: str


def first_break() -> Break | None:
    """The first entry that is not what was written, or where one is missing; None when the chain holds to its end.

    What is pruned meanwhile seems to be missing. So where a break is found the head is read once more, and if more was
    pruned the rest is proved from there."""
    while True:
        head = RecordHead.objects.first() or RecordHead()
        found = _first_break(head)
        pruned_to = RecordHead.objects.values_list("pruned_to", flat=True).first() or 0
        if found is None or pruned_to == head.pruned_to:
            return found


def _first_break(head: RecordHead) -> Break | None:
    """The first break between what the head says is pruned and its end."""
    expected, previous = head.pruned_to + 1, _checkpoint(head.pruned_to) if head.pruned_to else START
    for entry in AuditEntry.objects.filter(number__lte=head.number).in_order():
        if entry.number != expected:
            return Break(expected, f"it is missing; the next one is {entry.number}")
        if entry.previous != previous:
            return Break(entry.number, "it does not follow the entry before it")
        if fault := entry.fault():
            return Break(entry.number, fault)
        expected, previous = entry.number + 1, entry.hash
    if expected <= head.number:
        return Break(expected, f"it is missing, and all others up to {head.number}")
    if head.number and previous != head.hash:
        return Break(head.number, "it is not the entry that was written last")
    return _behind_the_end() or _without_its_key()


def _behind_the_end() -> Break | None:
    """The first entry that the head does not know, which is set in one transaction with the last one: somebody put it
    there, or set the head back or took it away."""
    last = AuditEntry.objects.newest_first().values_list("number", flat=True).first() or 0
    end = RecordHead.objects.values_list("number", flat=True).first() or 0  # after it: more may have come
    return Break(end + 1, "the record says that it ends before it") if last > end else None


def _without_its_key() -> Break | None:
    """The last check whose signing key is not there any more. Keys are never deleted, and one that cannot be opened
    stays: who takes it away hides that what it signed was rewritten."""
    last = AuditEntry.objects.filter(verb="checked_record", after__has_key="key").newest_first().first()
    if last is None or last.after is None or SigningKey.objects.filter(public=last.after["key"]).exists():
        return None
    return Break(last.number, "the key that signed this check is gone")


def _checkpoint(number: int) -> str:
    """The hash of the last entry that was pruned, as the entry says that tells of it and that we signed; "" where none
    does."""
    told = AuditEntry.objects.filter(verb="pruned_record").newest_first()
    said = (entry.after for entry in told if entry.after and entry.after.get("to") == number)
    return next((str(each["hash"]) for each in said if _is_ours(number, each)), "")


def _is_ours(number: int, said: Values) -> bool:
    """Whether this installation signed that the last entry which was pruned has this number and hash."""
    key, signature, text = (str(said.get(name, "")) for name in ("key", "signature", "hash"))
    return is_signed(checkpoint(number, text), signature, key) and SigningKey.knows(key)


def checkpoint(number: int, text: str) -> bytes:
    """What is signed of the last entry that was pruned: its number and its hash."""
    return f"imageweb checkpoint {number} {text}".encode()
