"""What the pages of providers show: providers, their models with prices, what succeeded and failed lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Prefetch, Q
from django.utils import timezone

from generations.models import Attempt, Generation, Price, Provider, ProviderModel

LATELY_DAYS = 7
MAX_LISTED = 8
MAX_MODELS = 1000


def all_providers() -> list[Provider]:
    """Every provider by name, each with how many models it offers as `offered`; one query."""
    offered = Count("models", filter=Q(models__is_enabled=True))
    return list(Provider.objects.annotate(offered=offered).order_by("name"))


def has_endpoint() -> bool:
    """Whether there is any provider but the sandbox."""
    return any(not provider.is_sandbox for provider in Provider.objects.only("base_url"))


def models_of(provider: Provider) -> list[ProviderModel]:
    """All its models in the order of the composer, with prices and teams; three queries."""
    models = provider.models.priced().prefetch_related("teams").order_by("rank", "name")[:MAX_MODELS]
    for model in (found := list(models)):
        model.provider = provider
    return found


def prices_of(model: ProviderModel) -> list[Price]:
    """All it ever cost and will, the latest first."""
    return list(model.prices.select_related("entered_by"))


def failures_of(provider: Provider) -> list[Attempt]:
    """The last calls that failed, the newest first."""
    lately = timezone.now() - timedelta(days=LATELY_DAYS)
    failed = Attempt.objects.filter(generation__model__provider=provider, answered_at__gte=lately).exclude(kind="")
    return list(
        failed.select_related("generation__batch", "generation__model")
        .defer("request", "answer")
        .order_by("-answered_at")[:MAX_LISTED]
    )


def successes_of(provider: Provider) -> list[Generation]:
    """The last generations that succeeded, the newest first."""
    done = Generation.objects.filter(model__provider=provider, state="succeeded").select_related("batch", "model")
    return list(done.order_by("-pk")[:MAX_LISTED])


@dataclass(frozen=True)
class Calls:
    """How many generations of a provider ended lately, how many of them with pictures, and how many run."""

    ended: int
    succeeded: int
    running: int
    waiting: int


def calls_of(provider: Provider) -> Calls:
    """One query."""
    lately = timezone.now() - timedelta(days=LATELY_DAYS)
    return Calls(
        **Generation.objects.filter(
            Q(finished_at__gte=lately) | Q(state__in=("running", "queued")), model__provider=provider
        ).aggregate(
            ended=Count("pk", filter=Q(finished_at__gte=lately, state__in=("succeeded", "failed"))),
            succeeded=Count("pk", filter=Q(finished_at__gte=lately, state="succeeded")),
            running=Count("pk", filter=Q(state="running")),
            waiting=Count("pk", filter=Q(state="queued")),
        )
    )


def drawing_of(provider: Provider) -> Generation | None:
    """The generation of the last test picture, with its call and its picture; three queries at most."""
    if provider.drawing_id is None:
        return None
    calls = Prefetch("attempts", Attempt.objects.defer("request").order_by("n"))
    found = Generation.objects.filter(batch=provider.drawing_id).select_related("batch__person", "model__provider")
    return found.prefetch_related(calls).order_by("pk").last()
