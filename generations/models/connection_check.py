"""A check of an endpoint: GET /models within a total time, and what the answer says of the address and the key. An
address that is nearly right is tried with the ending it lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.core.exceptions import ValidationError
from django.db import connection

from generations.errors import AddressRefused, InvalidRequest, Redirected, RequestTooLarge
from generations.models.adoption import MAX_NAME, MAX_NAMES, offered_names
from generations.models.endpoint import endpoint_of
from generations.models.provider import Provider
from generations.protocol.error_envelopes import error_in
from generations.protocol.error_pages import looks_like_page
from generations.protocol.exchange import Exchange
from generations.protocol.json import clean, read_json
from generations.wire import CancelScope

CHECK_SECONDS = 15
MAX_WORDS = 300
LISTED = ("ok", "bare_list", "empty")
"""Outcomes that give a list of models."""
ANOTHER_PATH = ("page", "unknown_path", "not_a_list")
"""Outcomes that another path may cure."""


@dataclass(frozen=True)
class ConnectionCheck:
    """What a check found. `outcome` is one word of those `outcome_of` gives, `better` an address that works where this
    one does not, or that the endpoint names itself; `words` are the endpoint's own."""

    outcome: str
    url: str = ""
    at: str = ""
    by: int | None = None
    seconds: float = 0
    status: int | None = None
    tls: str = ""
    certificate_until: str = ""
    names: tuple[str, ...] = ()
    better: str = ""
    words: str = ""

    @classmethod
    def read(cls, kept: Mapping[str, Any] | None) -> ConnectionCheck | None:
        """One that was kept with a provider."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in kept.items() if name in known}) if kept else None

    @property
    def has_list(self) -> bool:
        """Whether the endpoint was reached, took the key and listed its models."""
        return self.outcome in LISTED

    @property
    def is_reached(self) -> bool:
        """Whether somebody answered in HTTP."""
        return self.status is not None


def check_connection(provider: Provider, by: int | None) -> ConnectionCheck:
    """Ask the endpoint which models it has, at most CHECK_SECONDS in all, and keep what was found with the provider. No
    transaction may be open."""
    if not connection.in_atomic_block:
        connection.close()  # none is held while others are waited for
    provider.settle_private()
    began = datetime.now(UTC)
    with CancelScope(CHECK_SECONDS) as scope:
        found = checked(provider, scope)
        if found.outcome in ANOTHER_PATH and (better := next(other_addresses(provider, scope), "")):
            found = ConnectionCheck(**{**asdict(found), "outcome": "missing_path", "better": better})
    seconds = (datetime.now(UTC) - began).total_seconds()
    found = ConnectionCheck(**{**asdict(found), "at": began.isoformat(), "by": by, "seconds": seconds})
    provider.keep_check(asdict(found))
    return found


def checked(provider: Provider, scope: CancelScope, base_url: str = "") -> ConnectionCheck:
    """What one address answers."""
    try:
        client = provider.client(base_url) if base_url else provider.client()
    except ValueError:  # sealed with a SECRET_KEY that is gone
        return ConnectionCheck("sealed_by_others", url=provider.base_url)
    exchange = client.models(scope=scope).redacted(provider.secrets, hidden=provider.hidden_headers)
    names = offered_names(exchange.body) if exchange.status == 200 else None
    outcome = outcome_of(exchange, names)
    return ConnectionCheck(
        outcome,
        url=exchange.url,
        status=exchange.status,
        tls=exchange.tls,
        certificate_until=exchange.certificate_until.isoformat() if exchange.certificate_until else "",
        names=tuple(name for name in names or () if len(name) <= MAX_NAME)[:MAX_NAMES],
        better=led_to(exchange) if outcome == "redirected" else "",
        words=words_of(exchange),
    )


def other_addresses(provider: Provider, scope: CancelScope) -> Iterator[str]:
    """Addresses of the same host that list models."""
    parts = urlsplit(provider.base_url)
    host = f"{parts.scheme}://{parts.netloc}"
    tried = (f"{provider.base_url}/v1", f"{host}/v1", f"{host}/api/v1")
    for address in dict.fromkeys(tried):
        if address != provider.base_url and not scope.expired and checked(provider, scope, address).has_list:
            yield address


def outcome_of(exchange: Exchange, names: list[str] | None) -> str:
    """In one word what the answer amounts to."""
    if exchange.status is None:
        return without_answer(exchange)
    if isinstance(exchange.failure, Redirected):
        return "redirected"
    match exchange.status:
        case 200 if names is not None:
            is_bare = exchange.body.lstrip()[:1] == b"["
            return "empty" if not names else "bare_list" if is_bare else "ok"
        case 401 | 403:
            return "page" if is_page(exchange) else "key_refused"
        case 407:
            return "proxy"
        case 400 if b"HTTPS" in exchange.body and exchange.url.startswith("http:"):
            return "is_tls"
        case 404 | 405 if not is_page(exchange):
            return "unknown_path"
        case 429:
            return "busy"
        case status if status >= 500:
            return "broken"
    return "page" if is_page(exchange) else "not_a_list"


def without_answer(exchange: Exchange) -> str:
    if isinstance(exchange.failure, InvalidRequest | RequestTooLarge):
        return "bad_key"
    if isinstance(exchange.failure, AddressRefused):
        return "address_refused"
    if exchange.obstacle:
        return exchange.obstacle
    return "silent" if exchange.request_written else "no_connection"


def is_page(exchange: Exchange) -> bool:
    """Whether the answer is a web page."""
    kind = exchange.headers.get("content-type", "").lower()
    return "text/html" in kind or looks_like_page(exchange.body[:4000].decode("utf-8", "replace"))


def led_to(exchange: Exchange) -> str:
    """The address that a redirect means, as it would be entered; "" for one that is none."""
    try:
        url = urljoin(exchange.url, exchange.headers.get("location", "")).partition("?")[0].rstrip("/")
        return endpoint_of(url) if url.endswith("/models") else ""
    except (ValueError, ValidationError):
        return ""


def words_of(exchange: Exchange) -> str:
    """What the endpoint says of its refusal; what the library says, where there is no answer."""
    if exchange.failure is not None:
        return clean(str(exchange.failure.detail))[:MAX_WORDS]
    if exchange.status == 200 or is_page(exchange):
        return ""
    text = exchange.body[:100_000].decode("utf-8", "replace")
    try:
        document = read_json(text)
    except ValueError:
        return clean(text[:MAX_WORDS])
    error = error_in(document) if isinstance(document, dict) else None
    return clean(error.message or "")[:MAX_WORDS] if error else ""
