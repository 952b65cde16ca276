"""One picture: its page, its original bit for bit, its thumbnails."""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property
from urllib.parse import quote

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import parse_etags
from django.utils.timezone import localtime
from django.views.decorators.http import require_POST, require_safe

from generations.errors import BadPicture, NotStored
from generations.forms import DescriptionForm
from generations.imaging.provenance import has_manifest
from generations.models import Image, StoredFile
from generations.models.image import EXTENSIONS
from generations.models.semaphore import NotNow
from generations.models.stored_file import Missing, opened, original_path
from generations.text import tidy
from generations.views import access
from generations.views.copies import file_to_show
from generations.views.frame import THUMBNAILS
from generations.views.lineage import Lineage
from generations.views.page import Lamp, render_page, way_back
from generations.views.pulse import first_look, strips_of
from generations.views.refine import Refiner
from generations.views.request import PageRequest

YEAR = 31_536_000
MAX_READ = 300
"""So much of a prompt is looked at for the words of a file's name."""
MISSING = (
    "The file of this picture is missing in the storage. An administrator can look with “manage.py verify_storage”."
)
AWAY = "The storage of pictures does not answer. Try again in a minute."


@require_safe
def image(request: PageRequest, key: str) -> HttpResponse:
    """The picture at its largest, what was asked for it and how it came."""
    found = access.image_to_open(request.user, key)
    more = {
        "image": found,
        "download": Downloads(found),
        "tags": access.tags_of(found),
        "way_back": way_back(request),
    }
    if not found.is_deleted:
        more["refiner"] = Refiner.of(found)
        more["may_review"] = access.may_review(request.user, found)
    if found.generation is None or found.is_deleted:
        return render_page(request, "picture/picture.html", more)
    batch = access.batch_to_read(request.user, found.generation.batch.key)
    [strip] = strips_of([batch], request.user)
    lamp = Lamp(request.user)
    since = first_look([strip], whose="picture", batch=batch.key, alone=lamp.is_alone)
    frame, found.is_favourite = next(
        (frame, image.is_favourite) for frame in strip.drawn_frames if (image := frame.image) and image.pk == found.pk
    )
    context = {"section": "studio", "batch": batch, "strip": strip, "frame": frame, "generation": frame.generation}
    context["lineage"] = Lineage(found, access.line_of(request.user, batch))
    return render_page(request, "picture/picture.html", {**more, **context, "since": since, "lamp": lamp})


@require_POST
def describe(request: PageRequest, key: str) -> HttpResponse:
    """Keep what a picture shows in a person's words; whoever sees it may say it better."""
    found = access.image_to_read(request.user, key)
    form = DescriptionForm(request.POST, instance=found)
    if form.is_valid():
        form.save()
        messages.success(request, "The description is kept.")
    else:
        messages.error(request, " ".join(map(str, form.errors["alt"])))
    return redirect(found)


@require_safe
def original(request: PageRequest, key: str) -> HttpResponseBase:
    """The bytes as they came; without their metadata for who sees them only as a reference. With `?download`, under a
    name."""
    found = access.picture_to_open(request.user, key)
    try:
        file = file_to_show(request.user, found)
    except (BadPicture, NotNow) as error:
        return not_made(request, error)
    name = file_name(found, EXTENSIONS.get(file.media_type, "bin"))
    return stored_file(request, file, name=name, is_attachment="download" in request.GET)


@require_safe
def explain(request: PageRequest, key: str) -> HttpResponse:
    """Why the original does not come, in a sentence; nothing when the storage has it."""
    found = access.picture_to_open(request.user, key)
    file = found.file if found.shows_original else found.clean_file or found.file
    try:
        opened(original_path(file.sha256)).close()
    except Missing:
        return HttpResponse(MISSING, content_type="text/plain; charset=utf-8")
    except NotStored:
        return HttpResponse(AWAY, content_type="text/plain; charset=utf-8")
    return HttpResponse(status=204)


