"""The storage of this installation: files by their paths, in a folder or a bucket, each written whole or not at all."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import copy_context
from functools import partial
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

from generations.errors import NotStored
from generations.models.storage_gate import StorageGate
from imageweb.deadline import waiting_until
from imageweb.logs import request_id

MARKER = "imageweb-storage"
FOLDERS = ("files", "thumbnails")

GATE = StorageGate()
"""Of this process."""

ASKED_AT_ONCE = 16
ASKED_TOGETHER = 64
"""Of so many files the sizes come within the time of one call."""
ASKERS = ThreadPoolExecutor(ASKED_AT_ONCE, "sizes")
SECONDS = 120.0
BYTES_PER_SECOND = 2**18
"""What a worker waits for a bucket, and what that must give or take at least."""

Row = TypeVar("Row")


class Missing(NotStored):
    """The storage answers, and has no such file."""


def write_all(contents: Mapping[str, bytes]) -> None:
    """Write these files, each whole or not at all. Raises NotStored."""
    for path, data in contents.items():
        write(path, data)


def write(path: str, data: bytes) -> None:
    """Write a file whole or not at all. Raises NotStored."""
    with storage_errors(path):
        if _is_local():
            write_locally(Path(default_storage.path(path)), data)
        elif not _ask(lambda: default_storage.exists(path)):
            _ask(lambda: default_storage.save(path, ContentFile(data)), len(data))


def read(path: str) -> bytes:
    """A file's bytes. Raises NotStored, and Missing when there is none."""
    with opened(path) as file, storage_errors(path):
        return file.read()


def opened(path: str) -> File:
    """A file open for reading, all of which is here: who reads it waits for no bucket. Raises NotStored, and Missing
    when there is none."""
    with storage_errors(path):
        file = _ask(lambda: default_storage.open(path))
        return file if _is_local() else _ask(lambda: file.open("rb"), file.size or 0)


def sizes_of(paths: Sequence[str]) -> list[int]:
    """How long these files are, -1 of one that is not there or not ours to read. A bucket is asked for several at once.
    Raises NotStored when the storage does not answer."""
    sizes: list[int] = []
    for start in range(0, len(paths), ASKED_TOGETHER):
        some = paths[start : start + ASKED_TOGETHER]
        with storage_errors(some[0]):
            sizes += [_size_of(path) for path in some] if _is_local() else _ask(partial(_sizes_at_once, some))
    return sizes


def _sizes_at_once(paths: Sequence[str]) -> list[int]:
    contexts = [copy_context() for _path in paths]
    return list(ASKERS.map(lambda context, path: context.run(_size_of, path), contexts, paths))


def _size_of(path: str) -> int:
    try:
        return default_storage.size(path)
    except (FileNotFoundError, PermissionError):
        return -1


def remove(path: str) -> None:
    """Remove a file if it is there. Raises NotStored."""
    with storage_errors(path):
        _ask(lambda: default_storage.delete(path))


@contextmanager
def storage_errors(path: str) -> Iterator[None]:
    """Says in one way what each storage says in its own: NotStored, and Missing for a file that is not there."""
    try:
        yield
    except storage_error_types() as error:
        words = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
        raise (Missing if isinstance(error, FileNotFoundError) else NotStored)(f"{path}: {words}") from error


def storage_error_types() -> tuple[type[Exception], ...]:
    """What storages raise. An installation without a bucket loads no library of buckets."""
    library = sys.modules.get("imageweb.bucket")
    return (OSError, *library.ERRORS) if library else (OSError,)


def set_aside(path: str) -> str:
    """Take a file out of the way; where it lies now. On a bucket, which cannot rename, it stays."""
    if not _is_local():
        return path
    aside = f"{path}.dropping"
    with suppress(FileNotFoundError):
        Path(default_storage.path(path)).replace(default_storage.path(aside))
    return aside


def take_away(path: str) -> str:
    """Free a path of its file for good: what is left to be removed, "" where it is removed already."""
    aside = set_aside(path)
    if aside != path:
        return aside
    remove(path)
    return ""


def bring_back(aside: str, path: str) -> None:
    """Undo `set_aside`, unless the file was written again meanwhile."""
    if aside != path and Path(default_storage.path(aside)).exists():
        Path(default_storage.path(aside)).replace(default_storage.path(path))


def walk() -> Iterator[str]:
    """Every path in the storage below our two folders."""
    pending = list(FOLDERS)
    while pending:
        folder = pending.pop()
        if not _is_local() or Path(default_storage.path(folder)).is_dir():
            folders, files = default_storage.listdir(folder)
            pending.extend(f"{folder}/{name}" for name in folders)
            yield from (f"{folder}/{name}" for name in files)


def has_room(wanted: int = 0) -> bool:
    """Whether enough is free for another paid answer once this many bytes are written."""
    if not settings.MIN_FREE_BYTES and not wanted:
        return True
    return shutil.disk_usage(settings.DATA_DIR).free - wanted >= settings.MIN_FREE_BYTES


def mark_storage() -> None:
    """Put the marker into an empty storage; from then on its absence means a missing volume. Raises NotStored, and
    soon, as `is_marked` does."""
    content = ContentFile(b"The pictures of an Imageweb installation. Keep this file.\n")
    with storage_errors(MARKER):
        if not GATE.call(lambda: default_storage.exists(MARKER)):
            GATE.call(lambda: default_storage.save(MARKER, content))


def is_marked() -> bool:
    """Whether the storage carries its marker. Raises NotStored when it does not answer."""
    with storage_errors(MARKER):
        return GATE.call(lambda: default_storage.exists(MARKER))


def storage_place() -> str:
    """What the storage is, for who looks for it."""
    return f"the bucket {settings.STORAGE_BUCKET}" if settings.STORAGE_BUCKET else str(settings.DATA_DIR / "files")


def _ask(call: Callable[[], Row], size: int = 0) -> Row:
    """What the storage answers, which is given or takes so many bytes. For a page a bucket has little time, for a
    worker more."""
    if _is_local():
        return call()
    if request_id.get():
        return GATE.call(call, size)
    with waiting_until(time.monotonic() + SECONDS + size / BYTES_PER_SECOND):
        return call()


def _is_local() -> bool:
    return settings.STORAGE_BUCKET == ""


def write_locally(target: Path, data: bytes) -> None:
    """Write a file under another name and rename it, unless one of this length lies there."""
    with suppress(FileNotFoundError):  # one look: a removal may take it away between two
        if target.stat().st_size == len(data):
            return
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".writing-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
