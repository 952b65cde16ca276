"""The one door in: the same key is the same batch, what does not fit is refused before a row, no broker is needed."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

import pytest
from django.db import transaction
from kombu.exceptions import OperationalError

from generations import notify
from generations.errors import InvalidRequest
from generations.models import Batch, Generation, Person, ProviderModel
from generations.resubmit import retry
from generations.submit import AlreadySent, Order, clean_text, submit
from tests.support.cast import make_model, make_price, make_team
from tests.support.orders import ask, fresh, get_or_make_person, make_model_at
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def model(notified: list[int]) -> ProviderModel:
    return make_model_at()


@pytest.fixture
def ana() -> Person:
    return get_or_make_person("ana")


def test_ten_clicks_are_one_batch(model: ProviderModel, ana: Person, notified: list[int]) -> None:
    order = Order(ana, "a hill", (model,), count=2, submission_key="one form")
    batches = at_once(*[partial(submit, order)] * 10)
    assert {batch.pk for batch in batches} == {Batch.objects.get().pk}
    assert sorted(notified) == sorted(Generation.objects.values_list("pk", flat=True))
    assert len(notified) == 2


def test_the_same_key_with_another_prompt_is_refused(model: ProviderModel, ana: Person) -> None:
    submit(Order(ana, "a hill", (model,), submission_key="one form"))
    with pytest.raises(AlreadySent):
        submit(Order(ana, "a lake", (model,), submission_key="one form"))
    assert Batch.objects.count() == 1


def test_a_key_is_a_person_s_own(model: ProviderModel, ana: Person) -> None:
    mine = submit(Order(ana, "a hill", (model,), submission_key="one form"))
    theirs = submit(Order(get_or_make_person("ben"), "a hill", (model,), submission_key="one form"))
    assert mine != theirs


def test_without_a_broker_the_rows_wait(model: ProviderModel, ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def refused(pk: int) -> None:
        tries.append(pk)
        raise OperationalError("connection refused")

    monkeypatch.setattr(notify, "send", refused)
    monkeypatch.setattr(notify, "publish_again_at", 0.0)
    submit(Order(ana, "a hill", (model,), count=3))
    submit(Order(ana, "a lake", (model,)))
    assert len(tries) == 1  # nobody tries again for a while
    assert set(Generation.objects.values_list("state", "notify_count")) == {("queued", 0)}
    assert Generation.objects.due_for_notify().count() == 4


def test_a_hook_that_fails_takes_nothing_with_it(
    model: ProviderModel, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(pk: int) -> None:
        raise ZeroDivisionError

    after: list[str] = []
    monkeypatch.setattr(notify, "send", broken)
    with transaction.atomic():
        submit(Order(ana, "a hill", (model,)))
        transaction.on_commit(lambda: after.append("ran"))
    assert Generation.objects.get().state == "queued"
    assert after == ["ran"]


def test_nobody_is_notified_of_what_is_rolled_back(model: ProviderModel, ana: Person, notified: list[int]) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        submit(Order(ana, "a hill", (model,)))
        raise ZeroDivisionError
    assert not notified
    assert not Batch.objects.exists()


@pytest.mark.parametrize("text", ["a\0hill", "a\ud800hill", "\udfff"])
def test_text_that_no_database_takes_is_refused_with_a_sentence(model: ProviderModel, ana: Person, text: str) -> None:
    with pytest.raises(InvalidRequest, match="character"):
        submit(Order(ana, text, (model,)))
    assert not Batch.objects.exists()


@pytest.mark.parametrize("text", ["\u202e right to left", "🏔" * 500, "a\tb\r\nc", "x" * 32_000, "ﬁ \u0301e\u0301"])
def test_odd_text_comes_back_as_it_was_written(model: ProviderModel, ana: Person, text: str) -> None:
    assert Batch.objects.get(pk=submit(Order(ana, text, (model,))).pk).prompt == clean_text(text)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"prompt": "  "}, "Write what"),
        ({"models": ()}, "Choose a model"),
        ({"count": 0}, "1 to 16"),
        ({"count": 17}, "1 to 16"),
        ({"prompt": "x" * 32_001}, "32,001"),
    ],
)
def test_an_order_that_does_not_fit_leaves_no_row(
    model: ProviderModel, ana: Person, change: dict[str, object], sentence: str
) -> None:
    order = {"person": ana, "prompt": "a hill", "models": (model,), **change}
    with pytest.raises(InvalidRequest, match=sentence):
        submit(Order(**order))
    assert not Batch.objects.exists()


def test_four_clicks_on_try_again_ask_once(model: ProviderModel, ana: Person) -> None:
    old = ask("a hill", model, ana)
    Generation.objects.filter(pk=old.pk).update(state="failed", kind="cut", charged="maybe")
    queued = at_once(*[partial(retry, fresh(old), ana)] * 4)
    assert sorted(map(len, queued)) == [0, 0, 0, 1]
    assert [each.retry_of for each in old.batch.generations.exclude(pk=old.pk)] == [old]
    assert fresh(old).state == "failed"


def test_nothing_is_shown_to_a_team_one_is_not_in(model: ProviderModel, ana: Person) -> None:
    with pytest.raises(InvalidRequest, match="not in this team"):
        submit(Order(ana, "A lake", (model,), team=make_team("Board")))
    assert not Batch.objects.exists()


def test_a_generation_keeps_the_price_of_its_size_as_it_was_when_it_was_submitted(
    model: ProviderModel, ana: Person
) -> None:
    ProviderModel.objects.update(sizes=["1024x1024", "1536x1024"])
    make_price(model, "0.01")
    make_price(model, "0.02", size="1536x1024")
    other = make_model("other", price=None)
    for size, expected in (("1024x1024", "0.01"), ("3:2", "0.02")):
        batch = submit(Order(person=ana, prompt="A dune", models=(reread(model), other), count=2, size=size))
        prices = [generation.price for generation in batch.generations.filter(model=model)]
        assert set(prices) == {Decimal(expected)}, "of the size it is asked for"
        assert set(batch.generations.filter(model=other).values_list("price", flat=True)) == {None}
    make_price(model, "0.5", size="1536x1024")
    assert {generation.price for generation in batch.generations.filter(model=model)} == {Decimal("0.02")}


def reread(model: ProviderModel) -> ProviderModel:
    return ProviderModel.objects.get(pk=model.pk)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"added": {"logit_bias": {"50256": 500}}}, "logit_bias"),
        ({"added": {"logit_bias": [1]}}, "logit_bias"),
        ({"added": {"response_format": "png"}}, "response_format"),
        ({"temperature": 3}, "temperature"),
        ({"added": {"size": 7}}, "size"),
    ],
)
def test_every_option_is_checked_when_it_is_sent(
    model: ProviderModel, ana: Person, options: dict[str, object], field: str
) -> None:
    ProviderModel.objects.update(options=["temperature"])
    model.refresh_from_db()
    with pytest.raises(InvalidRequest, match=f"The field {field}"):
        submit(Order(ana, "A lake", (model,), options=options))
    assert not Batch.objects.exists()
    assert submit(Order(ana, "A lake", (model,), options={"added": {"logit_bias": {"50256": -100}}}))
