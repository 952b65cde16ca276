"""What "Pause all" and "Resume all" say before they do it."""

from __future__ import annotations

from functools import cached_property

from generations.queries.halt import Stoppable, paused_alone, to_pause, to_resume
from generations.translation import listed
from generations.viewer import Viewer

MAX_NAMED = 12


class Halt:
    """The two buttons of the queue for one viewer."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer

    @property
    def is_of_providers(self) -> bool:
        """Whether it stops what is sent to providers; else what people of the viewer's teams send."""
        return self.viewer.runs_providers

    @cached_property
    def to_pause(self) -> Stoppable:
        return to_pause(self.viewer)

    @cached_property
    def to_resume(self) -> Stoppable:
        return to_resume(self.viewer)

    @property
    def pause_count(self) -> int:
        return _count(self.to_pause)

    @property
    def resume_count(self) -> int:
        return _count(self.to_resume)

    @property
    def paused_names(self) -> str:
        """Those that would be paused: providers, or teams."""
        return _names(self.to_pause)

    @property
    def resumed_names(self) -> str:
        return _names(self.to_resume)

    @cached_property
    def staying(self) -> list[str]:
        """Names of models that stay paused."""
        return [str(model) for model in paused_alone(self.viewer)[:MAX_NAMED]] if self.is_of_providers else []

    @property
    def staying_names(self) -> str:
        return listed(self.staying)


def _count(rows: Stoppable) -> int:
    return len(rows.providers) or len({row.person_id for row in rows.memberships})


def _names(rows: Stoppable) -> str:
    names = [row.name for row in rows.providers] or [row.team.name for row in rows.memberships]
    return listed(list(dict.fromkeys(names))[:MAX_NAMED])
