"""What goes by the rules of how long things are kept (see retention_rule.py), and its removal.

What a legal hold covers stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.db.models import Q

from generations.models.attempt import Attempt
from generations.models.audit_entry import AuditEntry, RecordHead, Subject, record
from generations.models.draft import Draft
from generations.models.gallery import Gallery
from generations.models.hold import Hold, is_held, wait_for_holds
from generations.models.image import Image
from generations.models.key import now
from generations.models.retention_rule import RetentionRule
from generations.models.signing_key import SigningKey
from generations.models.stored_file import StoredFile, drop_all

AT_ONCE = 500
Kind = RetentionRule.Kind


@dataclass(frozen=True)
class Line:
    """How much goes by a rule."""

    rule: RetentionRule
    count: int


def due(rule: RetentionRule) -> models.QuerySet[Any]:
    """What goes by this rule now; of the trash the pictures."""
    match rule.kind:
        case Kind.TRASH:
            return Image.objects.to_purge().filter(rule.covers("batch__team"))
        case Kind.DRAFTS:
            held = Hold.objects.standing().exclude(person=None).values("person")
            return Draft.objects.filter(saved_at__lt=_since(rule)).exclude(person__in=held)
        case Kind.ADDRESSES:
            return AuditEntry.objects.filter(at__lt=_since(rule)).exclude(address="")
        case Kind.RECORD:
            return _prunable(rule.days)
    return _calls(rule)


def _calls(rule: RetentionRule) -> models.QuerySet[Attempt]:
    """Calls of generations that are over, of the teams that this rule is for."""
    failed = Q(generation__state="failed")
    held = Image.objects.filter(is_held()).exclude(batch=None).values("batch")
    standing = Hold.objects.standing()
    rows = Attempt.objects.filter(cleared_at=None, generation__finished_at__lt=_since(rule))
    rows = rows.filter(failed if rule.kind == Kind.FAILED else ~failed)
    rows = rows.exclude(generation__batch__in=held)
    rows = rows.exclude(generation__batch__in=standing.exclude(batch=None).values("batch"))
    rows = rows.exclude(generation__batch__person__in=standing.exclude(person=None).values("person"))
    return rows.filter(rule.covers("generation__batch__team"))


def _since(rule: RetentionRule) -> Any:
    return now(days=-rule.days)


def preview() -> list[Line]:
    """What each rule would remove now."""
    return [Line(rule, due(rule).count()) for rule in _rules()]


def apply_rules(most: int | None = None) -> list[Line]:
    """Remove what is due, each rule in transactions of its own; recorded where anything went. With `most` at most so
    many pictures and calls of a rule, which are removed one by one."""
    done = [Line(rule, _apply(rule, most)) for rule in _rules()]
    return [line for line in done if line.count]


def _rules() -> Iterator[RetentionRule]:
    return RetentionRule.objects.select_related("team").order_by("kind", "pk").iterator()


def _apply(rule: RetentionRule, most: int | None) -> int:
    if rule.kind == Kind.RECORD:
        return prune(rule.days)
    count = 0
    if rule.kind == Kind.TRASH:
        count = sum(image.purge() for image in list(due(rule).select_related(*Image.FILES)[:most]))
        Gallery.objects.filter(rule.covers("team")).purge()
    elif rule.kind in (Kind.EXCHANGES, Kind.FAILED):
        while (most is None or count < most) and (cleared := clear(rule)):
            count += cleared
    elif rule.kind == Kind.DRAFTS:
        with transaction.atomic():
            wait_for_holds()
            count = due(rule).delete()[0]
    else:
        count = due(rule).update(address="", salt="")
    if count:
        after = {"kind": rule.kind, "days": rule.days, "count": count}
        record("applied_retention", Subject("team", rule.team.key) if rule.team else Subject(), after=after)
    return count


def clear(rule: RetentionRule) -> int:
    """Forget what the next calls that are due sent and got, word for word; that they were made, when and what they cost
    stays. How many."""
    with transaction.atomic():
        wait_for_holds()
        numbers = list(due(rule).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
        rows = Attempt.objects.filter(pk__in=numbers)
        files = list(rows.exclude(answer_file=None).values_list("answer_file", flat=True))
        rows.update(
            request=b"", answer=None, answer_file=None, pictures=[], request_headers={}, headers={}, text="",
            detail="", detail_message=None, cleared_at=now(),
        )  # fmt: skip
    drop_all(StoredFile.objects.filter(pk__in=files))
    return len(numbers)


# ── the record ──


def _prunable(days: int) -> models.QuerySet[AuditEntry]:
    """The oldest entries that may go; none while a hold stands, which may concern any of them."""
    old = AuditEntry.objects.filter(at__lt=now(days=-days))
    return old.none() if Hold.objects.standing().exists() else old


@transaction.atomic
def prune(days: int) -> int:
    """Remove entries older than that; how many.

    A checkpoint takes their place: an entry with the number and the hash of the last that went, signed, from which the
    rest of the chain goes on. The triggers let go what the head says is pruned, and nothing else."""
    wait_for_holds()
    head = RecordHead.objects.select_for_update().first()
    last = _prunable(days).order_by("-number").first()
    if head is None or last is None:
        return 0
    key = SigningKey.current()
    said = {"from": head.pruned_to + 1, "to": last.number, "hash": last.hash, "key": key.public}
    text = f"imageweb checkpoint {last.number} {last.hash}".encode()
    record("pruned_record", after={**said, "signature": key.sign(text)})
    RecordHead.objects.filter(pk=head.pk).update(pruned_to=last.number)
    return AuditEntry.objects.filter(number__lte=last.number).delete()[0]
