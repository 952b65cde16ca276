"""A pause that an administrator sets: what waits keeps its place until somebody resumes it, and nothing fails."""

from __future__ import annotations

from functools import partial

import pytest

from generations.errors import KeyRefused
from generations.models import AuditEntry, Generation, Provider, ProviderModel, Worker
from generations.models.erasure import erase
from generations.models.hand_pause import pause_by_hand, resume_by_hand
from generations.models.pause_all import pause_all
from generations.models.queue import claim_next, expire_overdue
from generations.models.roles import pause_everywhere
from tests.support.cast import Cast, make_batch, make_cast, make_provider
from tests.support.clock import Clock
from tests.support.threads import at_once

A_DAY = 24 * 3600
WAITS = "What waits keeps its place and is sent later; nothing fails."


def read(model: ProviderModel) -> ProviderModel:
    return ProviderModel.objects.select_related("provider").get(pk=model.pk)


@pytest.mark.parametrize("what", ["provider", "model"])
def test_nothing_is_sent_and_nothing_fails_until_it_is_resumed(cast: Cast, clock: Clock, what: str) -> None:
    row = cast.model.provider if what == "provider" else cast.model
    waiting = make_batch(cast.ana).generations.get()
    worker = Worker.objects.create(name="one", slots=4)
    assert pause_by_hand(row, cast.sam, " Budget\nis \0used up ") and not pause_by_hand(row, cast.ben)
    model = read(cast.model)
    assert model.is_paused and model.paused_for == "by_hand" and model.paused_to is None
    assert model.pause_sentence == f"Sam paused {row}. {WAITS} “Budget is used up”"
    assert [*ProviderModel.objects.paused()] == [model] and claim_next(worker) is None
    clock.move(3 * A_DAY)
    assert expire_overdue() == 0 and claim_next(worker) is None
    resume_by_hand(row)
    assert expire_overdue() == 0, "what waited has its time before it"
    assert not read(cast.model).is_paused and claim_next(worker) == waiting
    assert [*AuditEntry.objects.order_by("number").values_list("verb", flat=True)] == [
        f"paused_{what}",
        f"resumed_{what}",
    ]


def test_neither_a_new_key_nor_an_answer_nor_time_ends_it(cast: Cast, clock: Clock) -> None:
    model = cast.model
    pause_by_hand(model.provider, cast.sam)
    pause_by_hand(model, cast.sam)
    model.provider.pause(KeyRefused(), seconds=60, probe=True)
    model.pause(KeyRefused(), seconds=60, probe=True)
    for end in (model.provider.resume, model.resume, model.answered, model.provider.answered):
        end()
    clock.move(2 * 3600)
    row = read(model)
    assert row.provider.is_paused and row.is_paused_by_hand and row.pause_kind == row.provider.pause_kind == ""
    assert not AuditEntry.objects.filter(verb__startswith="resumed").exists()
    resume_by_hand(row.provider)
    assert read(model).is_paused, "a model that was paused by hand is resumed by hand"


def test_what_waits_for_a_provider_that_was_switched_off_meanwhile_ends(cast: Cast, clock: Clock) -> None:
    waiting = make_batch(cast.ana).generations.get()
    pause_by_hand(cast.model, cast.sam)
    Provider.objects.update(is_enabled=False)
    clock.move(2 * A_DAY)
    assert expire_overdue() == 1
    waiting.refresh_from_db()
    assert (waiting.state, waiting.kind) == ("failed", "never_started")


def test_the_sentence_outlives_its_author(cast: Cast) -> None:
    pause_by_hand(cast.model, cast.ben)
    erase(cast.ben, cast.sam)
    assert read(cast.model).pause_sentence == f"An administrator paused gpt-image-1. {WAITS}"


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_of_two_who_pause_at_once_one_does(transactional_db: None) -> None:
    cast = make_cast()
    provider = cast.model.provider
    done = at_once(*[lambda: pause_by_hand(provider, cast.sam), lambda: pause_by_hand(provider, cast.lea)])
    assert sorted(done) == [False, True] and AuditEntry.objects.filter(verb="paused_provider").count() == 1
    assert not Generation.objects.due().exists() and [*Provider.objects.paused()] == [provider]


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_who_pauses_all_and_who_pauses_one_do_not_wait_for_each_other(transactional_db: None) -> None:
    cast = make_cast()
    rows = [cast.model.provider, *(make_provider(name, f"https://{name}.example/v1") for name in "abc")]
    people = [*cast.design.membership_set.order_by("-pk")]
    acts = [
        lambda: pause_all(rows, people, cast.sam),
        lambda: pause_all(rows[::-1], people[::-1], cast.lea),
        *(partial(pause_by_hand, row, cast.sam) for row in rows[::-1]),
        lambda: pause_everywhere(cast.ana, cast.sam),
    ]
    assert sum(at_once(*acts)) == len(rows) + len(people)
    assert AuditEntry.objects.count() == len(rows) + len(people)
