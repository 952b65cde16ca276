"""Proving the record: the first entry that is not what was written, or where one is missing."""

from __future__ import annotations

from dataclasses import dataclass

from generations.models.audit_entry import START, AuditEntry, RecordHead


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
    return None


def _checkpoint(number: int) -> str:
    """The hash of the last entry that was pruned, as the entry says that tells of it; "" where none does."""
    told = AuditEntry.objects.filter(verb="pruned_record").newest_first()
    return next((entry.after["hash"] for entry in told if entry.after and entry.after.get("to") == number), "")
