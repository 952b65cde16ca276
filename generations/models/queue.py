"""Who runs next: the fairest due generation is claimed, claims are renewed, what lapsed is reclaimed.

A claim is a random token on a running row. It lasts 60 s and is renewed every 15 s by the process that holds it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Count, F, Min, Q
from django.db.models.functions import Coalesce

from generations.errors import GenerationError, InternalFault, Lost, NeverStarted, ReadingStopped, WorkerFailed
from generations.models.detail import detail_in
from generations.models.generation import CLAIM_SECONDS, NEXT_IS_A_CALL, Generation
from generations.models.key import new_token, now
from generations.models.provider import Provider
from generations.models.provider_model import ProviderModel
from generations.models.team import Person
from generations.models.worker import LOST_SECONDS, Worker

log = logging.getLogger(__name__)

MAX_CLAIMS = 3
NEVER = datetime.min.replace(tzinfo=UTC)


def claim_next(worker: Worker) -> Generation | None:
    """Claim the fairest due generation whose provider has room, or None when nothing can be claimed now.

    Fair is: of the people who wait, the one with the fewest running comes next, among those who was served least
    recently, with their oldest. So a long queue takes no second place before everybody had one, and whoever's call
    paused a provider is not its probe while somebody else waits."""
    full: set[int] = set()
    while True:
        queue = Generation.objects.due().exclude(NEXT_IS_A_CALL, model__in=full).order_by()
        waiting = list(queue.values_list("batch__person", "batch__person__served_at").annotate(oldest=Min("pk")))
        if not waiting:
            return None
        running = Generation.objects.running().order_by()
        busy = dict(running.values_list("batch__person").annotate(Count("pk")))
        *_, oldest = min(waiting, key=lambda row: (busy.get(row[0], 0), row[1] or NEVER, row[2]))
        claimed = claim(oldest, worker)
        if claimed is not None:
            return claimed
        full.update(_models_without_room(Generation.objects.values_list("model_id", flat=True).get(pk=oldest)))


def claim(pk: int, worker: Worker) -> Generation | None:
    """Claim this generation for 60 seconds, or None if somebody has it or its provider is at its limit.

    The provider's row is locked meanwhile, so that its limits hold exactly between any number of workers."""
    token = new_token()
    with transaction.atomic():
        model = ProviderModel.objects.get(generations__pk=pk)
        list(Provider.objects.select_for_update().filter(pk=model.provider_id).values_list("pk"))
        if _models_without_room(model.pk) and Generation.objects.filter(NEXT_IS_A_CALL, pk=pk).exists():
            return None
        claimed = (
            Generation.objects.due()
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
        if claimed:
            Person.objects.filter(batches__generations=pk).update(served_at=now())
    return Generation.objects.for_running().get(pk=pk, claim=token) if claimed else None


def renew(claims: Sequence[str]) -> dict[str, datetime | None]:
    """Renew these claims. Returns those still held, each with the time its cancel was asked for, if it was."""
    held = Generation.objects.running().filter(claim__in=claims)
    held.update(claim_until=now(seconds=CLAIM_SECONDS))
    return dict(held.values_list("claim", "cancel_asked_at"))


def reclaim_lapsed() -> int:
    """Settle every lapsed claim by what is known of its last call; how many were settled.

    Nothing sent: queued again, the third time failed. An answer kept: queued again, to resume from it. Sent without an
    answer: lost, but only when its worker is lost too, or the call must be over by now."""
    settled = 0
    for generation in Generation.objects.lapsed().for_running():
        last = generation.attempts.order_by("-n").first()
        if last is None or last.has_answer:
            is_settled = _reclaim(generation)
        elif _is_worker_lost(generation) or _is_call_over(generation):
            is_settled = generation.end(Lost(), _lapsed(generation))
        else:
            continue
        if is_settled:
            settled += 1
            fields = {"generation": generation.key, "worker": generation.claimed_by, "claims": generation.claims}
            message = "generation %s was taken over from worker %s, claim %d"
            log.info(message, generation.key, generation.claimed_by, generation.claims, extra={"fields": fields})
    return settled


def expire_overdue() -> int:
    """Fail what waited past its deadline; how many."""
    count = 0
    for generation in Generation.objects.past_deadline():
        if generation.end(_overdue(generation), Q(deadline_at__lte=now())):
            count += 1
            log.info("generation %s never started", generation.key, extra={"fields": {"generation": generation.key}})
    return count


def _overdue(generation: Generation) -> GenerationError:
    """Why it ends now: it was never sent, or what came was never had as pictures."""
    charged, last = generation.charged_so_far(), generation.attempts.last()
    if last is None or not last.has_answer:
        return NeverStarted(charged=charged)
    detail = detail_in(generation.detail, generation.detail_message)
    return (generation.error or ReadingStopped)(detail, charged=charged)


def _models_without_room(model_id: int) -> list[int]:
    """The models that nothing more can be claimed for, as seen from this one: all of its provider when that is at its
    limit, this one when its probe is under way, else none."""
    model = ProviderModel.objects.select_related("provider").get(pk=model_id)
    provider, mine = model.provider, Generation.objects.filter(model__provider=model.provider_id, may_call=True)
    limit = 1 if provider.needs_probe else provider.running_limit
    is_full = mine.running().count() >= limit or (
        provider.minute_limit and mine.filter(claimed_at__gt=now(seconds=-60)).count() >= provider.minute_limit
    )
    if is_full:
        return list(provider.models.order_by().values_list("pk", flat=True))
    return [model.pk] if model.needs_probe and mine.running().filter(model=model).exists() else []


def _reclaim(generation: Generation) -> int:
    lapsed = _lapsed(generation)
    if generation.cancel_asked_at:
        return generation.end_cancelled(lapsed)
    if generation.claims >= MAX_CLAIMS:
        was_called = generation.attempts.exists()
        error = InternalFault(charged=generation.charged_so_far()) if was_called else WorkerFailed()
        return generation.end(error, lapsed)
    return Generation.objects.filter(lapsed, pk=generation.pk, cancel_asked_at=None).update(
        state="queued", claim="", claim_until=None, run_at=now(), notify_at=None, version=F("version") + 1
    )


def _lapsed(generation: Generation) -> Q:
    return generation.held() & Q(claim_until__lt=now())


def _is_worker_lost(generation: Generation) -> bool:
    alive = Worker.objects.filter(name=generation.claimed_by, heartbeat_at__gt=now(seconds=-LOST_SECONDS))
    return not alive.exists()


def _is_call_over(generation: Generation) -> bool:
    over = generation.model.provider.total_timeout + 60
    return generation.attempts.filter(answered_at=None, opened_at__lt=now(seconds=-over)).exists()
