"""The socket layer: which address is dialled, how long a wait may last, and how it is cut short.

httpx bounds one read; a server that drips a byte every half second is never late by that measure. So every wait of a
call (name, connection, TLS, each write, each read) is held on one `Leash`, which ends all of them together and can be
cut by another thread. A name is looked up once per connection; what was judged is what is dialled.
"""

from generations.wire.addresses import is_public, is_public_host, web_address
from generations.wire.cancellation import Leash, current_leash
from generations.wire.in_process import WSGIApp
from generations.wire.sockets import MayBePrivate
from generations.wire.transport import make_request, make_transport

__all__ = [
    "Leash",
    "MayBePrivate",
    "WSGIApp",
    "current_leash",
    "is_public",
    "is_public_host",
    "make_request",
    "make_transport",
    "web_address",
]
