"""The transitions of a generation, one by one, and those that race."""

from __future__ import annotations

from functools import partial

import pytest

from generations import worker
from generations.errors import RateLimited
from generations.models import Generation, Lease, Worker, queue
from generations.models.key import now
from generations.protocol.embedding import Body
from tests.support.clock import Clock
from tests.support.orders import ask, fresh, get_or_make_person, make_model_at
from tests.support.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("notified")]


def make_worker(name: str = "one", slots: int = 4) -> Worker:
    worker = Worker(name=name, slots=slots)
    worker.heartbeat()
    return worker


def claimed(generation: Generation, worker: Worker | None = None) -> Generation:
    held = queue.claim(generation.pk, worker or make_worker())
    assert held is not None
    return held


# ── one by one ──


def test_a_call_that_was_turned_away_waits_in_the_queue() -> None:
    generation = ask("a hill", make_model_at())
    assert claimed(generation).settle(RateLimited(retry_after=20))
    waiting = fresh(generation)
    assert (waiting.state, waiting.kind, waiting.charged, waiting.fetches) == ("queued", "rate_limited", "no", 0)


def test_a_second_worker_cannot_claim_it() -> None:
    generation = ask("a hill", make_model_at())
    claimed(generation)
    assert queue.claim(generation.pk, make_worker("two")) is None


def test_a_silent_claim_without_a_call_is_queued_twice_and_then_fails(clock: Clock) -> None:
    generation = ask("a hill", make_model_at())
    for _ in range(3):
        claimed(generation)
        clock.move(61)
        assert queue.reclaim_lapsed() == 1
    assert (fresh(generation).state, fresh(generation).kind) == ("failed", "worker_failed")
    assert (fresh(generation).claims, fresh(generation).charged) == (3, "no")


def test_a_call_without_an_answer_is_not_lost_while_its_worker_beats(clock: Clock) -> None:
    generation, worker = ask("a hill", make_model_at()), make_worker()
    claimed(generation, worker).open_attempt(url="", request=Body(b"{}", b"{}"))
    clock.move(61)
    worker.heartbeat()
    assert queue.reclaim_lapsed() == 0
    clock.move(61)
    assert queue.reclaim_lapsed() == 1
    assert (fresh(generation).kind, fresh(generation).charged) == ("lost", "maybe")


def test_a_call_that_must_be_over_is_lost_although_its_worker_beats(clock: Clock) -> None:
    generation, worker = ask("a hill", make_model_at(total_timeout=100)), make_worker()
    claimed(generation, worker).open_attempt(url="", request=Body(b"{}", b"{}"))
    clock.move(161)
    worker.heartbeat()
    assert queue.reclaim_lapsed() == 1
    assert fresh(generation).kind == "lost"


def test_who_has_lost_the_claim_changes_nothing(clock: Clock) -> None:
    generation = ask("a hill", make_model_at())
    zombie = claimed(generation)
    clock.move(61)
    queue.reclaim_lapsed()
    holder = claimed(generation)
    assert not zombie.succeed()
    assert not zombie.fail(RateLimited())
    assert not zombie.settle(RateLimited())
    assert zombie.open_attempt(url="", request=Body(b"{}", b"{}")) is None
    assert zombie.arriving() is None
    assert fresh(generation).claim == holder.claim


def test_an_expired_claim_cannot_call_even_before_it_is_taken_back(clock: Clock) -> None:
    generation = claimed(ask("a hill", make_model_at()))
    clock.move(61)
    assert generation.open_attempt(url="", request=Body(b"{}", b"{}")) is None
    assert not generation.attempts.exists()


@pytest.mark.parametrize("column", [{"cancel_asked_at": now()}, {"may_call": False}], ids=["cancelled", "read again"])
def test_what_was_cancelled_or_is_only_read_again_opens_no_call(column: dict[str, object]) -> None:
    generation = claimed(ask("a hill", make_model_at()))
    Generation.objects.update(**column)
    assert generation.open_attempt(url="", request=Body(b"{}", b"{}")) is None
    assert not generation.attempts.exists()


