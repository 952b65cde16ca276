"""The delay before a retry that an answer asks for: in a header, in a field of its error, or in its message.

Gateways give it as `Retry-After` (RFC 9110, section 10.2.3), under a prefix of their own where they pass on another's
(`llm_provider-retry-after`), or as the time at which a limit is reset (`x-ratelimit-reset-requests`, `RateLimit`)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from generations.protocol.delay import MAX_DELAY, delay_in, delay_of, moment_in
from generations.protocol.error_envelopes import json_inside

_MAX_DEPTH = 10
_DELAY = re.compile(
    r"(?:llmprovider|x)*(?:retryafter|retryin|retrydelay|waittime|waitfor|wait|cooldown|resetafter|resetsin|resetin"
    r"|ratelimitresetafter|secondsuntilreset)(?P<ms>ms|milliseconds|millis)?(?:s|sec|seconds|secs)?\Z"
)
_RESET = re.compile(
    r"(?:anthropic|llmprovider|x)*(?:ratelimit|ratelimits?)?(?:reset|resets|next)(?:at|time|timestamp)?\Z"
)
_LIMITS = re.compile(r"(?:llmprovider|anthropic|x)*ratelimit(?P<what>\w*?)reset(?P<more>\w*)\Z")
_POLICY = re.compile(r"(?:\breset\s?=|;\s?t\s?=)\s?(\d{1,9})")


Fields = Iterable[tuple[str, Any]]


def retry_after(headers: Mapping[str, str], fields: Fields, message: str) -> float | None:
    """The delay in seconds; None where none is given. `fields` are those that `delays_in` finds in the bodies."""
    named = {_bare(str(name)): str(value) for name, value in headers.items()}
    now = _date_in(named)
    told = [(_bare(name), value) for name, value in fields]
    places = (
        lambda: _delay_among(named.items(), now),
        lambda: _delay_among(told, now),
        lambda: _reset_among(named, now),
        lambda: _reset_among(dict(told), now),
        lambda: delay_in(message, now),
    )
    return next((delay for place in places if (delay := place()) is not None), None)


def delays_in(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields of an error's body that may give a delay, at any place in it, JSON in its texts included: their names
    and values."""
    waiting: list[tuple[Any, int]] = [(body, 0)]
    while waiting:
        value, depth = waiting.pop(0)
        if isinstance(value, list):
            waiting += [(entry, depth + 1) for entry in value[:50] if isinstance(entry, dict)]
        elif isinstance(value, dict) and depth <= _MAX_DEPTH:
            for key, entry in value.items():
                name = _bare(key)
                if _DELAY.match(name) or _RESET.match(name) or _LIMITS.match(name) or name == "ratelimit":
                    yield key, entry
                if isinstance(entry, str) and depth < _MAX_DEPTH and len(waiting) < 50:
                    entry = json_inside(entry)
                if isinstance(entry, dict | list):
                    waiting.append((entry, depth + 1))


def _delay_among(given: Fields, now: datetime) -> float | None:
    """The delay of a field that is one. A `Retry-After` that makes no sense leaves the word to the others."""
    found = [(match, value) for name, value in given if (match := _DELAY.match(name))]
    found.sort(key=lambda pair: not pair[0]["ms"])
    delays = (delay_of(value, now, scale=0.001 if match["ms"] else 1) for match, value in found)
    return next((delay for delay in delays if delay is not None), None)


def _reset_among(given: Mapping[str, Any], now: datetime) -> float | None:
    """The time at which a limit is reset: of several, the last of those that are used up, else the last."""
    for name in ("ratelimit", "xratelimit"):
        if isinstance(given.get(name), str) and (policy := _POLICY.search(given[name])):
            return delay_of(policy[1], now)
    limits: list[tuple[bool, float]] = []
    for name, value in given.items():
        match = _LIMITS.match(name)
        if (match or _RESET.match(name)) and (delay := delay_of(value, now)) is not None:
            rest = str(given.get(name.replace("reset", "remaining") if match else "", "")).strip()
            # A limit of a month that is not used up has nothing to do with this refusal.
            if delay < MAX_DELAY or rest in ("0", ""):
                limits.append((rest == "0", delay))
    soon = [limit for limit in limits if limit[0] or limit[1] < MAX_DELAY]
    return max(soon or limits)[1] if limits else None


def _date_in(headers: Mapping[str, str]) -> datetime:
    """The time of the answer by the provider's clock, else by ours."""
    return moment_in(headers.get("date", "")) or datetime.now(UTC)


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name[:80].lower())
