"""URLs and IP addresses: which may be called, and name resolution with a deadline."""

import functools
import ipaddress
import queue
import socket
import threading
from contextlib import suppress
from typing import Any

import httpcore
import httpx

from generations.errors import AddressRefused, TimedOut
from generations.translatable import Message
from generations.wire.cancellation import CancelScope

RESOLVE_SECONDS = 5


def is_public_host(host: str) -> bool | None:
    """Whether every address of a host is public (see `is_public`); None when its name cannot be resolved in time."""
    try:
        return all(is_public(address[0]) for _, address in resolve(host, 0, CancelScope(RESOLVE_SECONDS)))
    except (httpcore.ConnectError, httpcore.ConnectTimeout, TimedOut):
        return None


def web_address(text: str, *, relative_to: httpx.URL | None = None) -> httpx.URL:
    """The http or https URL in a text, which may be relative to another one (a `Location` header).

    Raises AddressRefused, whose detail is a sentence: for another scheme, no host, a port out of range, and a URL with
    a user name or password in it."""
    try:
        url = relative_to.join(text.strip()) if relative_to else httpx.URL(text.strip())
        host, port = url.host, url.port  # read here, since only reading them shows a malformed one
    except (httpx.InvalidURL, ValueError) as error:
        raise AddressRefused(Message("This is not a URL: %(reason)s.", reason=str(error))) from error
    if url.scheme not in ("http", "https") or not host:
        raise AddressRefused(Message("Only http and https addresses are allowed."))
    if port is not None and not 0 < port < 65536:
        raise AddressRefused(Message("There is no port %(port)s.", port=str(port)))
    if url.userinfo:
        raise AddressRefused(Message("An address with a user name and password in it is not allowed."))
    return url


def is_public(address: str) -> bool:
    """Whether an IP address, as text, belongs to the public internet.

    `ipaddress.is_global` alone also accepts multicast, site-local addresses, cloud metadata services on addresses that
    look public, and the forms (NAT64, 6to4, Teredo, IPv4-compatible, IPv4-translated) that a gateway on the way unwraps
    to any IPv4 address.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not ip.is_multicast and not any(ip in network for network in _CLOUD)
    if ip.ipv4_mapped:
        return is_public(str(ip.ipv4_mapped))
    return ip in _GLOBAL_UNICAST and ip.is_global and ip.sixtofour is None and ip.teredo is None


_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
# The services of Oracle Cloud and of Azure, which answer every machine of theirs.
_CLOUD = (ipaddress.ip_network("192.0.0.0/24"), ipaddress.ip_network("168.63.129.16/32"))
SocketAddresses = list[tuple[socket.AddressFamily, tuple[Any, ...]]]


def resolve(host: str, port: int, scope: CancelScope) -> SocketAddresses:
    """All socket addresses of a name, each once.

    `getaddrinfo` cannot be interrupted, so it runs on a thread of its own, which is abandoned at the deadline. Raises
    httpcore.ConnectError, httpcore.ConnectTimeout, Cancelled or TimedOut.
    """
    answers: queue.SimpleQueue[SocketAddresses | OSError | None] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys((info[0], info[4]) for info in infos)))
        except OSError as error:
            answers.put(error)
        except ValueError:  # a label no name can have
            answers.put(OSError("no such name"))

    threading.Thread(target=look_up, name=f"look up {host[:40]}", daemon=True).start()
    with scope.on_cancel(functools.partial(answers.put, None)), suppress(queue.Empty):
        found = answers.get(timeout=scope.remaining())
        if isinstance(found, list) and found:
            return found
        scope.remaining()
        try:
            raise found if isinstance(found, OSError) else OSError("no address")
        except OSError as error:
            raise httpcore.ConnectError(
                Message("The name %(host)s was not found: %(reason)s.", host=host, reason=str(error))
            ) from error
    raise httpcore.ConnectTimeout(Message("The name %(host)s was not found in time.", host=host))
