"""What every page of the administration has in common, and those where rows are only looked at."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext

from generations.forms.fields import BodyField, TextField
from generations.models.recorded import record_changed, record_made, record_removed, values_of

MAX_SEARCH = 200
MAX_SEARCH_WORDS = 8


class CheckedAdmin(admin.ModelAdmin):
    """Texts are checked as everywhere, and a search is no longer than a database can look for: each of its words is a
    condition of its own. What is changed here is recorded, in the transaction that changes it."""

    formfield_overrides = {
        models.CharField: {"form_class": TextField},
        models.JSONField: {"form_class": BodyField},
        models.EmailField: {"form_class": forms.EmailField},
    }

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if len(search_term) <= MAX_SEARCH and len(search_term.split()) <= MAX_SEARCH_WORDS and "\0" not in search_term:
            return super().get_search_results(request, queryset, search_term)
        limits = {"words": MAX_SEARCH_WORDS, "characters": MAX_SEARCH}
        messages.error(request, gettext("Search for at most %(words)s words and %(characters)s characters.") % limits)
        return queryset.none(), False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        before = values_before(form)
        super().save_model(request, obj, form, change)
        if change:
            record_changed(obj, form.changed_data, before)
        else:
            record_made(obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        before = {each.instance.pk: values_before(each) for each in formset.initial_forms}
        for each in formset.deleted_forms:
            if each.instance.pk:
                record_removed(each.instance)
        super().save_formset(request, form, formset, change)
        for row in formset.new_objects:
            record_made(row)
        for row, names in formset.changed_objects:
            record_changed(row, names, before[row.pk])

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        record_removed(obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            record_removed(row)
        super().delete_queryset(request, queryset)


def values_before(form: Any) -> dict[str, Any]:
    """What the columns were that this form changes, as the record says it."""
    row = type(form.instance).objects.filter(pk=form.instance.pk).first()
    return values_of(row, form.changed_data) if row else {}


class ReadOnly(CheckedAdmin):
    """Rows that only the pipeline writes: looked at, never added, changed or deleted by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
