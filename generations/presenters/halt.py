"""What "Pause all" and "Resume all" say before they do it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from django.utils.translation import ngettext

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
        rows = self.to_pause
        return _some([row.name for row in rows.providers] or [row.team.name for row in rows.memberships])

    @property
    def resumed_names(self) -> str:
        """Those that would go on: providers, or people, as each of these may have been paused alone."""
        rows = self.to_resume
        return _some([row.name for row in rows.providers] or [str(row.person) for row in rows.memberships])

    @cached_property
    def staying(self) -> list[str]:
        """Names of models that stay paused."""
        return [model.name_at_provider for model in paused_alone(self.viewer)] if self.is_of_providers else []

    @property
    def staying_names(self) -> str:
        return _some(self.staying)


def _count(rows: Stoppable) -> int:
    return len(rows.providers) or len({row.person_id for row in rows.memberships})


def _some(names: Iterable[str]) -> str:
    """Each once, as far as there is room, and how many more there are."""
    different = list(dict.fromkeys(names))
    said, more = listed(different[:MAX_NAMED]), len(different) - MAX_NAMED
    if more <= 0:
        return said
    sentence = ngettext("%(names)s and %(number)s more", "%(names)s and %(number)s more", more)
    return sentence % {"names": said, "number": more}
