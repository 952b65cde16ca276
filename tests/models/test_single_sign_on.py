"""What is read of the claims of a sign-on provider."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import LazySettings

from generations.models.single_sign_on import Identity, NotAdmitted, Why

SAID: dict[str, Any] = {"sub": "a1", "email": "Ana@Design.example ", "email_verified": True, "name": "Ana  Bell"}


def test_the_token_and_the_answer_are_read_together() -> None:
    found = Identity.of({"id_token": {"sub": "a1", "groups": ["x", "", 5, "y" * 201, "z\n"]}, "userinfo": SAID})
    assert found == Identity("a1", "ana@design.example", True, "Ana Bell", frozenset({"x", "z"}))


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"userinfo": {}},
        {"userinfo": [SAID]},
        {"userinfo": {**SAID, "sub": ""}},
        {"userinfo": {**SAID, "sub": None}},
        {"userinfo": {**SAID, "sub": "x" * 192}},
        {"userinfo": {**SAID, "sub": "a\0b"}},
        {"userinfo": SAID, "id_token": {**SAID, "sub": "another"}},
        {"userinfo": SAID, "id_token": {"email": "x@x.example"}},
    ],
)
def test_who_is_not_named_is_nobody(said: dict[str, Any]) -> None:
    with pytest.raises(NotAdmitted) as refused:
        Identity.of(said)
    assert refused.value.why == Why.ODD


def test_a_confirmation_counts_for_the_address_it_came_with() -> None:
    found = Identity.of({"id_token": SAID, "userinfo": {"sub": "a1", "email": "boss@design.example"}})
    assert (found.email, found.is_verified) == ("boss@design.example", False)


@pytest.mark.parametrize("said", [False, "false", "", 1, [True], {"a": 1}])
def test_what_is_no_confirmation_is_none_even_where_silence_is_trusted(settings: LazySettings, said: object) -> None:
    settings.OIDC_TRUST_EMAIL = True
    assert not Identity.of({"userinfo": {**SAID, "email_verified": said}}).is_verified


@pytest.mark.parametrize(
    ("said", "groups"),
    [
        (None, None),
        ({"a": 1}, None),
        (5, None),
        ([], frozenset()),
        ("", frozenset()),
        ("a, b", frozenset({"a", "b"})),
        (["a b", ["c"]], frozenset({"a b"})),
    ],
)
def test_groups_are_a_list_or_a_line(said: object, groups: frozenset[str] | None) -> None:
    assert Identity.of({"userinfo": {**SAID, "groups": said}}).groups == groups


@pytest.mark.parametrize("name", ["\u202e" * 9, "a" * 1_000_000, 5, None, "<b>Ana</b>", "a" + "\u0301" * 999])
def test_an_odd_name_is_cut_to_what_a_name_can_be(name: object) -> None:
    assert len(Identity.of({"userinfo": {**SAID, "name": name}}).name) <= 150
