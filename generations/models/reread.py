"""Reading the kept answers of failed generations once more, as after an upgrade of the reader: asked for by a person,
done by workers a portion at a time. Nothing is called and nothing is paid."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from generations.models.attempt import Attempt
from generations.models.audit_entry import record
from generations.models.generation import Generation
from generations.models.key import new_key, now
from generations.models.team import Person

MAX_FOUND = 500
"""What was found otherwise and is listed; more is counted."""


class RereadQuerySet(models.QuerySet["Reread"]):
    def unfinished(self) -> RereadQuerySet:
        """Those that workers go on with, the oldest first."""
        return self.filter(finished_at=None).order_by("pk")

    @transaction.atomic
    def ask(self, since: datetime, by: Person) -> Reread:
        """Have all that failed since then read again; while one is under way, that one."""
        Person.objects.select_for_update().get(pk=by.pk)
        if under_way := self.unfinished().first():
            return under_way
        last = Generation.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        reread = self.create(since=since, by=by, until=last)
        record("reread", by=by.pk, after={"reread": reread.key, "since": since.isoformat()})
        return reread


class Reread(models.Model):
    """One such reading. `last` is the number of the generation it has come to, `until` of the last that it looks at.
    `found` lists what was read otherwise: the generation's key, the kind of failure it was, and what it is now, "" for
    pictures."""

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    since = models.DateTimeField(_("since"))
    by = models.ForeignKey(Person, verbose_name=_("by"), null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField(_("asked at"), db_default=now())
    finished_at = models.DateTimeField(_("finished at"), null=True)
    last = models.BigIntegerField(default=0)
    until = models.BigIntegerField(default=0)
    read = models.PositiveIntegerField(_("read"), default=0)
    otherwise = models.PositiveIntegerField(_("read otherwise"), default=0)
    found = models.JSONField(_("found"), default=list)

    objects = RereadQuerySet.as_manager()

    class Meta:
        verbose_name = _("reading again")
        verbose_name_plural = _("readings again")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.key

    def next_ones(self, most: int) -> list[Generation]:
        """What it looks at next."""
        rows = readable(self.since).filter(pk__gt=self.last, pk__lte=self.until)
        return list(rows.select_related("batch", "model__provider").order_by("pk")[:most])

    def go_on(self, generation: Generation) -> bool:
        """It comes to this generation, before it is read: one that ends its worker is not read again and again. False
        if another worker has gone on meanwhile."""
        return self._change({"last": generation.pk})

    def go_back(self, last: int) -> bool:
        """What it came to could not be read for now: the next portion begins behind the generation of this number."""
        return self._change({"last": last})

    @transaction.atomic
    def note(self, found: list[dict[str, Any]]) -> None:
        """One more is read, and this was found."""
        row = Reread.objects.select_for_update().get(pk=self.pk)
        self.read, self.otherwise = row.read + 1, row.otherwise + len(found)
        self.found = (row.found + found)[:MAX_FOUND]
        self.save(update_fields=["read", "otherwise", "found"])

    @transaction.atomic
    def finish(self) -> bool:
        """All of it is read; False if that was said."""
        if not self._change({"finished_at": now()}):
            return False
        record("reread", after={"reread": self.key, "read": self.read, "otherwise": self.otherwise})
        return True

    def _change(self, values: dict[str, Any]) -> bool:
        mine = Reread.objects.filter(pk=self.pk, last=self.last, finished_at=None)
        is_mine = bool(mine.update(**values))
        self.refresh_from_db()
        return is_mine


def readable(since: datetime) -> models.QuerySet[Generation]:
    """What failed since then with an answer that is kept."""
    return Generation.objects.filter(models.Exists(kept_answers()), state="failed", created_at__gte=since)


def kept_answers() -> models.QuerySet[Any]:
    """The calls of a generation, of an outer query, whose answers are kept."""
    attempts: models.QuerySet[Any] = Attempt.objects.filter(
        generation=models.OuterRef("pk"), status__isnull=False, cleared_at=None
    )
    return attempts
