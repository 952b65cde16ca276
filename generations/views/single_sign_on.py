"""Single sign-on by OpenID Connect: to the provider, back from it, and what is said when that fails."""

from __future__ import annotations

import logging
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthError
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect import views as openid
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from generations.models.single_sign_on import (
    PROVIDER,
    Identity,
    NotAdmitted,
    admit,
    keep_address_alone,
    note_refusal,
)
from generations.presenters.single_sign_on import SignOnFailure, began_elsewhere, cancelled, faulty, refused
from generations.request import VisitorRequest
from generations.web.methods import require_safe
from generations.web.rendering import render_page

log = logging.getLogger(__name__)

FAILURES = (OSError, OAuth2Error, ValueError, TypeError, LookupError, AttributeError)
"""What comes of a provider that is away, or that answers with something else than it should."""


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """Lets in whom the rule of generations.models.single_sign_on lets in; nobody signs up here."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: VisitorRequest, sociallogin: SocialLogin) -> None:
        """Whatever was asked for when it began, it is a sign-in. Raises ImmediateHttpResponse."""
        sociallogin.state["process"] = "login"
        email = ""
        try:
            identity = Identity.of(sociallogin.account.extra_data)
            email = identity.email
            keep_address_alone(sociallogin.account, identity)
            link = admit(identity)
        except NotAdmitted as error:
            note_refusal(error)
            raise ImmediateHttpResponse(answer_of(request, refused(error.why, email))) from error
        sociallogin.account, sociallogin.user = link, link.user

    def on_authentication_error(
        self,
        request: VisitorRequest,
        provider: Any,
        error: Any = None,
        exception: Any = None,
        extra_context: Any = None,
    ) -> None:
        """Raises ImmediateHttpResponse."""
        if error == AuthError.CANCELLED:
            raise ImmediateHttpResponse(answer_of(request, cancelled()))
        if "state_id" in (extra_context or {}):
            raise ImmediateHttpResponse(answer_of(request, began_elsewhere()))
        raise ImmediateHttpResponse(failed(request, exception or error))


def answer_of(request: VisitorRequest, failure: SignOnFailure) -> HttpResponse:
    return render_page(request, "account/sso_failed.html", {"failure": failure}, status=failure.status)


def failed(request: VisitorRequest, cause: object) -> HttpResponse:
    log.warning("single sign-on failed: %.300r", cause)
    return answer_of(request, faulty())


@login_not_required
@require_POST
def begin(request: VisitorRequest, provider_id: str) -> HttpResponse:
    """On to the provider, by a page of ours: a form may lead to this site alone."""
    require_provider(provider_id)
    try:
        answer: HttpResponse = openid.login(request, provider_id)
    except FAILURES as error:
        return failed(request, error)
    if answer.status_code != 302:
        return answer
    return render_page(request, "account/sso_leaving.html", {"address": answer["Location"]})


@login_not_required
@require_safe
def callback(request: VisitorRequest, provider_id: str) -> HttpResponse:
    """Back from the provider, signed in or refused."""
    require_provider(provider_id)
    try:
        answer: HttpResponse = openid.callback(request, provider_id)
    except FAILURES as error:
        return failed(request, error)
    return answer


def require_provider(provider_id: str) -> None:
    """Raises Http404 where there is no such provider."""
    if provider_id != PROVIDER or not settings.OIDC_ISSUER:
        raise Http404
