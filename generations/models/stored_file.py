"""Bytes under their own hash: a row for every file, a file for every row."""

from __future__ import annotations

import hashlib
import io
import logging
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress

from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _

from generations.errors import NotStored
from generations.imaging.provenance import has_manifest
from generations.models.key import now
from generations.models.storage import (
    Row,
    opened,
    read,
    remove,
    sizes_of,
    storage_errors,
    take_away,
    write_all,
)

log = logging.getLogger(__name__)

PIECE = 256 * 1024
TRIES = 5


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
    """The hashes of those of these whose original lies in the storage, as long as its row says. Raises NotStored."""
    files = list(files)
    sizes = sizes_of([original_path(file.sha256) for file in files])
    return {file.sha256 for file, size in zip(files, sizes, strict=True) if size == file.size}


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
