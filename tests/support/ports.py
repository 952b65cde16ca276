"""Ports of the loopback: one that is still free when it is used, and one that surely refuses."""

import random
import socket
from contextlib import suppress

# Below what the system hands out by itself: no connection of anybody's gets one of these meanwhile.
PORTS = range(20_000, 32_000)

nobody = socket.socket()
nobody.bind(("127.0.0.1", 0))


def free_port() -> int:
    """A port that nobody listens on."""
    while True:
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", random.SystemRandom().choice(PORTS)))
            return int(probe.getsockname()[1])


def closed_port() -> int:
    """A port that refuses every connection: we hold it and do not listen."""
    return int(nobody.getsockname()[1])
