"""What people asked for and what came of it: only looked at."""

from __future__ import annotations

from django.contrib import admin
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from generations.admin.checked import ReadOnly
from generations.models import (
    Attempt,
    AudienceChange,
    Batch,
    BatchReference,
    Comment,
    Draft,
    Favourite,
    Generation,
    Image,
    Look,
    ReducedCopy,
    SavedSearch,
    StoredFile,
    Tag,
    Verdict,
)


@admin.register(Batch)
class BatchAdmin(ReadOnly):
    list_display = ["__str__", "short_prompt", "person", "team", "visibility", "created_at"]
    list_filter = ["visibility", "team"]
    list_select_related = ["person", "team"]
    search_fields = ["key", "prompt"]

    @admin.display(description=_("prompt"))
    def short_prompt(self, batch: Batch) -> str:
        return Truncator(batch.prompt).chars(80)


@admin.register(Generation)
class GenerationAdmin(ReadOnly):
    list_display = ["key", "batch", "model", "state", "kind", "charged", "claimed_by", "created_at", "finished_at"]
    list_filter = ["state", "kind", "charged", "model"]
    list_select_related = ["batch", "model"]
    search_fields = ["key"]


@admin.register(Attempt)
class AttemptAdmin(ReadOnly):
    list_display = ["generation", "n", "status", "kind", "charged", "opened_at", "answered_at"]
    list_filter = ["kind", "charged", "status"]
    list_select_related = ["generation"]
    exclude = ["request", "answer"]


@admin.register(Image)
class ImageAdmin(ReadOnly):
    list_display = ["key", "person", "generation", "width", "height", "created_at"]
    list_select_related = ["person", "generation"]
    search_fields = ["key"]
    exclude = ["placeholder"]


@admin.register(ReducedCopy)
class ReducedCopyAdmin(ReadOnly):
    list_display = ["image", "width", "height", "longest", "most"]
    list_select_related = ["image"]


@admin.register(StoredFile)
class StoredFileAdmin(ReadOnly):
    list_display = ["sha256", "media_type", "size", "created_at"]
    search_fields = ["sha256"]


admin.site.register(
    [AudienceChange, BatchReference, Comment, Draft, Favourite, Look, SavedSearch, Tag, Verdict], ReadOnly
)
