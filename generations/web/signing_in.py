"""What is written when somebody signs in."""

from __future__ import annotations

from django.http import HttpRequest

from generations.middleware import address_of
from generations.models import Person, SignIn
from generations.models.sign_in import IN_SESSION


def note_sign_in(request: HttpRequest, person: Person) -> None:
    """Keep beside the new session what it is known by: the browser, and the network address as the record keeps it."""
    row = SignIn.note(person, request.headers.get("User-Agent", ""), address_of(request))
    request.session[IN_SESSION] = row.key
