"""A ZIP written while it is read: nothing of it is held, its length is known before its first byte.

Files are stored as they are (pictures do not compress), each header with its true size and CRC-32, so that every
reader takes them; a file that is not as long as its row says ends the download as broken, never as a wrong archive.
The format is PKWARE's APPNOTE 6.3, without the 64-bit parts: at most 65,535 files and 4 GB.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

PIECE = 256 * 1024
UTF8_NAMES = 0x0800
VERSION = 20
READABLE = 0o100644 << 16


@dataclass(frozen=True)
class Member:
    """One file of an archive: `size` in bytes, `open` gives it from its beginning, as often as asked."""

    name: str
    size: int
    written_at: datetime
    open: Callable[[], Any]


def length_of(members: Sequence[Member]) -> int:
    """The exact length of the archive, in bytes."""
    return 22 + sum(76 + 2 * len(member.name.encode()) + member.size for member in members)


def archive(members: Iterable[Member]) -> Iterator[bytes]:
    """The archive in pieces of at most 256 KB. Raises OSError when a file cannot be read or is not `size` long."""
    directory, offset = [], 0
    for member in members:
        head = _head(member, _checksum(member))
        local = struct.pack("<4s", b"PK\3\4") + head + member.name.encode()
        yield local
        yield from _pieces(member)
        directory.append(_entry(member, head, offset))
        offset += len(local) + member.size
    yield from directory
    size = sum(map(len, directory))
    yield struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, len(directory), len(directory), size, offset, 0)


def _head(member: Member, checksum: int) -> bytes:
    """What the header before a file and its entry in the directory have in common."""
    at = member.written_at
    day = (max(at.year, 1980) - 1980) << 9 | at.month << 5 | at.day
    time = at.hour << 11 | at.minute << 5 | at.second // 2
    name = len(member.name.encode())
    return struct.pack("<HHHHHIIIHH", VERSION, UTF8_NAMES, 0, time, day, checksum, member.size, member.size, name, 0)


def _entry(member: Member, head: bytes, offset: int) -> bytes:
    made_by_unix = 3 << 8 | VERSION
    rest = struct.pack("<HHHII", 0, 0, 0, READABLE, offset)
    return struct.pack("<4sH", b"PK\1\2", made_by_unix) + head + rest + member.name.encode()


def _checksum(member: Member) -> int:
    checksum = 0
    for piece in _pieces(member):
        checksum = zlib.crc32(piece, checksum)
    return checksum


def _pieces(member: Member) -> Iterator[bytes]:
    left = member.size
    with member.open() as file:
        while piece := file.read(PIECE):
            left -= len(piece)
            yield piece
    if left:
        raise OSError(f"{member.name} is not {member.size} bytes long")
