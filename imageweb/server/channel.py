"""A connection: one request at a time, and a deadline for whoever does not read the answer."""

from __future__ import annotations

import logging
import socket
import time
from contextlib import suppress
from functools import partial
from typing import Any

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask, WSGITask

from imageweb.logs import new_request_id, request_id
from imageweb.server import limits
from imageweb.server.parser import Request, TooManyUploads, client_of
from imageweb.server.stream import Stream

requests_log = logging.getLogger("imageweb.requests")


class Answer(WSGITask):
    """A response that closes its connection only where its end cannot be told otherwise: 204 and 304 have no body."""

    def set_close_on_finish(self) -> None:
        if self.has_body or self.request.connection_close or self.version != "1.1":
            super().set_close_on_finish()


class Refusal(ErrorTask):
    """A response of the server itself, which the application never sees: it has an id and a line in the log as well."""

    def execute(self) -> None:
        number = new_request_id(self.request.headers.get("X_REQUEST_ID", ""))
        method = getattr(self.request, "command", "-") if self.request.headers else "-"  # waitress makes up a GET
        status = self.request.error.code
        token = request_id.set(number)
        requests_log.info("%s - %d", method, status, extra={"fields": {"method": method, "status": status}})
        request_id.reset(token)
        self.response_headers.append(("X-Request-ID", number))
        super().execute()


class Channel(HTTPChannel):
    """A connection and its deadlines.

    Pipelined requests are read one at a time: before waitress makes a second answer, the thread that made the first
    waits until that is sent. `pipelined` is what arrived in one packet with a request; nothing more is read until it is
    handled."""

    parser_class = Request
    task_class = Answer
    error_task_class = Refusal
    close_when_flushed: bool
    request: Request | None
    pipelined = b""
    deadline = 0.0
    is_refusing = False
    linger_until: float | None = None

    def is_busy(self) -> bool:
        """Whether a request is being received or an answer is still to be sent."""
        return bool(self.request or self.requests or self.total_outbufs_len)

    def is_evictable(self) -> bool:
        """Whether it may be closed in favour of a new connection: no request is being answered, and none is an upload,
        whose number has a limit of its own."""
        is_upload = self.request is not None and self.request.is_counted
        return not (self.requests or self.total_outbufs_len or is_upload)

    def is_overdue(self) -> bool:
        """Whether its client is too slow and the connection has to be closed."""
        if self.linger_until is not None:
            return time.monotonic() > self.linger_until
        if self.total_outbufs_len:
            return time.monotonic() > self.deadline
        return self.request is not None and self.request.is_overdue()

    def service(self) -> None:
        self.is_refusing = self.requests[0].error is not None
        super().service()

    def readable(self) -> bool:
        return not self.pipelined and self.is_ready()

    def writable(self) -> bool:
        if self.has_nothing_yet():
            self.deadline = time.monotonic() + limits.STALL_SECONDS  # it is not its reader who is slow
            if not self.will_close:
                return False
        return bool(super().writable()) or bool(self.pipelined and self.is_ready())

    def has_nothing_yet(self) -> bool:
        """Whether the answer is a stream of which nothing is made that was not sent."""
        first = self.outbufs[0]
        return isinstance(first, Stream) and first.is_empty

    def is_ready(self) -> bool:
        """Whether all answers are sent and the next request may be read."""
        return bool(super().readable())

    def handle_write(self) -> None:
        """Send; once the answer is sent, read the next pipelined request."""
        self.flush()
        if self.pipelined and self.connected and self.is_ready():
            data, self.pipelined = self.pipelined, b""
            self.received(data)

    def flush(self) -> None:
        """Send. After a refusal, or before unread requests, shut down the sending side first: closing a socket with
        unread bytes resets the connection, and the client may lose the end of the answer."""
        is_last = self.close_when_flushed and bool(self.is_refusing or self.pipelined)
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
        """Take the data of one request. Returns whether it was used; data after a refusal is not."""
        with self.requests_lock:
            if self.linger_until is not None or self.will_close or self.close_when_flushed:
                return False
            while data and not self.requests:
                data = data[self.take(data) :]
            self.pipelined = data
        return True

    def take(self, data: bytes) -> int:
        """Feed the current request. Returns how many of the bytes belong to it."""
        request = self.request = self.request or Request(self.adj)
        count = request.received(data)
        if request.is_upload and not (request.is_counted or request.completed):
            request.client = client_of(self.addr[0], request.headers.get("X_FORWARDED_FOR", ""))
            request.is_counted = self.server.admit_upload(request)
            if not request.is_counted:
                request.refuse(TooManyUploads(request.busy))
        if request.expect_continue:
            self.restart_read_deadline()
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
            self.request.close()  # and the temporary file of its body

    def write_soon(self, data: Any) -> int:
        self.restart_read_deadline()
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

    def restart_read_deadline(self) -> None:
        """Start the deadline of the reader when there is something to read, however long the answer took to make."""
        if not self.total_outbufs_len:
            self.deadline = time.monotonic() + limits.STALL_SECONDS

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Send, and extend the deadline by what was read, at MIN_DOWNLOAD_RATE and to STALL_SECONDS at most: a byte now
        and then keeps no file on the disk."""
        count: int = super().send(data, do_close)
        self.deadline = min(self.deadline + count / limits.MIN_DOWNLOAD_RATE, time.monotonic() + limits.STALL_SECONDS)
        return count
