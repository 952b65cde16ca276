"""Where a backup lies: a folder or, with the same paths, a .tar."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from generations.backup.manifest import BackupFailed, belongs


class Box(Protocol):
    """A folder or an archive that takes files."""

    def add(self, path: str, file: IO[bytes], size: int) -> str:
        """Keep these bytes under this path; their sha256."""


class Hashed:
    """A file being read, and the sha256 of what was read so far."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size)
        self.digest.update(data)
        return data


class Folder:
    """A new folder, for its owner's eyes alone."""

    def __init__(self, path: Path) -> None:
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise BackupFailed(f"{path} is not an empty folder. Choose a new one for each backup.")
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
        self.path = path

    def add(self, path: str, file: IO[bytes], size: int) -> str:
        target = self.path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        source = Hashed(file)
        with target.open("xb") as copy:
            shutil.copyfileobj(source, copy, 1024 * 1024)
            copy.flush()
            os.fsync(copy.fileno())
        return source.digest.hexdigest()


class Archive:
    """A new .tar with the same paths."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self.tar = tar

    def add(self, path: str, file: IO[bytes], size: int) -> str:
        member = tarfile.TarInfo(path)
        member.size, member.mode = size, 0o600
        source = Hashed(file)
        self.tar.addfile(member, source)
        return source.digest.hexdigest()


@contextmanager
def new_box(path: Path, *, is_archive: bool) -> Iterator[Box]:
    """The place of a new backup. Raises BackupFailed when something is there already."""
    if not is_archive:
        yield Folder(path)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BackupFailed(f"{path} exists already. Choose a new name for each backup.") from None
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w") as tar:
            yield Archive(tar)
        file.flush()
        os.fsync(file.fileno())


def unpack(archive: Path, folder: Path) -> None:
    """Take a backup out of its .tar. Raises BackupFailed for a member that is not a backup's."""
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                data = tar.extractfile(member) if member.isreg() else None
                if data is None or not belongs(member.name):
                    raise BackupFailed(f"{archive} holds {member.name!r}, which is no part of a backup.")
                (folder / member.name).parent.mkdir(parents=True, exist_ok=True)
                with (folder / member.name).open("wb") as copy:
                    shutil.copyfileobj(data, copy)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise BackupFailed(f"{archive} cannot be unpacked: {error}.") from None


def add_bytes(box: Box, path: str, data: bytes) -> str:
    """Keep these bytes; their sha256."""
    return box.add(path, io.BytesIO(data), len(data))
