"""Facts: rows that say what somebody decided or set, and when. They are added, never changed and never taken out alone.

A later fact replaces an earlier one by being newer, so that it can always be said what held at a time, and by whom."""

from __future__ import annotations

from typing import Any

from django.db import models


class Fact(models.Model):
    """A row that is written once."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises TypeError for a row that is there already."""
        if not self._state.adding:
            raise TypeError(f"A {self._meta.verbose_name} is never changed: add a new one.")
        super().save(*args, **kwargs)
