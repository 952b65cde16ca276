"""Who acts, and from where: known to everything that runs on behalf of a request, a command or a worker.

The middleware, `manage.py` and the doors of share links say it once; what is recorded asks for it. Nothing is looked up
before somebody asks, so that a request which records nothing costs nothing."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum

IPV4_KEPT, IPV6_KEPT = 24, 48
"""Bits of an address that stay when it is shortened: the network of a provider's customer, not the customer."""


class Kind(StrEnum):
    """What acts. Nobody is a request of somebody who is not signed in, such as a failed sign-in."""

    PERSON = "person"
    API = "token"
    LINK = "link"
    NOBODY = "nobody"
    COMMAND = "command"
    SYSTEM = "system"


def _no_person() -> int | None:
    return None


def _no_address() -> str:
    return ""


@dataclass(frozen=True)
class Actor:
    """`person` gives the person's number, `address` the network address; `key` is a link's or token's, or the name of a
    command."""

    kind: Kind = Kind.SYSTEM
    key: str = ""
    person: Callable[[], int | None] = _no_person
    address: Callable[[], str] = _no_address


SYSTEM = Actor()
_current: ContextVar[Actor] = ContextVar("actor", default=SYSTEM)


def current() -> Actor:
    """Who acts now; the system itself where nobody said."""
    return _current.get()


@contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    """Say who acts until the block ends."""
    token = _current.set(actor)
    try:
        yield
    finally:
        _current.reset(token)


def shortened(address: str) -> str:
    """An address without what tells one machine of its network from another; "" for what is none."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return ""
    known = getattr(known, "ipv4_mapped", None) or known
    kept = IPV4_KEPT if known.version == 4 else IPV6_KEPT
    return str(ipaddress.ip_network(f"{known}/{kept}", strict=False).network_address)
