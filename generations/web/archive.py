"""A ZIP that is written to a file of its own first and then handed to the web server, whose input and output thread
sends it: a slow reader of a large archive holds no thread that answers others.

The file lies in DATA_DIR without a name, so that nothing of it stays when the process ends, however it ends."""

from __future__ import annotations

import fcntl
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from django.conf import settings

from generations.models import Person
from generations.models.semaphore import ARCHIVES, NotNow
from generations.models.stored_file import STORAGE_ERRORS, has_room

PIECE = 256 * 1024
READABLE = 0o100644 << 16
EARLIEST = (1980, 1, 1, 0, 0, 0)
AROUND_A_FILE = 1024
"""Bytes that a file takes in an archive beside its own, at most."""

STILL_RUNNING = "Another download of yours is still running. Let it finish, then start this one."
NO_ROOM = (
    "There is not enough room on the server to put this download together. Select fewer pictures, or ask an"
    " administrator to free some room."
)
BROKE_OFF = "The download could not be put together: a file could not be read or written. Start it again."


@dataclass(frozen=True)
class Member:
    """One file of an archive: `size` in bytes, `open` gives it from its beginning."""

    name: str
    size: int
    written_at: datetime
    open: Callable[[], Any]


def spooled(person: Person, members: Sequence[Member]) -> Spool:
    """The archive of these files, open at its beginning; closing it ends the person's download. Raises NotNow.

    A person has one download at a time, from its making to its last byte: meanwhile its file takes room. That is known
    by a lock on an open file, which ends with the process; a lease would have to be renewed by the thread that sends.
    """
    with ExitStack() as files:
        files.enter_context(_locked(person))
        with ARCHIVES.acquired() as renew:
            if not has_room(sum(member.size + AROUND_A_FILE for member in members)):
                raise NotNow(NO_ROOM, 507)
            try:
                spool = files.enter_context(tempfile.TemporaryFile(dir=settings.DATA_DIR))
                write_archive(spool, members, renew)
            except STORAGE_ERRORS as error:
                raise NotNow(BROKE_OFF, 503) from error
        return Spool(spool, files.pop_all())


class Spool:
    """An archive from its beginning; closing it lets go of its person's lock too."""

    def __init__(self, file: IO[bytes], files: ExitStack) -> None:
        file.seek(0)
        self.read, self.seek, self.tell, self.seekable = file.read, file.seek, file.tell, file.seekable
        self.close = files.close


def write_archive(out: IO[bytes], members: Sequence[Member], renew: Callable[[], None] = lambda: None) -> None:
    """Write these files, as they are: pictures do not compress. `renew` is called as it goes on.

    Raises OSError when a file cannot be read or is not `size` bytes long."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for member in members:
            entry = zipfile.ZipInfo(member.name, max(EARLIEST, member.written_at.timetuple()[:6]))
            entry.external_attr, entry.file_size = READABLE, member.size
            with archive.open(entry, "w") as packed, member.open() as file:
                while piece := file.read(PIECE):
                    packed.write(piece)
                    renew()
            if entry.file_size != member.size:
                raise OSError(f"{member.name} is not {member.size} bytes long")


def _locked(person: Person) -> IO[bytes]:
    """A file that is locked for this person's download. Raises NotNow when one is running."""
    folder = settings.DATA_DIR / "downloads"
    folder.mkdir(mode=0o700, exist_ok=True)
    file = (folder / str(person.pk)).open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise NotNow(STILL_RUNNING, 429, 60) from None
    return file
