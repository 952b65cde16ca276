"""What travels. How much a request may bring: Django bounds the fields of a form but not its files, and reads both
before a view is asked; without this, anybody could fill the disk without an account. And how a page goes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

TAKE_FILES = frozenset({"compose", "preview", "references"})


class BoundedBody:
    """Refuses a body by its announced length; one without a length is read as empty. Stands before whatever reads."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],
        args: Sequence[object],
        kwargs: Mapping[str, object],
    ) -> HttpResponse | None:
        """413, or None when the body is no larger than its address takes."""
        assert request.resolver_match is not None, "a view was found"
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length[:20]) <= limit_of(request.resolver_match.url_name):
            return None
        sentence = f"This is too much at once. Files may have {settings.MAX_UPLOAD_BYTES // 2**20} MB together."
        return HttpResponse(sentence, status=413, content_type="text/plain; charset=utf-8")


def limit_of(door: str | None) -> int:
    """Bytes: a form's fields everywhere, and files where pictures are brought."""
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE + (settings.MAX_UPLOAD_BYTES if door in TAKE_FILES else 0)


class CompressedPages(GZipMiddleware):
    """Sends pages compressed to browsers that take it, with Django's random bytes against guessing by length. Pictures
    and archives do not shrink and go as they are."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_page = response.get("Content-Type", "").startswith("text/html")
        return super().process_response(request, response) if is_page else response
