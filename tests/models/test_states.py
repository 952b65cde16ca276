"""Every way a generation may go, in any order: a machine that submits, drops and repeats messages, lets workers die at
each step, answers well, badly and late, cancels, freezes, moves the clock, and holds the promises to the rows after
each step.

The clock is the database's, the provider is in memory. STATES=20000 walks for a night.
"""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from generations import answer_pictures, notify, pipeline, tasks, worker
from generations.models import Attempt, Batch, Generation, Image, Lease, Provider, StoredFile, Worker, key, queue
from generations.models.generation import FINAL
from generations.models.storage import remove, walk
from generations.submit import Order, submit
from tests.support import scripted
from tests.support.clock import Clock
from tests.support.orders import get_or_make_person, make_model_at
from tests.support.scripted import Call, Died, Fate, Wire
from tests.support.upstream import drawn

pytestmark = [pytest.mark.slow, pytest.mark.long]

RUNNING_LIMIT = 3
EXAMPLES = int(os.environ.get("STATES", "100"))
DIES_AT = ("call", "keep", "ingest", "store_picture", "attempt.externalize", "succeed")
FATES: dict[str, Fate] = {
    "draws": scripted.draws,
    "is busy": scripted.is_busy,
    "fails": scripted.fails,
    "breaks off": scripted.breaks_off,
    "is not reached": scripted.is_not_reached,
    "refuses the key": scripted.refuses_the_key,
    "dies before": scripted.dies_before,
    "dies within": scripted.dies_within,
}
SOME_FATES = st.lists(st.sampled_from(sorted(FATES)), min_size=2, max_size=8)


