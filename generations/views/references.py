"""Pictures to start from: each is stored as soon as it is chosen, and then named by its key."""

from __future__ import annotations

import hashlib
import re

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_POST

from generations.errors import BadPicture, NotStored
from generations.forms import ComposerForm
from generations.imaging.label import Label, read_label
from generations.models import Image, Person
from generations.models.batch import MAX_PROMPT
from generations.submit import store_reference
from generations.text import tidy
from generations.views import access
from generations.views.request import PageRequest
from generations.views.words import not_taken

MAX_NAME = 120
OURS = re.compile(r"(?:https?://([^/?#]+))?/i/([a-z0-9]{12})(?:[/?#].*)?")


class NotTaken(Exception):
    """A picture that cannot be a reference; the text is the sentence for the person."""


@require_POST
def references(request: PageRequest) -> HttpResponse:
    """One picture: a `file`, or the `address` of a picture of this site. The answer is its place in the composer."""
    try:
        image = taken(request)
    except NotTaken as problem:
        return HttpResponse(str(problem), status=422, content_type="text/plain; charset=utf-8")
    if not request.htmx:
        return redirect(f"{reverse('studio')}?with={image.key}")
    return HttpResponse(render_to_string("_held.html", {"image": image, "label": label_in(image)}, request))


def label_in(image: Image) -> str:
    """What an uploaded picture of ours says of how it was made, as JSON for the page; "" where it says nothing."""
    try:
        label = read_label(image.file.bytes()) if image.is_reference else None
    except NotStored:
        return ""
    return believed(label).to_json() if label else ""


def believed(label: Label) -> Label:
    """What a label fills in: words and options that the composer takes and shows. A file may come from anybody."""
    return Label(
        prompt=tidy(label.prompt, MAX_PROMPT),
        model=tidy(label.model, MAX_NAME),
        size=tidy(label.size, MAX_NAME),
        options=ComposerForm.options_in(label.options),
    )


def taken(request: PageRequest) -> Image:
    """The picture a request names or brings. Raises NotTaken."""
    if upload := request.FILES.get("file"):
        return brought(request.user, upload.read(settings.MAX_UPLOAD_BYTES + 1), upload.name or "")
    if address := request.POST.get("address", ""):
        return named(request, address)
    raise NotTaken("Choose a picture.")


def brought(person: Person, data: bytes, name: str) -> Image:
    """The picture in these bytes; the same bytes brought again are the same picture. Raises NotTaken."""
    known = access.reference_brought_before(person, hashlib.sha256(data).hexdigest())
    try:
        return known or store_reference(person, data, name)
    except (BadPicture, NotStored) as error:
        raise NotTaken(not_taken(name, error)) from error


def named(request: PageRequest, address: str) -> Image:
    """The picture behind an address of this site, if the person may see it. Raises NotTaken."""
    found = OURS.fullmatch(address.strip())
    if found is None or found[1] not in (None, request.get_host()):
        raise NotTaken("This is no picture of this site. Save it and add the file.")
    try:
        return access.reference_to_use(request.user, found[2])
    except Http404:
        raise NotTaken("There is no such picture, or it is not yours to see.") from None
