"""The scripts' texts in a language, under an address that changes with them."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.views.i18n import JavaScriptCatalog

from generations.web.methods import require_GET
from generations.web.texts import version_of

FOR_EVER = "public, max-age=31536000, immutable"
catalog = JavaScriptCatalog.as_view(packages=["generations"])


@login_not_required
@require_GET
def texts(request: HttpRequest, language: str, version: str) -> HttpResponseBase:
    """A script that brings the catalogue of this language. 404 for a language or a version there is not."""
    if version != version_of(language):
        raise Http404("no such texts")
    with translation.override(language):
        response = catalog(request)
    response["Cache-Control"] = FOR_EVER
    return response
