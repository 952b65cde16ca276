"""A request that is being read: what it may bring, how fast it has to come, and who is counted as its client."""

from __future__ import annotations

import time
from contextlib import suppress
from functools import cache
from ipaddress import IPv4Address, IPv6Network, ip_address

from django.conf import settings
from django.http.cookie import parse_cookie
from django.http.request import split_domain_port
from django.urls import reverse
from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.receiver import ChunkedReceiver
from waitress.utilities import Error, RequestEntityTooLarge, RequestHeaderFieldsTooLarge

from imageweb.server import limits
from imageweb.server.limits import TAKE_FILES


class TooLarge(RequestEntityTooLarge):
    """413 with a sentence and nothing else."""

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        body = f"{self.body}\n".encode()
        return f"{self.code} {self.reason}", [("Content-Type", "text/plain; charset=utf-8")], body


class TooManyUploads(Error):
    """503 with a sentence, and when to come again."""

    code = 503
    reason = "Service Unavailable"

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Retry-After", str(limits.RETRY_SECONDS))]
        return f"{self.code} {self.reason}", headers, f"{self.body}\n".encode()


class Request(HTTPRequestParser):
    """A request that is being read: its header within half a minute, its body at MIN_SENDING_SPEED and never without a
    byte for longer than BODY_PATIENCE. What came quickly buys no patience for what does not come."""

    error: Error | None
    limit = 0
    client = ""
    is_counted = False  # among the uploads at once

    def __init__(self, adjustments: Adjustments) -> None:
        super().__init__(adjustments)
        self.began_at = time.monotonic()
        self.overdue_at = self.began_at + limits.PATIENCE

    def is_overdue(self) -> bool:
        return time.monotonic() > self.overdue_at

    def parse_header(self, header_plus: bytes) -> None:
        """Refuses what a proxy in front may have read otherwise, and numbers and addresses Python does not read."""
        try:
            super().parse_header(header_plus)
        except ValueError as error:
            raise ParsingError("A number or an address cannot be read") from error
        if self.chunked and "CONTENT_LENGTH" in self.headers:
            raise ParsingError("Content-Length beside Transfer-Encoding")
        self.limit = limit_of(self.path, self.headers.get("COOKIE", ""), self.adj.max_request_body_size)

    def received(self, data: bytes) -> int:
        """Refuses a body by its announced length before any of it is kept, and one without a length as it arrives.
        Holds what stands around the chunks of a body to the size of headers."""
        is_body = self.body_rcv is not None
        consumed: int = super().received(data)
        if is_body:
            most = time.monotonic() + limits.BODY_PATIENCE
            self.overdue_at = min(self.overdue_at + consumed / limits.MIN_SENDING_SPEED, most)
        around = self.body_rcv
        is_large = self.error is None and max(self.content_length, self.body_bytes_received) > self.limit
        if is_large or isinstance(self.error, RequestEntityTooLarge):
            self.error = TooLarge(self.refusal)
        elif (
            isinstance(around, ChunkedReceiver) and len(around.control_line) + len(around.trailer) > limits.HEADER_BYTES
        ):
            self.error = RequestHeaderFieldsTooLarge(f"exceeds {limits.HEADER_BYTES} around the chunks")
        if self.error is not None:
            self.completed = True
        if self.completed:
            self.expect_continue = False  # or waitress asks for a body all the same, and waits for it
        return consumed

    def refuse(self, error: Error) -> None:
        """Answer with this before the body came."""
        self.error, self.completed, self.expect_continue = error, True, False

    @property
    def is_upload(self) -> bool:
        """Whether more than a form is coming."""
        form = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        return self.limit > form and (self.chunked or self.content_length > form)

    @property
    def shortfall(self) -> float:
        """The bytes of the body by which this request is behind MIN_SENDING_SPEED; negative when it is ahead."""
        return (time.monotonic() - self.began_at) * limits.MIN_SENDING_SPEED - self.body_bytes_received

    @property
    def refusal(self) -> str:
        """What helps who sent too much."""
        if self.path not in upload_paths():
            return f"This is too much at once. At most {self.limit // 2**20} MB can be sent here."
        if self.limit < self.adj.max_request_body_size:
            return "Sign in before you send pictures."
        return f"This is too much at once. Files may have {settings.MAX_UPLOAD_BYTES // 2**20} MB together."


def limit_of(path: str, cookies: str, most: int) -> int:
    """The largest body in bytes: of a form, and more where pictures are brought by somebody who signed in.

    Whether the session is one, Django asks; here its cookie tells visitors from people. What is somewhat too large for
    pictures is Django's to refuse, with a page."""
    is_upload = path in upload_paths() and bool(parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME))
    return most if is_upload else settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def client_of(remote: str, forwarded: str) -> str:
    """Who is counted as one: the address of a connection, or the one that the outermost of TRUSTED_PROXIES names in
    X-Forwarded-For. Of an IPv6 address the network counts, since its owner has all addresses of it."""
    count, hops = settings.ALLAUTH_TRUSTED_PROXY_COUNT, forwarded.split(",")
    named = hops[-count].strip() if 0 < count <= len(hops) else ""
    for text in (named, remote):
        domain, _ = split_domain_port(text)  # some proxies name the port too
        with suppress(ValueError):
            address = ip_address((domain or text).strip("[]"))
            if isinstance(address, IPv4Address):
                return str(address)
            return str(address.ipv4_mapped or IPv6Network((int(address), 64), strict=False))
    return remote


@cache
def upload_paths() -> frozenset[str]:
    return frozenset(reverse(name) for name in TAKE_FILES)
