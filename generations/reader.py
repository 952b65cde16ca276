"""Answers are read in a child process: no text that a model or a gateway can write holds up anybody else."""

import os
from collections.abc import Collection, Mapping

from generations.errors import ReadingStopped
from generations.isolation import Overrun, Pool
from generations.protocol import reading
from generations.protocol.answer import Answer

SECONDS = 30
CPU_SECONDS = 10
AT_ONCE = max(2, min(4, os.cpu_count() or 1))
JOBS = 500
MEMORY = 512 * 1024**2
MEMORY_FOR_EACH_BYTE = 16


class Reader:
    """Reads answers of at most `max_body` bytes, each within so many seconds of work and so much memory."""

    def __init__(self, max_body: int) -> None:
        self.children = Pool(
            reading.__name__,
            at_once=AT_ONCE,
            seconds=SECONDS,
            cpu_seconds=CPU_SECONDS,
            memory=MEMORY + MEMORY_FOR_EACH_BYTE * max_body,
            jobs=JOBS,
        )

    def warm(self) -> None:
        """Have a child ready by the time an answer is there."""
        self.children.warm()

    def read(
        self,
        body: bytes,
        *,
        status: int = 200,
        headers: Mapping[str, str] = {},
        request: bytes | None = None,
        sent: Collection[str] = (),
        base_url: str = "",
        ended: bool = True,
        owner: object = None,
    ) -> Answer:
        """As `response.read`, but without tool calls and what a structured answer was parsed to. `request` is best
        given as it is kept, with markers for its pictures, which `sent` names. `owner` is whose it is: no provider's
        answers take all places.

        Raises ReadingStopped past the limits; Cancelled or TimedOut when the scope of this thread is cut or over."""
        options = {
            "status": status,
            "headers": dict(headers),
            "sent": list(sent),
            "base_url": base_url,
            "ended": ended,
        }
        parts = [body] if request is None else [body, request]
        try:
            return reading.deserialized(*self.children.run("read", options, parts, owner=owner))
        except Overrun as error:
            raise ReadingStopped(str(error)) from error
