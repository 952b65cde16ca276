"""Files against rows, both ways: what is missing, changed, without a row or left behind, and what can be mended.

A file is stored before its row, so a young file without a row may belong to somebody at work; after an hour it is
reported, after a day it may be removed. Nothing here ever removes a row that something refers to, or its file.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from django.core.files.storage import default_storage
from django.db.models import Exists, ForeignObjectRel, OuterRef, QuerySet
from django.utils import timezone

from generations.errors import BadPicture, NotStored
from generations.imaging.thumbnail import thumbnails
from generations.models import StoredFile
from generations.models.key import now
from generations.models.storage import (
    bring_back,
    is_marked,
    mark_storage,
    read,
    remove,
    set_aside,
    storage_errors,
    walk,
    write,
)
from generations.models.stored_file import drop_all, original_path, thumbnail_path

YOUNG = timedelta(hours=1)
OLD = timedelta(days=1)
ROWS_AT_ONCE = 500

OURS = re.compile(r"(?:files|thumbnails/(?P<side>\d+))/(?P<folder>[0-9a-f]{2})/(?P<sha256>(?P=folder)[0-9a-f]{62})")
DROPPING = ".dropping"
WRITING = ".writing-"


@dataclass(frozen=True)
class Finding:
    """What is the matter with one path. `what` is a word to count by; `is_wrong` says whether it still matters."""

    what: str
    path: str
    sentence: str
    is_wrong: bool = True

    def __str__(self) -> str:
        return f"{self.what:<9}  {self.path}: {self.sentence}"


def findings(*, repair: bool = False) -> Iterator[Finding]:
    """Everything that is wrong with the storage, one by one; every byte of every original is read.

    With `repair`, what can be mended is: files without a row and left-behind ones older than a day are removed, files
    set aside by mistake come back, thumbnails are made anew, checksums put right. Left-behind files come first, so that
    a file which comes back is not missed afterwards. Raises NotStored when the storage does not answer."""
    with storage_errors("all files"):
        yield from marker(repair=repair)
        yield from files_without_rows(repair=repair)
        for row in StoredFile.objects.order_by("pk").iterator(ROWS_AT_ONCE):
            yield from row_without_files(row, repair=repair)


def marker(*, repair: bool) -> Iterator[Finding]:
    """The storage's marker, by whose absence a missing volume is known."""
    if is_marked():
        return
    if repair and any(True for _ in walk()):
        mark_storage()
        yield Finding("marker", "imageweb-storage", "was missing, put back.", is_wrong=False)
    else:
        yield Finding("marker", "imageweb-storage", "is missing: this may be the wrong or an empty volume.")


def files_without_rows(*, repair: bool) -> Iterator[Finding]:
    """Files that no row accounts for, with what became of each."""
    for paths in batched(walk(), ROWS_AT_ONCE):
        wanted = wanted_of(paths)
        for path in paths:
            if is_stray(path):
                yield from stray(path, repair=repair)
            elif not OURS.fullmatch(path):
                yield Finding("foreign", path, "was not written by this installation; it is left alone.")
            elif path not in wanted:
                yield from orphan(path, repair=repair)


def row_without_files(row: StoredFile, *, repair: bool) -> Iterator[Finding]:
    """What a row says it has and the storage does not, and an original whose bytes are not those it is named by."""
    path = original_path(row.sha256)
    try:
        data = read(path)
    except NotStored as error:
        there = default_storage.exists(path)
        yield Finding("unread" if there else "missing", path, error.detail if there else "the row has no file.")
        return
    if hashlib.sha256(data).hexdigest() != row.sha256:
        yield Finding("changed", path, "its bytes are not those that were stored. Take it from a backup.")
        return
    yield from checksum(row, zlib.crc32(data), repair=repair)
    gone = [side for side in row.thumbnails if not default_storage.exists(thumbnail_path(row.sha256, side))]
    made = make_anew(row, data, gone) if repair and gone else set()
    for side in gone:
        sentence = "was missing, made anew." if side in made else "is missing; --repair makes it anew."
        yield Finding("thumbnail", thumbnail_path(row.sha256, side), sentence, is_wrong=side not in made)


