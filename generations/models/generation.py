"""One job for one model, and every way its state may change: each is one conditional UPDATE whose row count decides.

queued -> running -> succeeded | failed | cancelled, and from running back to queued when surely nothing was charged.
A running row is held by a claim: a random token that lasts 60 s and is renewed every 15 s. Whoever has lost the claim
changes nothing. No final state is left by itself; a person may read a kept answer again.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generations.errors import (
    BY_KIND,
    Cancelled,
    Charged,
    GenerationError,
    InternalFault,
    Lost,
    NeverStarted,
    NotStored,
    ReadingStopped,
)
from generations.models.batch import UNFINISHED, Batch
from generations.models.batch_end import REFUSED, tell_if_over, tell_reviewers
from generations.models.cost import cost_of
from generations.models.detail import detail_columns, detail_in, shown_detail_of
from generations.models.key import new_key, now
from generations.models.provider import Provider
from generations.models.provider_model import ProviderModel
from generations.models.retry import delay_before_retry, is_trying_again, tries_of, trying_again
from generations.models.team import Person
from generations.protocol.embedding import Body

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from generations.models.attempt import Attempt
    from generations.models.image import Image

CLAIM_SECONDS = 60
HEARTBEAT_LATE_SECONDS = 20
QUEUE_HOURS = 24
UNCLAIMED_SECONDS = 30
FINAL = ("succeeded", "failed", "cancelled")
UNSUCCESSFUL = ("failed", "cancelled")
SAYS_NOTHING = (NeverStarted, Lost, NotStored, ReadingStopped, InternalFault)
"""Failures of ours, which say nothing of what an answer amounts to."""
NEXT_IS_A_CALL = Q(needs_call=True, may_call=True)
"""Not: to go on from the answer that is kept."""


class GenerationQuerySet(models.QuerySet["Generation"]):
    def unfinished(self) -> GenerationQuerySet:
        return self.filter(state__in=UNFINISHED)

    def running(self) -> GenerationQuerySet:
        return self.filter(state="running")

    def due(self) -> GenerationQuerySet:
        """Queued, not cancelled, its time come, and at a provider that may be called unless its answer is kept."""
        return self.filter(may_go_on(), state="queued", run_at__lte=now(), cancel_asked_at=None)

    def trying_again(self) -> GenerationQuerySet:
        """Queued for a later try after one that did not work, and not cancelled."""
        return self.filter(trying_again(), cancel_asked_at=None)

    def alive(self) -> GenerationQuerySet:
        """All but those running whose claim was not renewed for 20 seconds: their worker may come back, or not."""
        return self.exclude(state="running", claim_until__lt=now(seconds=CLAIM_SECONDS - HEARTBEAT_LATE_SECONDS))

    def lapsed(self) -> GenerationQuerySet:
        """Running, but the claim was not renewed for its 60 seconds."""
        return self.filter(state="running", claim_until__lt=now())

    def due_for_notify(self) -> GenerationQuerySet:
        """Due, and notified so long ago that the message may be lost: 15 s, then 30, 60 … 300 s."""
        return self.due().filter(Q(notify_at=None) | Q(notify_at__lte=now()))

    def unclaimed(self) -> GenerationQuerySet:
        """Due for half a minute and not claimed, although a worker is alive: no message reached one."""
        return self.due().filter(run_at__lte=now(seconds=-UNCLAIMED_SECONDS))

    def past_deadline(self) -> GenerationQuerySet:
        """Queued past its deadline. What an administrator paused by hand waits as long as that lasts, unless its
        provider is switched off."""
        called = Q(hand_paused_at=None, provider__hand_paused_at=None) | Q(provider__is_enabled=False)
        models = ProviderModel.objects.filter(called).values("pk")
        return self.filter(state="queued", deadline_at__lte=now(), model__in=models)

    def for_running(self) -> GenerationQuerySet:
        """With all the pipeline needs of it."""
        return self.select_related("batch__person", "model__provider")


def callable_models() -> models.QuerySet[ProviderModel, Any]:
    """Models whose provider may be called now. No join, so that an UPDATE looks at the row it waited for once more."""
    return ProviderModel.objects.open().filter(provider__in=Provider.objects.open()).values("pk")


def may_go_on() -> Q:
    """The condition that nothing stands in the way of the next step: its provider may be called, or need not be, since
    the answer is kept."""
    return ~NEXT_IS_A_CALL | Q(model__in=callable_models())


class Generation(models.Model):
    """One job for one model: asks it for `n` pictures by as few calls as it takes."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    batch = models.ForeignKey(Batch, verbose_name=_("batch"), on_delete=models.CASCADE, related_name="generations")
    model = models.ForeignKey(
        ProviderModel, verbose_name=_("model"), on_delete=models.PROTECT, related_name="generations"
    )
    position = models.PositiveIntegerField(_("position"), help_text=_("Its place in the batch, from 1."))
    n = models.PositiveIntegerField(_("number of pictures"), default=1, help_text=_("Pictures asked for."))
    size = models.CharField(_("size"), max_length=40, blank=True)
    retry_of = models.ForeignKey(
        "self",
        verbose_name=_("retry of"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="retries",
        db_index=False,
    )

    state = models.CharField(_("state"), max_length=9, choices=State, default=State.QUEUED)
    version = models.PositiveIntegerField(
        _("version"), default=1, help_text=_("Grows with every change a page should show.")
    )
    kind = models.CharField(
        _("kind of failure"), max_length=30, blank=True, help_text=_("Why it failed, as in errors.py.")
    )
    charged = models.CharField(
        _("charged"), max_length=5, blank=True, help_text=_("no, maybe or yes, once it is known.")
    )
    detail = models.TextField(_("detail"), blank=True, help_text=_("The upstream’s own words, or ours in English."))
    detail_message = models.JSONField(null=True, editable=False)
    sent_smaller = models.JSONField(
        default=list, editable=False, help_text=_("References sent smaller than they are: place, width and height.")
    )
    remark = models.TextField(_("remark"), blank=True, help_text=_("What the model said beside its pictures."))

    price = models.DecimalField(
        _("price"),
        max_digits=9,
        decimal_places=5,
        null=True,
        blank=True,
        help_text=_("US dollars a picture when it was submitted; empty: not known."),
    )
    cost = models.DecimalField(
        _("cost"),
        max_digits=12,
        decimal_places=5,
        null=True,
        blank=True,
        help_text=_("US dollars in the end; empty: not known."),
    )

    percent = models.PositiveIntegerField(_("percent"), null=True)
    phase = models.CharField(_("phase"), max_length=40, blank=True)
    progress_text = models.CharField(_("progress text"), max_length=200, blank=True)

    created_at = models.DateTimeField(_("created at"), db_default=now())
    run_at = models.DateTimeField(_("not before"), db_default=now(), help_text=_("Not before."))
    deadline_at = models.DateTimeField(_("deadline"), help_text=_("Waits no longer."))
    notify_at = models.DateTimeField(_("notify at"), null=True, help_text=_("When a worker is notified again."))
    notify_count = models.PositiveIntegerField(_("notify count"), default=0)
    started_at = models.DateTimeField(_("started at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    claim = models.CharField(_("claim"), max_length=32, blank=True, db_index=True)
    claim_until = models.DateTimeField(_("claim until"), null=True)
    claimed_by = models.CharField(_("claimed by"), max_length=120, blank=True)
    claimed_at = models.DateTimeField(_("claimed at"), null=True)
    claims = models.PositiveIntegerField(
        _("claims"), default=0, help_text=_("Claims in a row that ended without a word.")
    )
    fetches = models.PositiveIntegerField(
        _("fetches"), default=0, help_text=_("How often its pictures could not be fetched.")
    )
    needs_call = models.BooleanField(
        _("needs a call"), default=True, help_text=_("False: the last call’s answer is what it goes on from.")
    )
    may_call = models.BooleanField(
        _("may call the provider"), default=True, help_text=_("False: only its kept answer is read again.")
    )
    cancel_asked_at = models.DateTimeField(_("cancel asked at"), null=True)
    cancel_asked_by = models.ForeignKey(
        Person, verbose_name=_("cancel asked by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = GenerationQuerySet.as_manager()

    attempts: RelatedManager[Attempt]
    images: RelatedManager[Image]
    every_image: list[Image]
    """Set by `queries.strips`, with those that were deleted and are not purged yet, without drafts."""

    retries: RelatedManager[Generation]

    class Meta:
        verbose_name = _("generation")
        verbose_name_plural = _("generations")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["batch", "position"], name="one_generation_a_position")]
        indexes = [
            models.Index(fields=["state", "run_at"]),
            models.Index(fields=["state", "batch"], name="generation_state"),
            # With the number, by which the last of a model and those before another in the queue are found.
            models.Index(fields=["model", "state", "id"], name="generation_of_model"),
            models.Index(fields=["model", "claimed_at"]),
            models.Index(fields=["finished_at"], condition=Q(state="failed"), name="generation_failed"),
            models.Index(fields=["retry_of"], condition=Q(retry_of__isnull=False), name="generation_retried"),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.model_id}, {self.state})"

    # ── what it is ──

    @property
    def shown_detail(self) -> str:
        """What its failure says of itself, in the active language where the words are ours."""
        return shown_detail_of(self.detail, self.detail_message)

    @property
    def is_final(self) -> bool:
        return self.state in FINAL

    @property
    def is_trying_again(self) -> bool:
        """Whether it waits for a later try after one that did not work."""
        return is_trying_again(self.state, self.kind, self.run_at)

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
        """Its place among those of its batch that are for the same model, from 1; one query. What is tried again keeps
        its place, and with it its seed."""
        tried = self.retry_of
        if tried is not None and (tried.batch_id, tried.model_id) == (self.batch_id, self.model_id):
            return tried.place_at_model()
        alike = type(self).objects.filter(batch=self.batch_id, model=self.model_id, position__lte=self.position)
        return alike.count()

    @property
    def outcome(self) -> str:
        """Its state, or "declined": what a model declined has not failed."""
        return "declined" if self.is_final and self.kind == "declined" else self.state

    @property
    def outcome_text(self) -> str:
        """`outcome` for people."""
        return gettext("Declined") if self.outcome == "declined" else self.get_state_display()

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt of this generation and for no other's, so that a provider can tell them apart."""
        said = f"{self.batch.person_id} {self.batch.submission_key} {self.position}"
        return hashlib.sha256(said.encode()).hexdigest()[:32]

    @property
    def vary_count(self) -> int:
        """How many pictures a variation asks for: as many as were asked of its model."""
        return self.batch.count

    @property
    def vary_price(self) -> Decimal | None:
        """What a variation costs at the price this was sent at; None while that is not known, or nothing."""
        return self.price * self.vary_count if self.price else None

    def can_read_again(self) -> bool:
        """Whether it ended without success with an answer kept, whose pictures may be in reach now."""
        return self.state in UNSUCCESSFUL and self.attempts.filter(status__isnull=False, cleared_at=None).exists()

    def charged_so_far(self) -> Charged:
        """The gravest `charged` of its calls: "no" when there was none."""
        known = set(self.attempts.values_list("charged", flat=True))
        return "yes" if "yes" in known else "maybe" if "maybe" in known else "no"

    def cost_so_far(self, charged: Charged) -> Decimal | None:
        """What it cost if it ends now with this `charged`; two queries. None while that is not known."""
        billed = self.attempts.exclude(charged="no").count()
        return cost_of(self.price, charged, pictures=self.images.filter(is_surplus=False).count(), billed_calls=billed)

    def tries(self, calls: int) -> tuple[int, int] | None:
        """Which try the next one is, and how many there are at most; None where only time limits them.

        `calls` is how many attempts it has had. A kept answer's pictures are asked for again, without a call."""
        error = self.error or GenerationError
        return tries_of(error, calls=calls, fetches=self.fetches, retry_unclear=self.model.provider.retry_unclear)

    # ── verbs of the worker that holds the claim; each returns whether it still held it ──

    def open_attempt(self, url: str, request: Body, smaller: Sequence[list[int]] = ()) -> Attempt | None:
        """The row that means "may have been sent", committed before the first byte; None if the claim is lost.
        `smaller` as `sent_smaller`."""
        kept = {"request": request.kept, "request_size": len(request.sent), "pictures": sorted(request.pictures)}
        with transaction.atomic():
            held = Generation.objects.filter(self.held(), pk=self.pk, claim_until__gt=now())
            if not held.filter(cancel_asked_at=None, may_call=True).update(needs_call=False, sent_smaller=smaller):
                return None
            return self.attempts.create(n=self.attempts.count() + 1, url=url, **kept)

    def progress(self, percent: int | None, phase: str, text: str) -> bool:
        """Show how far it is."""
        return self._update(percent=percent, phase=phase[:40], progress_text=text[:200])

    def arriving(self) -> int | None:
        """One of its pictures is about to be stored: the version a page shows it with; None if the claim is lost."""
        if not self._update():
            return None
        return Generation.objects.values_list("version", flat=True).get(pk=self.pk)

    def succeed(self, remark: str = "", detail: str = "") -> bool:
        """Every picture is stored; `detail` says what of the rest was not."""
        with transaction.atomic():
            is_over = self._update(
                **self._ending("succeeded", "yes"), kind="", **detail_columns(detail), remark=remark[:4000], percent=100
            )
            if is_over:
                tell_if_over(self.batch_id, is_call=self.may_call)
        return is_over

    def fail(self, error: GenerationError) -> bool:
        """It ends here, and this is why."""
        return bool(self.end(error, self.held()))

    def cancelled(self) -> bool:
        """The worker saw the cancel and closed the call."""
        return bool(self.end_cancelled(self.held()))

    def again_later(self, error: GenerationError, seconds: float) -> bool:
        """Back to the queue for so long, because surely nothing was charged, or because the answer is kept.

        A cancel asked for meanwhile ends it instead."""
        guard = self.held() & Q(cancel_asked_at=None)
        queued = Generation.objects.filter(guard, pk=self.pk).update(
            state="queued",
            version=F("version") + 1,
            needs_call=error.needs_call,
            claim="",
            claim_until=None,
            claims=0,
            run_at=now(seconds=seconds),
            notify_at=now(seconds=seconds),
            notify_count=0,
            kind=error.kind,
            **detail_columns(error.detail),
            charged=error.charged,
            percent=None,
            fetches=F("fetches") + int(error.max_fetches > 0),
        )
        return bool(queued) or self.cancelled()

    def settle(self, error: GenerationError) -> bool:
        """Queue it again or end it, by what the error says about money and by how often it was tried."""
        delay = delay_before_retry(
            error,
            calls=self.attempts.count() if self.may_call else sys.maxsize,
            fetches=self.fetches,
            retry_unclear=self.model.provider.retry_unclear,
            is_too_old=datetime.now(self.deadline_at.tzinfo) >= self.deadline_at,
        )
        return self.fail(error) if delay is None else self.again_later(error, delay)

    # ── verbs of a person ──

    def cancel(self, person: Person | None) -> bool:
        """Queued: it is never sent. Running: its worker closes the call within two heartbeats. Whether it applied."""
        mine = Generation.objects.filter(pk=self.pk)
        with transaction.atomic():
            going_on = mine.unfinished().filter(cancel_asked_at=None)
            asked = going_on.update(cancel_asked_at=now(), cancel_asked_by=person, version=F("version") + 1)
            mine.filter(state="queued", cancel_asked_at__isnull=False).update(
                **self._ending("cancelled", self.charged_so_far()), kind="cancelled"
            )
        return bool(asked)

    def take_back(self) -> bool:
        """Undo that it was asked for, as long as nothing was sent: it never was. Whether it applied."""
        waiting = Generation.objects.filter(pk=self.pk, state="queued", kind="", claims=0, claimed_at=None)
        with transaction.atomic():
            is_waiting = bool(waiting.select_for_update().values_list("pk"))  # a worker may claim it now
            return is_waiting and not self.attempts.exists() and bool(waiting.delete()[0])

    def try_now(self) -> bool:
        """Its next try comes now. Whether it was waiting for one, and nothing stands in its way."""
        waiting = Generation.objects.trying_again().filter(may_go_on(), pk=self.pk)
        return bool(waiting.update(run_at=now(), notify_at=None, notify_count=0, version=F("version") + 1))

    @transaction.atomic
    def read_again(self) -> bool:
        """Read the kept answer once more, without a call. The pictures that brings are counted for monitoring, where
        the call was counted without them. Whoever clears its prompt meanwhile waits, or is waited for."""
        list(Batch.objects.select_for_update(no_key=True).filter(pk=self.batch_id).values_list("pk"))
        list(self.attempts.select_for_update().values_list("pk"))  # whoever counts them now is waited for
        is_queued = bool(
            self.can_read_again()
            and Generation.objects.filter(pk=self.pk, state__in=UNSUCCESSFUL).update(
                state="queued",
                may_call=False,
                run_at=now(),
                deadline_at=now(hours=QUEUE_HOURS),
                notify_at=None,
                finished_at=None,
                claims=0,
                fetches=0,
                kind="",
                percent=None,
                cancel_asked_at=None,
                version=F("version") + 1,
            )
        )
        if is_queued and (last := self.attempts.last()) and last.counted_at:
            counted = self.images.count() if last.pictures_counted is None else last.pictures_counted
            self.attempts.filter(pk=last.pk).update(counted_at=None, pictures_counted=counted)
        return is_queued

    def mark_notified(self) -> None:
        """A worker was notified; if none claims it, it is notified again, later each time."""
        Generation.objects.filter(pk=self.pk, state="queued").update(
            notify_count=F("notify_count") + 1, notify_at=now(seconds=min(300, 15 * 2 ** min(self.notify_count, 5)))
        )

    # ── how ──

    def held(self) -> Q:
        """The condition that it still runs under the claim it was read with."""
        return Q(state="running", claim=self.claim) & ~Q(claim="")

    def _ending(self, state: str, charged: Charged) -> dict[str, object]:
        return {
            "state": state,
            "charged": charged,
            "cost": self.cost_so_far(charged),
            "finished_at": now(),
            "claim": "",
            "claim_until": None,
            "phase": "",
            "progress_text": "",
        }

    def _update(self, **values: object) -> bool:
        guarded = Generation.objects.filter(self.held(), pk=self.pk)
        return bool(guarded.update(**values, version=F("version") + 1))

    def end(self, error: GenerationError, guard: Q, *, state: str = "failed") -> int:
        """Make it final, if `guard` holds and its state is as it was read; 1 if it did, else 0."""
        error = self._known_failure(error)
        with transaction.atomic():
            ended = Generation.objects.filter(guard, pk=self.pk, state=self.state).update(
                **self._ending(state, error.charged),
                kind=error.kind,
                **detail_columns(error.detail),
                version=F("version") + 1,
            )
            if ended and self.may_call:  # that it was read again without success is no news
                tell_if_over(self.batch_id, error.sentence)
                if state == "failed" and error.kind in REFUSED:
                    tell_reviewers(self.batch)
        return ended

    def _known_failure(self, error: GenerationError) -> GenerationError:
        """What its kept answer amounted to, where that is known and it could only not be read once more."""
        last = None if self.may_call or not isinstance(error, SAYS_NOTHING) else self.attempts.last()
        if last is None or last.kind not in BY_KIND:
            return error
        return BY_KIND[last.kind](detail_in(last.detail, last.detail_message), charged=cast(Charged, last.charged))

    def end_cancelled(self, guard: Q) -> int:
        """As `end`, if its cancel was asked for."""
        error = Cancelled(charged=self.charged_so_far())
        return self.end(error, guard & Q(cancel_asked_at__isnull=False), state="cancelled")