@require_safe
def thumbnail(request: PageRequest, key: str, side: int) -> HttpResponseBase:
    """A WebP copy with at least this long side, or the largest there is."""
    if side not in THUMBNAILS:
        raise Http404
    found = access.picture_to_open(request.user, key)
    if not found.file.thumbnails:
        return original(request, key)
    path, name = found.file.thumbnail(side), f"{found.key}-{side}.webp"
    return stored(request, path, etag=f"{found.key}-{side}", media_type="image/webp", name=name)


class Downloads:
    """What the page says of the ways to take a picture home."""

    def __init__(self, image: Image) -> None:
        self.image = image

    @cached_property
    def has_manifest(self) -> bool:
        """Whether the original carries a C2PA manifest. The file is opened only if its row does not know."""
        if (known := self.image.file.has_manifest) is not None:
            return known
        try:
            with opened(original_path(self.image.file.sha256)) as file:
                return has_manifest(file)
        except NotStored:
            return False

    @cached_property
    def use_count(self) -> int:
        """How many batches were made from it."""
        return access.use_count(self.image)

    @property
    def takes_label(self) -> bool:
        """Whether a labelled copy can be made."""
        return self.image.extension in ("png", "jpg", "webp") and not self.image.is_reference


def stored_file(request: PageRequest, file: StoredFile, *, name: str, is_attachment: bool) -> HttpResponseBase:
    """The original under a row of the storage. Raises NotStored."""
    path, media_type = original_path(file.sha256), file.media_type
    return stored(request, path, etag=file.sha256, media_type=media_type, name=name, is_attachment=is_attachment)


def not_made(request: PageRequest, error: BadPicture | NotNow) -> HttpResponse:
    """Why a copy is not made, on a page; when to come again, where that will help."""
    if isinstance(error, BadPicture):
        return refused(request, 415, error.detail)
    return refused(request, error.status, error.sentence, retry_after=error.retry_after)


def refused(request: PageRequest, status: int, sentence: str, *, retry_after: int | None = None) -> HttpResponse:
    """A page that says why there is no download."""
    response = render_page(
        request, "picture/download_refused.html", {"status": status, "sentence": sentence}, status=status
    )
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def stored(
    request: PageRequest, path: str, *, etag: str, media_type: str, name: str, is_attachment: bool = False
) -> HttpResponseBase:
    """A file of the storage. A key's bytes never change; nothing in them runs; no other site may embed them.

    Raises NotStored when the storage does not answer."""
    if f'"{etag}"' in parse_etags(request.headers.get("If-None-Match", "")):
        response: HttpResponseBase = HttpResponseNotModified()
    else:
        try:
            response = FileResponse(opened(path), content_type=media_type)
        except Missing as error:
            raise Http404 from error
        response["Content-Disposition"] = disposition(name, is_attachment)
    return guarded(response, etag)


def guarded(response: HttpResponseBase, etag: str) -> HttpResponseBase:
    """The answer as a browser may keep it and nobody else may use it."""
    response["ETag"] = f'"{etag}"'
    response["Cache-Control"] = f"private, max-age={YEAR}, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def file_name(image: Image, extension: str = "", kind: str = "") -> str:
    """2026-11-20_red-bicycle-in-rain_k7f3.png: the day, the first words of the prompt, the key's beginning."""
    words = image.generation.batch.prompt if image.generation else image.alt.rsplit(".", 1)[0]
    slug = "-".join(re.findall(r"\w+", tidy(words, MAX_READ))[:6])[:60].lower() or "image"
    ending = f"{f'_{kind}' if kind else ''}.{extension or image.extension}"
    return f"{localtime(image.created_at):%Y-%m-%d}_{slug}_{image.key[:4]}{ending}"


def disposition(name: str, is_attachment: bool) -> str:
    """Content-Disposition with an ASCII name, and beside it the full one when they differ (RFC 6266)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"_-*_", "_", re.sub(r"[^A-Za-z0-9._-]", "", plain))
    kind = "attachment" if is_attachment else "inline"
    full = f"; filename*=UTF-8''{quote(name, safe='')}" if plain != name else ""
    return f'{kind}; filename="{plain}"{full}'
