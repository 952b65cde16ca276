"""One gallery: its pictures, how they are shown, and what becomes of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from generations import access
from generations.forms.galleries import GalleryForm
from generations.models import Gallery
from generations.presenters.gallery import GalleryMargin, GallerySheet
from generations.presenters.paging import page_numbers
from generations.queries.galleries import pictures_in
from generations.queries.search import Search
from generations.request import PageRequest
from generations.web.methods import require_safe
from generations.web.rendering import render_page
from generations.web.selection import MAX_TICKED, part_of
from generations.web.toasts import return_url, toast_or_redirect


@require_safe
def gallery(request: PageRequest, key: str) -> HttpResponse:
    """A page of its pictures that the search finds, or several in a row. HTMX gets the results alone, and where more
    of them are shown only the tiles that come."""
    found, only = access.gallery_to_see(request.viewer, key), part_of(request)
    sheet = sheet_of(request, found, only)
    context = page_of(request, sheet, GalleryForm(instance=found))
    response = render_page(request, "galleries/gallery.html", context, partial="more" if only else "results")
    if request.htmx.trigger == "search":
        response["HX-Push-Url"] = sheet.address("1")
    return response


def sheet_of(request: PageRequest, gallery: Gallery, only: str = "") -> GallerySheet:
    wanted = page_numbers(request.GET.get("page", ""))
    return GallerySheet(request.viewer, gallery, Search.read(request.GET), wanted, only)


def page_of(request: PageRequest, sheet: GallerySheet, form: GalleryForm) -> dict[str, object]:
    margin = GalleryMargin(sheet)
    return {"section": "galleries", "sheet": sheet, "margin": margin, "form": form, "most_ticked": MAX_TICKED}


@require_POST
def change_gallery(request: PageRequest, key: str) -> HttpResponse:
    """Call it otherwise, or say what it is for."""
    found = access.gallery_to_manage(request.viewer, key)
    form = GalleryForm(request.POST, instance=access.gallery_to_manage(request.viewer, key))
    if not form.is_valid():
        return render_page(
            request, "galleries/gallery.html", page_of(request, sheet_of(request, found), form), status=422
        )
    form.save()
    messages.success(request, _("The gallery was changed."))
    return redirect(found)


@require_POST
def order_gallery(request: PageRequest, key: str) -> HttpResponse:
    """Show its pictures in another order, to everybody; an order there is none of changes nothing."""
    found = access.gallery_to_fill(request.viewer, key)
    if (order := request.POST.get("order", "")) in Gallery.Order.values:
        found.set_order(order)
    return redirect(found)


@require_POST
def cover_gallery(request: PageRequest, key: str) -> HttpResponse:
    """Show the picture that is selected on its cover; without one the newest."""
    found, picks = access.gallery_to_manage(request.viewer, key), request.POST.getlist("pick")
    if len(picks) > 1:
        return toast_or_redirect(request, _("Select one picture for the cover."))
    image = pictures_in(found).filter(key=picks[0]).first() if picks else None
    if picks and image is None:
        return toast_or_redirect(request, _("This picture is no longer in the gallery."), changed=True)
    found.set_cover(image)
    sentence = _("The cover was changed.") if image else _("The cover shows the newest pictures again.")
    return toast_or_redirect(request, sentence)


@require_POST
def archive_gallery(request: PageRequest, key: str) -> HttpResponse:
    """Put it away among the archived ones, or back."""
    found, is_archived = access.gallery_to_manage(request.viewer, key), request.POST.get("archived") != "0"
    found.archive(is_archived=is_archived)
    sentence = (
        _("“%(title)s” is archived. Its people still see it.")
        if is_archived
        else _("“%(title)s” is no longer archived.")
    )
    messages.success(request, sentence % {"title": found})
    return redirect(found)


@require_POST
def delete_gallery(request: PageRequest, key: str) -> HttpResponse:
    """Put it into the trash. Its pictures stay where else they are."""
    found = access.gallery_to_delete(request.viewer, key)
    if found.deleted_at is None and not found.delete_by(request.user) and found.is_held:
        messages.error(
            request, _("“%(title)s” is under a legal hold and stays. Ask an administrator.") % {"title": found}
        )
        return redirect(found)
    sentence = _("“%(title)s” is in the trash. Its pictures were not deleted.") % {"title": found}
    messages.success(request, sentence, extra_tags=reverse("restore_gallery", args=[key]))
    return redirect("galleries")


@require_POST
def restore_gallery(request: PageRequest, key: str) -> HttpResponse:
    """Bring it back from the trash with everything in it."""
    found = access.gallery_to_delete(request.viewer, key)
    found.restore()
    messages.success(request, _("“%(title)s” is restored.") % {"title": found})
    return redirect(return_url(request, found.get_absolute_url()))
