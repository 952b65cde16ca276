"""One picture: its page, its alt text, its original and its thumbnails."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from generations import access, rights
from generations.errors import BadPicture, NotStored
from generations.forms.pictures import DescriptionForm
from generations.models import Image
from generations.models.image import EXTENSIONS
from generations.models.semaphore import NotNow
from generations.models.storage import Missing, opened
from generations.models.stored_file import original_path
from generations.presenters.activity import ActivityBadge
from generations.presenters.changes import first_look
from generations.presenters.comments import Discussion, instruction_of
from generations.presenters.downloads import Downloads, file_name
from generations.presenters.frame import THUMBNAILS, vary_cost
from generations.presenters.gate import download_gate, label_gate
from generations.presenters.lineage import Lineage
from generations.presenters.neighbours import neighbours_in
from generations.presenters.record import History
from generations.presenters.refiner import Refiner
from generations.presenters.strip import strips_of
from generations.queries.comments import comment_to_carry
from generations.queries.galleries import galleries_with
from generations.queries.picture import lineage_of, references_to_see, tags_of, tags_to_suggest
from generations.queries.review import answered
from generations.queries.strips import favourites_among
from generations.request import PageRequest
from generations.translation import sentences
from generations.web.copies import file_to_show
from generations.web.files import not_made, refused, stored, stored_file
from generations.web.methods import require_safe
from generations.web.noting import note_download, note_private
from generations.web.rendering import render_page, way_back


@require_safe
def image(request: PageRequest, key: str) -> HttpResponse:
    """The picture's page: the picture with its prompt, facts, review and lineage. Who sees it in a gallery alone gets
    neither the other pictures of its batch nor the way to them."""
    found = access.image_to_open(request.viewer, key)
    note_private(request, found.batch)
    back = way_back(request)
    may_delete = rights.delete_image.allows(request.viewer, found)
    may_take_down = rights.take_down_image.allows(request.viewer, found)
    is_held = (may_delete or may_take_down) and Image.objects.filter(pk=found.pk).held().exists()
    more = {
        "image": found,
        "copies": Downloads(found),
        "gates": {"file": download_gate(request.viewer, found), "label": label_gate(request.viewer, found)},
        "tags": (tags := tags_of(found)),
        "known_tags": tags_to_suggest(request.viewer, tags),
        "galleries": galleries_with(request.viewer, Image.objects.filter(pk=found.pk)),
        "section": back.section,
        "way_back": back,
        "history": History(request.viewer, "image", found.key),
        "own": found.person_id == request.user.pk,
        "is_held": is_held,
        "may": {
            "generate": request.viewer.may_generate,
            "have_original": rights.see_original.allows(request.viewer, found),
            "annotate": rights.annotate_image.allows(request.viewer, found),
            "place": rights.place_image.allows(request.viewer, found),
            "delete": may_delete and not is_held,
            "take_down": may_take_down and not is_held,
            "prove": rights.prove_image.allows(request.viewer, found),
            "restore": rights.restore_image.allows(request.viewer, found),
        },
    }
    if not found.is_deleted:
        carried = comment_to_carry(request.viewer, found, request.GET.get("instruct", ""))
        instruction = instruction_of(carried) if carried else note_to_answer(found, request.GET.get("answer", ""))
        more["refiner"] = Refiner.of(request.viewer, found, instruction) if request.viewer.may_generate else None
        more["may_review"] = rights.review_image.allows(request.viewer, found)
    if found.generation is None or found.is_deleted:
        return render_page(request, "picture/picture.html", more)
    if rights.discuss_image.allows(request.viewer, found):
        editing, answering = request.GET.get("edit", ""), request.GET.get("answer", "")
        more["discussion"] = Discussion(request.viewer, found, editing=editing, answering=answering)
    batch = found.generation.batch
    asks_for_more = found.verdict is not None and not found.verdict.is_approval
    more["to_resubmit"] = asks_for_more and found.person_id == request.user.pk and request.viewer.may_generate
    more["answers"] = answered(request.viewer, found)
    [strip] = strips_of([batch], request.viewer)
    activity = ActivityBadge(request.user)
    frame = strip.frame_of(found)
    found.is_favourite = found.pk in favourites_among(request.user, [found])
    context = {"batch": batch, "strip": strip, "frame": frame, "generation": frame.generation}
    context["fee"] = vary_cost(frame.generation)
    context["lineage"] = Lineage(found, lineage_of(request.viewer, batch))
    is_whole = rights.see_batch.allows(request.viewer, batch)
    context["neighbours"] = neighbours_in(request.viewer, found, back.address, strip if is_whole else None)
    if is_whole:
        context["references"] = strip.batch.references.all()
        context["client_state"] = first_look([strip], whose="picture", batch=batch.key, alone=activity.is_alone)
    else:
        context["references"] = references_to_see(request.viewer, batch)
        context["apart"] = True
    return render_page(request, "picture/picture.html", {**more, **context, "activity": activity})


def note_to_answer(found: Image, key: str) -> str:
    """What the reviewer of this verdict wrote, as the beginning of an instruction."""
    return found.verdict.note if found.verdict and found.verdict.key == key else ""


@require_POST
def describe(request: PageRequest, key: str) -> HttpResponse:
    """Save a picture's alt text. Everybody who may see the picture may change it, but for guests."""
    found = access.image_to_annotate(request.viewer, key)
    form = DescriptionForm(request.POST, instance=found)
    if form.is_valid():
        form.save()
        messages.success(request, _("Alt text saved."))
    else:
        messages.error(request, sentences(map(str, form.errors["alt"])))
    return redirect(found)


