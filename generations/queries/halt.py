"""What "Pause all" stops for the viewer, and what "Resume all" lets go on: providers for who runs them; for who leads
teams and does not, the people of these teams."""

from __future__ import annotations

from dataclasses import dataclass

from generations import rights
from generations.models import Membership, Provider, ProviderModel
from generations.viewer import Viewer


@dataclass(frozen=True)
class Stoppable:
    """Rows that can be paused, or that are paused by hand and can be resumed."""

    providers: list[Provider]
    memberships: list[Membership]


def to_pause(viewer: Viewer) -> Stoppable:
    return _rows(viewer, is_paused=False)


def to_resume(viewer: Viewer) -> Stoppable:
    return _rows(viewer, is_paused=True)


def paused_alone(viewer: Viewer) -> list[ProviderModel]:
    """Models that were paused by hand for themselves; resuming all leaves them as they are."""
    models = ProviderModel.objects.filter(hand_paused_at__isnull=False, is_enabled=True, provider__is_enabled=True)
    return list(rights.manage_model.of(viewer, models).select_related("provider").order_by("provider__name", "name"))


def _rows(viewer: Viewer, *, is_paused: bool) -> Stoppable:
    """One query."""
    if viewer.runs_providers:
        providers = Provider.objects.filter(is_enabled=True, hand_paused_at__isnull=not is_paused)
        return Stoppable(list(rights.manage_provider.of(viewer, providers).order_by("name", "pk")), [])
    members = Membership.objects.filter(
        team__in=viewer.teams_led, sending_paused_at__isnull=not is_paused, person__is_active=True
    )
    rows = rights.pause_membership.of(viewer, members).select_related("person", "team")
    return Stoppable([], list(rows.order_by("team__name", "pk")))
