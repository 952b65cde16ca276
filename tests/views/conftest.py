"""A browser without script for each of the cast."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from generations import submit
from generations.models import Person
from tests.support.reading import Reader


@pytest.fixture
def queries_of() -> Callable[[Callable[[], object]], int]:
    """How many queries a call makes."""

    def count(call: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as captured:
            call()
        return len(captured)

    return count


@pytest.fixture
def signed_in() -> Callable[..., Client]:
    """A client in which this person is signed in; with htmx=True it asks as htmx does."""

    def sign_in(person: Person, *, htmx: bool = False, **options: object) -> Client:
        headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/"} if htmx else {}
        client = Reader(headers=headers, **options)
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in


@pytest.fixture(autouse=True)
def rung(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Bells are counted, not published."""
    bells: list[int] = []
    monkeypatch.setattr(submit, "notify", lambda generations: bells.extend(each.pk for each in generations))
    yield bells
