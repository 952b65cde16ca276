"""The members of a ZIP download: the pictures, and manifest.csv, which lists them. Its column names are a format."""

from __future__ import annotations

import csv
import io
import re
import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from tempfile import SpooledTemporaryFile

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext

from generations.models import Image, StoredFile
from generations.models.storage import opened
from generations.models.stored_file import are_whole, original_path
from generations.presenters.downloads import file_name
from generations.request import PageRequest
from generations.web.archive import Member

COLUMNS = (
    "file",
    "prompt",
    "model",
    "author",
    "created",
    "width",
    "height",
    "bytes",
    "sha256",
    "batch",
    "address",
    "note",
)
SEPARATORS = r",;|\t\n\r\v\f\x1c-\x1f\x85\u2028\u2029"
BLANKS = r" \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
BEGINS_FORMULA = re.compile(rf"((?:^|[{SEPARATORS}])[{BLANKS}\"']*+)(?=[=+\-@＝＋－＠﹦﹢﹣﹫])")
"""Where a cell would begin with a formula's sign, or with its full-width or small form, once a separator of some
spreadsheet is seen. BLANKS is the white space that separates nothing: a run that held separators too would be read to
its end from each of them."""
LISTED_AT_ONCE = 500
MAX_IN_MEMORY = 1024 * 1024


def members_of(images: Iterable[Image], request: PageRequest, held: Iterable[Image] = ()) -> list[Member]:
    """The archive's files: the pictures under names of their own, and manifest.csv, which also names those that are
    `held` back until they are approved. A picture whose file is missing or damaged is only in the list, which says so
    in the language of the request: all of it is written before a byte is sent."""
    missing = gettext("The file is missing or damaged in the storage. Ask an administrator.")
    names: set[str] = set()
    members: list[Member] = []
    listing = Listing()
    listing.add(COLUMNS)
    rest = iter(images)
    while some := list(islice(rest, LISTED_AT_ONCE)):
        whole = are_whole([image.file for image in some])
        for image in some:
            name = file_name(image)
            if name in names:
                name = name.replace(f"_{image.key[:4]}.", f"_{image.key}.")
            names.add(name)
            is_whole = image.file_id in whole
            listing.add(row_of(name, image, "" if is_whole else missing, request))
            if is_whole:
                members.append(member(name, image))
    for image in held:
        note = gettext("Left out: it waits for an approval.")
        listing.add(row_of(file_name(image), image, note, request))
    return [*members, listing.member("manifest.csv")]


def member(name: str, image: Image) -> Member:
    written: datetime = timezone.localtime(image.created_at)
    file = image.file
    return Member(name, file.size, written, partial(checksum_of, file), partial(opened, original_path(file.sha256)))


def checksum_of(file: StoredFile) -> int:
    """Its CRC-32, asked for in a thread that no request's end frees of its connection. Raises NotStored."""
    try:
        return file.checksum()
    finally:
        if not connection.in_atomic_block:
            connection.close()


def row_of(name: str, image: Image, note: str, request: PageRequest) -> Sequence[object]:
    """The row of manifest.csv for a file of the archive."""
    assert image.batch is not None and image.model is not None, "only drawn pictures are packed"
    said = [name, image.batch.prompt, image.model.name, str(image.person), image.created_at.isoformat()]
    measured = [image.width, image.height, image.file.size, image.file.sha256, image.batch.number]
    return [*said, *measured, request.build_absolute_uri(image.get_absolute_url()), note]


class Listing(SpooledTemporaryFile[bytes]):
    """Rows as CSV, in memory as long as they are few: five thousand prompts may be a hundred megabytes."""

    def __init__(self) -> None:
        super().__init__(MAX_IN_MEMORY, "w+b", dir=str(settings.DATA_DIR))
        self.crc32 = 0

    def add(self, row: Sequence[object]) -> None:
        text = csv_of([row]).encode()
        self.write(text)
        self.crc32 = zlib.crc32(text, self.crc32)

    def member(self, name: str) -> Member:
        """The rows so far as a file of an archive."""
        size = self.tell()
        self.seek(0)
        return Member(name, size, timezone.localtime(), lambda: self.crc32, lambda: self)


def csv_of(rows: Iterable[Sequence[object]]) -> str:
    """The rows as CSV in which no spreadsheet finds a formula, whichever separator it is told to split it by: every
    cell is quoted, and an apostrophe stands before a sign that would begin one (OWASP, "CSV Injection")."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerows([BEGINS_FORMULA.sub(r"\1'", str(cell)) for cell in row] for row in rows)
    return out.getvalue()
