"""Numbers that only grow, for monitoring: calls by provider, model and outcome, their seconds, pictures, sign-ins that
failed. Rows that are counted may be deleted later, by retention or with a person; the numbers stay.

A worker counts every few seconds, each call once: one that is over and not marked yet is added and marked in one
transaction. So any number of web servers and workers give the same numbers, and a restart loses none. A call whose
answer is read again is counted no second time; the pictures that this brought are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from django.db import models, transaction
from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from generations.models.attempt import Attempt
from generations.models.audit_entry import AuditEntry
from generations.models.generation import FINAL
from generations.models.image import Image
from generations.models.key import now
from generations.models.record_head import RecordHead
from generations.models.stored_file import StoredFile

AT_ONCE = 500
MAX_LOOKED_AT = 2000
"""More than are under way at once, so that those do not stand before the ones that are over."""
BUCKETS = (1, 2, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600)
"""Upper bounds of the histogram of seconds; what takes longer stands under MORE."""
MORE = "+Inf"
DOORS = {"sign_in_failed": "account", "second_factor_failed": "second_factor", "wrong_link_password": "share_link"}
"""Where somebody was not let in, by the record's verb."""


class Key(NamedTuple):
    """What is counted. `label` is the outcome of calls, the upper bound of seconds, the door of sign-ins."""

    name: str
    provider: str = ""
    model: str = ""
    label: str = ""


CALLS, SECONDS, BUCKET, PICTURES, FAILURES = "calls", "seconds", "bucket", "pictures", "failures"
STOCK = "stock"
"""What there is now, measured once a minute; the only kind that may shrink."""
READ_TO = Key("read_to")
"""The last entry of the record that was counted."""


class Tally(models.Model):
    """One number."""

    name = models.CharField(_("name"), max_length=12)
    provider = models.CharField(_("provider"), max_length=80, blank=True)
    model = models.CharField(_("model"), max_length=120, blank=True)
    label = models.CharField(_("label"), max_length=40, blank=True)
    amount = models.FloatField(_("amount"), default=0)

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")
        constraints = [models.UniqueConstraint(fields=["name", "provider", "model", "label"], name="one_tally_a_key")]

    def __str__(self) -> str:
        return f"{self.name} {self.provider} {self.model} {self.label}"

    @property
    def key(self) -> Key:
        return Key(self.name, self.provider, self.model, self.label)


class Recounted(Exception):
    """Another process counted the same meanwhile."""


def count_all() -> int:
    """Count what is over and not counted yet, a piece at a time; how many calls that were."""
    total = 0
    try:
        count_failures()
        while counted := count_calls():
            total += counted
    except Recounted:
        pass
    return total


@transaction.atomic
def count_calls() -> int:
    """Count the next calls that are over; how many. Raises Recounted, and has counted nothing then."""
    waits = Q(generation__state="queued", generation__needs_call=True, generation__may_call=True)
    over = Q(generation__state__in=FINAL) | waits
    # Looked up first, by an index of just these: SQLite would begin with every generation that is over.
    waiting = list(Attempt.objects.filter(counted_at=None).order_by("pk").values_list("pk", flat=True)[:MAX_LOOKED_AT])
    newest = Attempt.objects.filter(generation=OuterRef("generation")).order_by("-n")
    rows = list(
        Attempt.objects.filter(over, pk__in=waiting)
        .order_by("pk")
        .annotate(last=Subquery(newest.values("n")[:1]))
        .values_list(
            "pk", "n", "last", "kind", "sent_at", "opened_at", "answered_at", "pictures_counted",
            "generation", "generation__state", "generation__kind",
            "generation__model__name", "generation__model__provider__name",
            named=True,
        )[:AT_ONCE]
    )  # fmt: skip
    if not rows:
        return 0
    numbers = [row.pk for row in rows]
    fresh = {"counted_at": now(), "pictures_counted": Coalesce("pictures_counted", 0)}
    marked = Attempt.objects.filter(pk__in=numbers, counted_at=None).update(**fresh)
    if marked != len(rows) or Attempt.objects.filter(over, pk__in=numbers).count() != len(rows):
        raise Recounted  # or somebody has one of their answers read again
    ended = {row.generation for row in rows if row.n == row.last and row.generation__state in FINAL}
    drawn = dict(
        Image.objects.filter(generation__in=ended).order_by().values_list("generation").annotate(count=Count("pk"))
    )
    found: defaultdict[Key, float] = defaultdict(float)
    for row in rows:
        of = (row.generation__model__provider__name, row.generation__model__name)
        is_last = row.generation in ended and row.n == row.last
        if is_last and (pictures := drawn.get(row.generation, 0) - (row.pictures_counted or 0)) > 0:
            found[Key(PICTURES, *of)] += pictures
            Attempt.objects.filter(pk=row.pk).update(pictures_counted=F("pictures_counted") + pictures)
        if row.pictures_counted is not None:
            continue  # the call itself was counted when its answer was first read
        kind = row.generation__kind if is_last else row.kind or ("" if row.answered_at else "lost")
        found[Key(CALLS, *of, kind or "succeeded")] += 1
        if row.answered_at is not None:
            took = max(0.0, (row.answered_at - (row.sent_at or row.opened_at)).total_seconds())
            found[Key(SECONDS, *of)] += took
            found[Key(BUCKET, *of, bucket_of(took))] += 1
    add(found)
    return len(rows)


def bucket_of(seconds: float) -> str:
    """The upper bound of the bucket that this falls into."""
    return next((str(bound) for bound in BUCKETS if seconds <= bound), MORE)


@transaction.atomic
def count_failures() -> None:
    """Count the entries of the record that came since the last time. Its numbers are given in the order in which they
    are committed, so that none comes late."""
    head = RecordHead.objects.values_list("number", flat=True).first() or 0
    row, _is_new = Tally.objects.get_or_create(**READ_TO._asdict())
    if head <= row.amount:
        return
    if not Tally.objects.filter(pk=row.pk, amount=row.amount).update(amount=head):
        raise Recounted
    entries = AuditEntry.objects.filter(verb__in=DOORS, number__gt=row.amount, number__lte=head).order_by()
    failed = dict(entries.values_list("verb").annotate(count=Count("pk")))
    add({Key(FAILURES, label=DOORS[verb]): count for verb, count in failed.items()})


def add(found: Mapping[Key, float]) -> None:
    """Add to these numbers, in one order, so that two who add wait for each other and not crosswise."""
    for key, amount in sorted(found.items()):
        if not Tally.objects.filter(**key._asdict()).update(amount=F("amount") + amount):
            Tally.objects.create(**key._asdict(), amount=amount)


def measure_stock() -> None:
    """How many pictures are kept, and how many bytes the storage has of originals. It reads every row of both."""
    stock = {
        "pictures": Image.objects.kept().filter(batch__isnull=False).count(),
        "bytes": StoredFile.objects.aggregate(total=Sum("size"))["total"] or 0,
    }
    for label, amount in stock.items():
        Tally.objects.update_or_create(**Key(STOCK, label=label)._asdict(), defaults={"amount": amount})


def all_tallies() -> dict[Key, float]:
    """Every number by its key; one query. There is one for each provider, model and outcome, however many calls."""
    return {row.key: row.amount for row in Tally.objects.order_by("name", "provider", "model", "label")}
