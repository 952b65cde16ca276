"""Reads answers in child processes, so that no text of a model or gateway can hold up the worker."""

import os
from collections.abc import Collection, Mapping

from generations.errors import ReadingStopped
from generations.isolation import Overrun, Pool
from generations.protocol import reading
from generations.protocol.answer import Answer

SECONDS = 30
CPU_SECONDS = 10
MAX_CHILDREN = max(2, min(4, os.cpu_count() or 1))
JOBS_PER_CHILD = 500
MEMORY = 512 * 1024**2
MEMORY_PER_BYTE = 16


class Reader:
    """Reads answers of at most `max_body` bytes, each within limits of time and memory."""

    def __init__(self, max_body: int) -> None:
        self.pool = Pool(
            reading.__name__,
            size=MAX_CHILDREN,
            seconds=SECONDS,
            cpu_seconds=CPU_SECONDS,
            memory=MEMORY + MEMORY_PER_BYTE * max_body,
            jobs=JOBS_PER_CHILD,
        )

    def warm(self) -> None:
        """Start a child process ahead of the answer."""
        self.pool.warm()

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
        """As `response.read`, but without tool calls and the parsed structure. `owner` is the provider the answer came
        from: the answers of one never take all child processes. `request` is best given as it is kept, with markers
        for its pictures, which `sent` names.

        Raises ReadingStopped past the limits; Cancelled or TimedOut when the current cancel scope ends.
        """
        options = {
            "status": status,
            "headers": dict(headers),
            "sent": list(sent),
            "base_url": base_url,
            "ended": ended,
        }
        parts = [body] if request is None else [body, request]
        try:
            return reading.deserialized(*self.pool.run("read", options, parts, owner=owner))
        except Overrun as error:
            raise ReadingStopped(error.detail) from error
