"""The table of what groups of single sign-on give: team and role."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from generations import access, rights
from generations.forms.people import GroupRoleForm
from generations.models.group_role import GroupRole, set_group_role
from generations.presenters.people import roles
from generations.request import PageRequest
from generations.web.methods import require_safe
from generations.web.rendering import render_page


@require_safe
def groups(request: PageRequest) -> HttpResponse:
    """All rows, and a form for another one."""
    require_staff(request)
    return page(request, GroupRoleForm(request.viewer))


def page(request: PageRequest, form: GroupRoleForm, *, status: int = 200) -> HttpResponse:
    rows = rights.manage_group_role.of(request.viewer, GroupRole.objects.select_related("team"))
    context = {
        "section": "people",
        "rows": rows,
        "form": form,
        "roles": roles(),
        "teams": form.teams,
        "is_on": bool(settings.OIDC_ISSUER),
        "claim": settings.OIDC_GROUP_CLAIM,
    }
    return render_page(request, "people/groups.html", context, status=status)


def require_staff(request: PageRequest) -> None:
    """Raises Http404."""
    if not request.viewer.is_staff:
        raise Http404


@require_POST
def add_group_role(request: PageRequest) -> HttpResponse:
    """Have a group give a role in a team."""
    require_staff(request)
    form = GroupRoleForm(request.viewer, request.POST)
    if not form.is_valid():
        return page(request, form, status=422)
    said = form.cleaned_data
    set_group_role(said["group"], said["team"], said["role"], request.user)
    messages.success(request, _("Who is in %(group)s gets the role when they sign in.") % {"group": said["group"]})
    return redirect("groups")


@require_POST
def remove_group_role(request: PageRequest, key: str) -> HttpResponse:
    """Have it give nothing there any more."""
    row = access.group_role_to_manage(request.viewer, key)
    row.remove(request.user)
    messages.success(request, _("%(group)s gives no role in %(team)s any more.") % {"group": row, "team": row.team})
    return redirect("groups")
