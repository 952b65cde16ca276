"""Pictures to start from: each is stored as soon as it is chosen, and then named by its key."""

from __future__ import annotations

import hashlib
import re

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from generations import access
from generations.errors import BadPicture, NotStored
from generations.forms.composer import ComposerForm
from generations.imaging.label import Label, read_label
from generations.models import Image, Person
from generations.models.batch import MAX_PROMPT
from generations.models.semaphore import NotNow
from generations.presenters.formatting import not_taken
from generations.queries.composer import reference_brought_before
from generations.queries.library import images_found, images_to_show
from generations.queries.search import Search
from generations.request import PageRequest
from generations.text import tidy
from generations.uploads import store_reference
from generations.web.methods import require_safe

MAX_NAME = 120
MAX_OFFERED = 30
"""Pictures offered at once; words find older ones."""
OURS = re.compile(r"(?:https?://([^/?#]+))?/i/([a-z0-9]{12})(?:[/?#].*)?")


class NotTaken(Exception):
    """A picture that cannot be a reference; the text is the sentence for the person. `status` is HTTP's, `retry_after`
    in seconds where the same may be taken soon."""

    def __init__(self, sentence: str, status: int = 422, retry_after: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.retry_after = retry_after


@require_POST
def references(request: PageRequest) -> HttpResponse:
    """One picture: a `file`, or the `address` of a picture of this site. The answer is its place in the composer."""
    try:
        image, data = taken(request)
    except NotTaken as problem:
        return not_taken_here(problem)
    if not request.htmx:
        return redirect(f"{reverse('studio')}?with={image.key}")
    return HttpResponse(
        render_to_string(
            "studio/_reference_field.html", {"image": image, "label": label_in(image, request.user, data)}, request
        )
    )


@require_safe
def pictures_to_refer(request: PageRequest) -> HttpResponse:
    """The newest pictures of the library whose prompt holds the words, to pick references from."""
    search = Search(words=Search.read(request.GET).words)
    found = images_found(request.viewer, search).values_list("pk", flat=True)[:MAX_OFFERED]
    context = {"images": images_to_show(request.viewer, list(found)), "words": search.words}
    return render(request, "studio/_pictures_to_refer.html", context)


def not_taken_here(problem: NotTaken) -> HttpResponse:
    """The sentence alone: a script shows it where the picture would be, or sends the picture again in a while."""
    later = {} if problem.retry_after is None else {"Retry-After": str(problem.retry_after)}
    content_type = "text/plain; charset=utf-8"
    return HttpResponse(str(problem), status=problem.status, content_type=content_type, headers=later)


def label_in(image: Image, person: Person, data: bytes) -> str:
    """What a picture that this person brought says of how it was made, as JSON for the page; "" where it says
    nothing. What another's says is theirs. `data` is its file, where it was brought just now."""
    is_own = image.is_reference and image.person_id == person.pk
    try:
        label = read_label(data or image.file.bytes()) if is_own else None
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


def taken(request: PageRequest) -> tuple[Image, bytes]:
    """The picture a request names or brings, and the bytes it brings. Raises NotTaken."""
    if upload := request.FILES.get("file"):
        data = upload.read(settings.MAX_UPLOAD_BYTES + 1)
        return brought(request.user, data, upload.name or ""), data
    if address := request.POST.get("address", ""):
        return named(request, address), b""
    raise NotTaken(_("Choose a picture."))


def brought(person: Person, data: bytes, name: str) -> Image:
    """The picture in these bytes; the same bytes brought again are the same picture. Raises NotTaken."""
    known = reference_brought_before(person, hashlib.sha256(data).hexdigest())
    try:
        return known or store_reference(person, data, name)
    except (BadPicture, NotStored) as error:
        raise NotTaken(not_taken(name, error)) from error
    except NotNow as error:
        raise NotTaken(not_taken(name, error), error.status, error.retry_after) from error


def named(request: PageRequest, address: str) -> Image:
    """The picture behind an address of this site, if the person may see it. Raises NotTaken."""
    found = OURS.fullmatch(address.strip())
    if found is None or found[1] not in (None, request.get_host()):
        raise NotTaken(_("This is not a picture of this site. Save it and add the file."))
    try:
        return access.image_to_see(request.viewer, found[2])
    except Http404:
        raise NotTaken(_("This picture does not exist, or you don’t have access to it.")) from None
