"""One job for one model, and every way its state may change: each is one conditional UPDATE whose row count decides.

queued -> running -> succeeded | failed | cancelled, and from running back to queued when surely nothing was charged.
A running row is held by a claim: a random token that lasts 60 s and is beaten on every 15 s. Whoever has lost the claim
changes nothing. No final state is left by itself; a person may read a kept answer again.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property, reduce
from operator import or_
from statistics import median
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import Count, F, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from generations.errors import (
    BY_KIND,
    Cancelled,
    Charged,
    GenerationError,
    InternalFault,
    Lost,
    NeverStarted,
    NotStored,
    PictureNotFetched,
    Unclear,
    WorkerFailed,
)
from generations.models.batch import Batch
from generations.models.catalogue import Provider, ProviderModel
from generations.models.key import new_key, new_token, now
from generations.models.team import Person
from generations.models.worker import SILENT_SECONDS, Worker
from generations.protocol.externalize import externalize

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from generations.models.attempt import Attempt
    from generations.models.image import Image

CLAIM_SECONDS = 60
HUSHED_SECONDS = 20
MOST_CLAIMS = 3
MOST_CALLS = 4
QUEUE_HOURS = 24
USUAL_OF = 20
OVERDUE_SECONDS = 30
FINAL = ("succeeded", "failed", "cancelled")
NEVER = datetime.min.replace(tzinfo=UTC)


class GenerationQuerySet(models.QuerySet["Generation"]):
    def visible_to(self, person: Person) -> GenerationQuerySet:
        """Generations of the batches this person may see."""
        return self.filter(batch__in=Batch.objects.visible_to(person).values("pk"))

    def unfinished(self) -> GenerationQuerySet:
        return self.filter(state__in=("queued", "running"))

    def running(self) -> GenerationQuerySet:
        return self.filter(state="running")

    def due(self) -> GenerationQuerySet:
        """Queued, not cancelled, its time come, at a provider that may be called."""
        return self.filter(state="queued", run_at__lte=now(), cancel_asked_at=None, model__in=callable_models())

    def trying_again(self) -> GenerationQuerySet:
        """Queued for a later try after one that did not work, and not cancelled."""
        return self.filter(state="queued", run_at__gt=now(), cancel_asked_at=None).exclude(kind="")

    def heard(self) -> GenerationQuerySet:
        """All but those running whose claim was not beaten for 20 seconds: their worker may come back, or not."""
        return self.exclude(state="running", claim_until__lt=now(seconds=CLAIM_SECONDS - HUSHED_SECONDS))

    def silent(self) -> GenerationQuerySet:
        """Running, but its claim has not been beaten for its 60 seconds."""
        return self.filter(state="running", claim_until__lt=now())

    def unheard(self) -> GenerationQuerySet:
        """Due, and its bell was last rung so long ago that it may be lost: 15 s, then 30, 60 … 300 s."""
        return self.due().filter(Q(ring_at=None) | Q(ring_at__lte=now()))

    def overdue(self) -> GenerationQuerySet:
        """Due for half a minute, although a worker lives: nobody heard its bell."""
        return self.due().filter(run_at__lte=now(seconds=-OVERDUE_SECONDS))

    def too_old(self) -> GenerationQuerySet:
        """Queued past its deadline."""
        return self.filter(state="queued", deadline_at__lte=now())

    def usual_seconds(self, models: Iterable[int]) -> dict[int, float]:
        """For each of these models the median time of its last twenty successes; two queries for all of them."""
        last = self.filter(model=OuterRef("pk"), state="succeeded").order_by("-pk").values("pk")
        begin = ProviderModel.objects.filter(pk__in=set(models)).annotate(
            since=Coalesce(Subquery(last[USUAL_OF - 1 : USUAL_OF]), 0)
        )
        each = [Q(model=pk, pk__gte=since) for pk, since in begin.order_by().values_list("pk", "since")]
        if not each:
            return {}
        runs = self.filter(reduce(or_, each), state="succeeded", started_at__isnull=False).order_by()
        took: dict[int, list[float]] = {}
        for pk, started, finished in runs.values_list("model", "started_at", "finished_at"):
            took.setdefault(pk, []).append((finished - started).total_seconds())
        return {pk: median(times) for pk, times in took.items()}

    def failed_since(self, person: Person, since: datetime) -> GenerationQuerySet:
        """The person's own that failed since then, not because a model said no, and were not tried again."""
        failed = self.filter(batch__person=person, state="failed", finished_at__gte=since, tried_again=None)
        return failed.exclude(kind="declined").order_by("pk")

    # ── claiming ──

    def claim_next(self, worker: Worker) -> Generation | None:
        """Claim the fairest due generation whose provider has room, or None when nothing can be claimed now.

        Fair is: of the people who wait, the one with the fewest running comes next, among those who was served least
        recently, with their oldest. So a long queue takes no second place before everybody had one, and whoever's call
        paused a provider is not its probe while somebody else waits."""
        full: set[int] = set()
        while True:
            queue = self.due().exclude(model__in=full).order_by()
            waiting = list(queue.values_list("batch__person", "batch__person__served_at").annotate(oldest=Min("pk")))
            if not waiting:
                return None
            busy = dict(self.running().order_by().values_list("batch__person").annotate(Count("pk")))
            *_, oldest = min(waiting, key=lambda row: (busy.get(row[0], 0), row[1] or NEVER, row[2]))
            claimed = self.claim(oldest, worker)
            if claimed is not None:
                return claimed
            full.update(self._models_without_room(self.values_list("model_id", flat=True).get(pk=oldest)))

    def claim(self, pk: int, worker: Worker) -> Generation | None:
        """Claim this generation for 60 seconds, or None if somebody has it or its provider is at its limit.

        The provider's row is locked meanwhile, so that its limits hold exactly between any number of workers."""
        token = new_token()
        with transaction.atomic():
            model = ProviderModel.objects.get(generations__pk=pk)
            list(Provider.objects.select_for_update().filter(pk=model.provider_id).values_list("pk"))
            if self._models_without_room(model.pk):
                return None
            won = (
                self.due()
                .filter(pk=pk)
                .update(
                    state="running",
                    claim=token,
                    claim_until=now(seconds=CLAIM_SECONDS),
                    claimed_by=worker.name,
                    claimed_at=now(),
                    claims=F("claims") + 1,
                    started_at=Coalesce("started_at", now()),
                    phase="",
                    version=F("version") + 1,
                )
            )
            if won:
                Person.objects.filter(batches__generations=pk).update(served_at=now())
        return self.for_running().get(pk=pk, claim=token) if won else None

    def for_running(self) -> GenerationQuerySet:
        """With all the pipeline needs of it."""
        return self.select_related("batch__person", "model__provider")

    def _models_without_room(self, model_id: int) -> list[int]:
        """The models that nothing more can be claimed for, as seen from this one: all of its provider when that is at
        its limit, this one when its probe is under way, else none."""
        model = ProviderModel.objects.select_related("provider").get(pk=model_id)
        provider, mine = model.provider, self.filter(model__provider=model.provider_id)
        limit = 1 if provider.needs_probe else provider.running_limit
        is_full = mine.running().count() >= limit or (
            provider.minute_limit and mine.filter(claimed_at__gt=now(seconds=-60)).count() >= provider.minute_limit
        )
        if is_full:
            return list(provider.models.order_by().values_list("pk", flat=True))
        return [model.pk] if model.needs_probe and mine.running().filter(model=model).exists() else []

    # ── holding and losing claims ──

    def beat(self, claims: list[str]) -> dict[str, datetime | None]:
        """Prolong these claims. Returns those still held, each with the time its cancel was asked for, if it was."""
        held = self.filter(claim__in=claims, state="running")
        held.update(claim_until=now(seconds=CLAIM_SECONDS))
        return dict(held.values_list("claim", "cancel_asked_at"))

    def take_back(self) -> int:
        """Settle every silent claim by what is known of its last call; how many were settled.

        Nothing sent: queued again, the third time failed. An answer kept: queued again, to resume from it. Sent
        without an answer: lost, but only when its worker is silent too, or the call must be over by now."""
        settled = 0
        for generation in self.silent().for_running():
            last = generation.attempts.order_by("-n").first()
            if last is None or last.has_answer:
                settled += generation._take_back()
            elif generation._is_worker_silent() or generation._is_call_over():
                settled += generation._end(Lost(), generation._silent())
        return settled

    def give_up_old(self) -> int:
        """Fail what waited past its deadline; how many."""
        count = 0
        for generation in self.too_old():
            count += generation._end(NeverStarted(charged=generation.charged_so_far()), Q(deadline_at__lte=now()))
        return count


