"""The administration: accounts, teams, providers and models are changed here; work and calls are only looked at."""

from __future__ import annotations

from importlib import import_module
from typing import Any, cast

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm
from django.db import models
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from generations.forms.fields import BodyField, TextField
from generations.forms.providers import ProviderForm
from generations.models import (
    Attempt,
    AudienceChange,
    AuditEntry,
    Batch,
    BatchReference,
    Choice,
    Client,
    Comment,
    Draft,
    Erasure,
    Favourite,
    Gallery,
    GalleryMember,
    Generation,
    GroupRole,
    HandOver,
    Hold,
    Image,
    Invitation,
    KeySeal,
    Lease,
    Look,
    Mail,
    Membership,
    Notification,
    Person,
    Price,
    Provider,
    ProviderModel,
    RecordHead,
    ReducedCopy,
    RefusalSeen,
    Reread,
    RetentionRule,
    SavedSearch,
    ShareLink,
    SignIn,
    SigningKey,
    StoredFile,
    Tag,
    Tally,
    Team,
    Verdict,
    Visitor,
    Worker,
    load_catalogue,
)
from generations.models.administrators import LastAdministrator, keep_an_administrator
from generations.models.adoption import ask_for_models
from generations.models.audit_entry import record
from generations.models.email_address import lowered
from generations.models.families import capabilities_of
from generations.models.hand_over import activate, deactivate
from generations.models.hand_pause import resume_by_hand
from generations.models.price import dollars
from generations.models.provider_model import ProviderModelQuerySet
from generations.models.recorded import record_changed, record_made, record_removed, values_of
from generations.models.retention import line_of
from generations.translation import translated

admin.site.site_header = admin.site.site_title = _("Imageweb administration")
admin.site.index_title = _("Administration")


@login_not_required
@secure_admin_login
def to_the_index(request: HttpRequest, extra_context: object = None) -> HttpResponse:
    """Who is signed in is not asked again here; others are sent to the page where attempts are counted."""
    return redirect("admin:index")


admin.site.login = to_the_index  # type: ignore[method-assign]
in_alphabetical_order = admin.site.get_app_list


def changeable_first(request: HttpRequest, app_label: str | None = None) -> list[Any]:
    """What is listed: this application before those it stands on, what can be changed before what is only looked at."""
    apps = sorted(in_alphabetical_order(request, app_label), key=lambda app: app["app_label"] != "generations")
    for app in apps:
        app["models"].sort(key=lambda model: not model["perms"]["change"])
    return apps


admin.site.get_app_list = changeable_first  # type: ignore[method-assign]


@admin.display(description=_("pause reason"))
def pause_reason_of(_admin: CheckedAdmin, row: Provider | ProviderModel) -> str:
    """Why it is paused, or was last."""
    return row.pause_reason


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


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ["person", "team"]


class PersonCreationForm(AdminUserCreationForm):
    class Meta(AdminUserCreationForm.Meta):
        model = Person
        fields = ("username", "email")


class RecordedPasswordForm(AdminPasswordChangeForm):
    def save(self, commit: bool = True) -> Any:
        """Set the password, and record that."""
        person = super().save(commit)
        record("password_changed", person)
        return person


