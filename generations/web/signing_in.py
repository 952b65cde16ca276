"""What is written when somebody signs in."""

from __future__ import annotations

import time

from allauth.account.app_settings import REAUTHENTICATION_TIMEOUT
from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest

from generations.middleware.person import address_of
from generations.models import Person, SignIn
from generations.models.audit_entry import record
from generations.models.sign_in import IN_SESSION, SIGNED_IN_AT


def sign_in(request: HttpRequest, person: Person) -> None:
    """Begin the session of somebody whose account was just made."""
    login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    note_sign_in(request, person)


def note_sign_in(request: HttpRequest, person: Person) -> None:
    """Record it, and keep beside the new session what it is known by: the browser, and the network address as the
    record keeps it."""
    row = SignIn.note(person, request.headers.get("User-Agent", ""), address_of(request))
    request.session[IN_SESSION] = row.key
    request.session[SIGNED_IN_AT] = int(time.time())
    record("signed_in", by=person.pk)


def signed_in_lately(request: HttpRequest) -> bool:
    """Whether this session began so short a time ago that nobody need prove once more who they are."""
    return time.time() - request.session.get(SIGNED_IN_AT, 0) < REAUTHENTICATION_TIMEOUT
