"""What several pages answer with: a toast or a message in its place, and the way back."""

from __future__ import annotations

import json

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from generations.errors import InvalidRequest
from generations.models import Batch
from generations.request import PageRequest
from generations.submit import AlreadySent
from generations.translation import sentences, translated
from generations.web.selection import TooMany


def toast_or_redirect(
    request: PageRequest, sentence: str, *, changed: bool = False, undo: str = "", extra: str = "", address: str = ""
) -> HttpResponse:
    """Say what was done: in the toast for HTMX, else on the page one comes back to. `undo` is an address to undo it,
    `address` that of what the toast is about."""
    if not request.htmx:
        messages.success(request, sentence, extra_tags=undo)
        return redirect(return_url(request, reverse("library" if request.viewer.has_library else "galleries")))
    toast = render_to_string("parts/_toast.html", {"sentence": sentence, "undo": undo, "address": address}, request)
    response = HttpResponse(toast + extra)
    if changed:
        response["HX-Trigger"] = json.dumps({"library-changed": {}})
    return response


def return_url(request: PageRequest, otherwise: str) -> str:
    """The page of ours the form says it stands on."""
    page = request.POST.get("here", "")
    return page if url_has_allowed_host_and_scheme(page, None) and page.startswith("/") else otherwise


def sent_toast(request: PageRequest, sent: Batch, source: Batch | None = None) -> str:
    """The toast that names the new batch, since one may not see the top; the field below the strip of `source`
    closes."""
    context = {"batch": source, "sentence": _("%(batch)s sent.") % {"batch": sent}}
    return render_to_string("parts/_action_done.html", context, request)


def redirect_to(request: PageRequest, url: str) -> HttpResponse:
    """Send the browser there, also from an HTMX request."""
    return HttpResponse(status=204, headers={"HX-Redirect": url}) if request.htmx else redirect(url)


def reason_of(error: InvalidRequest | AlreadySent) -> str:
    """Why nothing was sent."""
    return translated((isinstance(error, InvalidRequest) and error.detail) or error.sentence)


def problems_of(form: forms.Form | forms.ModelForm) -> str:
    """All that is wrong with a form, in a row of sentences."""
    return sentences(str(error) for errors in form.errors.values() for error in errors)


def sentence_of(error: ValidationError | TooMany) -> str:
    return sentences(error.messages) if isinstance(error, ValidationError) else str(error)
