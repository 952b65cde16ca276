"""Delete, take down, undo and restore. Nothing asks for confirmation, since everything can be undone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from generations import access, rights
from generations.models import Image, RetentionRule
from generations.models.folded import is_invisible
from generations.models.image import MAX_REASON
from generations.presenters.formatting import clipped
from generations.presenters.library import tiles_of
from generations.presenters.paging import Pages, page_numbers
from generations.queries.trash import (
    days_of_deletion,
    days_of_trash,
    galleries_in_trash,
    trash_of,
    trash_to_restore,
    trash_to_show,
)
from generations.request import PageRequest
from generations.text import tidy
from generations.translation import number_text, sentences
from generations.web.methods import require_safe
from generations.web.rendering import render_page
from generations.web.selection import MAX_TICKED, TooMany, part_of, selected_images, ticked
from generations.web.toasts import return_url, toast_or_redirect

MAX_REASON_SHOWN = 60


@require_safe
def trash(request: PageRequest) -> HttpResponse:
    """The page of one's deleted pictures, the last deleted first."""
    found = trash_of(request.viewer)
    wanted, only = page_numbers(request.GET.get("page", "")), part_of(request)
    pages = Pages(found, wanted, trash_address, only=only)
    images = trash_to_show(request.viewer, pages.rows)
    context = {
        "section": "trash",
        "pages": pages,
        "tiles": tiles_of(request.viewer, images, partial(days_left, RetentionRule.objects.trash_days())),
        "days": days_of_trash(request.viewer),
        "most_ticked": MAX_TICKED,
        "in_trash": True,
        "galleries": galleries_in_trash(request.viewer),
    }
    return render_page(request, "trash/trash.html", context, partial="more" if only else "results")


def days_left(days: Mapping[int | None, int], image: Image) -> str:
    """How long a picture can still be restored, by the days of its team or those of all others; why it was taken down,
    for the person who cannot restore it."""
    assert image.deleted_at is not None, "it lies in the trash"
    if image.is_taken_down:
        reason = clipped(image.deletion_reason, MAX_REASON_SHOWN)
        return _("Taken down: %(reason)s") % {"reason": reason} if reason else _("Taken down")
    kept = timedelta(days=days.get(image.team_of_batch, days[None]))
    left = max(1, math.ceil((image.deleted_at + kept - timezone.now()) / timedelta(days=1)))
    return ngettext("%(number)s day left", "%(number)s days left", left) % {"number": number_text(left)}


def trash_address(pages: str) -> str:
    """The URL of a page of the trash, or of several in a row."""
    return f"{reverse('trash')}?page={pages}" if pages != "1" else reverse("trash")


@require_POST
def delete(request: PageRequest, key: str) -> HttpResponse:
    """Move one of one's own pictures to the trash."""
    image = access.image_to_delete(request.viewer, key)
    deletion, count = Image.objects.filter(pk=image.pk).delete_by(request.user)
    if not count and Image.objects.filter(pk=image.pk).held().exists():
        messages.error(request, held_sentence(1))
        return redirect(image)
    messages.success(request, deleted_sentence(count, count, deletion), extra_tags=reverse("undo", args=[deletion]))
    return redirect(image.batch or reverse("library"))


@require_POST
def take_down(request: PageRequest, key: str) -> HttpResponse:
    """Move somebody else's picture to their trash, with a reason for them."""
    image = access.image_to_take_down(request.viewer, key)
    reason = request.POST.get("reason", "")
    if is_invisible(tidy(reason, MAX_REASON)):
        messages.error(request, _("Write for %(person)s why the picture is taken down.") % {"person": image.person})
        return redirect(image)
    deletion, count = Image.objects.filter(pk=image.pk).delete_by(request.user, reason)
    if not count and Image.objects.filter(pk=image.pk).held().exists():
        messages.error(request, held_sentence(1))
        return redirect(image)
    days = days_of_deletion(deletion)
    sentence = ngettext(
        "The picture was taken down. It is in the trash of %(person)s for %(number)s day.",
        "The picture was taken down. It is in the trash of %(person)s for %(number)s days.",
        days,
    )
    sentence %= {"person": image.person, "number": number_text(days)}
    messages.success(request, sentence, extra_tags=reverse("undo", args=[deletion]))
    return redirect(image.batch or reverse("library"))


@require_POST
def delete_selection(request: PageRequest) -> HttpResponse:
    """Move the selected pictures to the trash, as far as they are one's own."""
    try:
        images = selected_images(request)
    except TooMany as error:
        return toast_or_redirect(request, str(error))
    of = images.count()
    own = rights.delete_image.of(request.viewer, images)
    held = own.held().count()
    deletion, count = own.delete_by(request.user)
    way_back = reverse("undo", args=[deletion]) if count else ""
    sentence = sentences([deleted_sentence(count, of - held, deletion), held_sentence(held) if held else ""])
    # Where none of them is left, somebody else has deleted them and the list is out of date.
    return toast_or_redirect(request, sentence, changed=bool(count) or not of, undo=way_back)


@require_POST
def undo(request: PageRequest, deletion: str) -> HttpResponse:
    """Restore what one deletion moved to the trash."""
    count = trash_to_restore(request.viewer).filter(deletion=deletion).restore() if deletion else 0
    return toast_or_redirect(request, restored_sentence(count), changed=True)


@require_POST
def restore_selection(request: PageRequest) -> HttpResponse:
    """Restore the ticked pictures of the trash, or all."""
    found = trash_to_restore(request.viewer)
    try:
        found = found.filter(person=request.user) if request.POST.get("all") else found.filter(key__in=ticked(request))
    except TooMany as error:
        return toast_or_redirect(request, str(error))
    chosen = trash_of(request.viewer).filter(deleted_by__isnull=False).exclude(deleted_by=request.user)
    stay = chosen if request.POST.get("all") else chosen.filter(key__in=ticked(request))
    taken_down = 0 if request.viewer.is_staff else stay.count()
    said = [restored_sentence(count)] if (count := found.restore()) or not taken_down else []
    messages.success(request, sentences(said + ([taken_down_sentence(taken_down)] if taken_down else [])))
    return redirect(return_url(request, reverse("trash")))


def deleted_sentence(count: int, of: int, deletion: str) -> str:
    """The result of a deletion: `count` of `of` selected pictures moved, the others belong to somebody else."""
    others = of - count
    stay = ngettext("%(number)s picture of others stays.", "%(number)s pictures of others stay.", others)
    days = days_of_deletion(deletion)
    moved = ngettext("Moved to trash (%(number)s day).", "Moved to trash (%(number)s days).", days)
    said = [moved % {"number": number_text(days)} if count else _("Nothing was deleted.")]
    if others > 0:
        said.append(stay % {"number": number_text(others)})
    return sentences(said)


def held_sentence(count: int) -> str:
    """That a legal hold keeps pictures."""
    said = ngettext(
        "%(number)s picture is under a legal hold and stays. Ask an administrator.",
        "%(number)s pictures are under a legal hold and stay. Ask an administrator.",
        count,
    )
    return said % {"number": number_text(count)}


def taken_down_sentence(count: int) -> str:
    """Who can restore what somebody else took down."""
    said = ngettext(
        "%(number)s picture was taken down. Who leads your team and administrators can restore it.",
        "%(number)s pictures were taken down. Who leads your team and administrators can restore them.",
        count,
    )
    return said % {"number": number_text(count)}


def restored_sentence(count: int) -> str:
    return _("Restored.") if count else _("There was nothing to restore.")
