"""A provider in the tests' own memory: it stands in for the client, charges before it answers, and does as it is told.

A fate is what becomes of one call: a function of the `Call`. Those without a name of their own are made of `answers`.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from datetime import UTC, datetime

from generations.errors import Cancelled, Cut, GenerationError, NotConnected
from generations.protocol.exchange import Exchange
from generations.wire import CancelScope
from tests.support.upstream import Reply, drawn, failed, prompt_of


class Died(BaseException):
    """The process is gone: nothing catches this, as nothing catches SIGKILL."""


class Call:
    """One call while it lasts."""

    def __init__(self, wire: Wire, body: bytes, scope: CancelScope) -> None:
        self.wire = wire
        self.scope = scope
        self.prompt = prompt_of(body)
        self.exchange = Exchange("POST", "http://provider.example/v1/chat/completions", {}, body)
        self.exchange.sent_at = datetime.now(UTC)

    def arrive(self, *, is_charged: bool = True) -> int:
        """The provider has read the request; which call with this prompt it is."""
        self.exchange.request_written = True
        self.wire.calls[self.prompt] += 1
        self.wire.charges[self.prompt] += is_charged
        return self.wire.calls[self.prompt]

    def answer(self, reply: Reply) -> None:
        """The answer comes, whole or not; nothing comes on a scope that is cut."""
        if self.scope.cancelled:
            return self.fail(Cancelled())
        self.exchange.status = reply.status
        self.exchange.headers = {name.lower(): value for name, value in reply.headers.items()}
        self.exchange.body = reply.body[: int(len(reply.body) * reply.keep)]
        self.exchange.ended = reply.keep >= 1
        self.exchange.failure = None if self.exchange.ended else Cut("It broke off.")

    def fail(self, error: GenerationError) -> None:
        """There is no whole answer, and this is why."""
        self.exchange.failure = error


Fate = Callable[[Call], None]


class Wire:
    """The client of every provider: `fates` says what becomes of the next calls; after them each gets a picture.

    `calls` and `charges` are counted by prompt, and answers `finished` to their end; `keys` are the idempotency keys in
    order."""

    def __init__(self) -> None:
        self.fates: deque[Fate] = deque()
        self.calls: Counter[str] = Counter()
        self.charges: Counter[str] = Counter()
        self.finished: Counter[str] = Counter()
        self.keys: list[str] = []

    def send(
        self,
        body: bytes,
        *,
        stream: bool | None = None,
        scope: CancelScope | None = None,
        on_bytes: Callable[[bytes], None] | None = None,
        idempotency_key: str = "",
    ) -> Exchange:
        """What becomes of one call, as `Client.send` tells it."""
        self.keys.append(idempotency_key)
        call = Call(self, body, scope or CancelScope())
        fate = self.fates.popleft() if self.fates else draws
        fate(call)
        call.exchange.done_at = datetime.now(UTC)
        self.finished[call.prompt] += call.exchange.ended
        return call.exchange


def draws(call: Call) -> None:
    """A picture."""
    call.answer(drawn(call.prompt, call.arrive()))


def answers(reply: Reply) -> Fate:
    """This reply."""

    def fate(call: Call) -> None:
        call.arrive(is_charged=reply.is_charged)
        call.answer(reply)

    return fate


def breaks_off(call: Call) -> None:
    """Half a picture."""
    call.answer(drawn(call.prompt, call.arrive(), keep=0.5))


def is_not_reached(call: Call) -> None:
    """Nobody listens."""
    call.fail(NotConnected("refused"))


def dies_before(call: Call) -> None:
    """The process dies before a byte left."""
    raise Died


def dies_within(call: Call) -> None:
    """The process dies while the provider works."""
    call.arrive()
    raise Died


is_busy = answers(failed(429, retry_after="2"))
fails = answers(failed(500))
refuses_the_key = answers(failed(401))
