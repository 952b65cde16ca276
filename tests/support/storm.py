"""The storm itself, in a process whose environment names its database, broker and folder: see chaos.py."""

from __future__ import annotations

import argparse
import gzip
import hashlib
import random
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import Count  # noqa: E402

from generations import notify  # noqa: E402
from generations.models import Attempt, Generation, ProviderModel, StoredFile  # noqa: E402
from generations.models.generation import FINAL  # noqa: E402
from generations.models.storage import walk  # noqa: E402
from tests.support.families import FAMILIES  # noqa: E402
from tests.support.orders import ask, make_model_at  # noqa: E402
from tests.support.servers import RedisServer, redis_server  # noqa: E402
from tests.support.upstream import (  # noqa: E402
    Reply,
    Upstream,
    begun,
    drawn,
    failed,
    refused,
    running_upstream,
)
from tests.support.worker import WorkerProcess, surroundings, wait_for  # noqa: E402

PACE = 0.35
FICKLE = "valleys"
HOSTILE_BYTES = (64 * 1024, 256 * 1024, 1024 * 1024, 4 * 1024 * 1024)
QUIET_SECONDS = 300
LAST_LINE = re.compile(r"^Traceback \(.*?^(\S.*?)$", re.MULTILINE | re.DOTALL)


@dataclass
class Outcome:
    """What became of a run. Everything but `states`, `kinds` and `lost` must be 0."""

    submitted: int = 0
    states: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    charged: int = 0
    charged_twice: int = 0
    lost: int = 0
    stuck: int = 0
    changed_after_the_end: int = 0
    called_without_attempt: int = 0
    orphans: int = 0
    broken: int = 0
    out_of_reach: int = 0
    blamed_wrongly: int = 0
    exits: int = 0
    tracebacks: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def is_sound(self) -> bool:
        """Whether every promise was kept."""
        wrong = self.charged_twice + self.stuck + self.orphans + self.broken + self.out_of_reach + self.blamed_wrongly
        wrong += self.changed_after_the_end + self.called_without_attempt
        return wrong == 0 and sum(self.states.values()) == self.submitted

    def __str__(self) -> str:
        return (
            f"{self.submitted} generations in {self.seconds:.0f} s, under {_said(self.faults)}; "
            f"workers ended by themselves: {self.exits}\n"
            f"charged {self.charged}, charged twice {self.charged_twice}, lost {self.lost}, stuck {self.stuck}, "
            f"orphans {self.orphans}, broken {self.broken}, changed after the end {self.changed_after_the_end}, "
            f"called without an attempt {self.called_without_attempt}, pictures out of reach {self.out_of_reach}, "
            f"blamed wrongly {self.blamed_wrongly}\n"
            f"final: {_said(self.states)} ({_said(self.kinds)}); tracebacks: {_said(self.tracebacks)}"
        )


class Gateway:
    """How the provider answers. It packs bodies, begins tasks, sends more pictures than it was asked for, and until it
    is `calm` refuses one of its models now and then; `sent` holds how many pictures the last answer to a prompt had."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.calm = threading.Event()
        self.sent: dict[str, int] = {}

    def __call__(self, prompt: str, n: int) -> Reply:
        wait, luck = self.dice.uniform(0.2, 2.0), self.dice.random()
        self.sent[prompt] = 1
        if luck < 0.12:
            return failed(429, retry_after="1")
        if luck < 0.16:
            return drawn(prompt, n, wait=wait, keep=0.5)
        if luck < 0.18:
            return failed(500, wait=wait)
        if luck < 0.28:
            family = FAMILIES[self.dice.choice(list(FAMILIES))]
            return Reply(body=family(self.dice.choice(HOSTILE_BYTES)), wait=wait)
        if luck < 0.34:
            return begun(f"task-{n}", wait=wait)
        if luck < 0.44:
            self.sent[prompt] = 3
            return drawn(prompt, n, wait=wait, count=3)
        if luck < 0.56 and FICKLE in prompt and not self.calm.is_set():
            return refused(403, "This account may not use this model.", code="model_not_allowed")
        picture = drawn(prompt, n, wait=wait)
        return packed(picture) if luck < 0.66 else picture


def packed(reply: Reply) -> Reply:
    """Compressed, which nobody asked for."""
    return replace(reply, body=gzip.compress(reply.body), headers={**reply.headers, "Content-Encoding": "gzip"})


class Supervisor(threading.Thread):
    """Keeps two worker processes alive, as an installation's supervisor does."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.finished = threading.Event()
        self.expected: set[int] = set()
        self.exits = 0
        self.workers = [self._start(), self._start()]

    def run(self) -> None:
        while not self.finished.wait(0.2):
            for place, worker in enumerate(self.workers):
                if not worker.is_alive:
                    self.exits += worker.pid not in self.expected
                    self.workers[place] = self._start()

    def stop(self) -> None:
        self.finished.set()
        self.join()
        for worker in self.workers:
            worker.kill()

    def _start(self) -> WorkerProcess:
        return WorkerProcess("tests.support.hurried", surroundings())


