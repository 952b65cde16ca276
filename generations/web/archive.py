"""A ZIP that is made while it is read, with nothing of it on a disk and a few pieces of it in memory.

Pictures do not compress, so they are stored as they are. That, and their CRC-32 in the database, make its length known
before its first byte and every local header complete."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from contextvars import Context, copy_context
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from stream_zip import NO_COMPRESSION_32, NO_COMPRESSION_64, MemberFile, stream_zip

from generations.errors import NotStored
from generations.models import Person
from generations.models.semaphore import ARCHIVES, NotNow

PIECE = 256 * 1024
READABLE = 0o100644
EARLIEST = datetime(1980, 1, 1)
MAX_SIZE_32 = 2**32 - 1
MAX_FILES_32 = 2**16 - 1


@dataclass(frozen=True)
class Member:
    """One file of an archive: `size` in bytes, `open` gives it from its beginning, `crc32` its checksum. The latter two
    are called when its turn comes."""

    name: str
    size: int
    written_at: datetime
    crc32: Callable[[], int]
    open: Callable[[], Any]


@dataclass(frozen=True)
class Made:
    """One file of an archive of copies; its time without a zone."""

    name: str
    written_at: datetime
    data: bytes


class Pieces:
    """An archive, piece by piece; closing it ends what it holds."""

    pieces: Generator[bytes]
    on_close: Callable[[], None]

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self.pieces)

    def close(self) -> None:
        self.pieces.close()
        self.on_close()


class Archive(Pieces):
    """The ZIP of some files, piece by piece. Whatever is read, `length` bytes come or an exception: NotStored, or
    stream_zip's for a file that is not what its member says."""

    def __init__(self, members: Sequence[Member], *, on_close: Callable[[], None] = lambda: None) -> None:
        sizes = sum(member.size for member in members)
        around = _length_without_contents(members, needs_64=False)
        needs_64 = sizes + around > MAX_SIZE_32 or len(members) > MAX_FILES_32
        if needs_64:
            around = _length_without_contents(members, needs_64=True)
        self.length = sizes + around
        self.on_close = on_close
        self.pieces = _zipped(_entry(member, needs_64=needs_64) for member in members)


class ArchiveOfCopies(Pieces):
    """The ZIP of files that are made one after the other while it is read; nobody knows its length before. One file is
    in memory at a time. A file that cannot be made is left out."""

    length = None

    def __init__(self, made: Iterator[Made], size: int) -> None:
        """`size` is about what they will be together, in bytes."""
        method = NO_COMPRESSION_64 if size > MAX_SIZE_32 // 2 else NO_COMPRESSION_32
        entries = ((file.name, max(EARLIEST, file.written_at), READABLE, method, iter((file.data,))) for file in made)
        self.on_close = lambda: None
        self.pieces = _zipped(entries)


def download_copies(person: Person, made: Iterator[Made], size: int) -> ArchiveOfCopies:
    """The archive of files that are made while it is read; closing it ends the person's download. Raises NotNow."""
    with ExitStack() as held:
        held.enter_context(_locked(person))
        archive = ArchiveOfCopies(made, size)
        archive.on_close = held.pop_all().close
        return archive


def download(person: Person, list_members: Callable[[], Sequence[Member]]) -> Archive:
    """The archive of these files; closing it ends the person's download. Raises NotNow.

    A person has one download at a time, to its last byte. That is known by a lock on an open file, which ends with the
    process; a lease would have to be renewed by whoever sends. Files are listed for two people at once, as a bucket is
    asked for each of them."""
    with ExitStack() as held:
        held.enter_context(_locked(person))
        with ARCHIVES.acquired():
            members = list_members()
        archive = Archive(members)
        archive.on_close = held.pop_all().close
        return archive


def _zipped(files: Iterator[MemberFile]) -> Any:
    """The pieces of an archive; its times without a zone, as every reader of ZIPs takes them. They are sent when the
    request is over, and wait for a bucket as a page does."""
    return _within(copy_context(), stream_zip(files, chunk_size=PIECE, extended_timestamps=False))


def _within(context: Context, pieces: Any) -> Generator[bytes]:
    with closing(pieces):
        while (piece := context.run(next, pieces, None)) is not None:
            yield piece


def _entry(member: Member, *, needs_64: bool) -> MemberFile:
    stored = (NO_COMPRESSION_64 if needs_64 else NO_COMPRESSION_32)(member.size, member.crc32())
    return member.name, _time_of(member), READABLE, stored, _contents(member)


def _length_without_contents(members: Sequence[Member], *, needs_64: bool) -> int:
    """The bytes of the archive around those of its files."""
    stored = (NO_COMPRESSION_64 if needs_64 else NO_COMPRESSION_32)(0, 0)
    empty = ((member.name, _time_of(member), READABLE, stored, ()) for member in members)
    return sum(map(len, _zipped(empty)))


def _time_of(member: Member) -> datetime:
    return max(EARLIEST, member.written_at.replace(tzinfo=None))


def _contents(member: Member) -> Iterator[bytes]:
    """The bytes of a file, never more than its member says."""
    left = member.size
    with member.open() as file:
        while piece := file.read(PIECE):
            left -= len(piece)
            if left < 0:
                raise NotStored(f"{member.name} is longer than {member.size} bytes")
            yield piece


def _locked(person: Person) -> IO[bytes]:
    """A file that is locked for this person's download. Raises NotNow when one is running."""
    folder = settings.DATA_DIR / "downloads"
    folder.mkdir(mode=0o700, exist_ok=True)
    file = (folder / str(person.pk)).open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        sentence = _("Another download of yours is still running. Let it finish, then start this one.")
        raise NotNow(sentence, 429, 60) from None
    return file
