"""Where a job on a picture is done: a small one in this process, a large one in a child that may be lost. Whatever
becomes of the child, here it is a BadPicture with a sentence."""

import threading

from generations.errors import BadPicture
from generations.imaging import pixels
from generations.isolation import Overrun, Pool

SMALL = 8_000_000
MEMORY = 2 * 1024**3
SECONDS = 30
AT_ONCE = 2

children = Pool(pixels.__name__, at_once=AT_ONCE, seconds=SECONDS, cpu_seconds=2 * SECONDS, memory=MEMORY)
_turns = threading.BoundedSemaphore(2 * AT_ONCE)


def work(job: str, data: bytes, name: str, size: int, **options: object) -> list[bytes]:
    """Does a job of `pixels.JOBS` on a picture of so many pixels; at most two large ones at once. Raises BadPicture;
    Cancelled or TimedOut when the scope of this thread is cut or over."""
    if size <= SMALL:
        with _turns:
            return pixels.do(job, data, name, options)
    try:
        answer, pieces = children.run(job, {"name": name, **options}, [data])
    except Overrun as error:
        raise BadPicture("This picture could not be opened within the memory and time one picture is given.") from error
    if "refused" in answer:
        raise BadPicture(str(answer["refused"]))
    return pieces
