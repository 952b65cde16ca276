"""A connection: one request at a time, and no patience with who does not read."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from functools import partial
from typing import Any

from waitress.channel import HTTPChannel
from waitress.task import WSGITask

from imageweb.server import limits
from imageweb.server.parser import Request, TooManyUploads, client_of
from imageweb.server.stream import Stream


class Answer(WSGITask):
    """An answer that ends its connection only where its end could not be seen otherwise: 204 and 304 have no body."""

    def set_close_on_finish(self) -> None:
        if self.has_body or self.request.connection_close or self.version != "1.1":
            super().set_close_on_finish()


class Channel(HTTPChannel):
    """A connection, and what it waits for.

    Pipelined requests are read one at a time: before waitress makes a second answer, the thread that made the first
    waits until that is read. `behind` is what came in one packet with a request; nothing is read until it was."""

    parser_class = Request
    task_class = Answer
    close_when_flushed: bool
    request: Request | None
    behind = b""
    overdue_at = 0.0
    is_refusing = False
    linger_until: float | None = None

    def is_busy(self) -> bool:
        """Whether something of a request or of its answer is on the way."""
        return bool(self.request or self.requests or self.total_outbufs_len)

    def may_make_room(self) -> bool:
        """Whether it may end for a new connection: no request is being answered, and none is an upload, whose number
        is bounded in another way."""
        is_upload = self.request is not None and self.request.is_counted
        return not (self.requests or self.total_outbufs_len or is_upload)

    def is_overdue(self) -> bool:
        """Whether its client is too slow to be waited for."""
        if self.linger_until is not None:
            return time.monotonic() > self.linger_until
        if self.total_outbufs_len:
            return time.monotonic() > self.overdue_at
        return self.request is not None and self.request.is_overdue()

    def service(self) -> None:
        self.is_refusing = self.requests[0].error is not None
        super().service()

    def readable(self) -> bool:
        return not self.behind and self.is_ready()

    def writable(self) -> bool:
        if self.has_nothing_yet():
            self.overdue_at = time.monotonic() + limits.PATIENCE  # it is not its reader who is slow
            if not self.will_close:
                return False
        return bool(super().writable()) or bool(self.behind and self.is_ready())

    def has_nothing_yet(self) -> bool:
        """Whether the answer is a stream of which nothing is made that was not sent."""
        first = self.outbufs[0]
        return isinstance(first, Stream) and first.is_empty

    def is_ready(self) -> bool:
        """Whether all answers are sent and another request may follow."""
        return bool(super().readable())

    def handle_write(self) -> None:
        """Sends, and reads what came behind the request once its answer is sent."""
        self.flush()
        if self.behind and self.connected and self.is_ready():
            data, self.behind = self.behind, b""
            self.received(data)

    def flush(self) -> None:
        """After a refusal, or with requests that get no answer, ends its own side first: a socket that is closed with
        bytes unread resets the connection, and the client may lose the end of the answer."""
        is_last = self.close_when_flushed and bool(self.is_refusing or self.behind)
        if is_last:
            self.close_when_flushed = False
        super().handle_write()
        if is_last and self.total_outbufs_len:
            self.close_when_flushed = True
        elif is_last and self.connected:
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)
            self.linger_until = time.monotonic() + limits.LINGER_SECONDS

    def received(self, data: bytes) -> bool:
        """Takes one request. Whether the data was of use; what comes after a refusal is not."""
        with self.requests_lock:
            if self.linger_until is not None or self.will_close or self.close_when_flushed:
                return False
            while data and not self.requests:
                data = data[self.take(data) :]
            self.behind = data
        return True

    def take(self, data: bytes) -> int:
        """How many of the bytes belong to the request that is being read."""
        request = self.request = self.request or Request(self.adj)
        count = request.received(data)
        if request.is_upload and not (request.is_counted or request.completed):
            request.client = client_of(self.addr[0], request.headers.get("X_FORWARDED_FOR", ""))
            request.is_counted = self.server.has_place_for(request)
            if not request.is_counted:
                request.refuse(TooManyUploads("Many files are being sent now. Try again in a few seconds."))
        if request.expect_continue:
            self.await_reader()
            self.send_continue()
        if request.completed:
            self.request = None
            if not request.empty:
                self.requests.append(request)
                self.server.add_task(self)
        return count

    def handle_close(self) -> None:
        super().handle_close()
        if self.request is not None:
            self.request.close()  # with the file that its body lies in

    def write_soon(self, data: Any) -> int:
        self.await_reader()
        count: int = super().write_soon(data)
        if isinstance(data, Stream):
            data.begin(partial(self.take_up, data))
        return count

    def take_up(self, stream: Stream) -> None:
        """Some of a stream was made, or it broke: then the connection ends, as nothing else says so to its reader.
        Called by the thread that makes it."""
        if stream.is_broken:
            self.will_close = True
        self.server.pull_trigger()

    def await_reader(self) -> None:
        """Patience with who reads an answer begins when there is something to read, however long it took to make."""
        if not self.total_outbufs_len:
            self.overdue_at = time.monotonic() + limits.PATIENCE

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Buys patience with what is read, at MIN_READING_SPEED and never more than there was at first: a byte now and
        then keeps no file on the disk."""
        count: int = super().send(data, do_close)
        self.overdue_at = min(self.overdue_at + count / limits.MIN_READING_SPEED, time.monotonic() + limits.PATIENCE)
        return count
