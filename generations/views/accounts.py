"""Accounts: sign-up is closed, and the first administrator comes in by a link the installation prints."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from generations.forms.people import FirstRunForm
from generations.mail_errors import MAIL_ERRORS, why_not_sent
from generations.models import Lease, Membership, Person, SignIn, Team
from generations.models.audit_entry import Subject, record
from generations.models.email_address import lowered
from generations.models.sign_in import BY_SINGLE_SIGN_ON, IN_SESSION
from generations.models.team import is_welcome
from generations.queries.providers import has_endpoint
from generations.request import VisitorRequest
from generations.text import BadText, check_text
from generations.web.rendering import render_page
from generations.web.signing_in import note_sign_in, sign_in, signed_in_lately

log = logging.getLogger(__name__)

DAY = 24 * 3600
MAX_ADDRESS = 2000


class ClosedSignUp(DefaultAccountAdapter):
    """Accounts are made by administrators; letters name the installation's own address, whatever a request says."""

    error_messages = (
        DefaultAccountAdapter.error_messages
        | dict.fromkeys(
            ("email_password_mismatch", "username_password_mismatch"),
            _("Wrong email or password. Check both and try again."),
        )
        | dict.fromkeys(
            ("enter_current_password", "incorrect_password"), _("This is not your current password. Type it again.")
        )
    )

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: object) -> str:
        # Counted for an account alone, five wrong tries by anybody would lock its owner out everywhere.
        return f"{super()._get_login_attempts_cache_key(request, **credentials)}:{self.get_client_ip(request)}"

    def send_password_reset_mail(self, user: Person, email: str, context: dict[str, Any]) -> None:
        """Only to the address that counts: one that waits to be confirmed, or was theirs once, resets nothing."""
        if lowered(email) == lowered(user.email):
            super().send_password_reset_mail(user, email, context)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Who has just signed in is not asked once more."""
        return not signed_in_lately(self.request) and super().is_reauthentication_required(app=app, **kwargs)

    @transaction.atomic
    def login(self, request: HttpRequest, user: Person) -> None:
        """The last step, with nothing asked for any more. Raises ImmediateHttpResponse for an account that was
        deactivated since the first one."""
        if not Person.objects.filter(pk=user.pk, is_active=True).exists():
            raise ImmediateHttpResponse(redirect("account_inactive"))
        super().login(request, user)
        ways = {each.get("method") for each in get_authentication_records(request, user)}
        request.session[BY_SINGLE_SIGN_ON] = "socialaccount" in ways
        note_sign_in(request, user)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Record it, with the account if there is one: what else was typed may be a password in the wrong field."""
        super().authentication_failed(request, **credentials)
        typed = str(credentials.get("email") or credentials.get("username") or "")
        person = Person.objects.filter(Q(email__lowered=typed) | Q(username__lowered=typed)).first() if typed else None
        record("sign_in_failed", person or Subject("person", "unknown"))

    @transaction.atomic
    def logout(self, request: HttpRequest) -> None:
        if isinstance(request.user, Person):
            record("signed_out", by=request.user.pk)
            SignIn.objects.filter(key=request.session.get(IN_SESSION, "")).delete()
        super().logout(request)

    @transaction.atomic
    def set_password(self, user: Person, password: str) -> None:
        super().set_password(user, password)
        own = self.request.session.get(IN_SESSION, "") if self.request else ""
        SignIn.objects.filter(person=user).exclude(key=own).delete()  # the other sessions end with the old password
        record("password_changed", user)

    def is_safe_url(self, url: str | None) -> bool:
        """Judged before it is taken apart: `urlsplit` normalises a host, however long it is."""
        try:
            check_text(url or "", MAX_ADDRESS)
        except BadText:
            return False
        return bool(super().is_safe_url(url))

    def send_mail(self, template_prefix: str, email: str, context: Mapping[str, Any]) -> None:
        """In the language of the person it goes to if that is known, else in the request's. Where it is not taken, the
        request ends with a page that says so, for known addresses and others alike."""
        language = getattr(context.get("user"), "language", "") or translation.get_language()
        with translation.override(language):
            try:
                super().send_mail(template_prefix, email, context)
            except MAIL_ERRORS as error:
                log.warning("a mail of the accounts is not taken: %s", why_not_sent(error))
                refusal = render_page(self.request, "account/mail_failed.html", status=503)
                raise ImmediateHttpResponse(refusal) from error

    @transaction.atomic
    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Use an address from now on, unless somebody got an account with it meanwhile."""
        person = email_address.user
        taken = Person.objects.filter(email__lowered=email_address.email).exclude(pk=person.pk)
        try:
            with transaction.atomic():
                is_confirmed = not taken.exists() and bool(super().confirm_email(request, email_address))
        except IntegrityError:  # somebody got an account with it at the same moment
            is_confirmed = False
        if is_confirmed:
            record("changed_email", person, by=person.pk)
        else:
            said = {"email": email_address.email}
            self.add_message(request, messages.ERROR, "account/messages/email_confirmation_failed.txt", said)
        return is_confirmed

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        return reverse("settings")

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return settings.SITE_URL + urlsplit(super().get_email_confirmation_url(request, emailconfirmation)).path

    def get_reset_password_from_key_url(self, key: str) -> str:
        return settings.SITE_URL + urlsplit(super().get_reset_password_from_key_url(key)).path


@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def welcome(request: VisitorRequest, token: str) -> HttpResponse:
    """The page behind that link. Once any account exists it works no longer, and looks as any wrong link does."""
    if not is_welcome(token):
        return render_page(request, "account/welcome_expired.html", status=404)
    form = FirstRunForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = create_first(**form.cleaned_data)
        if person is None:
            return render_page(request, "account/welcome_expired.html", status=404)
        sign_in(request, person)
        return redirect("studio" if has_endpoint() else "setup")
    return render_page(request, "account/welcome.html", {"form": form}, status=422 if form.errors else 200)


@transaction.atomic
def create_first(name: str, email: str, password: str) -> Person | None:
    """The first administrator, who leads the first team. Of two at once, one gets None."""
    if not Lease.take("first-run", seconds=10) or Person.objects.exists():
        return None
    first, _, last = name.strip().partition(" ")
    person = Person.objects.create_superuser(email, email, password, first_name=first, last_name=last)
    team = Team.objects.create(name="Team")
    Membership.objects.create(person=person, team=team, role=Membership.Role.LEAD)
    record("added_person", person, after={"is_staff": True, "is_superuser": True})
    record("added_team", team)
    record("gave_role", Subject("person", str(person.pk), team.pk), after={"team": team.key, "role": "lead"})
    return person


@login_not_required
@require_POST
def theme(request: VisitorRequest) -> HttpResponse:
    """Keep the theme with the person, and in a cookie for the pages that know nobody."""
    asked = request.POST.get("theme", "")
    chosen = asked if asked in Person.Theme.values else ""
    if isinstance(request.user, Person):
        request.user.choose_theme(chosen)
    if request.htmx:
        return HttpResponse(status=204)
    back = request.META.get("HTTP_REFERER", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    response = HttpResponseRedirect(back if is_ours else reverse("studio"))
    if chosen:
        response.set_cookie("theme", chosen, max_age=365 * DAY, samesite="Lax", secure=settings.IS_HTTPS)
    else:
        response.delete_cookie("theme")
    return response
