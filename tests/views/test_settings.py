"""What somebody sets for themselves."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from tests.support.cast import Cast

SignIn = Callable[..., Client]


def test_switches_and_name_are_kept(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.ana)
    client.post("/settings/save", {"first_name": "Anna", "last_name": "Bell", "has_notifications": "on"})
    cast.ana.refresh_from_db()
    assert (str(cast.ana), cast.ana.has_single_keys, cast.ana.has_notifications) == ("Anna Bell", False, True)
    page = client.get("/settings").content.decode()
    assert 'data-shortcuts="off" data-notify="on"' in page[:400]
    assert 'name="has_notifications" data-notify-switch checked' in page
    assert "Saved." not in client.get("/settings").content.decode()


def test_a_name_that_is_too_long_is_refused_and_changes_nothing(cast: Cast, signed_in: SignIn) -> None:
    answer = signed_in(cast.ana).post("/settings/save", {"first_name": "x" * 151})
    cast.ana.refresh_from_db()
    assert (answer.status_code, cast.ana.first_name, cast.ana.has_single_keys) == (422, "Ana", True)


def test_nothing_else_of_an_account_is_changed_here(cast: Cast, signed_in: SignIn) -> None:
    signed_in(cast.ana).post("/settings/save", {"is_staff": "on", "username": "root", "email": "x@x.example"})
    cast.ana.refresh_from_db()
    assert (cast.ana.is_staff, cast.ana.username, cast.ana.email) == (False, "ana", "ana@design.example")
