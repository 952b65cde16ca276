"""Runs a job on an image in this process or, when the image is large, in a child process that may be lost."""

import threading

from generations.errors import BadPicture
from generations.imaging import pixels
from generations.isolation import Overrun, Pool
from generations.translatable import Message, from_json

MAX_PIXELS_IN_PROCESS = 8_000_000
MEMORY = 2 * 1024**3
SECONDS = 30
MAX_CHILDREN = 2

pool = Pool(pixels.__name__, size=MAX_CHILDREN, seconds=SECONDS, cpu_seconds=2 * SECONDS, memory=MEMORY)
_slots = threading.BoundedSemaphore(2 * MAX_CHILDREN)


def run_job(job: str, data: bytes, name: str, size: int, **options: object) -> list[bytes]:
    """Run one of `pixels.JOBS` on an image of the format `name` with `size` pixels; returns its results.

    At most two large images are worked on at a time. Raises BadPicture, also where a child process fails; Cancelled or
    TimedOut when the current cancel scope ends.
    """
    if size <= MAX_PIXELS_IN_PROCESS:
        with _slots:
            return pixels.run(job, data, name, options)
    try:
        answer, pieces = pool.run(job, {"name": name, **options}, [data])
    except Overrun as error:
        raise BadPicture(
            Message("Opening this picture took more memory or time than one picture is allowed.")
        ) from error
    if "refused" in answer:
        raise BadPicture(from_json(answer["refused"]))
    return pieces
