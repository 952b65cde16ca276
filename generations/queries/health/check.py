"""A check of one part: how it is, a sentence that says so, and the times and sizes in such sentences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from generations.translatable import Message, PluralMessage

MB, GB = 2**20, 2**30


class State(StrEnum):
    """How a part is. A part that fails makes the installation not ready; one that warns wants somebody to look."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    OFF = "off"


@dataclass(frozen=True)
class Check:
    """A part, how it is, a sentence that says so, and what to do; `word` is its state in short. All are texts to be
    translated. `place` is where the part is, for administrators alone."""

    name: str
    state: State
    sentence: str
    advice: str = ""
    word: str = ""
    place: str = ""

    @property
    def is_well(self) -> bool:
        return self.state in (State.OK, State.OFF)


def seconds_since(moment: datetime) -> float:
    return (datetime.now(UTC) - moment).total_seconds()


def age_text(seconds: float) -> Message:
    """A time in its largest fitting unit: 48 seconds, 5 minutes, 26 hours, 3 days."""
    whole = max(0, round(seconds))
    if whole < 120:
        return PluralMessage("%(number)s second", "%(number)s seconds", whole)
    minutes, hours, days = whole // 60, whole // 3600, whole // (24 * 3600)
    if hours < 2:
        return PluralMessage("%(number)s minute", "%(number)s minutes", minutes)
    if hours < 48:
        return PluralMessage("%(number)s hour", "%(number)s hours", hours)
    return PluralMessage("%(number)s day", "%(number)s days", days)


def size_text(size: float) -> Message:
    """Bytes as MB, or as GB from one on."""
    if size < GB:
        return Message("%(number)s MB", number=round(size / MB))
    return Message("%(number)s GB", number=round(size / GB, 1) if size < 100 * GB else round(size / GB))
