"""The child process of `generations.isolation`: imports one module and runs the jobs it is sent until the socket
closes.

It uses the standard library only, so that it starts quickly and holds little memory.
"""

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

ReceiveInto = Callable[[memoryview], int]
LENGTH = struct.Struct(">I")


def send(sock: socket.socket, head: dict[str, Any], parts: list[bytes]) -> None:
    """Send one message: the length of its head (4 bytes, big-endian), the head as JSON, then the parts, whose lengths
    are in the head."""
    data = json.dumps({**head, "lengths": [len(part) for part in parts]}).encode()
    sock.sendall(LENGTH.pack(len(data)) + data)
    for part in parts:
        sock.sendall(part)


def receive(receive_into: ReceiveInto) -> tuple[dict[str, Any], list[bytes]] | None:
    """The next message; None when the other side has closed the socket. `receive_into` is a socket's `recv_into`."""
    try:
        (length,) = LENGTH.unpack(receive_exactly(receive_into, LENGTH.size))
        head = json.loads(receive_exactly(receive_into, length))
        return head, [receive_exactly(receive_into, length) for length in head.pop("lengths")]
    except EOFError:
        return None


def receive_exactly(receive_into: ReceiveInto, length: int) -> bytes:
    """Exactly `length` bytes. Raises EOFError when the socket closes before."""
    data, filled = bytearray(length), 0
    while filled < length:
        with memoryview(data) as view, view[filled:] as rest:
            count = receive_into(rest)
        if not count:
            raise EOFError
        filled += count
    return bytes(data)


def peak_memory() -> int:
    """The peak resident memory of this process in KB. VmHWM starts anew with the program; `ru_maxrss`, the fallback,
    starts with the peak of the parent."""
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def limit(memory: int) -> None:
    """Limit the address space to `memory` bytes for good, and the size of files to none: no temporary file, no core."""
    for what, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(what, (most, most))


def main() -> None:
    """`python -m generations.isolated MODULE MEMORY CPU_SECONDS`, with the socket to the parent as standard input.

    MODULE has `run_in_child(job, options, parts)`, which returns a JSON object and parts. An exception ends the job,
    not the child; a child that ran out of memory, or keeps much more of it than before, ends after the job."""
    name, memory, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which closes the socket when it is done
    sock = socket.socket(fileno=os.dup(0))
    module = import_module(name)
    limit(memory)
    before = peak_memory()
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    while message := receive(sock.recv_into):
        head, parts = message
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + 1 + seconds, hard))
        try:
            answer, out = module.run_in_child(head["job"], head["options"], parts)
        except MemoryError:
            answer, out = {"overrun": "memory"}, []
        except Exception as error:  # noqa: BLE001 it is sent to the parent, which raises it
            answer, out = {"raised": f"{type(error).__name__}: {error}"[:500]}, []
        is_last = peak_memory() > before + 256 * 1024 or "overrun" in answer
        del message, parts
        send(sock, {**answer, "is_last": is_last}, out)
        del out
        if is_last:
            return


if __name__ == "__main__":
    main()
