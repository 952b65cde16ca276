"""The processes that run generations, as the database knows them: by their heartbeat."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from generations.models.key import now

HEARTBEAT_SECONDS = 15
LOST_SECONDS = 60
SWEEP_LEASE = 9
"""Seconds for which a sweep takes its lease."""


class WorkerQuerySet(models.QuerySet["Worker"]):
    def alive(self) -> WorkerQuerySet:
        """Workers with a heartbeat within the last minute."""
        return self.filter(heartbeat_at__gt=now(seconds=-LOST_SECONDS))

    def taking_work(self) -> WorkerQuerySet:
        """Workers with a heartbeat within the last minute that still take work."""
        return self.alive().filter(is_stopping=False)


class Worker(models.Model):
    """One worker process: its name (host, process, start), its slots and its last heartbeat."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    slots = models.PositiveIntegerField(_("slots"))
    started_at = models.DateTimeField(_("started at"), db_default=now())
    heartbeat_at = models.DateTimeField(_("heartbeat at"), db_default=now())
    is_stopping = models.BooleanField(_("stopping"), default=False)
    remark = models.CharField(
        _("remark"), max_length=300, blank=True, help_text=_("Why it takes no work, when it does not.")
    )

    objects = WorkerQuerySet.as_manager()

    busy: int
    """How many calls it runs; set by `queries.status`."""

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")
        indexes = [models.Index(fields=["heartbeat_at"])]

    def __str__(self) -> str:
        return self.name

    def heartbeat(self, remark: str = "") -> None:
        """Say that this process lives; `remark` says why it takes no work, if it does not."""
        Worker.objects.update_or_create(
            name=self.name,
            defaults={"slots": self.slots, "heartbeat_at": now(), "is_stopping": self.is_stopping, "remark": remark},
        )

    @classmethod
    def refused(cls, host: str, remark: str) -> None:
        """Note that a worker of this host did not start, and why."""
        cls.objects.update_or_create(
            name=f"{host}:refused", defaults={"slots": 0, "heartbeat_at": now(), "is_stopping": True, "remark": remark}
        )

    def stop(self) -> None:
        """Say that this process takes no new work."""
        self.is_stopping = True
        Worker.objects.filter(name=self.name).update(is_stopping=True)


class Lease(models.Model):
    """A piece of shared work that one process does at a time, such as sweeping."""

    name = models.CharField(_("name"), max_length=40, primary_key=True)
    until = models.DateTimeField(_("held until"))

    class Meta:
        verbose_name = _("lease")
        verbose_name_plural = _("leases")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def take(cls, name: str, seconds: float) -> bool:
        """Whether the caller has it for so long: one conditional UPDATE decides between any number of callers."""
        cls.objects.get_or_create(name=name, defaults={"until": now(seconds=-1)})
        return bool(cls.objects.filter(Q(until__lte=now()), name=name).update(until=now(seconds=seconds)))

    @classmethod
    def prolong(cls, name: str, seconds: float) -> None:
        """Keep what one holds for so long from now; 0 gives it back."""
        # SQLite writes a moment with more digits than it compares: one that is now would be held until the next.
        cls.objects.filter(name=name).update(until=now(seconds=seconds or -1))
