"""Downloads: a labelled copy, a copy without metadata, and a ZIP of originals."""

from __future__ import annotations

from django.db import transaction
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from generations import access, rights
from generations.errors import BadPicture
from generations.models import Gallery, Image, StoredFile
from generations.models.audit_entry import Subject, record
from generations.models.image import EXTENSIONS, ImageQuerySet
from generations.models.semaphore import NotNow
from generations.presenters.downloads import file_name
from generations.presenters.gate import download_gate, gate_sentence, label_gate
from generations.queries.downloads import images_to_copy, images_to_pack
from generations.request import PageRequest
from generations.translation import number_text, translated
from generations.web.archive import Archive, ArchiveOfCopies, download, download_copies
from generations.web.copied import KINDS, MAX_COPIES, copies_of
from generations.web.copies import clean_file_of, labelled_file_of
from generations.web.files import disposition, not_made, refused, stored_file
from generations.web.manifest import members_of
from generations.web.methods import require_safe
from generations.web.noting import note_download, note_downloads
from generations.web.selection import TooMany, selected_images
from generations.web.toasts import toast_or_redirect


@require_safe
def labelled(request: PageRequest, key: str) -> HttpResponseBase:
    """The picture with a label in its metadata: AI-generated, model and prompt."""
    image = access.image_to_open(request.viewer, key)
    if image.generation is None:
        raise Http404
    if gate := label_gate(request.viewer, image):
        return refused(request, 403, gate)
    try:
        return copied(request, image, labelled_file_of(request.user, image, image.generation), "labelled")
    except (BadPicture, NotNow) as error:
        return not_made(request, error)


@require_safe
def clean(request: PageRequest, key: str) -> HttpResponseBase:
    """The picture encoded again, without any metadata."""
    image = access.picture_to_open(request.viewer, key)
    if gate := download_gate(request.viewer, image):
        return refused(request, 403, gate)
    try:
        return copied(request, image, clean_file_of(request.user, image), "clean")
    except (BadPicture, NotNow) as error:
        return not_made(request, error)


def copied(request: PageRequest, image: Image, file: StoredFile, kind: str) -> HttpResponseBase:
    """A copy as an attachment whose name says which copy it is."""
    if request.method == "GET":
        note_download(request, image, kind)
    name = file_name(image, EXTENSIONS[file.media_type], kind)
    return stored_file(request, file, name=name, is_attachment=True)


@require_POST
def zip_selection(request: PageRequest) -> HttpResponseBase:
    """The originals of the selected pictures and manifest.csv, streamed as a ZIP, or copies of another kind."""
    kind, key = request.POST.get("kind", ""), request.POST.get("gallery", "")
    gallery = access.gallery_to_see(request.viewer, key) if key else None
    try:
        selected = selected_images(request)
    except TooMany as error:
        return refused(request, 413, str(error))
    rule = rights.label_image if kind == "labelled" else rights.download_image
    found = rule.of(request.viewer, selected)
    held = selected.exclude(pk__in=found.order_by().values("pk"))
    count = found.count()
    if not count:
        first = held.select_related("batch__team", "verdict").first()
        return refused(request, 403, gate_sentence(first)) if first else nothing_selected(request)
    if kind in KINDS and count > MAX_COPIES:
        said = _("%(number)s pictures are selected; at most %(most)s copies are made for one download.")
        return refused(request, 413, said % {"number": number_text(count), "most": number_text(MAX_COPIES)})
    archive: Archive | ArchiveOfCopies
    try:
        if kind in KINDS:
            images = images_to_copy(found, gallery)
            size = sum(image.file.size for image in images)
            archive = download_copies(request.user, copies_of(images, kind, request), size)
        else:
            archive = download(request.user, lambda: members_of(images_to_pack(found), request, images_to_pack(held)))
    except NotNow as error:
        return refused(request, error.status, translated(error.sentence), retry_after=error.retry_after)
    note_zip(request, found, gallery, kind if kind in KINDS else "original", count)
    response = StreamingHttpResponse(archive, content_type="application/zip")
    name = zip_name(gallery, count)
    if archive.length is not None:
        response["Content-Length"] = str(archive.length)
    response["Content-Disposition"] = disposition(name, is_attachment=True)
    response["Cache-Control"] = "private, no-store"
    return response


@transaction.atomic
def note_zip(request: PageRequest, found: ImageQuerySet, gallery: Gallery | None, kind: str, count: int) -> None:
    """Record the download, and of each picture of somebody else that it left in it."""
    record("downloaded_zip", Subject.of(gallery) if gallery else Subject(), after={"pictures": count, "kind": kind})
    note_downloads(request, found.order_by("pk").only("key", "person", "team"), kind, count)


def nothing_selected(request: PageRequest) -> HttpResponse:
    return toast_or_redirect(request, _("Nothing is selected."))


def zip_name(gallery: Gallery | None, count: int) -> str:
    """2026-11-20_12-pictures.zip, or with a gallery's title in it."""
    title = f"{slugify(gallery.title, allow_unicode=True)[:60]}_" if gallery else ""
    return f"{timezone.localdate():%Y-%m-%d}_{title.lstrip('_')}{count}-pictures.zip"
