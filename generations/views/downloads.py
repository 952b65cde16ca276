"""Downloads: a labelled copy, a copy without metadata, and a ZIP of originals."""

from __future__ import annotations

from django.http import Http404, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from generations import access
from generations.errors import BadPicture
from generations.models import Image, StoredFile
from generations.models.image import EXTENSIONS
from generations.models.semaphore import NotNow
from generations.presenters.downloads import file_name
from generations.queries.downloads import images_to_pack
from generations.request import PageRequest
from generations.translation import translated
from generations.web.archive import download
from generations.web.copies import clean_file_of, labelled_file_of
from generations.web.files import disposition, not_made, refused, stored_file
from generations.web.manifest import members_of
from generations.web.selection import TooMany, selected_images
from generations.web.toasts import toast_or_redirect


@require_safe
def labelled(request: PageRequest, key: str) -> HttpResponseBase:
    """The picture with a label in its metadata: AI-generated, model and prompt."""
    image = access.image_to_open(request.viewer, key)
    if image.generation is None:
        raise Http404
    try:
        return copied(request, image, labelled_file_of(request.user, image, image.generation), "labelled")
    except (BadPicture, NotNow) as error:
        return not_made(request, error)


@require_safe
def clean(request: PageRequest, key: str) -> HttpResponseBase:
    """The picture encoded again, without any metadata."""
    image = access.picture_to_open(request.viewer, key)
    try:
        return copied(request, image, clean_file_of(request.user, image), "clean")
    except (BadPicture, NotNow) as error:
        return not_made(request, error)


def copied(request: PageRequest, image: Image, file: StoredFile, kind: str) -> HttpResponseBase:
    """A copy as an attachment whose name says which copy it is."""
    name = file_name(image, EXTENSIONS[file.media_type], kind)
    return stored_file(request, file, name=name, is_attachment=True)


@require_POST
def zip_selection(request: PageRequest) -> HttpResponseBase:
    """The originals of the selected pictures and manifest.csv, streamed as a ZIP."""
    try:
        found = selected_images(request)
    except TooMany as error:
        return refused(request, 413, str(error))
    count = found.count()
    if not count:
        return toast_or_redirect(request, _("Nothing is selected."))
    try:
        archive = download(request.user, lambda: members_of(images_to_pack(found), request))
    except NotNow as error:
        return refused(request, error.status, translated(error.sentence), retry_after=error.retry_after)
    response = StreamingHttpResponse(archive, content_type="application/zip")
    name = f"{timezone.localdate():%Y-%m-%d}_{count}-pictures.zip"
    response["Content-Length"] = str(archive.length)
    response["Content-Disposition"] = disposition(name, is_attachment=True)
    response["Cache-Control"] = "private, no-store"
    return response
