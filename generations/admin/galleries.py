"""Galleries, the links to them and who came by these; clients."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from generations.admin.checked import CheckedAdmin, ReadOnly
from generations.models import Choice, Client, Gallery, GalleryMember, ShareLink, Visitor


class GalleryMemberInline(admin.TabularInline):
    model = GalleryMember
    extra = 0
    fields = ["person", "role", "added_by", "added_at"]
    readonly_fields = ["added_by", "added_at"]
    autocomplete_fields = ["person"]


@admin.register(Gallery)
class GalleryAdmin(CheckedAdmin):
    """Who is in a gallery and whose it is; what lies in it is chosen on its page."""

    list_display = ["title", "person", "team", "changed_at", "archived_at", "deleted_at"]
    list_select_related = ["person", "team"]
    list_filter = ["team", ("deleted_at", admin.EmptyFieldListFilter)]
    actions = ["restore"]
    search_fields = ["title"]
    ordering = ["-changed_at"]
    autocomplete_fields = ["person", "team"]
    fields = ["title", "description", "person", "team", "order", "created_at", "archived_at", "deleted_at"]
    readonly_fields = ["created_at", "archived_at", "deleted_at"]
    inlines = [GalleryMemberInline]

    @admin.action(description=_("Restore deleted galleries"), permissions=["change"])
    def restore(self, request: HttpRequest, galleries: QuerySet[Gallery]) -> None:
        count = sum(gallery.restore() for gallery in galleries)
        sentence = ngettext("%(number)s gallery was restored.", "%(number)s galleries were restored.", count)
        messages.success(request, sentence % {"number": count})


@admin.register(ShareLink)
class ShareLinkAdmin(ReadOnly):
    """The doors to galleries: whose they are, how long they are open and when somebody last came. They are made and
    revoked on the gallery's page; the token is never shown here."""

    list_display = ["label", "gallery", "person", "expires_at", "closed_at", "revoked_at", "last_visit_at"]
    list_select_related = ["gallery", "person"]
    search_fields = ["label", "gallery__title"]
    ordering = ["-pk"]
    fields = [
        "label", "gallery", "person", "created_at", "expires_at", "closed_at", "revoked_at", "last_visit_at",
        "approved_only", "shows_prompts", "shows_names", "download",
    ]  # fmt: skip


@admin.register(Visitor)
class VisitorAdmin(ReadOnly):
    """Who chose by a share link; their cookie is never shown here."""

    list_display = ["name", "link", "came_at", "active_at", "finished_at", "deleted_at"]
    list_select_related = ["link"]
    search_fields = ["name", "link__label"]
    ordering = ["-pk"]
    fields = [
        "name", "link", "note", "came_at", "active_at", "finished_at", "reopened_at", "reopened_by", "deleted_at",
        "deleted_by",
    ]  # fmt: skip


@admin.register(Client)
class ClientAdmin(ReadOnly):
    """Clients are made and changed on their page; the token of their address is never shown here."""

    list_display = ["name", "team", "created_at", "deleted_at"]
    list_select_related = ["team"]
    search_fields = ["name"]
    ordering = ["-pk"]
    fields = ["name", "team", "colour", "contacts", "created_at", "deleted_at"]


admin.site.register([Choice], ReadOnly)
