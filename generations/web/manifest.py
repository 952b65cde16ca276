"""What lies in a ZIP of pictures beside them: a list of what they are, as CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import partial

from django.core.files.storage import default_storage
from django.utils import timezone

from generations.models import Image
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
MISSING = "The file is missing or damaged in the storage; ask an administrator."


def members_of(images: Sequence[Image], request: PageRequest) -> list[Member]:
    """The archive's files: the pictures under names of their own, and manifest.csv. A picture whose file is missing or
    damaged is only in the list, which says so."""
    whole = are_whole([image.file for image in images])
    names: dict[str, Image] = {}
    for image in images:
        name = file_name(image)
        names[name if name not in names else name.replace(f"_{image.key[:4]}.", f"_{image.key}.")] = image
    now = timezone.localtime()
    manifest = manifest_of(names, whole, request).encode()
    listed = Member("manifest.csv", len(manifest), now, partial(io.BytesIO, manifest))
    return [*(member(name, image) for name, image in names.items() if image.file_id in whole), listed]


def member(name: str, image: Image) -> Member:
    path = original_path(image.file.sha256)
    written: datetime = timezone.localtime(image.created_at)
    return Member(name, image.file.size, written, partial(default_storage.open, path))


def manifest_of(names: dict[str, Image], whole: Collection[str], request: PageRequest) -> str:
    """What each file is, as CSV."""
    rows: list[Sequence[object]] = [COLUMNS]
    for name, image in names.items():
        assert image.batch is not None and image.model is not None, "only drawn pictures are packed"
        said = [name, image.batch.prompt, image.model.name, str(image.person), image.created_at.isoformat()]
        measured = [image.width, image.height, image.file.size, image.file.sha256, image.batch.number]
        address = request.build_absolute_uri(image.get_absolute_url())
        note = "" if image.file_id in whole else MISSING
        rows.append([*said, *measured, address, note])
    return csv_of(rows)


def csv_of(rows: Iterable[Sequence[object]]) -> str:
    """The rows as CSV in which no spreadsheet finds a formula, whichever separator it is told to split it by: every
    cell is quoted, and an apostrophe stands before a sign that would begin one (OWASP, "CSV Injection")."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerows([BEGINS_FORMULA.sub(r"\1'", str(cell)) for cell in row] for row in rows)
    return out.getvalue()
