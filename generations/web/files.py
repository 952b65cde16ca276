"""Stored files as HTTP responses: cache and security headers, file names, and a page where no file is sent."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from urllib.parse import quote

from django.core.files.base import File
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags

from generations.errors import BadPicture
from generations.models import StoredFile
from generations.models.semaphore import NotNow
from generations.models.storage import Missing, opened
from generations.models.stored_file import original_path
from generations.request import VisitorRequest
from generations.translation import translated
from generations.web.rendering import render_page

YEAR = 31_536_000
Page = tuple[str, Mapping[str, object]]
RANGE = re.compile(r"bytes=[ \t]*(?P<first>\d{0,15})-(?P<last>\d{0,15})[ \t]*", re.ASCII)


def stored_file(request: VisitorRequest, file: StoredFile, *, name: str, is_attachment: bool) -> HttpResponseBase:
    """The response with a stored original. Raises NotStored."""
    path, media_type = original_path(file.sha256), file.media_type
    return stored(request, path, etag=file.sha256, media_type=media_type, name=name, is_attachment=is_attachment)


def not_made(
    request: VisitorRequest, error: BadPicture | NotNow, page: Page = ("picture/download_refused.html", {})
) -> HttpResponse:
    """A page that says why a copy is not made, with Retry-After where trying again will help."""
    if isinstance(error, BadPicture):
        return refused(request, 415, translated(error.detail), page=page)
    return refused(request, error.status, translated(error.sentence), retry_after=error.retry_after, page=page)


def refused(
    request: VisitorRequest,
    status: int,
    sentence: str,
    *,
    retry_after: int | None = None,
    page: Page = ("picture/download_refused.html", {}),
) -> HttpResponse:
    """A page that says why there is no download; `retry_after` in seconds. `page` is its template, and what that needs
    besides."""
    template, context = page
    context = {**context, "status": status, "sentence": sentence, "retry_after": retry_after}
    response = render_page(request, template, context, status=status)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def stored(
    request: VisitorRequest, path: str, *, etag: str, media_type: str, name: str, is_attachment: bool = False
) -> HttpResponseBase:
    """The response with a file of the storage, or 304. The bytes under a path never change; browsers run nothing in
    them, and no other site may embed them.

    Raises NotStored when the storage is unavailable."""
    if f'"{etag}"' in parse_etags(request.headers.get("If-None-Match", "")):
        response: HttpResponseBase = HttpResponseNotModified()
    else:
        try:
            file = opened(path)
        except Missing as error:
            raise Http404 from error
        wanted = wanted_range(request, etag)
        response = section(file, wanted, media_type) if wanted else FileResponse(file, content_type=media_type)
        if response.status_code == 416:
            return response
        response["Content-Disposition"] = disposition(name, is_attachment)
        response["Accept-Ranges"] = "bytes"
    return guarded(response, etag)


class Section:
    """So many bytes of an open file, from where it stands."""

    def __init__(self, file: File, length: int) -> None:
        self.file, self.left = file, length
        self.close = file.close

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(self.left if size < 0 else min(size, self.left))
        self.left -= len(data)
        return data


def wanted_range(request: HttpRequest, etag: str) -> re.Match[str] | None:
    """The one part of the file that is asked for, if any: more at once, and a part of another file than this one
    (If-Range), are answered by the whole (RFC 9110, 14.2)."""
    if request.method != "GET" or request.headers.get("If-Range", f'"{etag}"') != f'"{etag}"':
        return None
    wanted = RANGE.fullmatch(request.headers.get("Range", ""))
    return wanted if wanted and (wanted["first"] or wanted["last"]) else None


def section(file: File, wanted: re.Match[str], media_type: str) -> HttpResponseBase:
    """The part of the file that is asked for: 206; 416 where it has no such part, and the whole for what is no part."""
    first, last, whole = wanted["first"], wanted["last"], file.size or 0
    start = int(first) if first else max(0, whole - int(last or 0))
    end = min(int(last), whole - 1) if first and last else whole - 1
    if start >= whole:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{whole}"})
    if start > end:
        return FileResponse(file, content_type=media_type)
    file.seek(start)
    part = FileResponse(Section(file, end - start + 1), content_type=media_type, status=206)
    part["Content-Length"] = str(end - start + 1)
    part["Content-Range"] = f"bytes {start}-{end}/{whole}"
    return part


def guarded(response: HttpResponseBase, etag: str) -> HttpResponseBase:
    """The response with its cache headers, private and immutable, and its security headers."""
    response["ETag"] = f'"{etag}"'
    response["Cache-Control"] = f"private, max-age={YEAR}, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def disposition(name: str, is_attachment: bool) -> str:
    """Content-Disposition with an ASCII name, and beside it the full one when they differ (RFC 6266)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"_-*_", "_", re.sub(r"[^A-Za-z0-9._-]", "", plain))
    kind = "attachment" if is_attachment else "inline"
    full = f"; filename*=UTF-8''{quote(name, safe='')}" if plain != name else ""
    return f'{kind}; filename="{plain}"{full}'