@admin.register(Person)
class PersonAdmin(CheckedAdmin, UserAdmin):
    change_password_form = RecordedPasswordForm
    add_form = PersonCreationForm
    list_display = ["username", "email", "first_name", "last_name", "is_staff", "is_active", "last_login"]
    inlines = [MembershipInline]
    add_fieldsets = [(None, {"fields": ["username", "email", "usable_password", "password1", "password2"]})]
    fieldsets = [*(UserAdmin.fieldsets or ()), (_("Interface"), {"fields": ["has_single_keys"]})]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except LastAdministrator as error:
            messages.error(request, translated(error.sentence))
            return redirect(request.get_full_path())

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An administrator is made an ordinary account first, which the last one cannot be."""
        return not (obj and obj.is_superuser) and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """An account is ended and activated by the verbs, which end its sessions and calls, whoever does it where."""
        is_switched, is_active = change and "is_active" in form.changed_data, obj.is_active
        if is_switched:
            obj.is_active = not is_active
            form.changed_data.remove("is_active")
        if change and not obj.is_superuser:
            keep_an_administrator(obj)
        obj.email = lowered(obj.email)
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            EmailAddress.objects.filter(user=obj).delete()
        if is_switched:
            (activate if is_active else deactivate)(obj, cast(Person, request.user))
            obj.is_active = is_active


@admin.register(Team)
class TeamAdmin(CheckedAdmin):
    list_display = ["name", "created_at"]
    ordering = ["name"]
    search_fields = ["name"]
    inlines = [MembershipInline]


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

    list_display = ["name", "link", "came_at", "active_at", "finished_at"]
    list_select_related = ["link"]
    search_fields = ["name", "link__label"]
    ordering = ["-pk"]
    fields = ["name", "link", "note", "came_at", "active_at", "finished_at", "reopened_at", "reopened_by"]


@admin.register(Client)
class ClientAdmin(ReadOnly):
    """Clients are made and changed on their page; the token of their address is never shown here."""

    list_display = ["name", "team", "created_at", "deleted_at"]
    list_select_related = ["team"]
    search_fields = ["name"]
    ordering = ["-pk"]
    fields = ["name", "team", "colour", "contacts", "created_at", "deleted_at"]


class ProviderModelInline(admin.TabularInline):
    model = ProviderModel
    formfield_overrides = CheckedAdmin.formfield_overrides
    extra = 0
    fields = ["name", "about", "rank", "is_enabled", "price_today"]
    readonly_fields = ["price_today"]
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> ProviderModelQuerySet:
        return ProviderModel.objects.priced()

    @admin.display(description=_("price today"))
    def price_today(self, model: ProviderModel) -> str:
        return "–" if model.price is None else dollars(model.price)


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
    actions = ["resume"]
    inlines = [PriceInline]

    def get_queryset(self, request: HttpRequest) -> ProviderModelQuerySet:
        return ProviderModel.objects.priced()

    @admin.display(description=_("price today"))
    def price_today(self, model: ProviderModel) -> str:
        return "–" if model.price is None else dollars(model.price)

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


@admin.register(Mail)
class MailAdmin(ReadOnly):
    list_display = ["template", "to", "language", "attempts", "run_at", "sent_at", "failed_at", "error"]
    exclude = ["values", "unsubscribe_url", "claim"]


@admin.register(Notification)
class NotificationAdmin(ReadOnly):
    list_display = ["person", "kind", "count", "told_at", "seen_at", "read_at", "mailed_at"]
    list_select_related = ["person"]
    exclude = ["detail"]


@admin.register(Worker)
class WorkerAdmin(ReadOnly):
    list_display = ["name", "slots", "started_at", "heartbeat_at", "is_stopping", "remark"]

    @admin.display(description=_("remark"))
    def remark(self, worker: Worker) -> str:
        return translated(worker.remark)


@admin.register(Tally)
class TallyAdmin(ReadOnly):
    list_display = ["name", "provider", "model", "label", "amount"]


@admin.register(Invitation)
class InvitationAdmin(ReadOnly):
    """Who is invited; links are copied, sent again and revoked on the page of people, and never shown here."""

    list_display = ["email", "team", "gallery", "role", "by", "sent_at", "expires_at", "accepted_at", "ended_at"]
    list_select_related = ["team", "gallery", "by"]
    search_fields = ["email", "name"]
    ordering = ["-pk"]
    fields = ["email", "name", "team", "gallery", "role", "by", "sent_at", "expires_at", "accepted_at", "ended_at"]
    fields += ["person"]


@admin.register(HandOver)
class HandOverAdmin(ReadOnly):
    """Whose work was given to whom; it is given back when the account is activated."""

    list_display = ["person", "heir", "by", "at", "batches", "ended_at"]
    list_select_related = ["person", "heir", "by"]
    ordering = ["-pk"]
    fields = ["person", "heir", "by", "at", "gallery", "batches", "ended_at"]


@admin.register(SignIn)
class SignInAdmin(ReadOnly):
    """Where people are signed in; the keys of sessions are never shown here."""

    list_display = ["person", "agent", "address", "began_at"]
    list_select_related = ["person"]
    ordering = ["-pk"]
    fields = ["person", "agent", "address", "began_at"]


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


admin.site.register(
    [
        AudienceChange,
        AuditEntry,
        BatchReference,
        Choice,
        Comment,
        Draft,
        Erasure,
        Favourite,
        KeySeal,
        Lease,
        Look,
        RecordHead,
        RefusalSeen,
        Reread,
        SavedSearch,
        Tag,
        Verdict,
    ],
    ReadOnly,
)

# Their secrets are nobody's to look at, and who changed them is recorded by the pages that do.
for module in ("allauth.mfa.admin", "allauth.socialaccount.admin"):
    import_module(module)
admin.site.unregister([Authenticator, SocialAccount, SocialApp, SocialToken])
admin.site.register(GroupRole, ReadOnly)
