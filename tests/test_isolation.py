"""Children that do jobs on foreign bytes: what they give, what they may not take, and that their end is nobody's."""

import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from generations import reader
from generations.errors import Cancelled, ReadingStopped, TimedOut
from generations.isolation import Overrun, Pool
from generations.protocol.answer import Answer
from generations.protocol.response import read
from generations.reader import Reader
from generations.wire import CancelScope
from tests.protocol.test_answers import FOLDER, INVENTED, body_of, kept
from tests.support import isolated_jobs
from tests.support.worker import wait_for

pytestmark = pytest.mark.slow


def pool(jobs: int = 100, **limits: float) -> Pool:
    given = {"size": 2, "seconds": 20, "cpu_seconds": 10, "memory": 1024**3, **limits}
    return Pool(isolated_jobs.__name__, jobs=jobs, **given)  # type: ignore[arg-type]


def pid_of(children: Pool) -> int:
    return int(children.run("echo", {}, [])[0]["pid"])


def test_a_job_is_done_elsewhere_and_its_bytes_come_back() -> None:
    answer, parts = pool().run("echo", {"a": [1, "é"]}, [b"abc", b"", bytes(3_000_000)])
    assert answer["options"] == {"a": [1, "é"]}
    assert parts == [b"cba", b"", bytes(3_000_000)]


def test_a_child_is_kept_for_the_next_job_and_ends_after_its_last() -> None:
    children = pool(jobs=2)
    pids = [pid_of(children) for _ in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]
    assert children.idle == []


def test_one_child_is_started_ahead_and_no_more() -> None:
    children = pool()
    for _ in range(3):
        children.warm()
    [warm] = children.idle
    assert pid_of(children) == warm.process.pid
    with children._child():
        children.warm()
        assert children.idle == []


def test_a_child_that_was_killed_while_idle_is_replaced() -> None:
    children = pool()
    before = pid_of(children)
    children.idle[0].process.kill()
    children.idle[0].process.wait()
    assert pid_of(children) != before


def test_a_child_that_has_grown_does_no_further_job() -> None:
    children = pool(memory=4 * 1024**3)
    grown = children.run("swell", {}, [])[0]["pid"]
    assert pid_of(children) != grown


@pytest.mark.parametrize(
    ("job", "limits", "words"),
    [
        ("hog", {}, "more memory"),
        ("spin", {"cpu_seconds": 1}, "more CPU time or memory"),
        ("spin", {"seconds": 1}, "longer than 1 s"),
        ("sleep", {"seconds": 1}, "longer than 1 s"),
        ("die", {}, "more CPU time or memory"),
    ],
)
def test_a_job_that_goes_too_far_is_stopped_and_the_next_one_is_done(
    job: str, limits: dict[str, float], words: str
) -> None:
    children = pool(**limits)
    with pytest.raises(Overrun, match=words):
        children.run(job, {}, [bytes(1000)])
    assert pid_of(children)


def test_what_its_parent_held_is_not_counted_as_the_child_s() -> None:
    held = bytearray(700 * 1024**2)
    held[::4096] = b"x" * len(held[::4096])
    children = pool(memory=4 * 1024**3)
    grown = children.run("swell", {}, [])[0]["pid"]
    assert pid_of(children) != grown
    del held


def test_what_a_job_raises_is_told_and_ends_no_child() -> None:
    children = pool()
    before = pid_of(children)
    with pytest.raises(RuntimeError, match="ZeroDivisionError: by nothing"):
        children.run("raise", {}, [])
    assert pid_of(children) == before


def test_a_child_knows_no_secret_and_writes_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET_KEY", "x")
    monkeypatch.setenv("DATABASE_URL", "x")
    assert not {"SECRET_KEY", "DATABASE_URL", "HOME"} & set(pool().run("environment", {}, [])[0]["names"])
    with pytest.raises((RuntimeError, Overrun)):
        pool().run("write", {"path": str(tmp_path / "x")}, [])
    assert not (tmp_path / "x").exists() or (tmp_path / "x").stat().st_size == 0


def test_a_cancel_ends_a_job_and_a_wait_for_one() -> None:
    children = pool(size=1, seconds=600, cpu_seconds=600)
    ends: list[str] = []

    def do(scope: CancelScope) -> None:
        try:
            with scope:
                children.run("spin", {}, [])
        except Cancelled:
            ends.append("cancelled")

    scopes = [CancelScope(), CancelScope()]
    threads = [threading.Thread(target=do, args=(scope,), daemon=True) for scope in scopes]
    for thread in threads:
        thread.start()
    for scope in scopes:
        scope.cancel()
    for thread in threads:
        thread.join(60)
    assert ends == ["cancelled", "cancelled"]


def test_a_deadline_around_it_is_told_as_that_deadline() -> None:
    with CancelScope(1), pytest.raises(TimedOut):
        pool().run("spin", {}, [])


def test_the_jobs_of_one_owner_leave_a_place_for_others() -> None:
    children = pool(size=2, seconds=600, cpu_seconds=600)
    scopes = [CancelScope(), CancelScope()]

    def spin(scope: CancelScope) -> None:
        with scope, suppress(Cancelled):
            children.run("spin", {}, [], owner="hostile")

    threads = [threading.Thread(target=spin, args=(scope,), daemon=True) for scope in scopes]
    for thread in threads:
        thread.start()
    assert wait_for(lambda: children.busy)
    assert children.run("echo", {}, [], owner="another")[0]["pid"]
    assert children.busy == 1
    for scope in scopes:
        scope.cancel()
    for thread in threads:
        thread.join(60)


def test_as_many_as_are_at_work_are_busy() -> None:
    children = pool(size=1, seconds=1)
    children._slots.acquire()
    with pytest.raises(Overrun, match="busy"):
        children.run("echo", {}, [])


# ── answers ──


@pytest.fixture(scope="module")
def answers() -> Reader:
    return Reader(max_body=1024**2)


def test_an_answer_read_in_a_child_is_the_same_answer(answers: Reader) -> None:
    different = []
    for param in (*kept(FOLDER), *kept(INVENTED)):
        (record,) = param.values
        body, status, headers = body_of(record), record["http_status"], record["headers"]
        if answers.read(body, status=status, headers=headers) != read(body, status=status, headers=headers):
            different.append(param.id)
    assert different == []


def test_an_answer_with_everything_in_it_comes_back_whole(answers: Reader) -> None:
    call = b'{"function":{"name":"f","arguments":"{}"}}'
    tool = b'{"choices":[{"message":{"content":"{\\"a\\":1e999}","tool_calls":[' + call + b"]}}]}"
    request = b'{"model":"m","messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_object"}}'
    here = read(tool, request=request)
    assert here.tool_calls and here.parsed
    assert answers.read(tool, request=request) == replace(here, parsed=None)


def test_what_cannot_be_read_within_its_limits_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "SECONDS", 1)
    stuck = Reader(max_body=1)
    stuck.pool.module = isolated_jobs.__name__
    with pytest.raises(ReadingStopped, match="longer than"):
        stuck.read(b"{}")


def test_reading_costs_no_more_memory_than_it_is_given() -> None:
    """Five million empty objects, which take some 400 MB, in a child that has 200."""
    body = b'{"choices":[' + b"{}," * 5_000_000 + b"{}]}"
    narrow = Reader(max_body=1)
    narrow.pool.memory = 200 * 1024**2
    assert narrow.read(b"{}").outcome == "error"
    with pytest.raises(ReadingStopped):
        narrow.read(body)
    assert isinstance(Reader(max_body=len(body)).read(body), Answer)