def checksum(row: StoredFile, crc32: int, *, repair: bool) -> Iterator[Finding]:
    """A CRC-32 that is not that of the row's bytes, which are whole: a ZIP with it would break off. Rows older than the
    column get theirs."""
    if row.crc32 == crc32:
        return
    is_known = row.crc32 is not None
    if repair or not is_known:
        row.note_crc32(crc32)
    if is_known:
        sentence = "was wrong in the database, put right." if repair else "is wrong in the database; --repair mends it."
        yield Finding("checksum", original_path(row.sha256), f"its CRC-32 {sentence}", is_wrong=not repair)


def unused() -> QuerySet[StoredFile]:
    """Rows older than a day that no row of any table refers to."""
    rows = StoredFile.objects.filter(created_at__lt=now(seconds=-OLD.total_seconds()))
    for relation in StoredFile._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel):
            users = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
            rows = rows.exclude(Exists(users))
    return rows


def drop_unused(most: int | None = None) -> int:
    """Remove rows nothing refers to, with their files, at most so many; how many."""
    return drop_all(list(unused().order_by("created_at")[:most]))


def remove_strays() -> int:
    """Remove what a crash left half written or set aside more than a day ago; how many."""
    settled = [finding for path in list(filter(is_stray, walk())) for finding in stray(path, repair=True)]
    return sum(finding.what == "stray" and not finding.is_wrong for finding in settled)


def orphan(path: str, *, repair: bool) -> Iterator[Finding]:
    """A file that no row accounts for."""
    age = age_of(path)
    if age is None:
        return
    if age < YOUNG:
        yield Finding("young", path, "has no row yet; younger than an hour, so it is kept.", is_wrong=False)
    elif repair and age > OLD:
        aside = set_aside(path)
        if path in wanted_of([path]):  # somebody stored the same bytes this moment
            bring_back(aside, path)
            return
        remove(aside)
        yield Finding("orphan", path, "had no row, removed.", is_wrong=False)
    else:
        yield Finding("orphan", path, "has no row; --repair removes it when it is older than a day.")


def stray(path: str, *, repair: bool) -> Iterator[Finding]:
    """A file half written, or one set aside by a removal that did not finish."""
    age = age_of(path)
    if age is None:
        return
    belongs = path.removesuffix(DROPPING)
    is_needed = belongs != path and belongs in wanted_of([belongs]) and not default_storage.exists(belongs)
    if age < YOUNG:
        yield Finding("young", path, "somebody may be writing it.", is_wrong=False)
    elif repair and is_needed:
        bring_back(path, belongs)
        yield Finding("stray", path, "was set aside though it is needed, brought back.", is_wrong=False)
    elif repair and age > OLD:
        remove(path)
        yield Finding("stray", path, "was left behind, removed.", is_wrong=False)
    else:
        yield Finding("stray", path, "was left behind; --repair removes it when it is older than a day.")


def is_stray(path: str) -> bool:
    """Whether the name is one that only stands while a file is written or removed."""
    return path.endswith(DROPPING) or path.rpartition("/")[2].startswith(WRITING)


def wanted_of(paths: Iterable[str]) -> set[str]:
    """Those of these paths that belong to a row."""
    hashes = {found["sha256"] for path in paths if (found := OURS.fullmatch(path))}
    return {path for row in StoredFile.objects.filter(pk__in=hashes) for path in row.paths()}


def age_of(path: str) -> timedelta | None:
    """How long ago the file was written; None when it is gone meanwhile."""
    try:
        return timezone.now() - default_storage.get_modified_time(path)
    except FileNotFoundError:
        return None


def make_anew(row: StoredFile, data: bytes, gone: list[int]) -> set[int]:
    """Write these thumbnails of a picture again, from its whole ladder; the sides that could be made."""
    try:
        ladder = thumbnails(data, row.thumbnails).by_side
        for side in set(gone) & set(ladder):
            write(thumbnail_path(row.sha256, side), ladder[side])
    except (BadPicture, NotStored):
        return set()
    return set(ladder)


def batched(paths: Iterator[str], size: int) -> Iterator[list[str]]:
    """The paths in lists of at most so many."""
    while some := list(islice(paths, size)):
        yield some
