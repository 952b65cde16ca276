"""What the reader of today makes of kept answers of failed generations, and having the workers take that up."""

from __future__ import annotations

import time

from generations.errors import BadPicture, GenerationError, NotStored, PictureNotFetched, ReadingStopped
from generations.models import Generation
from generations.models.reread import Reread
from generations.models.storage import Missing
from generations.pipeline import look_again

AT_ONCE = 50
SECONDS = 20
"""After so long a portion ends, however much of it is left: a lease covers it."""


def outcome_of(generation: Generation) -> str | None:
    """The kind of failure that its answer is today, "" for pictures, None where no answer is kept or this one cannot be
    read here: that says nothing of the answer. Raises NotStored while the storage does not answer."""
    try:
        found = look_again(generation)
    except (Missing, ReadingStopped):
        return None
    return found.kind if found else None


def is_otherwise(generation: Generation, outcome: str | None) -> bool:
    """Whether this is another outcome than when its answer was last read. Pictures that could not be had were read:
    reading them once more changes nothing. What broke before it was read to its end amounted to how it ended."""
    attempt = generation.attempts.last()
    was = attempt.kind if attempt else ""
    if not was and not issubclass(generation.error or GenerationError, (PictureNotFetched, BadPicture)):
        was = generation.kind
    return outcome not in (None, was)


def read_portion(reread: Reread) -> bool:
    """Read the next answers; what is read otherwise than it was is taken up by a worker, for free. Whether any is
    left. Raises NotStored while the storage does not answer; the next portion begins where it was asked."""
    end, portion = time.monotonic() + SECONDS, reread.next_ones(AT_ONCE)
    if not portion:
        reread.finish()
        return False
    for generation in portion:
        if time.monotonic() > end:
            break
        before = reread.last
        if not reread.go_on(generation):
            return False
        try:
            outcome = outcome_of(generation)
        except NotStored:
            reread.go_back(before)
            raise
        was = generation.kind
        is_taken_up = is_otherwise(generation, outcome) and generation.read_again()
        if outcome is not None:
            reread.note([{"generation": generation.key, "was": was, "now": outcome}] if is_taken_up else [])
    return True
