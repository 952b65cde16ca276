"""The inbox: what somebody was told, what of it they have read, and what they want to hear of.

A look marks what is new as seen, and a link of the inbox marks what it opens as read: marks for the looker alone, who
sees nothing else change by them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from generations import access, rights
from generations.forms.settings import NotificationForm
from generations.models import Notification
from generations.models.notification import NotificationQuerySet
from generations.notification_text import readable
from generations.presenters.inbox import SHORT, Inbox, InboxBadge, NotificationSettings, lines_of
from generations.presenters.paging import page_numbers
from generations.queries.inbox import inbox_of, unread_count
from generations.request import PageRequest
from generations.web.methods import require_safe
from generations.web.rendering import render_page
from generations.web.toasts import return_url


@require_safe
def inbox(request: PageRequest) -> HttpResponse:
    """The page; what is new counts as seen."""
    if is_look(request):
        own(request).mark_seen()
    shown = Inbox(request.viewer, request.GET.get("show", ""), page_numbers(request.GET.get("page", "")))
    context = {"section": "inbox", "inbox": shown, "settings": NotificationSettings(request.viewer)}
    return render_page(request, "inbox/inbox.html", context)


@require_safe
def latest_notifications(request: PageRequest) -> HttpResponse:
    """The short list in the bar; what is new counts as seen."""
    if is_look(request):
        own(request).mark_seen()
    lines = lines_of(request.viewer, inbox_of(request.viewer)[:SHORT])
    return render(request, "inbox/latest.html", {"lines": lines, "badge": InboxBadge(request.viewer)})


@require_safe
def notification(request: PageRequest, key: str) -> HttpResponse:
    """Open what it is about; it is read now."""
    row = access.notification_to_read(request.viewer, key)
    [told] = readable(request.viewer, [row])
    if is_look(request):
        own(request).filter(pk=row.pk).mark_read()
    if told.is_gone:
        messages.info(request, _("This is gone, or no longer shown to you."))
    return redirect(told.address or reverse("inbox"))


@require_POST
def mark_notification(request: PageRequest, key: str) -> HttpResponse:
    """Mark one as read, or as unread again."""
    row = access.notification_to_read(request.viewer, key)
    rows = own(request).filter(pk=row.pk)
    if request.POST.get("read") == "0":
        rows.mark_unread()
    else:
        rows.mark_read()
    if not request.htmx:
        return redirect(return_url(request, reverse("inbox")))
    [line] = lines_of(request.viewer, [access.notification_to_read(request.viewer, key)])
    context = {
        "line": line,
        "here": return_url(request, reverse("inbox")).partition("#")[0],
        "unread": unread_count(request.viewer),
        "badge": InboxBadge(request.viewer),
    }
    return render(request, "inbox/_marked.html", context)


@require_POST
def mark_all_read(request: PageRequest) -> HttpResponse:
    own(request).mark_read()
    return redirect(return_url(request, reverse("inbox")))


@require_POST
def save_notifications(request: PageRequest) -> HttpResponse:
    """Keep what one wants to hear of, and how."""
    form = NotificationForm(request.POST)
    settings = NotificationSettings(request.viewer)
    if form.is_valid():
        channels = settings.chosen(set(request.POST.getlist("by")))
        request.user.hear_by(channels, **(form.cleaned_data if settings.has_mail else {}))
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("Choose from the lists."))
    return redirect(f"{reverse('inbox')}#settings")


def own(request: PageRequest) -> NotificationQuerySet:
    return rights.own_notification.of(request.viewer, Notification.objects.in_inbox())


def is_look(request: HttpRequest) -> bool:
    """Whether a person asks for the page to look at it, and no browser ahead of time."""
    return request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", "")
