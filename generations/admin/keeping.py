"""Legal holds and rules of retention; the record and the keys that sign it, only looked at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from generations.admin.checked import CheckedAdmin, ReadOnly
from generations.models import AuditEntry, Erasure, Hold, KeySeal, Person, RecordHead, RetentionRule, SigningKey
from generations.models.retention import line_of


@admin.register(Hold)
class HoldAdmin(CheckedAdmin):
    """Legal holds are placed here and released; none is changed or deleted."""

    list_display = ["name", "person", "gallery", "batch", "image", "placed_by", "placed_at", "released_at"]
    list_select_related = ["person", "gallery", "batch", "image", "placed_by"]
    list_filter = [("released_at", admin.EmptyFieldListFilter)]
    fields = ["name", "reason", "person", "gallery", "batch", "image"]
    autocomplete_fields = ["person", "gallery", "batch", "image"]
    actions = ["release"]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Hold, form: Any, change: bool) -> None:
        assert isinstance(request.user, Person), "staff are signed in"
        obj.place(request.user)

    @admin.action(description=_("Release legal holds"), permissions=["add"])
    def release(self, request: HttpRequest, holds: QuerySet[Hold]) -> None:
        assert isinstance(request.user, Person), "staff are signed in"
        count = sum(hold.release(request.user) for hold in holds)
        sentence = ngettext("%(number)s legal hold was released.", "%(number)s legal holds were released.", count)
        messages.success(request, sentence % {"number": count})


@admin.register(RetentionRule)
class RetentionRuleAdmin(CheckedAdmin):
    """How long things are kept, with what each rule would remove now."""

    list_display = ["__str__", "team", "due_now"]
    list_select_related = ["team"]
    autocomplete_fields = ["team"]

    @admin.display(description=_("due now"))
    def due_now(self, rule: RetentionRule) -> int:
        return line_of(rule).count


@admin.register(SigningKey)
class SigningKeyAdmin(ReadOnly):
    """The public halves, by which others can check what this installation signed."""

    list_display = ["public", "created_at"]
    fields = ["public", "created_at"]


admin.site.register([AuditEntry, Erasure, KeySeal, RecordHead], ReadOnly)