class States(RuleBasedStateMachine):
    """The rows, the messages in the broker, the provider's books, and what was seen to end."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.clock, self.wire = Clock(), Wire()
        self.messages: list[int] = []
        self.ended: dict[int, tuple[str, str]] = {}
        self.never: set[str] = set()
        self.workers = 0
        self.patch.setattr(key, "Now", self.clock.now)
        self.patch.setattr(Provider, "client", lambda provider: self.wire)
        self.patch.setattr(notify, "send", self.messages.append)
        self.patch.setattr(notify, "publish_again_at", 0.0)
        for module in (pipeline, answer_pictures):
            self.patch.setattr(module, "release_connection", lambda: None)
        self.patch.setattr(random, "uniform", lambda least, most: least)
        self.hire()

    @initialize(fates=SOME_FATES)
    def begin(self, fates: list[str]) -> None:
        """What becomes of the calls is said in advance: of those, too, with which everything comes to rest."""
        self.expect(fates)
        for path in list(walk()):  # of other tests, whose rows are gone
            remove(path)
        self.model = make_model_at(running_limit=RUNNING_LIMIT)
        self.person = get_or_make_person()

    # ── what people do ──

    @rule(count=st.integers(1, 3))
    def submit(self, count: int) -> None:
        for _ in range(count):
            self.order(f"{Batch.objects.count()} hills")

    @rule()
    def submit_twice(self) -> None:
        """14: one key, one batch."""
        prompt = f"{Batch.objects.count()} hills"
        assert self.order(prompt, key=prompt) == self.order(prompt, key=prompt)

    @rule(pick=st.integers(0, 50))
    def cancel(self, pick: int) -> None:
        if generation := self.any(pick):
            if generation.state == "queued" and not generation.attempts.exists():
                self.never.add(generation.batch.prompt)
            assert generation.cancel(self.person) == (generation.state not in FINAL and not generation.cancel_asked_at)

    @rule(pick=st.integers(0, 50))
    def try_now(self, pick: int) -> None:
        """Only what waits for its next try has it now, and only where its provider may be called or need not be."""
        if generation := self.any(pick):
            waits = generation.state == "queued" and generation.kind and not generation.cancel_asked_at
            provider, now = Provider.objects.get(), self.clock.read()
            is_open = provider.paused_until is None or provider.paused_until <= now or not generation.needs_call
            assert generation.try_now() == bool(waits and generation.run_at > now and is_open)
            if waits and generation.run_at > now and is_open:
                notify.notify([Generation.objects.get(pk=generation.pk)])

    @rule(pick=st.integers(0, 50))
    def read_again(self, pick: int) -> None:
        if (generation := self.any(pick)) and generation.read_again():
            del self.ended[generation.pk]
            notify.notify([generation])

    # ── what the broker does ──

    @precondition(lambda self: self.messages)
    @rule(times=st.sampled_from([1, 2, 3, 0]), fates=SOME_FATES)
    def deliver(self, times: int, fates: list[str]) -> None:
        pk = self.messages.pop(0)
        self.expect(fates)
        for _ in range(times):
            self.work(pk)

    @precondition(lambda self: self.messages)
    @rule(step=st.sampled_from(DIES_AT))
    def die_at(self, step: str) -> None:
        with dying_at(step):
            self.work(self.messages.pop(0))

    @precondition(lambda self: self.messages)
    @rule(seconds=st.sampled_from([70, 200, 2000]))
    def freeze_within_a_call(self, seconds: int) -> None:
        """The answer comes when somebody else has long decided."""

        def late(call: Call) -> None:
            n = call.arrive()
            self.clock.move(seconds)
            worker.sweep()
            self.every_promise_holds()
            call.answer(drawn(call.prompt, n))

        self.work_with(late)

    @precondition(lambda self: self.messages)
    @rule(late=st.booleans())
    def cancel_within_a_call(self, late: bool) -> None:
        """The beat cuts the call; or the answer is quicker than the beat."""

        def cancelled(call: Call) -> None:
            n = call.arrive()
            Generation.objects.get(batch__prompt=call.prompt).cancel(self.person)
            if not late:
                worker.renew_claims()
            call.answer(drawn(call.prompt, n))

        self.work_with(cancelled)

    @rule()
    def flush(self) -> None:
        self.messages.clear()

    # ── what time does ──

    @rule(seconds=st.sampled_from([1, 20, 61, 400, 4000, -5, -120]))
    def move(self, seconds: int) -> None:
        self.clock.move(max(seconds, -self.clock.ahead.total_seconds()))

    @rule()
    def beat(self) -> None:
        worker.process.heartbeat()
        worker.renew_claims()

    @rule()
    def sweep(self) -> None:
        self.clock.move(10)
        notify.notify(worker.sweep())
        for silent in Generation.objects.lapsed().for_running():  # 10
            assert not silent.attempts.order_by("n").last().has_answer
            assert not queue._is_worker_lost(silent)

    # ── what must hold ──

    @invariant()
    def every_promise_holds(self) -> None:
        rows = list(Generation.objects.select_related("batch").prefetch_related("attempts", "images").order_by("pk"))
        assert sum(row.state == "running" for row in rows) <= RUNNING_LIMIT  # 9
        for row in rows:
            self.what_has_ended_stays(row)
            self.nothing_is_bought_twice(row, list(row.attempts.all()))
            self.a_success_has_its_picture(row, list(row.images.all()))
            self.money_is_told(row)
        kept = sum(attempt.has_answer and attempt.ended for row in rows for attempt in row.attempts.all())
        assert kept + self.died_with_answer >= sum(self.wire.finished.values())  # 5

    def what_has_ended_stays(self, row: Generation) -> None:
        """1"""
        if row.is_final:
            self.ended.setdefault(row.pk, (row.state, row.kind))
        assert self.ended.get(row.pk) in (None, (row.state, row.kind))

    def nothing_is_bought_twice(self, row: Generation, attempts: list[Attempt]) -> None:
        """2, 3, 8: called only after a call that surely cost nothing; never after an early cancel."""
        prompt = row.batch.prompt
        assert self.wire.charges[prompt] <= 1
        assert self.wire.calls[prompt] <= len(attempts) <= 4
        assert all(attempt.charged == "no" for attempt in attempts[:-1])
        assert not (prompt in self.never and attempts)

    def a_success_has_its_picture(self, row: Generation, images: list[Image]) -> None:
        """4: nor has anything else one, but what died three times or was cancelled when it had come."""
        if row.state == "succeeded":
            assert [hashlib.sha256(image.file.bytes()).hexdigest() for image in images] == [images[0].file_id]
        elif row.state == "failed" and row.kind != "internal":
            assert not images

    def money_is_told(self, row: Generation) -> None:
        """13"""
        if row.is_final and self.wire.charges[row.batch.prompt]:
            assert row.charged in ("maybe", "yes")
        if row.state == "succeeded":
            assert row.charged == "yes"

    def teardown(self) -> None:
        """Quiet comes: everything ends, and every file has its row."""
        try:
            if hasattr(self, "model"):
                self.come_to_rest()
        finally:
            self.patch.undo()
            for table in (Image, Attempt, Generation, Batch, StoredFile, Provider, Worker, Lease):
                table.objects.all().delete()
            for path in list(walk()):
                remove(path)

    def come_to_rest(self) -> None:
        for _ in range(60):
            if not Generation.objects.unfinished().exists():
                break
            self.beat()
            self.clock.move(400)
            notify.notify(worker.sweep())
            while self.messages:
                self.work(self.messages.pop(0))
        assert not Generation.objects.unfinished().exists(), list(Generation.objects.unfinished().values())
        self.every_promise_holds()
        assert {path for row in StoredFile.objects.all() for path in row.paths()} == set(walk())  # 6

    # ── how ──

    died_with_answer = 0

    def order(self, prompt: str, key: str = "") -> Batch:
        return submit(Order(self.person, prompt, (self.model,), submission_key=key))

    def any(self, pick: int) -> Generation | None:
        count = Generation.objects.count()
        return Generation.objects.order_by("pk")[pick % count] if count else None

    def hire(self) -> None:
        """A new process takes the place of the one that died."""
        self.workers += 1
        self.patch.setattr(worker, "process", Worker(name=f"worker {self.workers}", slots=8))
        worker.process.heartbeat()

    def expect(self, fates: list[str]) -> None:
        """These are the fates of the next calls."""
        self.wire.fates.clear()
        self.wire.fates.extend(FATES[name] for name in fates)

    def work_with(self, fate: Fate) -> None:
        """The next message is answered; if that leads to a call, this becomes of it."""
        self.wire.fates.appendleft(fate)
        self.work(self.messages.pop(0))
        with suppress(ValueError):
            self.wire.fates.remove(fate)

    def work(self, pk: int) -> None:
        finished = sum(self.wire.finished.values())
        kept = Attempt.objects.filter(ended=True).count()
        try:
            tasks.generate(pk)
        except Died:
            answered = sum(self.wire.finished.values()) - finished
            self.died_with_answer += answered - (Attempt.objects.filter(ended=True).count() - kept)
            self.hire()


@contextmanager
def dying_at(step: str) -> Iterator[None]:
    """The process dies as this step begins."""

    def die(*args: object, **kwargs: object) -> None:
        raise Died

    owner: object = pipeline
    if step == "succeed":
        owner = Generation
    elif step == "attempt.externalize":
        owner, step = Attempt, "externalize"
    elif step == "store_picture":
        owner = answer_pictures
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, step, die)
        yield


@pytest.mark.django_db(transaction=True)
def test_every_promise_holds_whatever_happens() -> None:
    run_state_machine_as_test(
        States,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=20,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
