"""`manage.py up`: from an empty folder to a ready address, through the death of a worker, to nothing left behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.bucket import bucket_server
from tests.support.installation import Installation, end
from tests.support.ports import closed_port
from tests.support.worker import wait_for

pytestmark = pytest.mark.service

READY_SECONDS = 180
LINK = re.compile(r"http://localhost:\d+(/welcome/\S+)")


class Running:
    """A started `up` and what it has written so far."""

    def __init__(self, installation: Installation, *arguments: str) -> None:
        self.installation = installation
        self.lines: list[str] = []
        self.process = installation.start("up", *arguments)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(iter(self.process.stdout.readline, ""))

    @property
    def text(self) -> str:
        return "".join(list(self.lines))

    def wait_until(self, words: str) -> None:
        """Until it wrote these words."""
        assert wait_for(lambda: words in self.text or self.process.poll() is not None, READY_SECONDS), self.text
        assert words in self.text, self.text

    def worker(self) -> int | None:
        """The process id of the worker, when one runs."""
        return next((pid for pid, words in processes(self.installation.folder).items() if "celery" in words), None)

    def web_servers(self) -> set[int]:
        """The process ids of the web servers that run."""
        return {pid for pid, words in processes(self.installation.folder).items() if "imageweb.server" in words}

    def stop(self) -> int:
        """Ctrl-C, as a terminal sends it; the exit code."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(READY_SECONDS)
        self.reader.join(READY_SECONDS)
        return code


@contextmanager
def running(installation: Installation, *arguments: str) -> Iterator[Running]:
    up = Running(installation, *arguments)
    try:
        yield up
    finally:
        end(up.process)
        for pid in processes(installation.folder):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


SEALED = """
from generations.models import Provider
provider = Provider(name="Gateway", base_url="https://gateway.example/v1")
provider.set_headers({"X-Tenant": "7"})
provider.save()
"""
HELD = """
import json
from generations.models import Hold, Person
from generations.models.erasure import FOLDER, identity_of
from generations.models.storage import write
person = Person.objects.create_user("mei", "mei@images.example")
Hold.objects.create(name="Case 7", reason="File 7", person=person, placed_by=person)
said = {"person": person.pk, "identity": identity_of(person)}
write(f"{FOLDER}/{said['identity']}.json", json.dumps(said).encode())
"""


