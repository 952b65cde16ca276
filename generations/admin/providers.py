"""Providers, their models and what these cost."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from generations.admin.checked import CheckedAdmin
from generations.forms.providers import ProviderForm
from generations.models import Price, Provider, ProviderModel, load_catalogue
from generations.models.adoption import ask_for_models
from generations.models.families import capabilities_of
from generations.models.hand_pause import resume_by_hand
from generations.models.price import dollars
from generations.models.provider_model import ProviderModelQuerySet
from generations.translation import translated


@admin.display(description=_("pause reason"))
def pause_reason_of(_admin: CheckedAdmin, row: Provider | ProviderModel) -> str:
    """Why it is paused, or was last."""
    return row.pause_reason


@admin.display(description=_("price today"))
def price_today_of(_admin: admin.ModelAdmin | admin.TabularInline, model: ProviderModel) -> str:
    return "–" if model.price is None else dollars(model.price)


class ProviderModelInline(admin.TabularInline):
    model = ProviderModel
    formfield_overrides = CheckedAdmin.formfield_overrides
    extra = 0
    fields = ["name", "about", "rank", "is_enabled", "price_today"]
    readonly_fields = ["price_today"]
    price_today = price_today_of
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> ProviderModelQuerySet:
        return ProviderModel.objects.priced()


class PriceInline(admin.TabularInline):
    """What a model costs, from when on, and who said so. A price is added; none is changed or deleted."""

    model = Price
    formfield_overrides = CheckedAdmin.formfield_overrides
    extra = 0
    fields = ["starts_at", "size", "quality", "amount", "entered_by"]
    readonly_fields = ["entered_by"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Price]:
        return super().get_queryset(request).select_related("entered_by")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Provider)
class ProviderAdmin(CheckedAdmin):
    form = ProviderForm
    list_display = ["name", "base_url", "is_enabled", "has_key", "paused_until", "pause_reason"]
    readonly_fields = ["hand_paused_at", "paused_until", "pause_reason", "is_private", "other_names"]
    pause_reason = pause_reason_of
    actions = ["resume", "list_models", "add_known_models"]
    inlines = [ProviderModelInline]
    fieldsets = [
        (None, {"fields": ["name", "base_url", "new_key", "is_enabled"]}),
        (_("Limits"), {"fields": ["running_limit", "minute_limit"]}),
        (_("Timeouts"), {"fields": ["connect_timeout", "write_timeout", "idle_timeout", "total_timeout"]}),
        (_("Retries when charge is uncertain"), {"fields": ["retry_unclear"]}),
        (_("Status"), {"fields": ["hand_paused_at", "paused_until", "pause_reason", "is_private"]}),
        (_("Other models"), {"fields": ["other_names"], "classes": ["collapse"]}),
    ]

    def save_model(self, request: HttpRequest, provider: Provider, form: Any, change: bool) -> None:
        """A change may have corrected what was refused, so the pause ends and the next call is a probe."""
        provider.look_up()
        super().save_model(request, provider, form, change)
        if change and form.changed_data:
            provider.resume()

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """A model whose name was typed by hand takes what its family takes."""
        for each in formset.forms:
            if isinstance(each.instance, ProviderModel) and each.instance.pk is None and each.has_changed():
                each.instance.take_capabilities(capabilities_of(each.instance.name))
        super().save_formset(request, form, formset, change)

    @admin.display(description=_("other names"))
    def other_names(self, provider: Provider) -> str:
        return ", ".join(provider.other_models) or "–"

    @admin.action(description=_("Ask which models it has"))
    def list_models(self, request: HttpRequest, providers: QuerySet[Provider]) -> None:
        for provider in providers:
            messages.info(request, translated(ask_for_models(provider)))

    @admin.display(boolean=True, description=_("has a key"))
    def has_key(self, provider: Provider) -> bool:
        return bool(provider.sealed_key)

    @admin.action(description=_("Resume provider"))
    def resume(self, request: HttpRequest, providers: QuerySet[Provider]) -> None:
        for provider in providers:
            resume_by_hand(provider)
        messages.success(request, gettext("Resumed. The next request tests the connection."))

    @admin.action(description=_("Add known image models"))
    def add_known_models(self, request: HttpRequest, providers: QuerySet[Provider]) -> None:
        added = sum(len(load_catalogue(provider)) for provider in providers)
        messages.success(
            request, ngettext("%(number)s model added.", "%(number)s models added.", added) % {"number": added}
        )


@admin.register(ProviderModel)
class ProviderModelAdmin(CheckedAdmin):
    list_display = ["name", "provider", "rank", "is_enabled", "price_today", "paused_until", "pause_reason"]
    list_editable = ["rank", "is_enabled"]
    list_filter = ["provider", "is_enabled"]
    search_fields = ["name"]
    list_select_related = ["provider"]
    readonly_fields = ["hand_paused_at", "paused_until", "pause_reason"]
    pause_reason = pause_reason_of
    price_today = price_today_of
    actions = ["resume"]
    inlines = [PriceInline]

    def get_queryset(self, request: HttpRequest) -> ProviderModelQuerySet:
        return ProviderModel.objects.priced()

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """A price is its author's."""
        for each in formset.forms:
            each.instance.entered_by = request.user
        super().save_formset(request, form, formset, change)

    def save_model(self, request: HttpRequest, model: ProviderModel, form: Any, change: bool) -> None:
        if not change:
            model.take_capabilities(capabilities_of(model.name))
        super().save_model(request, model, form, change)
        if change and form.changed_data:
            model.resume()

    @admin.action(description=_("Resume model"))
    def resume(self, request: HttpRequest, models: QuerySet[ProviderModel]) -> None:
        for model in models:
            resume_by_hand(model)
        messages.success(request, gettext("Resumed. The next request tests the connection."))
