"""Three ways to take a picture home, and many at once: the original bit for bit, a copy that says how it was made, a
copy that says nothing, and a ZIP of originals."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.core import signing
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_POST, require_safe

from generations.errors import BadPicture
from generations.models import Image, StoredFile
from generations.models.image import EXTENSIONS
from generations.models.semaphore import NotNow
from generations.models.stored_file import are_whole, original_path
from generations.views import access
from generations.views.archive import Member, spooled
from generations.views.copies import clean_file_of, labelled_file_of
from generations.views.image import disposition, file_name, not_made, refused, stored_file
from generations.views.page import render_page
from generations.views.request import PageRequest
from generations.views.selection import TooMany, chosen, told

MOST_FILES = 500
MOST_BYTES = 2 * 1024**3
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


@require_safe
def labelled(request: PageRequest, key: str) -> HttpResponseBase:
    """The picture with its label: made by a machine, by which, from which words."""
    image = access.image_to_open(request.user, key)
    if image.generation is None:
        raise Http404
    try:
        return copied(request, image, labelled_file_of(request.user, image, image.generation), "labelled")
    except (BadPicture, NotNow) as error:
        return not_made(request, error)


@require_safe
def clean(request: PageRequest, key: str) -> HttpResponseBase:
    """The picture drawn anew, without any metadata."""
    image = access.picture_to_open(request.user, key)
    try:
        return copied(request, image, clean_file_of(request.user, image), "clean")
    except (BadPicture, NotNow) as error:
        return not_made(request, error)


def copied(request: PageRequest, image: Image, file: StoredFile, kind: str) -> HttpResponseBase:
    """A copy of a picture under a name that says which."""
    name = file_name(image, EXTENSIONS[file.media_type], kind)
    return stored_file(request, file, name=name, is_attachment=True)


@require_POST
def zip_selection(request: PageRequest) -> HttpResponseBase:
    """The originals of what is selected, with a list of them, as a ZIP; a page with the parts of it when it is more
    than a ZIP holds. `part` is one of those."""
    try:
        part = Part.signed(request.POST["part"]) if "part" in request.POST else None
        found = chosen(request)
    except TooMany as error:
        return refused(request, 413, str(error))
    except signing.BadSignature as error:
        raise Http404 from error
    if part:
        found = found.filter(pk__range=(part.first, part.last))
    parts = parts_of(access.sizes_to_pack(found))
    if not parts:
        return told(request, "Nothing is selected.")
    if len(parts) > 1:
        context = {"parts": parts, "most": MOST_FILES, "chosen": chosen_by(request)}
        return render_page(request, "library/download_parts.html", context, status=413)
    images = access.images_to_pack(found)
    members: Any = SimpleLazyObject(lambda: members_of(images, request))  # listed once a place for it is held
    try:
        packed = spooled(request.user, members)
    except NotNow as error:
        return refused(request, error.status, error.sentence, retry_after=error.retry_after)
    response = FileResponse(packed, content_type="application/zip")
    name = f"{timezone.localdate():%Y-%m-%d}_{len(images)}-pictures{part or ''}.zip"
    response["Content-Disposition"] = disposition(name, is_attachment=True)
    response["Cache-Control"] = "private, no-store"
    return response


# ── many ──


@dataclass
class Part:
    """What one ZIP holds of a selection: its `number` of how many `of`, and the rows from its first to its last."""

    number: int
    first: int
    last: int = 0
    count: int = 0
    size: int = 0
    of: int = 1

    def __str__(self) -> str:
        return f"_part-{self.number}-of-{self.of}"

    @property
    def signature(self) -> str:
        """What a form says to have it: a picture deleted meanwhile moves no other into another part."""
        return signing.dumps(astuple(self), salt="part")

    @classmethod
    def signed(cls, signature: str) -> Part:
        """The part a form speaks of. Raises BadSignature."""
        return cls(*signing.loads(signature, salt="part"))


def chosen_by(request: PageRequest) -> list[tuple[str, str]]:
    """The fields of a form that say what is selected."""
    return [(name, value) for name in ("pick", "all", "query", "as_of") for value in request.POST.getlist(name)]


def parts_of(sizes: Iterable[tuple[int, int]]) -> list[Part]:
    """The ZIPs that pictures fill, given each one's row and bytes in the order of the rows."""
    parts: list[Part] = []
    for pk, size in sizes:
        if not parts or parts[-1].count == MOST_FILES or parts[-1].size + size > MOST_BYTES:
            parts.append(Part(len(parts) + 1, first=pk))
        part = parts[-1]
        part.last, part.count, part.size = pk, part.count + 1, part.size + size
    for part in parts:
        part.of = len(parts)
    return parts


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
