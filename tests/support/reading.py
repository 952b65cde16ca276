"""A client that reads pages without the whitespace their templates are laid out with."""

from __future__ import annotations

import re

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import update_last_login
from django.http import HttpResponse
from django.test import Client

from generations.models import Person
from imageweb.sessions import SessionStore

KEPT = re.compile(r"(<(textarea|pre)\b.*?</\2>)", re.DOTALL)
BREAK = re.compile(r"[ \t]*\n\s*")
TAG = re.compile(r"<[a-z!/][^<>]*>", re.IGNORECASE)


class Reader(Client):
    """Django's test client. The text of a page comes without line breaks and indentation between and within its tags,
    so that an assertion need not know how a template is laid out, and an absence cannot hide behind it."""

    def request(self, **request: object) -> HttpResponse:
        response = super().request(**request)
        is_page = response.get("Content-Type", "").startswith("text/html") and not response.streaming
        if is_page and not response.has_header("Content-Encoding"):
            response.content = without_layout(response.content.decode()).encode()
        return response


def sign_in(person: Person, *, htmx: bool = False, kind: type[Client] | None = None, **options: object) -> Client:
    """A client in which this person is signed in; with htmx=True it asks as htmx does. Of another `kind` where nobody
    reads its pages. The session is what signing in leaves, written once: Django's own client writes an empty one, a
    second in its place, and all that is in it."""
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/"} if htmx else {}
    client = (kind or Reader)(headers=headers, **options)
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    update_last_login(Person, person)
    return client


def without_layout(page: str) -> str:
    """The page on one line. What a person wrote into a field, or sent, stays as it is."""
    parts = KEPT.split(page)
    laid_out = [flattened(part) for part in parts[::3]]
    kept = [TAG.sub(lambda tag: flattened(tag[0]), part, count=1) for part in parts[1::3]]
    return "".join(part for pair in zip(laid_out, [*kept, ""], strict=True) for part in pair)


def flattened(text: str) -> str:
    """Breaks with their indentation: dropped beside a tag, one space within a text and between attributes."""
    return BREAK.sub(joint, TAG.sub(lambda tag: " ".join(tag[0].split()).replace(" >", ">"), text))


def joint(found: re.Match[str]) -> str:
    """What stands in the place of a break."""
    text, start, end = found.string, *found.span()
    return "" if start == 0 or end == len(text) or text[start - 1] == ">" or text[end] == "<" else " "
