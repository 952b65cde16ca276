"""Usage: what a month brought and cost somebody, by model, and the sums of their teams."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains

from generations.models import Generation, Image
from generations.models.key import now
from generations.presenters.usage import UsagePage
from generations.queries.people import months_of
from generations.viewer import Viewer
from tests.support.cast import Cast, make_batch, make_done, make_failed, make_model, make_person, make_provider

SignIn = Callable[..., Client]


@pytest.fixture
def month(cast: Cast) -> None:
    """Ana's: three pictures of one model, one free of another; something of Ben's, something long ago."""
    sandbox = make_model("gpt-image-1", make_provider("Gateway", "https://gateway.example/v1"), price="0")
    make_done(cast.ana, pictures=3)
    make_done(cast.ana, model=sandbox, visibility="private")
    make_done(cast.ben)
    make_done(cast.cy, pictures=4)
    make_batch(cast.ana)
    old = make_done(cast.ana, pictures=2)
    Generation.objects.filter(batch=old).update(finished_at=now(days=-40))
    Image.objects.filter(batch=old).update(created_at=now(days=-40))


def test_a_designer_reads_what_they_and_their_team_spent(cast: Cast, month: None, signed_in: SignIn) -> None:
    page = UsagePage(Viewer(cast.ana))
    own = [(row.name, row.used.pictures, row.used.spent) for row in page.models]
    assert own == [("gpt-image-1 (Sandbox)", 3, Decimal("0.126")), ("gpt-image-1 (Gateway)", 1, Decimal())]
    assert [(row.name, row.used.pictures, row.used.spent) for row in page.teams] == [("Design", 5, Decimal("0.168"))]
    assert (page.mine.pictures, str(page.cost)) == (4, "≈ $0.13")
    assert [str(row.cost) for row in page.models] == ["≈ $0.13", "Free"]
    shown = signed_in(cast.ana).get("/usage")
    assertContains(shown, "gpt-image-1 (Gateway)")
    assertNotContains(shown, "/people")
    assertContains(signed_in(cast.lea).get("/usage"), f"/people?team={cast.design.key}")


def test_it_agrees_with_the_page_of_people(cast: Cast, month: None) -> None:
    mine, said = UsagePage(Viewer(cast.ana)).mine, months_of([cast.ana.pk], None)[cast.ana.pk]
    assert (mine.pictures, mine.spent) == (said.pictures, said.spent)


def test_what_is_not_known_is_not_called_nothing(cast: Cast, signed_in: SignIn) -> None:
    make_done(cast.ana)
    make_failed(cast.ana, kind="cut", charged="maybe")
    page = UsagePage(Viewer(cast.ana))
    assert str(page.cost) == "At least $0.042" and page.mine.failed == 1
    assertContains(signed_in(cast.ana).get("/usage"), "At least $0.042")


def test_somebody_new_reads_that_there_is_nothing(cast: Cast, signed_in: SignIn) -> None:
    assertContains(signed_in(make_person("eva", cast.design)).get("/usage"), "Nothing this month yet")


def test_more_models_and_teams_cost_no_more_queries(cast: Cast, month: None, signed_in: SignIn, queries_of) -> None:
    client = signed_in(cast.ana)
    few = queries_of(lambda: client.get("/usage"))
    for number in range(5):
        make_done(cast.ana, model=make_model(f"model-{number}"))
    assert queries_of(lambda: client.get("/usage")) == few
