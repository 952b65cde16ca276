"""What goes into a gallery, comes out of it, and where it lies there."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from generations import access
from generations.models import Gallery, GalleryItem
from generations.queries.galleries import item_at, item_before, item_behind
from generations.request import PageRequest
from generations.web.answers import toast_or_redirect
from generations.web.selection import TooMany, selected_images


@require_POST
def remove_from_gallery(request: PageRequest, key: str) -> HttpResponse:
    """Take what is selected out of it. The pictures themselves stay."""
    gallery = access.gallery_to_fill(request.viewer, key)
    try:
        images = selected_images(request)
    except TooMany as error:
        return toast_or_redirect(request, str(error))
    removal, count = gallery.remove(images)
    undo = reverse("undo_removal", args=[key, removal]) if count else ""
    return toast_or_redirect(request, removed_sentence(count), changed=True, undo=undo)


@require_POST
def undo_removal(request: PageRequest, key: str, removal: str) -> HttpResponse:
    """Put back what was taken out."""
    count = access.gallery_to_fill(request.viewer, key).undo_removal(removal)
    sentence = ngettext("%(number)s picture is back.", "%(number)s pictures are back.", count) % {"number": count}
    return toast_or_redirect(request, sentence, changed=True)


@require_POST
def undo_addition(request: PageRequest, key: str, addition: str) -> HttpResponse:
    """Take out what was put in."""
    count = access.gallery_to_fill(request.viewer, key).undo_addition(addition)
    return toast_or_redirect(request, removed_sentence(count), changed=True)


def removed_sentence(count: int) -> str:
    said = ngettext(
        "%(number)s picture was removed from the gallery.", "%(number)s pictures were removed from the gallery.", count
    )
    return said % {"number": count} if count else _("Nothing was removed from the gallery.")


@require_POST
def move_in_gallery(request: PageRequest, key: str) -> HttpResponse:
    """Put a picture before or after another, or a step earlier or later, in the order by hand."""
    gallery, picks = access.gallery_to_fill(request.viewer, key), request.POST.getlist("pick")
    if len(picks) != 1:
        return toast_or_redirect(request, _("Select one picture to move it."))
    item, place = item_at(gallery, picks[0]), None
    is_known = item is not None
    if item:
        is_known, place = place_of(request, gallery, item)
    if not item or not is_known:
        return toast_or_redirect(request, _("This picture is no longer in the gallery."), changed=True)
    if place != item:
        gallery.move(item, before=place)
    return toast_or_redirect(request, _("The picture was moved."), changed="step" in request.POST)


def place_of(request: PageRequest, gallery: Gallery, item: GalleryItem) -> tuple[bool, GalleryItem | None]:
    """Whether the place that is asked for is there, and what is to lie behind it; None for the end."""
    if step := request.POST.get("step", ""):
        near = item_before(gallery, item) if step == "-1" else item_behind(gallery, item)
        return True, (near or item) if step == "-1" or near is None else item_behind(gallery, near)
    if before := request.POST.get("before", ""):
        place = item_at(gallery, before)
        return place is not None, place
    other = item_at(gallery, request.POST.get("after", ""))
    return other is not None, item_behind(gallery, other) if other else None
