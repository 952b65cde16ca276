"""Addresses: which may be called, and what a name stands for."""

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
from generations.wire.cancellation import Leash


def is_public_host(host: str, *, seconds: float = 5) -> bool | None:
    """Whether all addresses of a host are of the open internet; None when its name cannot be looked up now."""
    try:
        return all(is_public(address[0]) for _, address in look_up(host, 0, Leash(seconds)))
    except (httpcore.ConnectError, httpcore.ConnectTimeout, TimedOut):
        return None


def web_address(text: str, *, seen_from: httpx.URL | None = None) -> httpx.URL:
    """An http or https address, which may be relative to one `seen_from`. Raises AddressRefused, its detail a
    sentence."""
    try:
        url = seen_from.join(text.strip()) if seen_from else httpx.URL(text.strip())
        host, port = url.host, url.port  # read here, since only reading them shows a malformed one
    except (httpx.InvalidURL, ValueError) as error:
        raise AddressRefused(f"This is not an address: {error}.") from error
    if url.scheme not in ("http", "https") or not host:
        raise AddressRefused("Only http and https addresses are called.")
    if port is not None and not 0 < port < 65536:
        raise AddressRefused(f"There is no port {port}.")
    if url.userinfo:
        raise AddressRefused("An address with a name and password in it is not called.")
    return url


def is_public(address: str) -> bool:
    """Whether a numeric address is one of the open internet. `is_global` alone says yes to multicast, to site-local, to
    the services of a cloud that look public, and to the forms (NAT64, 6to4, Teredo, IPv4-compatible, -translated) that
    a gateway on the way unwraps to any IPv4 address."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not ip.is_multicast and not any(ip in network for network in _CLOUD)
    if ip.ipv4_mapped:
        return is_public(str(ip.ipv4_mapped))
    return ip in _GLOBAL_UNICAST and ip.is_global and ip.sixtofour is None and ip.teredo is None


_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_CLOUD = (ipaddress.ip_network("192.0.0.0/24"), ipaddress.ip_network("168.63.129.16/32"))
Found = list[tuple[socket.AddressFamily, tuple[Any, ...]]]


def look_up(host: str, port: int, leash: Leash) -> Found:
    """All addresses of a name, each once. The system's look-up cannot be interrupted, so it is left behind on its
    thread."""
    answers: queue.SimpleQueue[Found | OSError | None] = queue.SimpleQueue()

    def ask() -> None:
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys((info[0], info[4]) for info in infos)))
        except OSError as error:
            answers.put(error)
        except ValueError:  # a label no name can have
            answers.put(OSError("no such name"))

    threading.Thread(target=ask, name=f"look up {host[:40]}", daemon=True).start()
    with leash.holding(functools.partial(answers.put, None)), suppress(queue.Empty):
        found = answers.get(timeout=leash.left())
        if isinstance(found, list) and found:
            return found
        leash.left()
        raise httpcore.ConnectError(f"The name {host} was not found: {found}.")
    raise httpcore.ConnectTimeout(f"The name {host} was not found in time.")
