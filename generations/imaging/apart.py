"""Where a job on a picture is done: a small one in this process, a large one in a child that may be lost.

The child has a bounded address space, no file to write and no secret in its environment, and is killed when it takes
too long. Whatever becomes of it, here it is a BadPicture with a sentence.
"""

import json
import os
import resource
import subprocess
import sys
import threading
from pathlib import Path

from generations.errors import BadPicture
from generations.imaging.pixels import do

SMALL = 8_000_000
MEMORY = 2 * 1024**3
SECONDS = 30
AT_ONCE = 2

_turns = {"small": threading.BoundedSemaphore(2 * AT_ONCE), "large": threading.BoundedSemaphore(AT_ONCE)}


def work(job: str, data: bytes, name: str, pixels: int, **options: object) -> list[bytes]:
    """Does a job of `pixels.JOBS` on a picture of so many pixels; at most two large ones at once. Raises BadPicture."""
    if pixels <= SMALL:
        with _turns["small"]:
            return do(job, data, name, options)
    with _turns["large"]:
        return _in_a_child(job, data, name, options)


def _in_a_child(job: str, data: bytes, name: str, options: dict[str, object]) -> list[bytes]:
    try:
        child = subprocess.run(  # noqa: S603  (our own interpreter and module)
            [sys.executable, "-m", __name__, job, name, json.dumps(options)],
            input=data,
            capture_output=True,
            cwd=Path(__file__).parents[2],
            env=_environment(),
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise BadPicture(f"This picture took longer than {SECONDS} s to open.") from error
    if child.returncode != 0:
        raise BadPicture("This picture could not be opened within the memory and time one picture is given.")
    head, _, rest = child.stdout.partition(b"\n")
    answer = json.loads(head)
    if "refused" in answer:
        raise BadPicture(answer["refused"])
    pieces = []
    for length in answer["lengths"]:
        pieces.append(rest[:length])
        rest = rest[length:]
    return pieces


def _environment() -> dict[str, str]:
    """What an interpreter may need to start; VIPS_DISC_THRESHOLD since the child may write no temporary file."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH") if name in os.environ}
    return kept | {"VIPS_DISC_THRESHOLD": "4g", "MALLOC_ARENA_MAX": "2"}


def main() -> None:
    """The child: the job in the arguments, the picture on standard input, the answer on standard output."""
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, 2 * SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    job, name, options = sys.argv[1:]
    try:
        pieces = do(job, sys.stdin.buffer.read(), name, json.loads(options))
        answer: dict[str, object] = {"lengths": [len(piece) for piece in pieces]}
    except BadPicture as refusal:
        pieces, answer = [], {"refused": refusal.detail}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + b"".join(pieces))


if __name__ == "__main__":
    main()
