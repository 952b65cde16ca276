"""What goes by the rules of how long things are kept (see retention_rule.py), and its removal.

What a legal hold covers stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from generations.models.attempt import Attempt
from generations.models.audit_entry import AuditEntry, Subject, record
from generations.models.batch import Batch, BatchQuerySet
from generations.models.draft import Draft
from generations.models.gallery import Gallery
from generations.models.hold import Hold, is_batch_held, is_gallery_held, is_held_apart_from_batch, wait_for_holds
from generations.models.image import Image, ImageQuerySet
from generations.models.key import now
from generations.models.record_head import RecordHead
from generations.models.record_proof import checkpoint
from generations.models.retention_rule import RetentionRule
from generations.models.share_link import ShareVisit
from generations.models.signing_key import SigningKey
from generations.models.stored_file import StoredFile, drop_all
from generations.models.unkept import (
    clear_prompts,
    forget,
    locked,
    size_of,
    trash,
    unkept_pictures,
    unkept_prompts,
    unused_uploads,
)

AT_ONCE = 500
MAX_COUNTED = 1000
"""Things of a rule that a preview counts: of more it says that there are more."""
Kind = RetentionRule.Kind


@dataclass(frozen=True)
class Line:
    """How much goes by a rule."""

    rule: RetentionRule
    count: int
    size: int = 0
    """Bytes of the pictures among it."""
    is_more: bool = False
    """Whether there is more than was counted."""


def due(rule: RetentionRule, most: int | None = None) -> Iterator[models.QuerySet[Any]]:
    """What goes by this rule now, kind by kind; of the trash the pictures. With `most` at least so many, if there
    are."""
    match rule.kind:
        case Kind.TRASH:
            yield Image.objects.to_purge().filter(rule.covers("batch__team"))
        case Kind.PICTURES:
            yield unkept_pictures(rule, most)
            yield unkept_prompts(rule)
        case Kind.UPLOADS:
            yield unused_uploads(rule)
        case Kind.DRAFTS:
            held = Hold.objects.standing().exclude(person=None).values("person")
            yield Draft.objects.filter(saved_at__lt=_since(rule)).exclude(person__in=held)
        case Kind.VISITS:
            held_galleries = Gallery.objects.filter(is_gallery_held()).values("pk")
            visits = ShareVisit.objects.filter(rule.covers("link__gallery__team"), day__lt=_day_since(rule))
            yield visits.exclude(link__gallery__in=held_galleries)
        case Kind.ADDRESSES:
            yield AuditEntry.objects.filter(at__lt=_since(rule)).exclude(address="")
        case Kind.RECORD:
            yield _prunable(rule.days)
        case _:
            yield _calls(rule)


def _calls(rule: RetentionRule) -> models.QuerySet[Attempt]:
    """Calls of generations that are over, of the teams that this rule is for."""
    failed = Q(generation__state="failed")
    held = Image.objects.filter(is_held_apart_from_batch(), batch=OuterRef("generation__batch")).order_by()
    standing = Hold.objects.standing()
    rows = Attempt.objects.filter(cleared_at=None, generation__finished_at__lt=_since(rule))
    rows = rows.filter(failed if rule.kind == Kind.FAILED else ~failed)
    rows = rows.exclude(Exists(held))
    rows = rows.exclude(generation__batch__in=Batch.objects.filter(is_batch_held()).values("pk"))
    rows = rows.exclude(generation__batch__person__in=standing.exclude(person=None).values("person"))
    return rows.filter(rule.covers("generation__batch__team"))


def _since(rule: RetentionRule) -> Any:
    return now(days=-rule.days)


def _day_since(rule: RetentionRule) -> date:
    return timezone.localdate() - timedelta(days=rule.days)


def preview() -> list[Line]:
    """What each rule would remove now."""
    return [line_of(rule) for rule in _rules()]


def line_of(rule: RetentionRule) -> Line:
    """What this one would."""
    count = size = 0
    for rows in due(rule, MAX_COUNTED + 1):
        some = rows.order_by().values("pk")[: MAX_COUNTED + 1 - count]
        if isinstance(rows, ImageQuerySet):
            number, bytes_of = size_of(Image.objects.filter(pk__in=some))
            size += bytes_of
        else:
            number = some.count()
        count += number
        if count > MAX_COUNTED:
            break  # to ask for the rest costs as much as what was asked
    return Line(rule, min(count, MAX_COUNTED), size, count > MAX_COUNTED)


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
    count = sum(_remove(rule, rows, most) for rows in due(rule))
    if rule.kind == Kind.TRASH:
        Gallery.objects.filter(rule.covers("team")).purge()
    if count:
        after = {"kind": rule.kind, "days": rule.days, "count": count}
        record("applied_retention", Subject("team", rule.team.key) if rule.team else Subject(), after=after)
    return count


def _remove(rule: RetentionRule, rows: models.QuerySet[Any], most: int | None) -> int:
    """Remove what is due of one kind; how much."""
    match rule.kind:
        case Kind.TRASH:
            return sum(image.purge() for image in list(rows.select_related(*Image.FILES)[:most]))
        case Kind.DRAFTS | Kind.VISITS:
            with transaction.atomic():
                wait_for_holds()
                return rows.delete()[0]
        case Kind.ADDRESSES:
            return rows.update(address="", salt="")
    remove: Callable[[Any, int], int] = clear
    if isinstance(rows, ImageQuerySet):
        remove = trash
    elif isinstance(rows, BatchQuerySet):
        remove = clear_batches
    count = 0
    while (most is None or count < most) and (removed := remove(rows.all(), AT_ONCE)):
        count += removed
    return count


def clear(calls: models.QuerySet[Attempt], most: int) -> int:
    """Forget what the first of these sent and got, word for word; that they were made, when and what they cost stays.
    How many."""
    with transaction.atomic():
        wait_for_holds()
        numbers = list(locked(calls, most).values_list("pk", flat=True))
        files = forget(Attempt.objects.filter(pk__in=numbers))
    drop_all(StoredFile.objects.filter(pk__in=files))
    return len(numbers)


def clear_batches(batches: BatchQuerySet, most: int) -> int:
    """`clear_prompts`, and the files that nothing names any more."""
    count, files = clear_prompts(batches, most)
    drop_all(StoredFile.objects.filter(pk__in=files))
    return count


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
    record("pruned_record", after={**said, "signature": key.sign(checkpoint(last.number, last.hash))})
    RecordHead.objects.filter(pk=head.pk).update(pruned_to=last.number)
    return AuditEntry.objects.filter(number__lte=last.number).delete()[0]