class Storm(threading.Thread):
    """Breaks something every few seconds until it is over."""

    def __init__(self, dice: random.Random, supervisor: Supervisor, redis: RedisServer) -> None:
        super().__init__(daemon=True)
        self.dice, self.supervisor, self.redis = dice, supervisor, redis
        self.over, self.is_quiet, self.finished = threading.Event(), threading.Event(), threading.Event()
        self.faults: Counter[str] = Counter()

    def run(self) -> None:
        faults = (self.kill, self.stop_and_kill, self.restart_redis, self.drop_connections)
        while not self.over.wait(self.dice.uniform(1.5, 4)):
            fault = self.dice.choice(faults)
            self.faults[fault.__name__.replace("_", " ")] += 1
            fault()
        self.is_quiet.set()
        self.finished.wait()  # a Redis that this thread started would end with it

    def kill(self) -> None:
        worker = self._any()
        worker.kill()

    def stop_and_kill(self) -> None:
        worker = self._any()
        worker.terminate()
        time.sleep(0.5)
        worker.kill()

    def restart_redis(self) -> None:
        self.redis.stop()
        time.sleep(self.dice.uniform(0, 1.5))
        self.redis.start()

    def drop_connections(self) -> None:
        self.redis.client.execute_command("CLIENT", "KILL", "TYPE", "normal")

    def _any(self) -> WorkerProcess:
        worker = self.dice.choice(self.supervisor.workers)
        self.supervisor.expected.add(worker.pid)
        return worker


class Watch(threading.Thread):
    """Looks at every row again and again: what has ended must never change."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.finished = threading.Event()
        self.ended: dict[int, str] = {}
        self.changed = 0

    def run(self) -> None:
        while not self.finished.wait(0.2):
            self.look()
            connection.close()

    def look(self) -> None:
        for pk, state in Generation.objects.values_list("pk", "state"):
            self.changed += self.ended.get(pk, state) != state
            if state in FINAL:
                self.ended.setdefault(pk, state)


def storm(count: int, seed: int, redis: RedisServer) -> Outcome:
    """Submit `count` generations in a storm, wait until it is quiet, and count."""
    dice, began = random.Random(seed), time.monotonic()
    gateway = Gateway(random.Random(seed + 1))
    with running_upstream(gateway) as upstream:
        model = make_model_at(upstream.url, running_limit=64)
        fickle = ProviderModel.objects.create(provider=model.provider, name="fickle", must_stream=False)
        supervisor = Supervisor()
        breaking, watch = Storm(random.Random(seed + 2), supervisor, redis), Watch()
        for thread in (supervisor, watch, breaking):
            thread.start()
        for number in range(count):
            ask(f"{number} {FICKLE}", fickle) if number % 4 == 3 else ask(f"{number} hills", model)
            time.sleep(dice.uniform(0, 2 * PACE))
        gateway.calm.set()
        breaking.over.set()
        breaking.is_quiet.wait()
        wait_for(lambda: not Generation.objects.unfinished().exists(), seconds=QUIET_SECONDS)
        time.sleep(1)
        watch.finished.set()
        watch.join()
        supervisor.stop()
        breaking.finished.set()
        outcome = counted(upstream, gateway)
    outcome.submitted, outcome.seconds = count, time.monotonic() - began
    outcome.faults, outcome.exits, outcome.changed_after_the_end = breaking.faults, supervisor.exits, watch.changed
    return outcome


def counted(upstream: Upstream, gateway: Gateway) -> Outcome:
    """What the rows, the files and the provider's books say."""
    generations = Generation.objects.order_by("pk")
    finished = generations.filter(state__in=FINAL)
    attempts = Counter(Attempt.objects.values_list("generation__batch__prompt", flat=True))
    return Outcome(
        states=Counter(finished.values_list("state", flat=True)),
        kinds=Counter(finished.exclude(kind="").values_list("kind", flat=True)),
        charged=sum(upstream.charges.values()),
        charged_twice=sum(count > 1 for count in upstream.charges.values()),
        lost=finished.filter(kind="lost").count(),
        stuck=generations.unfinished().count(),
        called_without_attempt=sum(count > attempts[prompt] for prompt, count in upstream.calls.items()),
        orphans=orphans(),
        broken=finished.filter(kind="internal").count(),
        out_of_reach=out_of_reach(gateway),
        blamed_wrongly=finished.filter(kind="model_not_allowed").exclude(model__name="fickle").count(),
        tracebacks=tracebacks(),
    )


def out_of_reach(gateway: Gateway) -> int:
    """Pictures that came with an answer that was read, and are not there."""
    drawn = Generation.objects.filter(state="succeeded").annotate(count=Count("images"))
    return sum(gateway.sent[prompt] - count for prompt, count in drawn.values_list("batch__prompt", "count"))


def tracebacks() -> Counter[str]:
    """The last lines of the tracebacks in the workers' logs."""
    logs = Path(settings.DATA_DIR).glob("worker-*.log")
    return Counter(match for log in logs for match in LAST_LINE.findall(log.read_text(errors="replace")))


def orphans() -> int:
    """Files without a row, rows without their bytes, and successes without a picture. What a killed process was in the
    middle of writing is no file yet."""
    rows = list(StoredFile.objects.all())
    expected = {path for row in rows for path in row.paths()}
    found = {path for path in walk() if not Path(path).name.startswith(".writing-")}
    spoiled = sum(hashlib.sha256(row.bytes()).hexdigest() != row.sha256 for row in rows if row.paths()[0] in found)
    bare = Generation.objects.filter(state="succeeded", images=None).count()
    return len(expected ^ found) + spoiled + bare


def lossy(publish: Callable[[int], object], dice: random.Random) -> Callable[[int], object]:
    """The same, of which one message in ten never arrives."""
    return lambda pk: None if dice.random() < 0.1 else publish(pk)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int)
    parser.add_argument("seed", type=int)
    asked = parser.parse_args()
    call_command("migrate", verbosity=0)
    notify.send = lossy(notify.send, random.Random(asked.seed + 3))
    with redis_server(port=urlsplit(settings.REDIS_URL).port) as redis:
        outcome = storm(asked.count, asked.seed, redis)
    print(outcome)
    return 0 if outcome.is_sound else 1


def _said(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.most_common()) or "nothing"


if __name__ == "__main__":
    sys.exit(main())
