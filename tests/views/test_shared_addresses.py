"""No text in place of a share link's token or of a key in its addresses opens anything, breaks anything or is told from
another one."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.http.response import HttpResponseBase
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from generations.models import Client as Customer
from generations.models import Image, ShareLink, Visitor
from generations.models.key import new_token
from tests.support.cast import make_cast, make_done, make_gallery

pytestmark = [pytest.mark.exhaustive, pytest.mark.django_db]
BY_TOKEN = ("/s/{token}", "/s/{token}/choose", "/s/{token}/sent", "/s/{token}/logo", "/c/{token}", "/c/{token}/logo")
BY_KEY = ("/s/{token}/{key}", "/s/{token}/{key}/file", "/s/{token}/{key}/320")
ANYTHING = st.binary(max_size=70) | st.text(max_size=40).map(str.encode) | st.text("-_Aa0", max_size=70).map(str.encode)
MISSES: dict[str, Callable[[str], str]] = {
    "the first sign is another": lambda text: ("b" if text[0] == "a" else "a") + text[1:],
    "the last sign is another": lambda text: text[:-1] + ("b" if text[-1] == "a" else "a"),
    "capitals": str.swapcase,
    "one short": lambda text: text[:-1],
    "one long": lambda text: text + text[-1],
    "NUL behind": lambda text: text + "\0",
    "NUL before": lambda text: "\0" + text,
    "a space": lambda text: text + " ",
    "a line end": lambda text: text + "\n",
    "a mark for right to left": lambda text: "\u202e" + text,
    "a combining mark": lambda text: text + "\u0301",
    "wide letters": lambda text: "".join(chr(ord(sign) + 0xFEE0) for sign in text),
    "percent": lambda text: text + "%",
    "any text": lambda text: "%",
    "any sign": lambda text: "_" * len(text),
    "nothing": lambda text: "",
}


@pytest.fixture
def link() -> ShareLink:
    cast = make_cast()
    gallery = make_gallery(cast.ana, images=[make_done(cast.ana).images.get()])
    link = ShareLink.make(gallery, cast.ana, choosing=True, commenting=True, download="web")
    link.give_to(Customer.make(cast.design, cast.ana, "Aldea"))
    return link


def asked(path: str, *, by_post: bool = False) -> HttpResponseBase:
    """What somebody gets who comes there for the first time."""
    cache.clear()
    return Client().post(path, {"name": "Eve", "password": "x", "finish": "1"}) if by_post else Client().get(path)


PASSING = ("Expires", "X-Request-ID")
"""Headers that differ from one answer to the next."""


def is_nothing(answer: HttpResponseBase) -> bool:
    return answer.status_code == 404 and not answer.cookies


def filled(pattern: str, token: bytes | str, key: bytes | str = "") -> str:
    return pattern.format(token=quote(token, safe=""), key=quote(key, safe=""))


@given(text=ANYTHING.filter(lambda text: b"/" not in text), pattern=st.sampled_from((*BY_TOKEN, *BY_KEY)))
@example(text=b"a" * 5000, pattern=BY_TOKEN[0])
@example(text="猫".encode() * 700, pattern=BY_KEY[0])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_is_a_token_or_a_key(link: ShareLink, text: bytes, pattern: str) -> None:
    key = Image.objects.get().key
    is_posted = pattern.endswith("choose")
    assert is_nothing(asked(filled(pattern, text, key), by_post=is_posted))
    if pattern in BY_KEY:
        assert is_nothing(asked(filled(pattern, link.token, text)))
    assert not Visitor.objects.exists()


@pytest.mark.parametrize("miss", MISSES.values(), ids=MISSES)
def test_a_near_miss_is_none(link: ShareLink, miss: Callable[[str], str]) -> None:
    key, page = Image.objects.get().key, link.client.token
    assert asked(filled(BY_KEY[2], link.token, key)).status_code == 200
    for pattern in (*BY_TOKEN, *BY_KEY):
        token = miss(page if pattern.startswith("/c/") else link.token)
        assert is_nothing(asked(filled(pattern, token, key), by_post=pattern.endswith("choose"))), pattern
    for pattern in BY_KEY if miss(key) else ():
        assert is_nothing(asked(filled(pattern, link.token, miss(key)))), pattern
    assert is_nothing(asked(filled("/s/{token}", miss(link.token)), by_post=True))


def test_a_link_that_was_never_there_looks_like_one_that_ended(link: ShareLink) -> None:
    """The page alone says to who has its address that it ended; everything below it is as if it had never been."""
    key, never = Image.objects.get().key, new_token()
    visitor = Visitor.come(link, "Marisol")[1]
    link.end()
    for pattern in (*BY_TOKEN[1:4], *BY_KEY):
        answers = []
        for token in (link.token, never):
            client = Client()
            client.cookies["imageweb_visitor"] = visitor
            path = filled(pattern, token, key)
            answer = client.post(path, {"heart": key}) if pattern.endswith("choose") else client.get(path)
            assert is_nothing(answer)
            headers = {name: value for name, value in answer.headers.items() if name not in PASSING}
            answers.append((headers, answer.content.replace(token.encode(), b"")))
        assert answers[0] == answers[1], pattern
    assert b"no longer opens" in asked(filled("/s/{token}", link.token)).content
