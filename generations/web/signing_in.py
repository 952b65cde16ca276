"""What is written when somebody signs in."""

from __future__ import annotations

from django.http import HttpRequest

from generations.middleware import address_of
from generations.models import Person, SignIn


def note_sign_in(request: HttpRequest, person: Person) -> None:
    """Keep beside the new session what it is known by: the browser, and the network address as the record keeps it."""
    if request.session.session_key is None:
        request.session.save()
    if key := request.session.session_key:
        SignIn.note(person, key, request.headers.get("User-Agent", ""), address_of(request))
