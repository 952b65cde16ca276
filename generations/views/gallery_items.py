"""What goes into a gallery, comes out of it, and where it lies there."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from generations import access, rights
from generations.forms.galleries import NewGalleryForm
from generations.models import Gallery, GalleryItem
from generations.queries.galleries import (
    galleries_to_fill,
    galleries_with,
    item_at,
    item_before,
    item_behind,
)
from generations.queries.library import images_chosen
from generations.queries.search import MAX_TEXT
from generations.request import PageRequest
from generations.translation import number_text, sentences, translated
from generations.web.rendering import render_page
from generations.web.selection import SENT, TooMany, selected_images
from generations.web.toasts import toast_or_redirect

MANY = 8


@require_http_methods(["GET", "HEAD", "POST"])
def choose_gallery(request: PageRequest) -> HttpResponse:
    """Into which gallery the selected pictures go: the menu for HTMX, else a page that sends the selection on."""
    said = request.POST if request.method == "POST" else request.GET
    words, picks = said.get("words", "")[:MAX_TEXT].strip(), said.getlist("pick")
    galleries = galleries_to_fill(request.viewer, words, without=said.get("gallery", ""))
    chosen = images_chosen(request.viewer, picks[:2])
    image = chosen.first() if len(picks) == 1 else None
    context = {
        "section": "galleries",
        "galleries": galleries,
        "words": words,
        "is_long": len(galleries) > MANY,
        "is_private": image is not None and image.team_id is None and image.person_id == request.user.pk,
        "holding": {found.pk for found in galleries_with(request.viewer, chosen)} if image else (),
        "sent": [(name, value) for name in SENT for value in said.getlist(name)],
    }
    if request.htmx.target == "adding-choices":
        return render(request, "galleries/_choices.html", context)
    return render_page(request, "galleries/choose.html", context, partial="choice")


@require_POST
def add_to_gallery(request: PageRequest, key: str) -> HttpResponse:
    """Put what is selected into it, as far as one may show it to its people."""
    gallery = access.gallery_to_aim_at(request.viewer, key)
    if gallery.is_archived:
        return toast_or_redirect(request, translated(gallery.not_filled))
    return _added(request, lambda: gallery)


@require_POST
def add_to_new_gallery(request: PageRequest) -> HttpResponse:
    """Make a gallery for the first of one's teams, and put what is selected into it."""
    if not request.viewer.may_generate:
        raise Http404
    team = request.user.default_team()
    form = NewGalleryForm(request.user, {"title": request.POST.get("title", ""), "team": team.key if team else ""})
    if not form.is_valid():
        response = toast_or_redirect(request, " ".join(map(str, form.errors["title"])))
        response["Imageweb-Refused"] = "title"
        return response
    return _added(request, form.save)


def _added(request: PageRequest, gallery_of: Callable[[], Gallery]) -> HttpResponse:
    """Put what is selected into a gallery, which is not made for nothing."""
    try:
        images = selected_images(request)
    except TooMany as error:
        return toast_or_redirect(request, str(error))
    if not (selected := images.count()):
        return toast_or_redirect(request, _("Nothing is selected."))
    allowed = rights.place_image.of(request.viewer, images)
    if not allowed.exists():
        return toast_or_redirect(request, left_out_sentence(selected))
    gallery = gallery_of()
    addition, count = gallery.add(allowed, request.user)
    undo = reverse("undo_addition", args=[gallery.key, addition]) if count else ""
    sentence = added_sentence(gallery, count, selected - allowed.count())
    address = "" if is_on_page_of(gallery, request) else gallery.get_absolute_url()
    return toast_or_redirect(request, sentence, undo=undo, address=address)


def is_on_page_of(gallery: Gallery, request: PageRequest) -> bool:
    """Whether what is asked comes from the gallery's own page."""
    return urlsplit(request.htmx.current_url_abs_path or "").path == gallery.get_absolute_url()


def added_sentence(gallery: Gallery, count: int, left_out: int) -> str:
    """How many came, and how many are for others to show."""
    said = []
    if count:
        came = ngettext(
            "%(number)s picture was added to “%(title)s”.", "%(number)s pictures were added to “%(title)s”.", count
        )
        said.append(came % {"number": number_text(count), "title": gallery})
    elif not left_out:
        said.append(_("Nothing was added. “%(title)s” has these pictures already.") % {"title": gallery})
    if left_out:
        said.append(left_out_sentence(left_out))
    return sentences(said)


def left_out_sentence(count: int) -> str:
    stayed = ngettext(
        "%(number)s picture was not added, because only its author and their team can show it elsewhere.",
        "%(number)s pictures were not added, because only their authors and their teams can show them elsewhere.",
        count,
    )
    return stayed % {"number": number_text(count)}


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
    said = ngettext("%(number)s picture is back.", "%(number)s pictures are back.", count)
    sentence = said % {"number": number_text(count)} if count else _("There was nothing to restore.")
    return toast_or_redirect(request, sentence, changed=True)


@require_POST
def undo_addition(request: PageRequest, key: str, addition: str) -> HttpResponse:
    """Take out what was put in. Only the gallery's own page shows less for it."""
    gallery = access.gallery_to_fill(request.viewer, key)
    count = gallery.undo_addition(addition)
    return toast_or_redirect(request, removed_sentence(count), changed=is_on_page_of(gallery, request))


def removed_sentence(count: int) -> str:
    said = ngettext(
        "%(number)s picture was removed from the gallery.", "%(number)s pictures were removed from the gallery.", count
    )
    return said % {"number": number_text(count)} if count else _("Nothing was removed from the gallery.")


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
