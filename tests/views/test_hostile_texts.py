"""Texts nobody types, in every field that a page reads: each ends in an answer, and none is normalised that would take
long to sort. What a page reads is listened for, so that a new field is among them from its first day."""

from __future__ import annotations

import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import quote

import pytest
from django.db import transaction
from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils.datastructures import MultiValueDict
from pytest_django import Settings

from generations.models import Hold, Person, SavedSearch
from generations.models.team import welcome_path
from generations.text import MAX_MARKS
from tests.support.cast import PASSWORD, Cast, make_done, make_failed, make_gallery
from tests.support.reading import sign_in
from tests.test_text import NORMALIZE, longest_run
from tests.views.test_admin import provider_fields

pytestmark = pytest.mark.slow

MARKS = "a" + "\u0301" * 32_000 + "\u0327" * 32_000
FAMILIES = {
    "combining marks": MARKS,
    "an address of combining marks": f"//{MARKS}",
    "odd signs": "\u202e\u2066👩\u200d```   &#xD800;%ED%A0%80\\ud800" * 1_500,
    "words": "%_*?\\ a " * 8_000,
    "brackets": "[" * 64_000,
    "digits": "9" * 64_000,
    "dots": "1." * 32_000,
    "a million combining marks": "a" + "\u0301" * 500_000 + "\u0327" * 500_000,
}
EACH = {"get": ("combining marks", "words", "digits"), "post": ("combining marks", "digits")}
"""What each field is given alone: what is searched for is asked with GET. The others stand in all fields at once."""
IN_AN_ADDRESS = 60_000
"""Bytes; the web server takes no more."""
IN_A_FORM = 2**21
"""Characters; a form that is too long as a whole is refused, and none of its fields is looked at."""
ADMIN = ("person", "team", "provider", "providermodel")
OF_STAFF = ("/setup", "/providers", "/models", "/people", "/person", "/teams", "/invitations") + (
    "/record",
    "/evidence",
    "/groups",
    "/queue",
    "/status",
)
CSRF, UNKNOWN = "csrfmiddlewaretoken", "unknown"
BENIGN = {
    "prompt": "A lake",
    "n": "1",
    "submission": "k",
    "name": "spring",
    "query": "q=red",
    "login": "ana",
    "password": PASSWORD,
    "alt": "A lake",
    "note": "",
    "state": "approved",
    "email": "ana@design.example",
    "title": "Spring",
    "order": "hand",
    "person": "ben",
    "role": "view",
    "text": "Darker green",
    "where": "",
    "answer": "",
    "key": "k",
    "reason": "",
    "pause": "1",
    "code": "123456",
    "credential": "{}",
}


