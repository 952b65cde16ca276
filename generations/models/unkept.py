"""Pictures, prompts and references that nobody kept, for the rules of how long things are kept (see retention.py).

A batch is kept by anybody who approves one of its pictures or puts one into a gallery, and by a legal hold. Pictures of
others go into their people's trash, where they stay as long as anything that is deleted; a prompt and its calls are
cleared when no picture of it is left. References go into the trash when no prompt and no draft names them.

The time of a rule begins when something last happened to any of it: a call of a batch ended or a picture came, one was
decided about, taken out of a gallery, or had back from the trash."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import Count, Exists, OuterRef, Q, Sum

from generations.models.attempt import Attempt
from generations.models.audit_entry import AuditEntry, record_all
from generations.models.batch import UNFINISHED, Batch, BatchQuerySet, BatchReference
from generations.models.draft import Draft, pictures_named
from generations.models.gallery_item import GalleryItem
from generations.models.generation import Generation
from generations.models.hold import Hold, is_batch_held, is_held, is_held_apart_from_batch, wait_for_holds
from generations.models.image import Image, ImageQuerySet
from generations.models.key import new_key, now
from generations.models.retention_rule import RetentionRule
from generations.models.verdict import Verdict

Rows = TypeVar("Rows", bound="models.QuerySet[Any]")


def unkept_batches(rule: RetentionRule, among: Q) -> BatchQuerySet:
    """Those `among` all that are over, to which nothing has happened for as long as the rule says, and kept by nobody.
    What holds of fewest comes first, so that the others are not asked the rest."""
    since = now(days=-rule.days)
    items = GalleryItem.objects.filter(Q(removed_at=None) | Q(removed_at__gte=since), image=OuterRef("pk")).order_by()
    verdicts = Verdict.objects.filter(image=OuterRef("pk"), decided_at__gte=since).order_by()
    is_kept = Q(created_at__gte=since) | Q(verdict__state=Verdict.State.APPROVED) | Q(Exists(items))
    is_kept |= Q(Exists(verdicts)) | _restored(rule) | is_held_apart_from_batch()
    kept = Image.objects.filter(is_kept, batch=OuterRef("pk")).order_by()
    is_young = Q(state__in=UNFINISHED) | Q(finished_at__gte=since)
    generations = Generation.objects.filter(is_young, batch=OuterRef("pk")).order_by()
    standing = Hold.objects.standing()
    return (
        Batch.objects.filter(Q(created_at__lt=since), rule.covers("team"))
        .exclude(is_batch_held())
        .exclude(person__in=standing.exclude(person=None).values("person"))
        .filter(among)
        .exclude(Exists(kept))
        .exclude(Exists(generations))
    )


def unkept_pictures(rule: RetentionRule, most: int | None = None) -> ImageQuerySet:
    """Their pictures, apart from those that another prompt sends as a reference; with `most` of so many batches."""
    going = Image.objects.kept().filter(batchreference=None)
    has_any = Q(Exists(going.filter(batch=OuterRef("pk")).order_by()))
    return going.filter(batch__in=unkept_batches(rule, has_any).order_by().values("pk")[:most])


def unkept_prompts(rule: RetentionRule) -> BatchQuerySet:
    """Those of them that have no picture any more, not in the trash either, and still say what was asked for."""
    has_none = ~Q(prompt="") & ~Q(Exists(Image.objects.filter(batch=OuterRef("pk")).order_by()))
    return unkept_batches(rule, has_none)


def unused_uploads(rule: RetentionRule) -> ImageQuerySet:
    """References that were brought so long ago and that nothing names."""
    brought = Image.objects.kept().filter(generation=None, batch=None, created_at__lt=now(days=-rule.days))
    unused = brought.filter(batchreference=None, children=None).exclude(is_held()).exclude(_restored(rule))
    return unused.exclude(key__in=list(_in_drafts()))


def _restored(rule: RetentionRule) -> Q:
    """The condition of pictures that came back from the trash less long ago than the rule says. The record knows."""
    entries = AuditEntry.objects.filter(verb="restored_picture", at__gte=now(days=-rule.days)).order_by()
    return Q(key__in=entries.values("object_key"))


def locked(found: Rows, most: int) -> Rows:
    """The first of these rows, at most so many, locked, that are found still. What somebody has locked may be kept by
    that: to retry it, to read it again, to decide about it, to put it into a gallery or to send it. Nobody is waited
    for; it goes the next time, unless it was kept."""
    numbers = found.order_by("pk").values_list("pk", flat=True)[:most]
    return found.filter(pk__in=_free(found.model._base_manager.filter(pk__in=list(numbers))))


def _locked_pictures(images: ImageQuerySet, most: int) -> ImageQuerySet:
    """The same of pictures: with them their batches and all pictures of these, since what keeps one of them keeps all
    of its batch."""
    numbers = list(images.order_by("pk").values_list("pk", flat=True)[:most])
    batches = Batch.objects.filter(pk__in=Image.objects.filter(pk__in=numbers).values("batch"))
    whole = batches.filter(pk__in=_free(batches))
    kin = Image.objects.filter(Q(pk__in=numbers) | Q(batch__in=whole.values("pk")))
    free = _free(kin)
    busy = kin.exclude(pk__in=free).exclude(batch=None)
    chosen = images.filter(pk__in=set(numbers) & free)
    return chosen.filter(Q(batch=None) | Q(batch__in=whole.exclude(pk__in=busy.values("batch")).values("pk")))


def _free(rows: models.QuerySet[Any]) -> set[int]:
    """The numbers of those of these rows that nobody has locked, which are locked now."""
    return set(rows.order_by("pk").select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True))


def size_of(images: ImageQuerySet) -> tuple[int, int]:
    """How many these are, and the bytes of their originals."""
    said = images.order_by().aggregate(count=Count("pk"), size=Sum("file__size", default=0))
    return said["count"], said["size"]


def trash(images: ImageQuerySet, most: int) -> int:
    """Put the first of these into their people's trash, at most so many; how many. Their people may have them back.
    Drafts are read once more behind the lock: one that was kept since these were found may name a reference."""
    with transaction.atomic():
        wait_for_holds()
        found = _locked_pictures(images, most).only("key", "team", "batch").order_by("pk")
        drafted = set(_in_drafts())
        going = [image for image in found if image.batch_id or image.key not in drafted]
        rows = Image.objects.kept().filter(pk__in=[image.pk for image in going])
        count = rows.update(deleted_at=now(), deleted_by=None, deletion=new_key(), deletion_reason="")
        record_all("deleted_picture", going)
    return count


def clear_prompts(batches: BatchQuerySet, most: int) -> tuple[int, list[str]]:
    """Forget what the first of these asked for, with their calls and which references they sent: how many, and the
    files of long answers, which may go. That they were made, when, by which model and for how much stays."""
    with transaction.atomic():
        wait_for_holds()
        numbers = list(locked(batches, most).values_list("pk", flat=True))
        attempts = Attempt.objects.filter(generation__batch__in=numbers)
        files = forget(attempts)
        BatchReference.objects.filter(batch__in=numbers).delete()
        forget_sayings(Generation.objects.filter(batch__in=numbers))
        cleared = Batch.objects.filter(pk__in=numbers)
        count = cleared.update(prompt="", words="", options={}, changes=None, removed_at=now())
    return count, files


def forget(attempts: models.QuerySet[Attempt]) -> list[str]:
    """Empty what these calls sent and got, word for word; the files of long answers, which may go when nothing else
    names them."""
    files = list(attempts.exclude(answer_file=None).values_list("answer_file", flat=True))
    forget_sayings(Generation.objects.filter(pk__in=attempts.order_by().values("generation")))
    attempts.update(
        request=b"", answer=None, answer_file=None, pictures=[], request_headers={}, headers={}, text="",
        detail="", detail_message=None, cleared_at=now(),
    )  # fmt: skip
    return files


def forget_sayings(generations: models.QuerySet[Generation]) -> None:
    """Empty what pages show of the answers to these: an error and a remark may quote what was asked for."""
    generations.update(detail="", detail_message=None, remark="", progress_text="")


def _in_drafts() -> Iterator[str]:
    """The keys of the pictures that drafts name."""
    for fields, stashed in Draft.objects.values_list("fields", "stashed"):
        for said in (fields, stashed):
            yield from pictures_named(said)
