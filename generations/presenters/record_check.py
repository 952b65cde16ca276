"""How the record was found when it was last proved."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property

from django.utils import timezone

from generations.models import AuditEntry, RecordHead
from generations.queries import keeping
from generations.queries.record import last_check
from generations.viewer import Viewer

LATE = timedelta(hours=36)
"""After so long without a proof of the record something is wrong with the workers."""


class CheckPage:
    """How the record was found when it was last proved, and what to do."""

    def __init__(self, viewer: Viewer, compared: str | None = None) -> None:
        self.viewer = viewer
        self.compared = compared
        """What is wrong with a head that was uploaded; "" nothing, None: none was."""

    @cached_property
    def head(self) -> RecordHead:
        return keeping.record_head()

    @property
    def broken(self) -> int | None:
        """The number of the first entry that did not hold."""
        return self.head.broken_number

    @cached_property
    def last(self) -> AuditEntry | None:
        """The entry of the last proof that found it whole."""
        return last_check()

    @property
    def is_late(self) -> bool:
        """Whether nobody has proved it for long, though there is something to prove."""
        proved = self.head.checked_at or (self.last.at if self.last else None)
        if proved is None:
            return self.head.number > 0 and self.head.at is not None and timezone.now() - self.head.at > LATE
        return timezone.now() - proved > LATE
