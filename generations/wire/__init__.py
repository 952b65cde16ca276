"""The socket layer under httpx: a total deadline and a cancel for every wait of a call, and a guard against SSRF.

httpx bounds a single read, so a server that sends a byte every half second never times out. Here every wait of a call
(name, connection, TLS handshake, each write, each read) belongs to one `CancelScope`, which ends all of them at its
deadline and can be cancelled from another thread. A name is resolved once per connection, and the addresses that were
checked are the ones that are dialled, so a name cannot change its address in between (DNS rebinding).
"""

from generations.wire.addresses import is_public, is_public_host, web_address
from generations.wire.cancellation import CancelScope, current_scope
from generations.wire.in_process import WSGIApp
from generations.wire.sockets import HostPredicate
from generations.wire.transport import make_request, make_transport

__all__ = [
    "CancelScope",
    "HostPredicate",
    "WSGIApp",
    "current_scope",
    "is_public",
    "is_public_host",
    "make_request",
    "make_transport",
    "web_address",
]
