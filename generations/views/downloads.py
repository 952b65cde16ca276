"""Three ways to take a picture home, and many at once: the original bit for bit, a copy that says how it was made, a
copy that says nothing, and a ZIP of originals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from typing import Any

from django.core import signing
from django.http import FileResponse, Http404
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_POST, require_safe

from generations import access
from generations.errors import BadPicture
from generations.models import Image, StoredFile
from generations.models.image import EXTENSIONS
from generations.models.semaphore import NotNow
from generations.presenters.downloads import file_name
from generations.queries.downloads import images_to_pack, sizes_to_pack
from generations.request import PageRequest
from generations.web.answers import toast_or_redirect
from generations.web.archive import spooled
from generations.web.copies import clean_file_of, labelled_file_of
from generations.web.files import disposition, not_made, refused, stored_file
from generations.web.manifest import members_of
from generations.web.rendering import render_page
from generations.web.selection import TooMany, selected_images

MAX_FILES = 500
MAX_BYTES = 2 * 1024**3


@require_safe
def labelled(request: PageRequest, key: str) -> HttpResponseBase:
    """The picture with its label: made by a machine, by which, from which words."""
    image = access.image_to_open(request.viewer, key)
    if image.generation is None:
        raise Http404
    try:
        return copied(request, image, labelled_file_of(request.user, image, image.generation), "labelled")
    except (BadPicture, NotNow) as error:
        return not_made(request, error)


@require_safe
def clean(request: PageRequest, key: str) -> HttpResponseBase:
    """The picture drawn anew, without any metadata."""
    image = access.picture_to_open(request.viewer, key)
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
        found = selected_images(request)
    except TooMany as error:
        return refused(request, 413, str(error))
    except signing.BadSignature as error:
        raise Http404 from error
    if part:
        found = found.filter(pk__range=(part.first, part.last))
    parts = parts_of(sizes_to_pack(found))
    if not parts:
        return toast_or_redirect(request, "Nothing is selected.")
    if len(parts) > 1:
        context = {"parts": parts, "most": MAX_FILES, "chosen": chosen_by(request)}
        return render_page(request, "library/download_parts.html", context, status=413)
    images = images_to_pack(found)
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
        if not parts or parts[-1].count == MAX_FILES or parts[-1].size + size > MAX_BYTES:
            parts.append(Part(len(parts) + 1, first=pk))
        part = parts[-1]
        part.last, part.count, part.size = pk, part.count + 1, part.size + size
    for part in parts:
        part.of = len(parts)
    return parts
