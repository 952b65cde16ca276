"""kombu's filesystem transport, made safe for concurrent processes and crashes: the broker without a server.

kombu writes a message under its final name, so a reader can take an empty file and the worker exits over it. Here a
message appears by a rename. A message that a crash cut short is ignored, since its row is notified again.
"""

import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps

MAX_READS = 20


class Channel(filesystem.Channel):
    """A channel that writes each message to a temporary name and renames it."""

    # kombu's file channel and its abstract one disagree on the types of these two; these are the file channel's.
    def _put(self, queue: str, payload: Any, **kwargs: object) -> None:  # type: ignore[override]
        name = f"{time.time_ns()}_{uuid.uuid4()}.{queue}.msg"
        part = Path(self.data_folder_out, f"{name}.part")
        part.write_text(dumps(payload), encoding="utf-8")
        part.rename(part.with_name(name))

    def _get(self, queue: str) -> Any:  # type: ignore[override]  # as above
        try:
            return super()._get(queue)
        except ValueError:
            raise Empty from None

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        for left in reversed(range(MAX_READS)):
            try:
                return super()._queue_bind(exchange, routing_key, pattern, queue)
            except ValueError:  # another process is writing the table
                if not left:
                    raise
                time.sleep(0.05)

    def get_table(self, exchange: str) -> list[Any]:
        for _ in range(MAX_READS):
            try:
                return super().get_table(exchange)
            except ValueError:
                time.sleep(0.05)
        return super().get_table(exchange)


class Transport(filesystem.Transport):
    """The transport behind `filesystem://`."""

    Channel = Channel