def test_a_clock_that_jumps_back_takes_no_claim_of_others(clock: Clock) -> None:
    clock.move(3600)
    generation = ask("a hill", make_model_at())
    claimed(generation)
    clock.move(-3600)
    assert queue.reclaim_lapsed() == 0
    clock.move(3661)
    assert queue.reclaim_lapsed() == 1


def test_what_waits_past_its_deadline_never_starts(clock: Clock) -> None:
    generation = ask("a hill", make_model_at())
    clock.move(24 * 3600 + 1)
    assert queue.expire_overdue() == 1
    assert (fresh(generation).kind, fresh(generation).charged) == ("never_started", "no")


def test_a_message_is_sent_again_ever_later(clock: Clock, notified: list[int]) -> None:
    generation = ask("a hill", make_model_at())
    for pause in (15, 30, 60, 120, 240, 300, 300):
        clock.move(pause - 1)
        assert not Generation.objects.due_for_notify().exists()
        clock.move(1)
        assert Generation.objects.due_for_notify().get() == generation
        fresh(generation).mark_notified()
    assert notified == [generation.pk]


# ── cancels ──


def test_a_queued_cancel_is_final_and_free() -> None:
    generation = ask("a hill", make_model_at())
    assert generation.cancel(get_or_make_person())
    assert (fresh(generation).state, fresh(generation).charged, fresh(generation).cost) == ("cancelled", "no", 0)
    assert queue.claim(generation.pk, make_worker()) is None
    assert not generation.cancel(get_or_make_person())


def test_a_cancel_asked_for_while_its_claim_is_taken_back_is_not_forgotten(clock: Clock) -> None:
    generation = ask("a hill", make_model_at())
    claimed(generation)
    clock.move(61)
    seen_by_the_sweep = Generation.objects.lapsed().for_running().get()
    assert generation.cancel(get_or_make_person())
    queue._reclaim(seen_by_the_sweep)
    queue.reclaim_lapsed()
    assert fresh(generation).state == "cancelled"


def test_a_cancel_asked_for_while_it_goes_back_to_the_queue_is_not_forgotten() -> None:
    model, person = make_model_at(), get_or_make_person()
    for number in range(25):
        generation = ask(f"{number} hills", model)
        held = claimed(generation)
        assert at_once(partial(held.settle, RateLimited()), partial(generation.cancel, person)) == [True, True]
        assert fresh(generation).state == "cancelled"


def test_a_cancel_and_a_success_leave_exactly_one_end() -> None:
    model, person = make_model_at(), get_or_make_person()
    for number in range(25):
        generation = ask(f"{number} hills", model)
        succeeded, asked = at_once(claimed(generation).succeed, partial(generation.cancel, person))
        assert succeeded
        assert (fresh(generation).state, fresh(generation).cancel_asked_at is not None) == ("succeeded", asked)


# ── not waiting for the next try ──


def test_a_next_try_comes_now_instead_of_later(clock: Clock, notified: list[int]) -> None:
    generation = ask("a hill", make_model_at())
    assert not generation.try_now()  # it waits for nothing but a worker
    claimed(generation).settle(RateLimited(retry_after=600))
    before = fresh(generation)
    assert generation.try_now()
    assert not generation.try_now()  # the second click
    assert fresh(generation).version == before.version + 1
    assert Generation.objects.due_for_notify().get() == generation
    assert claimed(generation)


def test_a_paused_provider_is_not_called_for_anybodys_hurry() -> None:
    generation = ask("a hill", make_model_at())
    claimed(generation).settle(RateLimited(retry_after=600))
    before = fresh(generation)
    before.model.provider.pause(RateLimited(), seconds=900)
    assert not generation.try_now()
    assert fresh(generation).run_at == before.run_at


