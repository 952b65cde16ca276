"""Bytes under their own hash: a row for every file, a file for every row."""

from __future__ import annotations

import hashlib
import io
import logging
import os
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _

from generations.errors import NotStored
from generations.imaging.provenance import has_manifest
from generations.models.key import now
from generations.models.storage_gate import StorageGate
from imageweb.logs import request_id

log = logging.getLogger(__name__)

MARKER = "imageweb-storage"
FOLDERS = ("files", "thumbnails")
PIECE = 256 * 1024
TRIES = 5
ASKED_AT_ONCE = 16

GATE = StorageGate()
"""Of this process."""

Row = TypeVar("Row")


class Missing(NotStored):
    """The storage answers, and has no such file."""


class StoredFile(models.Model):
    """One file of the storage: an original, a reference or a long answer. Its name is the sha256 of its bytes."""

    sha256 = models.CharField(_("SHA-256"), max_length=64, primary_key=True)
    size = models.PositiveBigIntegerField(_("size"))
    crc32 = models.PositiveBigIntegerField(
        null=True, editable=False, help_text=_("Of its bytes; empty until one looks.")
    )
    media_type = models.CharField(_("media type"), max_length=80)
    thumbnails = models.JSONField(
        _("thumbnails"), default=list, blank=True, help_text=_("Long sides of the WebP copies, in pixels.")
    )
    has_manifest = models.BooleanField(
        _("has a C2PA manifest"), null=True, help_text=_("Carries a C2PA manifest; empty if nobody looked.")
    )
    created_at = models.DateTimeField(_("created at"), db_default=now())

    class Meta:
        verbose_name = _("stored file")
        verbose_name_plural = _("stored files")

    def __str__(self) -> str:
        return self.sha256

    @classmethod
    def put(
        cls, data: bytes, media_type: str, thumbnails: dict[int, bytes] | None = None, *, sha256: str = ""
    ) -> StoredFile:
        """Store the bytes, and their thumbnails by long side, then the row. The same bytes twice are one file. `sha256`
        is theirs, where it was worked out before.

        Files first, each written whole under another name and renamed: a crash leaves a file without a row, which
        `verify_storage` removes after a day, never a row without its file. Raises NotStored. The row that refers to it
        is made `retry_on_integrity_error`."""
        sha256 = sha256 or hashlib.sha256(data).hexdigest()
        thumbnails = thumbnails or {}
        contents = {thumbnail_path(sha256, side): webp for side, webp in thumbnails.items()}
        contents[original_path(sha256)] = data
        write_all(contents)
        with transaction.atomic():
            row, is_new = cls.objects.get_or_create(
                sha256=sha256,
                defaults={
                    "size": len(data),
                    "crc32": zlib.crc32(data),
                    "media_type": media_type,
                    "thumbnails": sorted(thumbnails),
                    "has_manifest": has_manifest(io.BytesIO(data)),
                },
            )
            if is_new:  # a removal of the former row may have taken what stood there already
                write_all(contents)
        if not is_new and thumbnails and not row.thumbnails:  # it was kept before anybody knew that it is a picture
            row.thumbnails, row.media_type = sorted(thumbnails), media_type
            cls.objects.filter(pk=row.pk).update(thumbnails=row.thumbnails, media_type=media_type)
        return row

    def bytes(self) -> bytes:
        """The file's content. Raises NotStored when it cannot be read: Missing when it is not there."""
        return read(original_path(self.sha256))

    def checksum(self) -> int:
        """The CRC-32 of its bytes. For a row older than the column they are read, piece by piece, and it is kept.

        Raises NotStored, also when they are not the bytes that were stored."""
        if self.crc32 is None:
            path, crc32, digest = original_path(self.sha256), 0, hashlib.sha256()
            with opened(path) as file:
                while piece := file.read(PIECE):
                    crc32 = zlib.crc32(piece, crc32)
                    digest.update(piece)
            if digest.hexdigest() != self.sha256:
                raise NotStored(f"{path}: its bytes are not those that were stored")
            self.note_crc32(crc32)
        assert self.crc32 is not None
        return self.crc32

    def note_crc32(self, crc32: int) -> None:
        """Write the CRC-32 of its bytes, whose sha256 was found right."""
        StoredFile.objects.filter(pk=self.pk).update(crc32=crc32)
        self.crc32 = crc32

    def drop_if_unused(self) -> bool:
        """Remove row and files when nothing refers to them. Whether they were removed.

        The files leave their places while the row is locked: a new row of the same bytes is written after that, and
        finds them missing. On a bucket, which cannot rename, they are removed then."""
        with transaction.atomic():
            row = StoredFile.objects.select_for_update().filter(pk=self.pk).first()
            if row is None:
                return False
            paths = row.paths()
            try:
                row.delete()
            except ProtectedError:
                return False
            asides = [take_away(path) for path in paths]
        for aside in filter(None, asides):
            remove(aside)
        return True

    def paths(self) -> list[str]:
        """Every path in the storage that belongs to this row."""
        return [original_path(self.sha256), *(thumbnail_path(self.sha256, side) for side in self.thumbnails)]

    def thumbnail(self, wanted: int) -> str:
        """The path of the smallest copy at least `wanted` pixels long, else of the largest."""
        side = next((side for side in sorted(self.thumbnails) if side >= wanted), max(self.thumbnails, default=0))
        return thumbnail_path(self.sha256, side) if side else original_path(self.sha256)


def drop_all(files: Iterable[StoredFile]) -> int:
    """`drop_if_unused` each of these, whose users are gone; how many were removed. One that the storage does not let go
    now is no reason to stop: it stays unused, or set aside, until a worker cleans up."""
    dropped = 0
    for file in files:
        try:
            with storage_errors(original_path(file.sha256)):
                dropped += file.drop_if_unused()
        except NotStored as error:
            log.warning("a file stays until the next clean-up: %s", error.detail)
    return dropped


def are_whole(files: Iterable[StoredFile]) -> set[str]:
    """The hashes of those of these whose original lies in the storage, as long as its row says. Asked side by side,
    since a bucket takes its time for each."""
    files = list(files)
    with ThreadPoolExecutor(ASKED_AT_ONCE) as threads:
        sizes = threads.map(_size, (original_path(file.sha256) for file in files))
        return {file.sha256 for file, size in zip(files, sizes, strict=True) if size == file.size}


def _size(path: str) -> int:
    try:
        return default_storage.size(path)
    except storage_error_types():
        return -1


def original_path(sha256: str) -> str:
    """Where the bytes lie: files/ab/ab12…"""
    return f"files/{sha256[:2]}/{sha256}"


def thumbnail_path(sha256: str, side: int) -> str:
    """Where the WebP copy lies: thumbnails/640/ab/ab12…"""
    return f"thumbnails/{side}/{sha256[:2]}/{sha256}"


def retry_on_integrity_error(store: Callable[[], Row]) -> Row:
    """Store files and make the row that refers to them; the row.

    Somebody may remove the last other row of the same bytes in between, and the file along with it. The database then
    refuses the new one, and it is all done once more."""
    for _attempt in range(TRIES - 1):
        with suppress(IntegrityError):
            return store()
    return store()


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


def _ask(call: Callable[[], Row], size: int = 0) -> Row:
    """What the storage answers, which is given or takes so many bytes. For a page a bucket has little time; a worker
    waits for it."""
    return GATE.call(call, size) if request_id.get() and not _is_local() else call()


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