def callable_models() -> models.QuerySet[ProviderModel, Any]:
    """Models whose provider may be called now. No join, so that an UPDATE looks at the row it waited for once more."""
    return ProviderModel.objects.open().filter(provider__in=Provider.objects.open()).values("pk")


class Generation(models.Model):
    """One job for one model: asks it for `n` pictures by as few calls as it takes."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELLED = "cancelled"

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="generations")
    model = models.ForeignKey(ProviderModel, on_delete=models.PROTECT, related_name="generations")
    position = models.PositiveIntegerField(help_text="Its place in the batch, from 1.")
    n = models.PositiveIntegerField(default=1, help_text="Pictures asked for.")
    size = models.CharField(max_length=40, blank=True)
    again_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="tried_again")

    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    version = models.PositiveIntegerField(default=1, help_text="Grows with every change a page should show.")
    kind = models.CharField(max_length=30, blank=True, help_text="Why it failed, as in errors.py.")
    charged = models.CharField(max_length=5, blank=True, help_text="no, maybe or yes, once it is known.")
    detail = models.TextField(blank=True, help_text="The upstream's own words.")
    remark = models.TextField(blank=True, help_text="What the model said beside its pictures.")

    percent = models.PositiveIntegerField(null=True)
    phase = models.CharField(max_length=40, blank=True)
    line = models.CharField(max_length=200, blank=True)

    created_at = models.DateTimeField(db_default=now())
    run_at = models.DateTimeField(db_default=now(), help_text="Not before.")
    deadline_at = models.DateTimeField(help_text="Waits no longer.")
    ring_at = models.DateTimeField(null=True, help_text="When its bell is rung again.")
    rings = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    claim = models.CharField(max_length=32, blank=True, db_index=True)
    claim_until = models.DateTimeField(null=True)
    claimed_by = models.CharField(max_length=120, blank=True)
    claimed_at = models.DateTimeField(null=True)
    claims = models.PositiveIntegerField(default=0, help_text="Claims in a row that ended without a word.")
    fetches = models.PositiveIntegerField(default=0, help_text="How often its pictures could not be fetched.")
    needs_call = models.BooleanField(default=True, help_text="False: the last call's answer is what it goes on from.")
    may_call = models.BooleanField(default=True, help_text="False: only its kept answer is read again.")
    cancel_asked_at = models.DateTimeField(null=True)
    cancel_asked_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = GenerationQuerySet.as_manager()

    attempts: RelatedManager[Attempt]
    images: RelatedManager[Image]
    every_image: list[Image]
    """Set by `for_the_feed`, with those that were deleted and are not purged yet."""

    tried_again: RelatedManager[Generation]

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["batch", "position"], name="one_generation_a_position")]
        indexes = [
            models.Index(fields=["state", "run_at"]),
            models.Index(fields=["state", "batch"], name="generation_state"),
            models.Index(fields=["model", "state"]),
            models.Index(fields=["model", "claimed_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.model_id}, {self.state})"

    # ── what it is ──

    @property
    def is_final(self) -> bool:
        return self.state in FINAL

    @cached_property
    def kept_images(self) -> list[Image]:
        """Those of `every_image` that nobody has deleted."""
        return [image for image in self.every_image if not image.is_deleted]

    @cached_property
    def deleted_images(self) -> list[Image]:
        """Those of `every_image` in somebody's trash, or kept on for a batch that was made from them."""
        return [image for image in self.every_image if image.is_deleted]

    @property
    def error(self) -> type[GenerationError] | None:
        """The class of its failure."""
        return BY_KIND.get(self.kind)

    def place_at_model(self) -> int:
        """Its place among those of its batch that are for the same model, from 1; one query."""
        alike = type(self).objects.filter(batch=self.batch_id, model=self.model_id, position__lte=self.position)
        return alike.count()

    @property
    def outcome(self) -> str:
        """How it stands, in a word; what a model declined has not failed."""
        return "declined" if self.is_final and self.kind == "declined" else self.get_state_display().lower()

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt of this generation and for no other's, so that a provider can tell them apart."""
        said = f"{self.batch.person_id} {self.batch.submission_key} {self.position}"
        return hashlib.sha256(said.encode()).hexdigest()[:32]

    def can_read_again(self) -> bool:
        """Whether it failed with an answer kept that might be read better now."""
        return self.state == "failed" and self.attempts.filter(status__isnull=False).exists()

    def charged_so_far(self) -> Charged:
        """The gravest `charged` of its calls: "no" when there was none."""
        known = set(self.attempts.values_list("charged", flat=True))
        return "yes" if "yes" in known else "maybe" if "maybe" in known else "no"

    def tries(self, calls: int) -> tuple[int, int] | None:
        """Which try the next one is, and how many there are at most; None where only time limits them.

        `calls` is how many attempts it has had. A kept answer's pictures are asked for again, without a call."""
        error = self.error or GenerationError
        if issubclass(error, NotStored):
            return None
        if issubclass(error, PictureNotFetched):
            return self.fetches + 1, PictureNotFetched.max_fetches
        return calls + 1, self.model.provider.retry_unclear + 1 if issubclass(error, Unclear) else MOST_CALLS

    # ── verbs of the worker that holds the claim; each returns whether it still held it ──

    def open_attempt(self, url: str, request: bytes, pictures: Mapping[str, bytes] = {}) -> Attempt | None:
        """The row that means "may have been sent", committed before the first byte; None if the claim is lost.

        `pictures` are those in the request, by sha256."""
        kept = {"request": externalize(request, pictures), "request_size": len(request), "pictures": sorted(pictures)}
        with transaction.atomic():
            held = Generation.objects.filter(self._held(), pk=self.pk, claim_until__gt=now())
            if not held.filter(cancel_asked_at=None, may_call=True).update(needs_call=False):
                return None
            return self.attempts.create(n=self.attempts.count() + 1, url=url, **kept)

    def progress(self, percent: int | None, phase: str, line: str) -> bool:
        """Show how far it is."""
        return self._update(percent=percent, phase=phase[:40], line=line[:200])

    def arriving(self) -> int | None:
        """One of its pictures is about to be stored: the version a page shows it with; None if the claim is lost."""
        if not self._update():
            return None
        return Generation.objects.values_list("version", flat=True).get(pk=self.pk)

    def succeed(self, remark: str = "") -> bool:
        """Every picture is stored."""
        return self._update(
            **self._ending("succeeded"), charged="yes", kind="", detail="", remark=remark[:4000], percent=100
        )

    def fail(self, error: GenerationError) -> bool:
        """It ends here, and this is why."""
        return bool(self._end(error, self._held()))

    def cancelled(self) -> bool:
        """The worker saw the cancel and closed the call."""
        return bool(self._end_cancelled(self._held()))

    def again_later(self, error: GenerationError, seconds: float) -> bool:
        """Back to the queue for so long, because surely nothing was charged, or because the answer is kept.

        A cancel asked for meanwhile ends it instead."""
        guard = self._held() & Q(cancel_asked_at=None)
        queued = Generation.objects.filter(guard, pk=self.pk).update(
            state="queued",
            version=F("version") + 1,
            needs_call=error.needs_call,
            claim="",
            claim_until=None,
            claims=0,
            run_at=now(seconds=seconds),
            ring_at=now(seconds=seconds),
            rings=0,
            kind=error.kind,
            detail=error.detail[:1000],
            charged=error.charged,
            percent=None,
            fetches=F("fetches") + int(error.max_fetches > 0),
        )
        return bool(queued) or self.cancelled()

    def settle(self, error: GenerationError) -> bool:
        """Queue it again or end it, by what the error says about money and by how often it was tried."""
        calls = self.attempts.count() if self.may_call else 1000
        if error.max_fetches:
            if error.retryable and self.fetches + 1 < error.max_fetches and self._age() < timedelta(hours=QUEUE_HOURS):
                return self.again_later(error, min(600.0, 10 * 2**self.fetches))
        elif error.retryable and error.charged == "no" and calls < MOST_CALLS:
            return self.again_later(error, error.retry_after or random.uniform(1, min(60, 4**calls)))  # noqa: S311
        elif isinstance(error, Unclear) and calls <= self.model.provider.retry_unclear:
            return self.again_later(error, random.uniform(1, 10))  # noqa: S311
        return self.fail(error)

    # ── verbs of a person ──

    def cancel(self, person: Person | None) -> bool:
        """Queued: it is never sent. Running: its worker closes the call within two beats. Whether either applied."""
        mine = Generation.objects.filter(pk=self.pk)
        with transaction.atomic():
            asked = (
                mine.unfinished()
                .filter(cancel_asked_at=None)
                .update(cancel_asked_at=now(), cancel_asked_by=person, version=F("version") + 1)
            )
            mine.filter(state="queued", cancel_asked_at__isnull=False).update(
                **self._ending("cancelled"), kind="cancelled", charged=self.charged_so_far()
            )
        return bool(asked)

    def try_now(self) -> bool:
        """Its next try comes now. Whether it was waiting for one, at a provider that may be called."""
        waiting = Generation.objects.trying_again().filter(pk=self.pk, model__in=callable_models())
        return bool(waiting.update(run_at=now(), ring_at=None, rings=0, version=F("version") + 1))

    def read_again(self) -> bool:
        """Read the kept answer once more, without a call."""
        return bool(
            self.can_read_again()
            and Generation.objects.filter(pk=self.pk, state="failed").update(
                state="queued",
                may_call=False,
                run_at=now(),
                deadline_at=now(hours=QUEUE_HOURS),
                ring_at=None,
                finished_at=None,
                claims=0,
                fetches=0,
                kind="",
                percent=None,
                cancel_asked_at=None,
                version=F("version") + 1,
            )
        )

    def rung(self) -> None:
        """Its bell was rung; if nobody comes it is rung again, later each time."""
        Generation.objects.filter(pk=self.pk, state="queued").update(
            rings=F("rings") + 1, ring_at=now(seconds=min(300, 15 * 2 ** min(self.rings, 5)))
        )

    # ── how ──

    def _held(self) -> Q:
        return Q(state="running", claim=self.claim) & ~Q(claim="")

    def _ending(self, state: str) -> dict[str, object]:
        return {"state": state, "finished_at": now(), "claim": "", "claim_until": None, "phase": "", "line": ""}

    def _update(self, **values: object) -> bool:
        guarded = Generation.objects.filter(self._held(), pk=self.pk)
        return bool(guarded.update(**values, version=F("version") + 1))

    def _end(self, error: GenerationError, guard: Q, *, state: str = "failed") -> int:
        return Generation.objects.filter(guard, pk=self.pk, state=self.state).update(
            **self._ending(state),
            kind=error.kind,
            charged=error.charged,
            detail=error.detail[:1000],
            version=F("version") + 1,
        )

    def _end_cancelled(self, guard: Q) -> int:
        error = Cancelled(charged=self.charged_so_far())
        return self._end(error, guard & Q(cancel_asked_at__isnull=False), state="cancelled")

    def _take_back(self) -> int:
        if self.cancel_asked_at:
            return self._end_cancelled(self._silent())
        if self.claims >= MOST_CLAIMS:
            error = InternalFault(charged=self.charged_so_far()) if self.attempts.exists() else WorkerFailed()
            return self._end(error, self._silent())
        return Generation.objects.filter(self._silent(), pk=self.pk, cancel_asked_at=None).update(
            state="queued", claim="", claim_until=None, run_at=now(), ring_at=None, version=F("version") + 1
        )

    def _silent(self) -> Q:
        return self._held() & Q(claim_until__lt=now())

    def _is_worker_silent(self) -> bool:
        return not Worker.objects.filter(name=self.claimed_by, beat_at__gt=now(seconds=-SILENT_SECONDS)).exists()

    def _is_call_over(self) -> bool:
        over = self.model.provider.total_timeout + 60
        return self.attempts.filter(answered_at=None, opened_at__lt=now(seconds=-over)).exists()

    def _age(self) -> timedelta:
        return datetime.now(self.created_at.tzinfo) - self.created_at