@pytest.fixture
def normalized(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[None]:
    """At the end, nothing was normalised anywhere that holds a run which is costly to sort."""
    longest: list[int] = []

    def note(form: str, text: str) -> str:
        longest.append(longest_run(text[:200]))
        return NORMALIZE(form, text)

    monkeypatch.setattr(unicodedata, "normalize", note)
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2**23  # what a form takes as a whole would hide what its fields take
    yield
    assert max(longest, default=0) <= 3 * MAX_MARKS


@contextmanager
def listening() -> Iterator[Counter[object]]:
    """How often each field is read meanwhile."""
    read: Counter[object] = Counter()
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in ((MultiValueDict, "__getitem__"), (MultiValueDict, "_getlist"), (QueryDict, "__contains__")):
            heard = getattr(owner, name)

            def hear(self: MultiValueDict, key: str, *args: object, heard: Callable = heard, **more: object) -> object:
                if isinstance(self, QueryDict):
                    read[key] += 1
                return heard(self, key, *args, **more)

            patch.setattr(owner, name, hear, raising=False)
        yield read


def visitor(person: Person | None = None) -> Client:
    """A client whose pages are not read, signed in as this person; an error is an answer with its status."""
    if person:
        return sign_in(person, kind=Client, raise_request_exception=False)
    return Client(raise_request_exception=False)


def tried(client: Client, method: str, path: str, fields: Mapping[Any, object]) -> HttpResponseBase:
    """The answer, without what it changed."""
    with transaction.atomic():
        if method == "get":
            answer = client.get(path, fields)
        else:
            answer = client.post(path, fields, query_params={n: v for n, v in fields.items() if fits(n, v)})
        transaction.set_rollback(True)
    return answer


def fits(name: str, text: object) -> bool:
    return len(name) + quoted_length(str(text)) < IN_AN_ADDRESS


@cache
def quoted_length(text: str) -> int:
    """Of a few texts, asked for again and again; the longest takes a second to quote."""
    return len(quote(text))


def cut(text: str, count: int) -> str:
    """As much of it as fits so often into an address."""
    return text[: IN_AN_ADDRESS // count // -(-len(quote(text[:1000])) // 1000)]


def fields_read(client: Client, method: str, path: str, sent: Mapping[str, object]) -> Counter[str]:
    """How often an address reads each field; nothing when it does not take the method."""
    with listening() as read:
        answer = tried(client, method, path, sent)
    is_taken = answer.status_code != 405
    return Counter({n: times for n, times in read.items() if is_taken and isinstance(n, str) and n != CSRF})


def broken(client: Client, path: str, benign: Mapping[str, object]) -> Iterator[tuple[object, ...]]:
    """What is read at an address, method by method, and breaks it.

    Some read all that is sent: a field that nobody asks for, read so often, is as good as any other there."""
    for method in ("get", "post"):
        if not (read := fields_read(client, method, path, {**benign, UNKNOWN: "1"})):
            continue
        sent = {name: value for name, value in benign.items() if read[name] > read[UNKNOWN]}
        asked = (read.keys() - benign.keys() - {UNKNOWN}) | fields_read(client, method, path, sent).keys()
        alone, together = sorted(asked | ({UNKNOWN} & read.keys())), sorted(asked)
        cases = [(family, [name]) for name in alone for family in EACH[method]]
        cases += [(family, together) for family in FAMILIES if together]
        for family, hostile in cases:
            text = FAMILIES[family]
            text = text[: IN_A_FORM // len(hostile)] if method == "post" else cut(text, len(hostile))
            answer = tried(client, method, path, {**sent, **dict.fromkeys(hostile, text)})
            if answer.status_code >= 500 or (answer.status_code >= 400 and not answer.content):
                yield method, path, family, hostile, answer.status_code


def addresses(cast: Cast) -> Iterator[str]:
    """Every address of ours, with what stands behind it."""
    batch, failed = make_done(cast.ana), make_failed(cast.ana)
    image, generation = batch.images.get(), batch.generations.get()
    saved = SavedSearch.objects.create(person=cast.ana, name="red", query="q=red")
    gallery = make_gallery(cast.ana, images=[image])
    keys = {"b": batch.key, "i": image.key, "library": saved.key, "g": generation.key, "galleries": gallery.key}
    keys |= {"teams": cast.design.key, "models": cast.model.key}
    keys |= dict.fromkeys(("providers", "setup"), cast.model.provider.key)
    hold = Hold(name="Aldea contract", reason="File 25/114", batch=failed)
    hold.place(cast.sam)
    keys["record"] = hold.key
    any_word: dict[str, object] = dict.fromkeys(
        ("verdict", "decision", "deletion", "removal", "addition", "change", "token", "language", "version", "part"),
        "x",
    )
    for pattern in get_resolver().url_patterns:
        if isinstance(pattern, URLPattern) and pattern.name != "account_reset_password_from_key":
            words = any_word | {"n": 1, "side": 640, "language": "zh-hans", "team": cast.design.key, "person": "ben"}
            words |= {"username": "ben", "part": "connection", "pk": 1, "provider_id": "sso"}
            words["key"] = keys.get(str(pattern.pattern).partition("/")[0], "x")
            if pattern.name in ("retry", "try_now", "read"):
                words["key"] = failed.generations.get().key
            yield reverse(pattern.name, kwargs={name: words[name] for name in pattern.pattern.converters})


IN_SIGHT = {"nobody": ("/accounts/", "/theme", "/welcome/"), "ana": ("/",), "sam": OF_STAFF}


@pytest.mark.long
@pytest.mark.parametrize("who", IN_SIGHT)
def test_no_field_of_a_page_breaks_it(cast: Cast, normalized: None, who: str) -> None:
    paths = list(addresses(cast))
    benign = BENIGN | {"model": cast.model.key, "pick": cast.ana.images.get().key}
    client = visitor() if who == "nobody" else visitor(getattr(cast, who))
    if who != "nobody":  # and just now, so that nothing is asked of them first
        session = client.session
        session["signed_in_at"] = time.time()
        session.save()
    paths = [path for path in paths if path.startswith(IN_SIGHT[who])]
    found = [at for path in paths for at in broken(client, path, benign)]
    assert found == []


def test_no_field_of_the_first_account_breaks_it(db: None, normalized: None) -> None:
    path, client = welcome_path(), visitor()
    benign = {"name": "Ana", "email": "ana@design.example", "password": PASSWORD}
    assert path is not None and list(broken(client, path, benign)) == []


@pytest.mark.parametrize("model", ADMIN)
def test_no_field_of_the_administration_breaks_it(cast: Cast, normalized: None, model: str) -> None:
    client = visitor(cast.sam)
    row = {"person": cast.ana, "team": cast.design, "provider": cast.model.provider, "providermodel": cast.model}[model]
    fields = {f"{name}_FORMS": 0 for name in ("membership_set-TOTAL", "membership_set-INITIAL")}
    benign = {"username": "ana", "name": "Name", "email": "a@b.example", "q": "a"} | fields
    if model == "provider":
        benign |= provider_fields(row)
    if model == "providermodel":
        benign |= {"provider": row.provider_id, "sizes": "[]", "options": "[]"}
    base = f"/admin/generations/{model}/"
    found = [at for path in (base, f"{base}add/", f"{base}{row.pk}/change/") for at in broken(client, path, benign)]
    assert found == []


def test_no_search_of_the_administration_breaks_it(cast: Cast, normalized: None) -> None:
    client = visitor(cast.sam)
    asked = {"app_label": "generations", "model_name": "membership", "field_name": "team", "term": "a", "q": "a"}
    paths = ["/admin/autocomplete/", *(f"/admin/generations/{name}/" for name in ("batch", "generation", "image"))]
    found = [at for path in paths for at in broken(client, path, asked)]
    assert found == []
