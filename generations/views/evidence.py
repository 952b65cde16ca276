"""Evidence packs: made of pictures by staff and who leads their team, and checked whether they are whole and ours."""

from __future__ import annotations

from contextlib import ExitStack
from tempfile import TemporaryFile

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from generations import rights
from generations.evidence.check import check_pack
from generations.evidence.pack import MAX_PICTURES, write_pack
from generations.models.semaphore import ARCHIVES, NotNow
from generations.models.storage import has_room
from generations.request import PageRequest
from generations.translation import number_text, translated
from generations.web.files import not_made, refused
from generations.web.rendering import render_page
from generations.web.selection import TooMany, selected_images


@require_POST
def make_evidence(request: PageRequest) -> HttpResponseBase:
    """The pack of the picked pictures, as far as they are the viewer's to prove."""
    if not request.viewer.leads:
        raise Http404
    try:
        selected = selected_images(request)
    except TooMany as error:
        return refused(request, 413, str(error))
    found, count = rights.prove_image.of(request.viewer, selected), selected.count()
    if count > MAX_PICTURES:
        sentence = ngettext(
            "A pack has at most %(number)s picture.", "A pack has at most %(number)s pictures.", MAX_PICTURES
        )
        return refused(request, 413, sentence % {"number": number_text(MAX_PICTURES)})
    images = list(found.select_related("file", "batch__parent", "generation__model__provider").order_by("pk"))
    if not images:
        raise Http404
    if left := count - len(images):
        sentence = ngettext(
            "%(number)s of the selected pictures is not of a team that you lead. Select the others alone.",
            "%(number)s of the selected pictures are not of a team that you lead. Select the others alone.",
            left,
        )
        return refused(request, 403, sentence % {"number": number_text(left)})
    reason, with_names = request.POST.get("purpose", ""), "names" in request.POST
    try:
        if not has_room(sum(image.file.size for image in images)):
            sentence = _("The disk is nearly full, so no copy is made. Ask an administrator to free some space.")
            raise NotNow(sentence, 507)
        with ARCHIVES.acquired(), ExitStack() as held:
            file = held.enter_context(TemporaryFile(dir=settings.DATA_DIR))
            write_pack(file, images, request.viewer, reason, with_names=with_names)
            held.pop_all()  # the response closes it
    except NotNow as error:
        return not_made(request, error)
    name = f"{timezone.localdate():%Y-%m-%d}_evidence_{images[0].key[:4]}.zip"
    response = FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")
    response["Cache-Control"] = "private, no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def check_evidence(request: PageRequest) -> HttpResponse:
    """Whether a pack that is uploaded is whole and ours."""
    if not request.viewer.leads:
        raise Http404
    upload = request.FILES.get("file")
    if request.method == "POST" and upload is None:
        messages.error(request, _("Choose a file."))
        return redirect("check_evidence")
    found = check_pack(upload.file) if upload and upload.file else None
    problem = translated(found.problem) if found else ""
    context = {"section": "record", "found": found, "problem": problem}
    return render_page(request, "evidence/check.html", context, status=422 if problem else 200)