def test_nothing_that_is_over_is_tried_now() -> None:
    generation = ask("a hill", make_model_at())
    claimed(generation).settle(RateLimited(retry_after=600))
    assert generation.cancel(get_or_make_person())
    assert not generation.try_now()
    assert fresh(generation).state == "cancelled"


def test_a_try_says_which_of_how_many_it_is() -> None:
    generation = fresh(ask("a hill", make_model_at(retry_unclear=1)))
    tries = {}
    for kind in ("rate_limited", "cut", "picture_gone", "not_stored"):
        generation.kind, generation.fetches = kind, 2
        tries[kind] = generation.tries(1)
    assert tries == {"rate_limited": (2, 4), "cut": (2, 2), "picture_gone": (3, 5), "not_stored": None}


# ── races ──


def test_a_claim_that_waited_for_a_cancel_looks_again() -> None:
    model, person, worker = make_model_at(running_limit=1000), get_or_make_person(), make_worker()
    for number in range(25):
        generation = ask(f"{number} hills", model)
        at_once(partial(queue.claim, generation.pk, worker), partial(generation.cancel, person))
        row = fresh(generation)
        assert row.cancel_asked_at
        assert (row.state, row.finished_at is None) in {("cancelled", False), ("running", True)}


def test_a_next_try_that_waited_for_a_cancel_changes_nothing() -> None:
    model, person = make_model_at(running_limit=1000), get_or_make_person()
    for number in range(25):
        generation = ask(f"{number} hills", model)
        claimed(generation).settle(RateLimited(retry_after=600))
        at_once(generation.try_now, partial(generation.cancel, person))
        assert (fresh(generation).state, fresh(generation).notify_count) == ("cancelled", 0)


def test_a_claim_has_one_winner() -> None:
    model = make_model_at(running_limit=1000)
    workers = [make_worker(f"worker {number}") for number in range(6)]
    for number in range(15):
        pk = ask(f"{number} hills", model).pk
        won = at_once(*(partial(queue.claim, pk, worker) for worker in workers))
        assert sum(isinstance(result, Generation) for result in won) == 1
        assert sum(result is None for result in won) == 5


def test_a_provider_never_runs_more_than_its_limit() -> None:
    model = make_model_at(running_limit=5)
    for number in range(12):
        ask(f"{number} hills", model)
    workers = [make_worker(f"worker {number}") for number in range(8)]
    at_once(*(partial(queue.claim_next, worker) for worker in workers))
    assert Generation.objects.running().count() == 5


def test_a_provider_never_gets_more_calls_a_minute_than_its_limit(clock: Clock) -> None:
    model = make_model_at(minute_limit=3)
    for number in range(6):
        ask(f"{number} hills", model)
    workers = [make_worker(f"worker {number}") for number in range(6)]
    at_once(*(partial(queue.claim_next, worker) for worker in workers))
    assert Generation.objects.running().count() == 3
    clock.move(61)
    assert queue.claim_next(make_worker()) is not None


def test_the_person_with_the_fewest_running_comes_first() -> None:
    model = make_model_at()
    ana = [ask(f"{number} hills", model, get_or_make_person("ana")) for number in range(5)]
    ben = ask("a lake", model, get_or_make_person("ben"))
    order = [queue.claim_next(make_worker()) for _ in range(3)]
    assert order == [ana[0], ben, ana[1]]


def test_four_sweepers_settle_each_generation_once(clock: Clock) -> None:
    model = make_model_at(running_limit=1000)
    for number in range(40):
        claimed(ask(f"{number} hills", model))
    clock.move(61)
    settled = at_once(*[queue.reclaim_lapsed] * 4)
    assert sum(settled) == 40
    assert set(Generation.objects.values_list("state", "claims")) == {("queued", 1)}


def test_one_process_sweeps_at_a_time_and_another_takes_over(clock: Clock) -> None:
    ask("a hill", make_model_at())
    clock.move(20)
    swept = at_once(*[worker.sweep] * 4)
    assert sorted(len(due) for due in swept) == [0, 0, 0, 1]
    clock.move(10)
    assert Lease.take("sweep", 9)
