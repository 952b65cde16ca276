"""The child of `isolation`: imports one module, then does the jobs it is sent, one after the other, until it is hung up
on. Standard library only, so that it starts quickly and holds little."""

import json
import os
import resource
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

Take = Callable[[memoryview], int]
LENGTH = struct.Struct(">I")


def send(link: socket.socket, head: dict[str, Any], parts: list[bytes]) -> None:
    """One message: the length of its head, the head as JSON, then its parts, whose lengths the head tells."""
    said = json.dumps({**head, "lengths": [len(part) for part in parts]}).encode()
    link.sendall(LENGTH.pack(len(said)) + said)
    for part in parts:
        link.sendall(part)


def receive(take: Take) -> tuple[dict[str, Any], list[bytes]] | None:
    """The next message; None when the other side has hung up. `take` is a socket's `recv_into`."""
    try:
        (length,) = LENGTH.unpack(exactly(take, LENGTH.size))
        head = json.loads(exactly(take, length))
        return head, [exactly(take, length) for length in head.pop("lengths")]
    except EOFError:
        return None


def exactly(take: Take, length: int) -> bytes:
    """So many bytes. Raises EOFError if they do not all come."""
    data, filled = bytearray(length), 0
    while filled < length:
        with memoryview(data) as view, view[filled:] as rest:
            count = take(rest)
        if not count:
            raise EOFError
        filled += count
    return bytes(data)


def most_held() -> int:
    """The most memory this process has held, in KB. Of Linux's two figures the one that a new program begins anew: the
    other one begins with what the parent held."""
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def limit(memory: int) -> None:
    """Bound the address space for good, and write no file: neither a picture nor a core."""
    for what, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(what, (most, most))


def main() -> None:
    """`python -m generations.isolated MODULE MEMORY CPU_SECONDS`, with the other side on standard input.

    The module's `run(job, options, parts)` gives a JSON object and parts. What it raises ends the job, not the child;
    memory that ran out or stays taken ends the child."""
    name, memory, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which hangs up when it is done
    link = socket.socket(fileno=os.dup(0))
    work = import_module(name)
    limit(memory)
    before = most_held()
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    while asked := receive(link.recv_into):
        head, parts = asked
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + 1 + seconds, hard))
        try:
            answer, out = work.run(head["job"], head["options"], parts)
        except MemoryError:
            answer, out = {"overrun": "memory"}, []
        except Exception as error:  # noqa: BLE001 it is told to the parent, which raises it
            answer, out = {"broke": f"{type(error).__name__}: {error}"[:500]}, []
        is_last = most_held() > before + 256 * 1024 or "overrun" in answer
        del asked, parts
        send(link, {**answer, "is_last": is_last}, out)
        del out
        if is_last:
            return


if __name__ == "__main__":
    main()