@require_safe
def original(request: PageRequest, key: str) -> HttpResponseBase:
    """The original file; a copy without metadata for somebody who sees the picture only as a reference. With
    `?download` it is an attachment with a name."""
    found = access.picture_to_open(request.viewer, key)
    if gate := download_gate(request.viewer, found):
        return preview_of(request, found, gate)
    try:
        file = file_to_show(request.viewer, found)
    except (BadPicture, NotNow) as error:
        return not_made(request, error)
    name, is_attachment = file_name(found, EXTENSIONS.get(file.media_type, "bin")), "download" in request.GET
    note_private(request, found.batch)
    # A page that shows it asks for pictures alone; by its address it is opened to be had.
    is_shown = request.headers.get("Accept", "").startswith("image/")
    if request.method == "GET" and (is_attachment or not is_shown):
        note_download(request, found)
    return stored_file(request, file, name=name, is_attachment=is_attachment)


def preview_of(request: PageRequest, found: Image, gate: str) -> HttpResponseBase:
    """In place of a file that waits for an approval: to look at, a copy of the size of a screen, which no cache keeps;
    to download, the reason why not."""
    if "download" in request.GET or not found.file.thumbnails:
        return refused(request, 403, gate)
    side = THUMBNAILS[-1]
    path, name = found.file.thumbnail(side), f"{found.key}-{side}.webp"
    response = stored(request, path, etag=f"{found.key}-{side}", media_type="image/webp", name=name)
    response["Cache-Control"] = "private, no-cache"
    return response


@require_safe
def explain(request: PageRequest, key: str) -> HttpResponse:
    """Why the original cannot be loaded, as a sentence in plain text; 204 when the storage has it."""
    found = access.picture_to_open(request.viewer, key)
    is_original = rights.see_original.allows(request.viewer, found)
    file = found.file if is_original else found.clean_file or found.file
    try:
        opened(original_path(file.sha256)).close()
    except Missing:
        sentence = _(
            "The file of this picture is missing in the storage. "
            "An administrator can check it with “manage.py verify_storage”."
        )
    except NotStored:
        sentence = _("Picture storage is unavailable. Try again in a minute.")
    else:
        return HttpResponse(status=204)
    return HttpResponse(sentence, content_type="text/plain; charset=utf-8")


@require_safe
def thumbnail(request: PageRequest, key: str, side: int) -> HttpResponseBase:
    """A WebP copy whose long side is at least `side` pixels, or the largest there is."""
    if side not in THUMBNAILS:
        raise Http404
    found = access.picture_to_open(request.viewer, key)
    if not found.file.thumbnails:
        return original(request, key)
    path, name = found.file.thumbnail(side), f"{found.key}-{side}.webp"
    return stored(request, path, etag=f"{found.key}-{side}", media_type="image/webp", name=name)
