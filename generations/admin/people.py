"""Accounts and teams; who is invited, signed in, and whose work was given to whom."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.models import EmailAddress
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from generations import rights
from generations.admin.checked import CheckedAdmin, ReadOnly
from generations.models import GroupRole, HandOver, Invitation, Membership, Person, SignIn, Team
from generations.models.administrators import LastAdministrator, keep_an_administrator
from generations.models.audit_entry import record
from generations.models.email_address import lowered
from generations.models.hand_over import activate, deactivate
from generations.translation import translated
from generations.viewer import Viewer

GIVEN_BY_SUPERUSERS = ("is_staff", "is_superuser", "groups", "user_permissions")


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ["person", "team"]


class OwnMembershipInline(MembershipInline):
    """Of the person, not of those whose sending they paused."""

    fk_name = "person"


class ManagedMembershipInline(MembershipInline):
    """Of the team, those that the viewer may change."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return rights.manage_membership.of(Viewer(cast(Person, request.user)), super().get_queryset(request))


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
    inlines = [OwnMembershipInline]
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

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = obj is None or rights.manage_person.allows(Viewer(cast(Person, request.user)), obj)
        return allowed and super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What makes an administrator is given by superusers."""
        own = () if Viewer(cast(Person, request.user)).is_superuser else GIVEN_BY_SUPERUSERS
        return (*super().get_readonly_fields(request, obj), *own)

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
    inlines = [ManagedMembershipInline]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It takes its memberships with it, so only whoever may end all of them deletes it."""
        if obj:
            rows = obj.membership_set.all()
            managed = rights.manage_membership.of(Viewer(cast(Person, request.user)), rows)
            if managed.count() < rows.count():
                return False
        return super().has_delete_permission(request, obj)


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


admin.site.register(GroupRole, ReadOnly)


class SuperusersGroupAdmin(GroupAdmin):
    """Who may change a group gives what it gives, to themselves too: superusers."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return Viewer(cast(Person, request.user)).is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_add_permission(request)


admin.site.unregister(Group)
admin.site.register(Group, SuperusersGroupAdmin)
