"""A bucket that takes connections and answers nobody, as a server that is stopped: pages go on without its pictures."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.core.files.storage import storages
from django.test import Client
from pytest_django import Settings

from generations.errors import NotStored
from generations.models import Person, storage
from generations.models.storage_gate import THREADS, StorageGate
from imageweb.logs import request_id
from imageweb.server import Server
from imageweb.wsgi import application
from tests.support.bucket import Bucket, bucket_server, lie_in
from tests.support.cast import Cast, make_cast, make_done
from tests.support.installation import Installation
from tests.support.worker import wait_for

SignIn = Callable[..., Client]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def bucket(silent: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures lie there, once they are made."""
    where = {"bucket_name": "pictures", "endpoint_url": silent, "access_key": "a", "secret_key": "b"}
    settings.STORAGES = settings.STORAGES | {
        "silent": {"BACKEND": "imageweb.bucket.Bucket", "OPTIONS": where | {"region_name": "us-east-1"}}
    }
    monkeypatch.setattr(storage, "GATE", StorageGate(seconds=20))


@pytest.fixture
def bucket_over_http(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    monkeypatch.setattr(storage, "GATE", StorageGate(seconds=3))
    with bucket_server() as bucket:
        lie_in(bucket, settings, monkeypatch)
        yield bucket


@pytest.fixture(params=["silent", "dripping", "slow header"])
def endless(request: pytest.FixtureRequest, bucket_over_http: Bucket) -> Bucket:
    """Pictures lie in a bucket whose answer to a GET never ends, with a slow header to any request."""
    bucket_over_http.fault = request.param
    return bucket_over_http


@pytest.fixture
def port(settings: Settings) -> Iterator[int]:
    """The web server."""
    settings.WEB_THREADS = 6
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(application, listener)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    server.stop()
    thread.join(60)


def get(port: int, person: Person, path: str) -> int:
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    line.request(
        "GET", path, headers={"Host": "localhost", "Cookie": client.cookies.output(header="", sep=";").strip()}
    )
    return line.getresponse().status


def test_twenty_thumbnails_of_a_silent_bucket_leave_the_other_pages_alone(
    bucket: None, port: int, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = make_cast()
    image = make_done(cast.ana).images.get()
    settings.STORAGE_BUCKET = "pictures"
    monkeypatch.setattr(storage, "default_storage", storages["silent"])
    statuses: list[int] = []
    readers = [
        threading.Thread(target=lambda: statuses.append(get(port, cast.ana, f"/i/{image.key}/original")), daemon=True)
        for _ in range(20)
    ]
    for reader in readers:
        reader.start()
    assert wait_for(lambda: len(storage.GATE._calls) > 1), "the bucket is asked"
    assert [get(port, cast.ben, "/library") for _ in range(4)] == [200] * 4
    assert any(reader.is_alive() for reader in readers), "while some still wait for it"
    for reader in readers:
        reader.join(60)
    assert statuses == [503] * 20
    assert get(port, cast.ana, f"/i/{image.key}/original") == 503
    assert len(storage.GATE._calls) <= THREADS


def test_twenty_originals_of_a_bucket_whose_get_never_ends_leave_the_other_pages_alone(
    endless: Bucket, port: int, settings: Settings
) -> None:
    fault, endless.fault = endless.fault, ""
    cast = make_cast()
    image = make_done(cast.ana).images.get()
    endless.fault = fault
    path, statuses = f"/i/{image.key}/original", []
    readers = [
        threading.Thread(target=lambda: statuses.append(get(port, cast.ana, path)), daemon=True) for _ in range(20)
    ]
    for reader in readers:
        reader.start()
    assert wait_for(lambda: storage.GATE._calls), "it is being fetched"
    assert [get(port, cast.ben, "/library") for _ in range(4)] == [200] * 4
    for reader in readers:
        reader.join(60)
    assert statuses == [503] * 20
    assert wait_for(lambda: not storage.GATE._calls), "and no thread is left to a call that nobody waits for"
    endless.fault, storage.GATE._silent_until = "", 0
    assert get(port, cast.ana, path) == 200


def test_a_zip_waits_for_a_bucket_no_longer_than_a_page(
    bucket_over_http: Bucket, cast: Cast, signed_in: SignIn
) -> None:
    bucket_over_http.fault = ""
    batch = make_done(cast.ana, pictures=3)
    fields = {"pick": [image.key for image in batch.images.all()]}
    bucket_over_http.fault = "slow header"
    assert signed_in(cast.ana).post("/selection/zip", fields).status_code == 503, "and says nothing of missing files"
    assert signed_in(cast.ana).post("/person/ana/export").status_code == 503
    assert wait_for(lambda: not storage.GATE._calls), "and no thread is left to a call that nobody waits for"
    bucket_over_http.fault, storage.GATE._silent_until = "", 0
    answer = signed_in(cast.ana).post("/selection/zip", fields)
    assert answer.status_code == 200 and len(b"".join(answer)) == int(answer["Content-Length"])


def test_a_picture_is_not_kept_in_a_bucket_that_does_not_finish_an_answer(
    bucket_over_http: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "SECONDS", 1.0)
    bucket_over_http.fault = "slow header"
    with pytest.raises(NotStored):
        storage.write("files/ab/abcd", b"A picture")
    token = request_id.set("e-123456")
    try:
        with pytest.raises(NotStored):
            storage.write("files/ab/abcd", b"A picture")
    finally:
        request_id.reset(token)
    assert wait_for(lambda: not storage.GATE._calls)


def test_after_a_silence_one_asks_first_and_an_answer_lets_all_in() -> None:
    gate, gone = StorageGate(seconds=0.1), threading.Event()
    with pytest.raises(NotStored, match="did not answer within"):
        gate.call(gone.wait)
    gate.seconds = 60
    with pytest.raises(NotStored, match="lately"):
        gate.call(lambda: "an answer")
    gate._silent_until = time.monotonic() - 1
    assert gate.call(lambda: "an answer") == "an answer"
    assert gate.call(lambda: "another") == "another"
    gone.set()


def test_what_a_storage_says_of_itself_is_passed_on() -> None:
    def missing() -> None:
        raise FileNotFoundError("there is none")

    with pytest.raises(FileNotFoundError):
        StorageGate().call(missing)


def test_the_site_starts_without_its_bucket(silent: str, tmp_path: object) -> None:
    installation = Installation(tmp_path, STORAGE_BUCKET="pictures", STORAGE_ENDPOINT=silent, STORAGE_REGION="eu-1")
    installation.environment |= {"STORAGE_ACCESS_KEY": "a", "STORAGE_SECRET_KEY": "b"}
    installation.collect_static()
    prepared = installation.manage("up", "--prepare-only")
    assert prepared.returncode == 0, prepared.stderr
    assert "The bucket does not answer; pictures are missing until it does." in prepared.stderr
