"""The request parser: limits on body size and rate, strict parsing, and the client that an upload counts for."""

from __future__ import annotations

import time
from contextlib import suppress
from functools import cache
from ipaddress import IPv4Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest
from django.http.cookie import parse_cookie
from django.http.request import split_domain_port
from django.urls import reverse
from django.utils.translation import get_language_from_request, override
from django.utils.translation import gettext as _
from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.receiver import ChunkedReceiver
from waitress.utilities import Error, RequestEntityTooLarge, RequestHeaderFieldsTooLarge

from imageweb.server import limits
from imageweb.server.limits import TAKE_FILES


class TooLarge(RequestEntityTooLarge):
    """413 with one sentence as its body."""

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        body = f"{self.body}\n".encode()
        return f"{self.code} {self.reason}", [("Content-Type", "text/plain; charset=utf-8")], body


class TooManyUploads(Error):
    """503 with one sentence as its body, and Retry-After."""

    code = 503
    reason = "Service Unavailable"

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Retry-After", str(limits.RETRY_AFTER_SECONDS))]
        return f"{self.code} {self.reason}", headers, f"{self.body}\n".encode()


class Request(HTTPRequestParser):
    """A request that is being received: its header within STALL_SECONDS, its body at MIN_UPLOAD_RATE on average and
    never without a byte for longer than BODY_STALL_SECONDS. Bytes that arrived early do not extend that."""

    error: Error | None
    limit = 0
    client = ""
    is_counted = False  # as one of the concurrent uploads

    def __init__(self, adjustments: Adjustments) -> None:
        super().__init__(adjustments)
        self.began_at = time.monotonic()
        self.deadline = self.began_at + limits.STALL_SECONDS

    def is_overdue(self) -> bool:
        return time.monotonic() > self.deadline

    def parse_header(self, header_plus: bytes) -> None:
        """Refuse ambiguous framing, which a proxy in front may read differently (request smuggling), and malformed
        numbers and addresses."""
        try:
            super().parse_header(header_plus)
        except ValueError as error:
            raise ParsingError("A number or an address is malformed") from error
        if self.chunked and "CONTENT_LENGTH" in self.headers:
            raise ParsingError("Content-Length beside Transfer-Encoding")
        self.limit = limit_of(self.path, self.headers.get("COOKIE", ""), self.adj.max_request_body_size)

    def received(self, data: bytes) -> int:
        """Refuse a body by its announced length before any of it is kept, and one without a length as it arrives. What
        surrounds the chunks of a chunked body is limited to the size of headers."""
        is_body = self.body_rcv is not None
        consumed: int = super().received(data)
        if is_body:
            most = time.monotonic() + limits.BODY_STALL_SECONDS
            self.deadline = min(self.deadline + consumed / limits.MIN_UPLOAD_RATE, most)
        around = self.body_rcv
        is_large = self.error is None and max(self.content_length, self.body_bytes_received) > self.limit
        if is_large or isinstance(self.error, RequestEntityTooLarge):
            self.error = TooLarge(self.refusal)
        elif (
            isinstance(around, ChunkedReceiver)
            and len(around.control_line) + len(around.trailer) > limits.MAX_HEADER_BYTES
        ):
            self.error = RequestHeaderFieldsTooLarge(f"exceeds {limits.MAX_HEADER_BYTES} around the chunks")
        if self.error is not None:
            self.completed = True
        if self.completed:
            self.expect_continue = False  # or waitress asks for the body nevertheless, and waits for it
        return consumed

    def refuse(self, error: Error) -> None:
        """Answer with this error without waiting for the body."""
        self.error, self.completed, self.expect_continue = error, True, False

    @property
    def busy(self) -> str:
        """The sentence for someone whose upload has no place now."""
        with override(self.language):
            return _("Too many uploads are running. Try again in a few seconds.")

    @property
    def is_upload(self) -> bool:
        """Whether the body is larger than that of a form."""
        form = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        return self.limit > form and (self.chunked or self.content_length > form)

    @property
    def shortfall(self) -> float:
        """The bytes by which the body is behind MIN_UPLOAD_RATE; negative when it is ahead."""
        return (time.monotonic() - self.began_at) * limits.MIN_UPLOAD_RATE - self.body_bytes_received

    @property
    def language(self) -> str:
        """The language its browser asks for; whose it is, and what they chose, is not known yet."""
        asking = HttpRequest()
        asking.META["HTTP_ACCEPT_LANGUAGE"] = self.headers.get("ACCEPT_LANGUAGE", "")
        return get_language_from_request(asking)

    @property
    def refusal(self) -> str:
        """The sentence for someone who sent too much."""
        with override(self.language):
            if self.path not in upload_paths():
                sentence = _("The request is too large. At most %(limit)s MB can be sent here.")
                return sentence % {"limit": self.limit // 2**20}
            if self.limit < self.adj.max_request_body_size:
                return _("Sign in before you upload pictures.")
            sentence = _("The files are too large. Together they may have %(limit)s MB.")
            return sentence % {"limit": settings.MAX_UPLOAD_BYTES // 2**20}


def limit_of(path: str, cookies: str, largest: int) -> int:
    """The largest body in bytes: that of a form, and `largest` at the paths that take files, for a client with a
    session cookie.

    Whether the session is valid is checked by Django. Django also refuses bodies slightly too large for pictures, with
    a page."""
    is_upload = path in upload_paths() and bool(parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME))
    return largest if is_upload else settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def client_of(remote: str, forwarded: str) -> str:
    """The client that an upload counts for: the address of the connection, or the one that the outermost of
    TRUSTED_PROXIES adds to X-Forwarded-For. An IPv6 client is its /64 network, since its owner has all addresses of
    it."""
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
