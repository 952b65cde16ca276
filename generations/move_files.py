"""The stored files go from one storage to another: first those that are not there yet, then every byte is compared.

Nothing is taken from the storage they come from. A move that was interrupted is begun again and goes on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage

from generations.models import StoredFile
from generations.models.storage import ASKED_AT_ONCE, FOLDERS, MARKER, Missing, storage_errors, write_locally
from generations.reconcile import OURS


def named_paths() -> set[str]:
    """Every path that the database knows."""
    return {path for row in StoredFile.objects.iterator() for path in row.paths()}


def paths_in(storage: Storage) -> Iterator[str]:
    """Every path in a storage that one of ours may have, whether the database knows it or not."""
    pending = list(FOLDERS)
    while pending:
        folder = pending.pop()
        try:
            with storage_errors(folder):
                folders, files = storage.listdir(folder)
        except Missing:
            continue
        pending.extend(f"{folder}/{name}" for name in folders)
        yield from (path for name in files if OURS.fullmatch(path := f"{folder}/{name}"))


def copy_all(source: Storage, target: Storage, paths: Iterable[str]) -> int:
    """Copy what the target does not have in this length; how many were copied. Raises NotStored."""

    def copy(path: str) -> bool:
        size = size_of(source, path)
        if size is None or size == size_of(target, path):
            return False
        put(target, path, read(source, path))
        return True

    return sum(side_by_side(copy, paths))


def differences(source: Storage, target: Storage, paths: Iterable[str]) -> Iterator[str]:
    """Read every file in both storages; a line for each that the target lacks or has otherwise. What is whole in the
    source is written anew first. Raises NotStored when a storage does not answer."""

    def compare(path: str) -> str:
        there = read_or_none(source, path)
        here = read_or_none(target, path)
        if there is None and here is None:
            return f"{path} is missing."
        if is_damaged(path, here if there is None else there):
            return (
                ""
                if here is not None and not is_damaged(path, here)
                else f"{path} is damaged: not what it is named by."
            )
        if there is None or there == here:
            return ""
        put(target, path, there)
        return "" if read(target, path) == there else f"{path} does not keep its bytes."

    return filter(None, side_by_side(compare, paths))


def is_damaged(path: str, data: bytes | None) -> bool:
    """Whether an original is not what its name says; a thumbnail is named by its original."""
    return path.startswith("files/") and hashlib.sha256(data or b"").hexdigest() != path.rpartition("/")[2]


def side_by_side(do: Callable[[str], object], paths: Iterable[str]) -> Iterator:
    """Several at once, since a bucket takes its time for each."""
    with ThreadPoolExecutor(ASKED_AT_ONCE) as threads:
        yield from threads.map(do, paths)


def size_of(storage: Storage, path: str) -> int | None:
    """The length of a file; None where there is none."""
    with storage_errors(path):
        return storage.size(path) if storage.exists(path) else None


def read(storage: Storage, path: str) -> bytes:
    """A file's bytes. Raises NotStored, and Missing when there is none."""
    with storage_errors(path), storage.open(path) as file:
        return file.read()


def read_or_none(storage: Storage, path: str) -> bytes | None:
    """A file's bytes, or None where there is none."""
    try:
        return read(storage, path)
    except Missing:
        return None


def put(storage: Storage, path: str, data: bytes) -> None:
    """Write a file whole or not at all, over what lies there. Raises NotStored."""
    with storage_errors(path):
        if isinstance(storage, FileSystemStorage):
            Path(storage.path(path)).unlink(missing_ok=True)
            write_locally(Path(storage.path(path)), data)
        else:
            storage.save(path, ContentFile(data))


def is_marked(storage: Storage) -> bool:
    """Whether it is the storage of an installation. Raises NotStored."""
    with storage_errors(MARKER):
        return storage.exists(MARKER)


def hand_over(source: Storage, target: Storage) -> None:
    """From now on the target is the storage: no worker starts on one without the marker. Raises NotStored."""
    if is_marked(source):
        if not is_marked(target):
            put(target, MARKER, read(source, MARKER))
        with storage_errors(MARKER):
            source.delete(MARKER)
