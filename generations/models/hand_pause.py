"""The pause that an administrator sets by hand: nothing more is sent to a provider or a model, and nothing fails."""

from __future__ import annotations

from django.db import models, transaction
from django.db.models.functions import Greatest

from generations.models.audit_entry import record
from generations.models.generation import QUEUE_HOURS, Generation
from generations.models.key import now
from generations.models.pause import MAX_REASON
from generations.models.provider import Provider
from generations.models.provider_model import ProviderModel
from generations.models.team import MAX_ACTOR_NAME, Person
from generations.text import tidy_line


@transaction.atomic
def pause_by_hand(row: Provider | ProviderModel, by: Person, reason: str = "") -> bool:
    """Send nothing more to it; what runs goes on to its end. False if it is paused by hand already. `reason` is for
    everybody whose pictures wait."""
    who = {"hand_pauser": by, "hand_paused_by": str(by)[:MAX_ACTOR_NAME]}
    reason = tidy_line(reason, MAX_REASON)
    if not _rows(row).filter(hand_paused_at=None).update(hand_paused_at=now(), hand_pause_reason=reason, **who):
        return False
    record("paused_provider" if isinstance(row, Provider) else "paused_model", row, by=by.pk)
    return True


@transaction.atomic
def resume_by_hand(row: Provider | ProviderModel) -> None:
    """Call it again, whatever it was paused for. What waited for it has as much time as if it was sent now."""
    ended = {"hand_paused_at": None, "hand_pauser": None, "hand_paused_by": "", "hand_pause_reason": ""}
    if _rows(row).filter(hand_paused_at__isnull=False).update(**ended):
        waiting = Generation.objects.filter(state="queued")
        of_it = waiting.filter(model__provider=row) if isinstance(row, Provider) else waiting.filter(model=row)
        of_it.update(deadline_at=Greatest("deadline_at", now(hours=QUEUE_HOURS)), notify_at=None)
    row.resume()


def _rows(row: Provider | ProviderModel) -> models.QuerySet[Provider] | models.QuerySet[ProviderModel]:
    if isinstance(row, Provider):
        return Provider.objects.filter(pk=row.pk)
    return ProviderModel.objects.filter(pk=row.pk)
