"""Where the chain of the record ends."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from generations.models.key import now

START = "0" * 64
"""The hash before the first entry."""


class RecordHead(models.Model):
    """Where the chain ends: one row, locked by whoever adds to it until their transaction ends. Entries up to
    `pruned_to` may be deleted. It also says how the chain was found when it was last proved."""

    number = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=START)
    at = models.DateTimeField(null=True)
    pruned_to = models.BigIntegerField(default=0)
    # Without a default: SQLite adds such a column without making the table anew, which a trigger names.
    checked_at = models.DateTimeField(null=True, help_text=_("When the chain was last proved."))
    broken_number = models.BigIntegerField(null=True, help_text=_("The first entry that did not hold then."))
    check_asked_at = models.DateTimeField(null=True, help_text=_("When somebody last asked for a proof."))

    def __str__(self) -> str:
        return str(self.number)

    @property
    def is_check_due(self) -> bool:
        """Whether somebody asked for a proof that was not made yet."""
        asked, checked = self.check_asked_at, self.checked_at
        return asked is not None and (checked is None or checked < asked)

    @classmethod
    def ask_for_check(cls) -> None:
        """Have the chain proved by a worker, at its next sweep."""
        cls.objects.update(check_asked_at=now())
