"""NUL wherever a request can carry it: PostgreSQL takes no such text, so none reaches a query unjudged."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from imageweb.sessions import SessionStore
from tests.support.cast import Cast, make_done
from tests.support.reading import sign_in
from tests.support.services import LOOK_FOR

pytestmark = pytest.mark.slow

NUL = "abcdefgh\0ijklmnop"
FIELDS = re.findall(
    r"\w+",
    "_selected_action action added address addresses administrator"
    " after all before derivation description email gallery heir here i like login look"
    " max_tokens model n name new_key next note o only order p page parent person password pick prompt q query"
    " ref remember role seed seen show size since step stop submission tag team theme time_zone title visible whose"
    " words",
)
HEADERS = "If-None-Match", "HX-Current-URL", "Referer", "User-Agent", "X-Forwarded-For"
VISITORS = [("nobody", False)]
if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):  # which alone refuses what SQLite takes
    VISITORS += [("ana", False), ("ana", True), ("sam", False)]
elif not LOOK_FOR["postgres"]():
    VISITORS += [("ana", False)]
COOKIES = settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME, "messages", "theme"


def addresses(pattern: URLPattern | URLResolver) -> list[str]:
    """Where a pattern leads, with NUL in each of its words."""
    if isinstance(pattern, URLResolver):
        return ["/admin/login/", "/admin/generations/person/", "/admin/generations/person/a%00b/change/"]
    if pattern.name == "account_reset_password_from_key":
        return ["/accounts/password/reset/key/1-a%00b/"]
    words = {name: 640 if "Int" in type(kind).__name__ else NUL for name, kind in pattern.pattern.converters.items()}
    return [reverse(pattern.name, kwargs=words)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("who", "htmx"), VISITORS)
def test_nul_breaks_no_page(cast: Cast, who: str, htmx: bool) -> None:
    make_done(cast.ana)
    fields, headers = dict.fromkeys(FIELDS, NUL), dict.fromkeys(HEADERS, NUL)
    if who == "nobody":  # a page of somebody else's gets no further: 412
        headers["Imageweb-Person"] = NUL
    addressed = {"query_params": fields, "headers": headers}
    carriers = {"get": ({}, addressed), "post": ({}, {"data": fields}, addressed)}
    ways = [
        (method, path, how)
        for pattern in get_resolver().url_patterns
        for path in addresses(pattern)
        for method in carriers
        for how in carriers[method]
        if how or "%00" in path
    ]
    visitors = forgetful(cast, who, htmx)
    broken = [way for way in ways if getattr(next(visitors), way[0])(way[1], **way[2]).status_code in (412, 500)]
    assert broken == []


def forgetful(cast: Cast, who: str, htmx: bool) -> Iterator[Client]:
    """The same visitor again and again, whatever was said to it before."""
    if who == "nobody":
        while True:
            client = Client(raise_request_exception=False)
            client.cookies.load(dict.fromkeys(COOKIES, NUL))
            yield client
    client = sign_in(getattr(cast, who), htmx=htmx, kind=Client, raise_request_exception=False)
    while True:
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        yield client
        if not SessionStore(session).exists(session):
            client = sign_in(getattr(cast, who), htmx=htmx, kind=Client, raise_request_exception=False)
            continue
        client.cookies.clear()
        client.cookies[settings.SESSION_COOKIE_NAME] = session


@pytest.mark.django_db
@pytest.mark.parametrize("key", [NUL, "é" * 32, "a" * 31 + "\x80", "a" * 31 + "\n", "a" * 5000, "' OR 1=1 --"])
def test_a_session_key_that_was_never_made_is_no_session(key: str) -> None:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    answer = client.get("/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
    assert answer.cookies[settings.SESSION_COOKIE_NAME].value == ""
