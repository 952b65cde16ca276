"""Answers that are made while they are read, such as an archive: nobody holds more of one than a few pieces, and a
thread works on it only while it makes some of them, however slow its reader is."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from typing import Any

from waitress.buffers import ReadOnlyFileBasedBuffer

from imageweb.server import limits

log = logging.getLogger(__name__)

Application = Callable[..., Any]


class Stream(ReadOnlyFileBasedBuffer):
    """An output buffer of a channel that is filled up to AHEAD bytes by the threads of `makers` and given away by the
    one that sends. waitress takes it as it takes an open file, from which it differs in that there may be nothing to
    send yet: `is_empty`.

    `body` is the streaming answer of the application. Only one thread at a time is in it, also to close it."""

    remain: int

    def __init__(self, body: Any, makers: Executor) -> None:
        self.body = body
        self.makers = makers
        self.pieces: Iterator[bytes] = iter(body)
        self.remain = 0
        self.tell: Callable[[], None] = lambda: None
        self.is_broken = False
        self._made: deque[memoryview] = deque()
        self._ahead = 0
        self._lock = threading.Lock()
        self._is_making = self._is_over = self._is_closed = False

    def __next__(self) -> bytes:
        """One piece after another, for an answer whose length nobody knows: waitress sends that as it comes."""
        return next(self.pieces)

    next = __next__

    def prepare(self, size: int | None = None) -> int:
        """How many bytes will come: what Content-Length says."""
        self.remain = size or 0
        return self.remain

    def begin(self, tell: Callable[[], None]) -> None:
        """Start to fill; `tell` is called in another thread when there is something to send, or never will be."""
        self.tell = tell
        self._fill()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to send before `tell` is called."""
        return self.remain > 0 and not self._made and not self.is_broken

    def get(self, numbytes: int = -1, skip: bool = False) -> memoryview:
        with self._lock:
            data = self._made[0][: self.remain] if self._made else memoryview(b"")
        data = data[:numbytes] if numbytes >= 0 else data
        if skip:
            self.skip(len(data))
        return data

    def skip(self, numbytes: int, allow_prune: bool = False) -> None:
        """So many bytes of the first piece were sent."""
        with self._lock:
            if not self._made:
                return
            rest = self._made.popleft()[numbytes:]
            if rest:
                self._made.appendleft(rest)
            self.remain -= numbytes
            self._ahead -= numbytes
        self._fill()

    def close(self) -> None:
        """The answer is sent, or nobody reads it any more."""
        with self._lock:
            was_closed, self._is_closed = self._is_closed, True
            self._made.clear()
            if was_closed or self._is_making:
                return  # in the latter case who makes it ends it
        self.body.close()

    def _fill(self) -> None:
        with self._lock:
            if self._is_making or self._is_over or self._is_closed or self._ahead > limits.STREAM_BUFFER // 2:
                return
            self._is_making = True
        self.makers.submit(self._make)

    def _make(self) -> None:
        while self._is_making:
            piece, is_broken = b"", False
            try:
                piece = b"" if self._is_closed else next(self.pieces, b"")
            except Exception:
                is_broken = True
                log.exception("an answer breaks off: it could not be made to its end")
            with self._lock:
                self._is_over, was_empty = not piece, not self._made
                if piece and not self._is_closed:
                    self._made.append(memoryview(piece))
                    self._ahead += len(piece)
                self.is_broken = is_broken or (self._is_over and self._ahead < self.remain)
                self._is_making = not (self._is_over or self._is_closed or self._ahead >= limits.STREAM_BUFFER)
                is_closed = self._is_closed
            if was_empty or self.is_broken:
                self.tell()
        if is_closed:
            self.body.close()


def streaming(application: Application, makers: Executor) -> Application:
    """The application, its streaming answers as a Stream; files are sent as waitress does."""

    def answer(environ: dict[str, Any], start_response: Callable[..., object]) -> Any:
        body = application(environ, start_response)
        return Stream(body, makers) if getattr(body, "streaming", False) else body

    return answer
