"""`make bench`: what a production process does, measured in one run and told as ratios.

Absolute figures depend on the machine; a ratio of two things measured minutes apart on the same one hardly does.
"""

from __future__ import annotations

import asyncio
import base64
import html
import http.client
import json
import os
import re
import resource
import secrets
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from tests.bench import library as bench_library

ROOT = Path(__file__).resolve().parents[2]
CALL_SECONDS = 6.0
IN_FLIGHT = 200


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="imageweb-bench-") as folder:
        prepare(Path(folder))
        ingest()
        with upstream(delay=1.0) as base_url, process(web_command()), process(worker_command()):
            wait_until(lambda: answers() and a_worker_beats())
            cast = make_cast(base_url)
            polls(cast)
            submit_to_visible(cast)
        with upstream(delay=CALL_SECONDS) as base_url:
            calls_in_flight(base_url)
    bench_library.main()


def prepare(folder: Path) -> None:
    """A fresh installation in this folder, in this process's environment and its children's."""
    global PORT
    PORT = free_port()
    os.environ.update(
        DATA_DIR=str(folder),
        PORT=str(PORT),
        MIN_FREE_MB="0",
        SECRET_KEY=secrets.token_hex(),
        WORKER_THREADS=str(IN_FLIGHT),
        LOG_LEVEL="WARNING",
        DJANGO_SETTINGS_MODULE="tests.bench.settings",
        OPENAI_BASE_URL="",
        REDIS_URL="",
        DATABASE_URL="",
    )
    run = [sys.executable, "manage.py", "up", "--prepare-only"]
    subprocess.run(run, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    import django

    django.setup()


PORT = 0


# ── pictures ──


def ingest() -> None:
    """Verify, store and shrink a PNG of 1024² and one of 4096², against decoding its pixels once."""
    from generations.models.stored_file import StoredFile

    print("ingest of a PNG: verify every pixel, ladder of thumbnails, placeholder, store with fsync")
    for side in (1024, 4096):
        data = png(side)
        plain = median(lambda data=data: decode(data), 5)
        from generations.imaging.thumbnail import open_with_thumbnails

        def whole(data: bytes = data) -> None:
            picture, ladder = open_with_thumbnails(data)
            StoredFile.put(data + secrets.token_bytes(8), picture.media_type, ladder.by_side)

        taken = median(whole, 5)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(
            f"  {side}²  {taken * 1000:6.0f} ms = {taken / plain:.1f} × one plain decode ({plain * 1000:.0f} ms), "
            f"peak of this process {peak:.0f} MB, of a decoding child {children:.0f} MB"
        )


def png(side: int) -> bytes:
    """A landscape of this size, drawn by the sandbox's own hand."""
    import pyvips

    noise = pyvips.Image.perlin(side, side, cell_size=side // 8, seed=7)
    grain = pyvips.Image.gaussnoise(side, side, sigma=6, mean=0, seed=7)
    bands = [noise * 90 + grain + shade for shade in (96, 120, 150)]
    return bands[0].bandjoin(bands[1:]).cast("uchar").copy(interpretation="srgb").pngsave_buffer(compression=6)


def decode(data: bytes) -> None:
    import pyvips

    pyvips.Image.new_from_buffer(data, "").avg()


# ── pages ──


class Cast:
    """Somebody signed in, with a batch that runs for ever and a model at the bench's upstream."""

    def __init__(self, person: object, session: str, model: object) -> None:
        self.person, self.session, self.model, self.poll = person, session, model, ""


def make_cast(base_url: str) -> Cast:
    """Rows made directly: a person with a session, a provider, forty finished strips and one running."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from generations.models import Batch, Generation, Membership, Person, Provider, ProviderModel, Team
    from generations.models.key import now

    person = Person.objects.create(username="ana", email="ana@example.test")
    team = Team.objects.create(name="Design")
    Membership.objects.create(person=person, team=team)
    provider = Provider.objects.create(name="Bench", base_url=base_url, running_limit=1000)
    model = ProviderModel.objects.create(provider=provider, name="bench-image", rank=1)
    asleep = Provider.objects.create(name="Asleep", base_url=base_url, is_enabled=False)
    waiting = ProviderModel.objects.create(provider=asleep, name="asleep", rank=2)
    for place in range(41):
        batch = Batch.objects.create(person=person, team=team, prompt="A lake", submission_key=str(place))
        state = (
            {"state": "failed", "kind": "lost", "charged": "maybe"}
            if place < 40
            else {"state": "running", "claim_until": now(hours=1)}
        )
        Generation.objects.create(batch=batch, model=waiting, position=1, deadline_at=now(hours=1), **state)
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    cast = Cast(person, session.session_key, model)
    page = html.unescape(get("/", cast)[1].decode())
    since = re.search(r'name="since" value="([^"]*)"', page)[1]
    cast.poll = f"/pulse?{urlencode({'since': since, 'whose': 'mine'})}"
    return cast


def polls(cast: Cast) -> None:
    """How many polls a second an idle page's poller gets, against a view that does nothing for somebody signed in."""
    empty, status = rate("/bench/empty", cast), get(cast.poll, cast)[0]
    poll = rate(cast.poll, cast)
    again = rate("/bench/empty", cast)
    reference = (empty + again) / 2
    print("polls of an idle page, one web process")
    print(f"  {poll:.0f}/s = {poll / reference:.2f} × an empty authenticated view ({reference:.0f}/s); status {status}")


def rate(path: str, cast: Cast, seconds: float = 4.0, threads: int = 4) -> float:
    """Requests a second from some keep-alive connections."""
    counts = [0] * threads
    end = time.monotonic() + seconds

    def ask(place: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", PORT)
        while time.monotonic() < end:
            line.request("GET", path, headers=headers(cast))
            line.getresponse().read()
            counts[place] += 1

    asking = [threading.Thread(target=ask, args=(place,)) for place in range(threads)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    return sum(counts) / seconds


def submit_to_visible(cast: Cast) -> None:
    """From the order to the picture's row, less the upstream's own second."""
    from generations.models import Generation
    from generations.submit import Order, submit

    beyond = []
    for _ in range(8):
        begun = time.monotonic()
        batch = submit(Order(cast.person, "Draw a lake", (cast.model,)))
        wait_until(lambda batch=batch: Generation.objects.filter(batch=batch, state="succeeded").exists(), pause=0.005)
        beyond.append(time.monotonic() - begun - 1.0)
    typical = statistics.median(beyond)
    print("submit to visible, beyond the upstream's own 1.0 s")
    print(f"  {typical * 1000:.0f} ms = {typical:.2f} × the upstream's time (median of {len(beyond)})")


# ── calls ──


def calls_in_flight(base_url: str) -> None:
    """One worker process against calls of three seconds: how many run at once, how fast, in how much memory."""
    from generations.models import Generation, Person, Provider, ProviderModel, Worker
    from generations.submit import Order, submit

    provider = Provider.objects.create(name="In flight", base_url=base_url, running_limit=10_000)
    models = [ProviderModel.objects.create(provider=provider, name=f"flight-{k}", rank=1) for k in range(50)]
    person = Person.objects.get(username="ana")
    Worker.objects.all().delete()
    with process(worker_command()) as worker:
        wait_until(lambda: Worker.objects.taking_work().exists())
        idle, begun, most = memory(worker.pid), time.monotonic(), 0
        jobs = 2 * IN_FLIGHT
        for _ in range(jobs // 50):
            submit(Order(person, "Draw a lake", tuple(models), count=1))
        mine = Generation.objects.filter(model__provider=provider)
        while mine.filter(state="succeeded").count() < jobs:
            most = max(most, mine.filter(state="running").count())
            time.sleep(0.1)
            if time.monotonic() - begun > 120:
                break
        taken, grown = time.monotonic() - begun, memory(worker.pid)
    done = mine.filter(state="succeeded").count()
    ideal = jobs / IN_FLIGHT * CALL_SECONDS
    print(f"calls in flight in one worker process of {IN_FLIGHT} threads, {jobs} calls of {CALL_SECONDS:.0f} s")
    print(
        f"  {done} done in {taken:.1f} s = {ideal / taken:.0%} of the ideal rate; at most {most} at once; "
        f"{grown:.0f} MB at its peak, {idle:.0f} MB idle"
    )


def memory(pid: int) -> float:
    """The most this process has had in memory, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


# ── parts ──


@contextmanager
def upstream(delay: float) -> Iterator[str]:
    """A provider that answers any request after `delay` seconds with one small picture; its base URL."""
    picture = base64.b64encode(png(64)).decode()
    message = {"role": "assistant", "content": f"![a](data:image/png;base64,{picture})"}
    body = json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}).encode()
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(delay)
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(answer, "127.0.0.1", 0, backlog=1000))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


@contextmanager
def process(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with the block."""
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        yield running
    finally:
        running.terminate()
        try:
            running.wait(10)
        except subprocess.TimeoutExpired:
            running.kill()


def web_command() -> list[str]:
    return [sys.executable, "manage.py", "up", "--without-worker"]


def worker_command() -> list[str]:
    quiet = ["--without-gossip", "--without-mingle", "--loglevel", "ERROR"]
    return [sys.executable, "-W", "ignore", "-m", "celery", "-A", "imageweb.celery", "--quiet", "worker", *quiet]


def headers(cast: Cast) -> dict[str, str]:
    return {"Cookie": f"imageweb_session={cast.session}", "HX-Request": "true", "Host": "localhost"}


def get(path: str, cast: Cast) -> tuple[int, bytes]:
    line = http.client.HTTPConnection("127.0.0.1", PORT)
    line.request("GET", path, headers={**headers(cast), "HX-Request": ""})
    answer = line.getresponse()
    return answer.status, answer.read()


def answers() -> bool:
    """Whether the web server is there."""
    try:
        line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=1)
        line.request("GET", "/healthz", headers={"Host": "localhost"})
        return line.getresponse().status == 200
    except OSError:
        return False


def a_worker_beats() -> bool:
    from generations.models import Worker

    return Worker.objects.taking_work().exists()


def wait_until(is_so: Callable[[], bool], pause: float = 0.05, seconds: float = 60) -> None:
    patience = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > patience:
            raise TimeoutError("The bench waited a minute for nothing.")
        time.sleep(pause)


def median(do: Callable[[], object], times: int) -> float:
    """Seconds, the median of some runs."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        do()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    main()
