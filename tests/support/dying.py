"""A hurried worker that dies where a prompt tells it to, once: `celery -A tests.support.dying worker`.

A prompt that ends in "(after the claim)" has its worker killed there by SIGKILL; the next worker goes on.
"""

import os
import signal
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from django.conf import settings

from tests.support.hurried import app  # isort: skip  (it makes Django ready)

from generations import pipeline
from generations.models import Generation


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def is_told(generation: Generation, step: str) -> bool:
    """Whether this generation's worker is to die at this step and has not yet."""
    mark = Path(settings.DATA_DIR, f"died {step}")
    if not generation.batch.prompt.endswith(f"({step})") or mark.exists():
        return False
    mark.touch()
    return True


def before(step: str, act: Callable[..., Any]) -> Callable[..., Any]:
    """The same act, which a worker that is told so does not live to begin."""

    @wraps(act)
    def deadly(generation: Generation, *args: Any, **kwargs: Any) -> Any:
        if is_told(generation, step):
            die()
        return act(generation, *args, **kwargs)

    return deadly


def opened(act: Callable[..., Any]) -> Callable[..., Any]:
    """Opening an attempt, after which a worker dies."""

    @wraps(act)
    def deadly(generation: Generation, **call: Any) -> Any:
        attempt = act(generation, **call)
        if is_told(generation, "after the attempt"):
            die()
        return attempt

    return deadly


pipeline.run = before("after the claim", pipeline.run)
Generation.open_attempt = opened(Generation.open_attempt)
pipeline.ingest = before("after the answer", pipeline.ingest)
Generation.arriving = before("after the first file", Generation.arriving)
Generation.succeed = before("before the end", Generation.succeed)

__all__ = ["app"]