def processes(folder: Path) -> dict[int, str]:
    """The command lines, by process id, of what runs with this DATA_DIR."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # gone meanwhile
            words = (entry / "cmdline").read_bytes()
            if words and f"DATA_DIR={folder}\0".encode() in (entry / "environ").read_bytes():
                found[int(entry.name)] = words.replace(b"\0", b" ").decode()
    return found


def held_by(pids: Iterable[int]) -> int:
    """The memory that these processes hold, in MB; what several share counts once."""
    return (
        sum(
            int(line.split()[1])
            for pid in pids
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            if line.startswith("Pss:")
        )
        // 1024
    )


def status(installation: Installation, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://localhost:{installation.port}{path}", timeout=READY_SECONDS) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def test_from_an_empty_folder_to_a_link_through_a_dead_worker_to_nothing(installation: Installation) -> None:
    with running(installation) as up:
        up.wait_until("Ctrl-C stops it.")
        assert f"is ready: http://localhost:{installation.port}" in up.text
        link = LINK.search(up.text)
        assert link is not None
        assert status(installation, link[1]) == 200
        assert status(installation, "/healthz") == 200

        assert wait_for(up.worker)
        assert wait_for(lambda: status(installation, "/healthz/ready") == 200)
        assert held_by(processes(installation.folder)) <= 200, "all of it, idle, as the README says"
        killed = up.worker()
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        assert wait_for(lambda: up.worker() not in {None, killed}), up.text
        up.wait_until("The worker ended with code -9; it is started again.")

        assert up.stop() == 0
        assert "Stopping." in up.text
        assert processes(installation.folder) == {}

    with closing(sqlite3.connect(installation.database)) as database, database:
        database.execute(
            "UPDATE generations_worker SET heartbeat_at = '2000-01-01'"
        )  # the killed one is heard for a minute
    with running(installation, "--without-worker") as again:
        again.wait_until("is ready")
        assert "Preparing the database" not in again.text
        assert again.worker() is None
        assert status(installation, "/healthz") == 200
        assert status(installation, "/healthz/ready") == 503
        assert again.stop() == 0


def test_a_second_one_on_the_same_port_stops_with_a_sentence(prepared: Installation) -> None:
    with running(prepared, "--without-worker") as up:
        up.wait_until("is ready")
        second = prepared.manage("up", "--without-worker")
        assert second.returncode == 1
        assert f"Port {prepared.port} on 127.0.0.1 cannot be used" in second.stderr
        assert up.process.poll() is None
        assert up.stop() == 0


def test_two_signals_leave_nothing_behind(prepared: Installation) -> None:
    with running(prepared, "--without-worker") as up:
        up.wait_until("is ready")
        for _ in range(2):
            up.process.send_signal(signal.SIGINT)
        up.process.wait(READY_SECONDS)
        assert wait_for(lambda: processes(prepared.folder) == {})


@pytest.mark.parametrize("count", [1, 2])
def test_a_killed_web_server_is_missed_by_nobody(prepared: Installation, count: int) -> None:
    prepared.environment["WEB_WORKERS"] = str(count)
    with running(prepared, "--without-worker") as up:
        up.wait_until("is ready")
        assert wait_for(lambda: len(up.web_servers()) == count)
        first = up.web_servers()
        os.kill(min(first), signal.SIGKILL)
        assert status(prepared, "/healthz") == 200
        assert wait_for(lambda: len(up.web_servers() - {min(first)}) == count), up.text
        up.wait_until("it is started again")
        assert up.stop() == 0
        assert wait_for(lambda: processes(prepared.folder) == {})


@pytest.mark.parametrize("behind", ["the header", "half a body"])
def test_slow_senders_hold_no_thread(prepared: Installation, behind: str) -> None:
    prepared.environment["WEB_THREADS"] = "2"
    head = b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
    with running(prepared, "--without-worker") as up, ExitStack() as senders:
        up.wait_until("is ready")
        for _ in range(40):
            sender = senders.enter_context(socket.create_connection(("127.0.0.1", prepared.port)))
            sender.sendall(head[:-2] if behind == "the header" else head + bytes(50_000))
        for _ in range(4):
            assert status(prepared, "/healthz") == 200
            assert status(prepared, "/accounts/login/") == 200


def test_a_stop_lets_a_request_finish_that_has_begun(prepared: Installation) -> None:
    with running(prepared, "--without-worker") as up:
        up.wait_until("is ready")
        with socket.create_connection(("127.0.0.1", prepared.port), timeout=READY_SECONDS) as sender:
            sender.sendall(b"POST /theme HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\na")
            assert status(prepared, "/healthz") == 200
            up.process.send_signal(signal.SIGTERM)
            assert wait_for(lambda: status(prepared, "/healthz") == 0)
            sender.sendall(b"=")
            assert sender.recv(12) == b"HTTP/1.1 403"
        assert up.process.wait(READY_SECONDS) == 0


def test_a_killed_supervisor_takes_its_children_along(prepared: Installation) -> None:
    with running(prepared) as up:
        up.wait_until("is ready")
        assert wait_for(up.worker)
        up.process.send_signal(signal.SIGKILL)
        up.process.wait()
        assert wait_for(lambda: not processes(prepared.folder), READY_SECONDS), processes(prepared.folder)


def test_it_keeps_nothing_running_for_ever(installation: Installation) -> None:
    started = installation.manage("up", "--without-web", "--without-worker")
    assert (started.returncode, started.stderr.count("\n")) == (1, 1)
    assert "nothing is left to run" in started.stderr and "--prepare-only" in started.stderr
    assert not installation.database.exists()


def test_a_bucket_that_is_another_stops_the_start_by_its_name(prepared: Installation) -> None:
    prepared.python("from generations.models import StoredFile; StoredFile.put(b'bytes', 'image/png')")
    with bucket_server() as bucket:
        started = prepared.manage("up", "--prepare-only", **bucket.environment)
    assert started.returncode == 1
    assert f"the bucket {bucket.environment['STORAGE_BUCKET']}" in started.stderr
    assert str(prepared.folder) not in started.stderr


def test_a_missing_volume_stops_the_start(prepared: Installation) -> None:
    prepared.python("from generations.models import StoredFile; StoredFile.put(b'bytes', 'image/png')")
    prepared.folder.joinpath("files").rename(prepared.folder / "unmounted")
    started = prepared.manage("up", "--prepare-only")
    assert started.returncode == 1
    assert "a volume is probably missing" in started.stderr.lower()
    assert not prepared.folder.joinpath("files", "imageweb-storage").exists()


def test_who_was_erased_and_is_held_here_is_named_and_stops_nothing(prepared: Installation) -> None:
    prepared.python(HELD)
    started = prepared.manage("up", "--prepare-only")
    assert (started.returncode, "Traceback" in started.stderr) == (0, False)
    assert "was erased before, and stays for now: The legal hold “Case 7” forbids this." in started.stderr


def test_a_secret_key_that_opens_no_provider_s_key_is_told(prepared: Installation) -> None:
    key = prepared.folder.joinpath("secret_key").read_text()
    prepared.python(SEALED)
    another = prepared.manage("up", "--prepare-only", SECRET_KEY="another" * 3)
    assert another.returncode == 0, "so that the keys can be entered again"
    assert (
        "The keys of Gateway were sealed with another SECRET_KEY. Put that one into SECRET_KEY_FALL" in another.stderr
    )
    for known in ({}, {"SECRET_KEY": "another" * 3, "SECRET_KEY_FALLBACKS": key}):
        assert "sealed" not in prepared.manage("up", "--prepare-only", **known).stderr


def test_a_redis_that_is_away_is_told_and_stops_nothing(prepared: Installation) -> None:
    said = prepared.manage("up", "--prepare-only", REDIS_URL=f"redis://127.0.0.1:{closed_port()}")
    assert (said.returncode, said.stderr.count("Redis does not answer at REDIS_URL.")) == (0, 1), said.stderr


def test_preparing_twice_changes_nothing(installation: Installation) -> None:
    installation.prepare()
    before = subprocess.run(["find", installation.folder, "-type", "f"], capture_output=True, text=True).stdout
    installation.prepare()
    after = subprocess.run(["find", installation.folder, "-type", "f"], capture_output=True, text=True).stdout
    assert sorted(after.split()) == sorted(before.split())
