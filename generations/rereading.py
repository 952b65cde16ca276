"""What the reader of today makes of kept answers of failed generations, and having the workers take that up."""

from __future__ import annotations

import time

from generations.errors import GenerationError
from generations.models import Generation
from generations.models.reread import Reread
from generations.pipeline import look_again

AT_ONCE = 50
SECONDS = 20
"""After so long a portion ends, however much of it is left: a lease covers it."""


def outcome_of(generation: Generation) -> str | None:
    """The kind of failure that its answer is today, "" for pictures, None where no answer is kept."""
    try:
        found = look_again(generation)
    except GenerationError as error:
        return error.kind
    return found.kind if found else None


def read_portion(reread: Reread) -> bool:
    """Read the next answers; what is read otherwise than it was is taken up by a worker, for free. Whether any is
    left."""
    end, portion = time.monotonic() + SECONDS, reread.next_ones(AT_ONCE)
    if not portion:
        reread.finish()
        return False
    for generation in portion:
        if time.monotonic() > end:
            break
        if not reread.go_on(generation):
            return False
        outcome, was = outcome_of(generation), generation.kind
        is_taken_up = outcome not in (None, was) and generation.read_again()
        if outcome is not None:
            reread.note([{"generation": generation.key, "was": was, "now": outcome}] if is_taken_up else [])
    return True
