"""Slow readers of large files, over real sockets and the whole application: they hold no thread that answers others."""

from __future__ import annotations

import http.client
import io
import socket
import threading
import zipfile
from collections.abc import Iterator
from typing import IO
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.test import Client
from pytest_django import Settings

from generations.models import Image, Person, StoredFile
from generations.web import manifest
from imageweb.server import Server, limits
from imageweb.wsgi import application
from tests.support.cast import make_cast, make_done, make_person
from tests.support.worker import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
SIZE = 40 * 2**20
"""More than the 16 MB above which waitress holds the thread that writes, and than the kernel buffers."""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is waited for in vain is given up after two seconds. Stands before `port`."""
    monkeypatch.setattr(limits, "STALL_SECONDS", 2)
    monkeypatch.setattr(limits, "MAINTENANCE_SECONDS", 0)


@pytest.fixture
def port(settings: Settings) -> Iterator[int]:
    """The web server with two threads."""
    settings.WEB_THREADS = 2
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(application, listener)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    server.stop()
    thread.join(60)


def large_picture(person: Person) -> Image:
    image = make_done(person).images.get()
    file = StoredFile.put(image.key.encode() + bytes(SIZE), "image/png")
    Image.objects.filter(pk=image.pk).update(file=file)
    return image


def cookies(person: Person) -> dict[str, str]:
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={'a' * 32}"}


def answers_on(line: socket.socket, count: int) -> Iterator[bytes]:
    """The bodies of the answers to pipelined requests, one after another."""
    with line.makefile("rb") as file:
        for _ in range(count):
            assert file.readline().startswith(b"HTTP/1.1 200 ")
            yield file.read(int(http.client.parse_headers(file)["Content-Length"]))


class Reader:
    """Somebody who asks for something and reads it when told to."""

    def __init__(self, port: int, person: Person) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies = cookies(person)

    def get(self, path: str) -> http.client.HTTPResponse:
        self.line.request("GET", path, headers=self.cookies)
        return self.line.getresponse()

    def pack(self, image: Image) -> http.client.HTTPResponse:
        fields = urlencode({"pick": image.key, "csrfmiddlewaretoken": "a" * 32})
        headers = {**self.cookies, "Content-Type": "application/x-www-form-urlencoded"}
        self.line.request("POST", "/selection/zip", fields, headers)
        return self.line.getresponse()


@pytest.mark.parametrize("what", ["zip", "original"])
def test_slow_readers_hold_no_thread(port: int, what: str) -> None:
    cast = make_cast()
    people = [cast.ana, cast.ben, cast.lea, make_person("ida", cast.design)]
    image = large_picture(cast.ana)
    readers = [Reader(port, person) for person in people]
    answers = [reader.pack(image) if what == "zip" else reader.get(image.original_url) for reader in readers]
    assert [answer.status for answer in answers] == [200] * 4
    assert all(int(answer.headers["Content-Length"]) > SIZE for answer in answers)
    for _ in range(4):  # more than there are threads
        assert Reader(port, cast.cy).get("/library").status == 200
    data = answers[0].read()
    assert len(data) == int(answers[0].headers["Content-Length"])
    if what == "zip":
        assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None
    for reader in readers:
        reader.line.close()


def test_pipelined_requests_hold_no_thread(port: int) -> None:
    cast = make_cast()
    image = large_picture(cast.ana)
    readers = [Reader(port, cast.ana), Reader(port, cast.ben)]  # as many as there are threads
    for reader in readers:
        lines = [f"GET {image.original_url} HTTP/1.1", "Host: localhost", f"Cookie: {reader.cookies['Cookie']}", "", ""]
        reader.line.connect()
        reader.line.sock.sendall(2 * "\r\n".join(lines).encode())
        assert reader.line.sock.recv(12, socket.MSG_PEEK) == b"HTTP/1.1 200"
    assert Reader(port, cast.cy).get("/library").status == 200
    for answer in answers_on(readers[0].line.sock, 2):
        assert answer.startswith(image.key.encode()) and len(answer) > SIZE
    for reader in readers:
        reader.line.close()


@pytest.mark.parametrize("is_read", [True, False], ids=["read to its end", "left"])
def test_a_download_ends_for_its_person_with_its_answer(port: int, is_read: bool) -> None:
    cast = make_cast()
    image, first = large_picture(cast.ana), Reader(port, cast.ana)
    answer = first.pack(image)
    assert Reader(port, cast.ana).pack(image).status == 429
    if is_read:
        answer.read()
    else:
        answer.close()
        first.line.close()
    assert wait_for(lambda: Reader(port, cast.ana).pack(image).status == 200)


class Storage:
    """The storage as archives read it: how many bytes they had, a gate before each read, and what becomes of it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.given = 0
        self.waiting = 0
        self.gate = threading.Event()
        self.gate.set()
        self.lies = False
        self.files: list[IO[bytes]] = []
        monkeypatch.setattr(manifest, "opened", self.open)

    def open(self, path: str) -> Storage.File:
        file = self.File(self, default_storage.open(path))
        self.files.append(file)
        return file

    class File:
        def __init__(self, storage: Storage, file: IO[bytes]) -> None:
            self.storage, self.file = storage, file

        def read(self, size: int) -> bytes:
            self.storage.waiting += 1
            assert self.storage.gate.wait(60)
            self.storage.waiting -= 1
            data = self.file.read(size)
            self.storage.given += len(data)
            return bytes(len(data)) if self.storage.lies else data

        def __enter__(self) -> Storage.File:
            return self

        def __exit__(self, *_: object) -> None:
            self.file.close()

        @property
        def closed(self) -> bool:
            return self.file.closed


def test_of_an_archive_only_what_is_read_is_made(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    cast, storage = make_cast(), Storage(monkeypatch)
    image, reader = large_picture(cast.ana), Reader(port, cast.ana)
    answer = reader.pack(image)
    kept_by_kernel = 8 * 2**20  # what a socket of the loopback may hold, at both ends
    assert not wait_for(lambda: storage.given > 2 * limits.STREAM_BUFFER + kept_by_kernel, seconds=2)
    before = storage.given
    data = answer.read(SIZE // 2)
    assert wait_for(lambda: storage.given > before + SIZE // 4)
    data += answer.read()
    assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None
    assert wait_for(lambda: storage.files[0].closed)


def test_a_storage_that_does_not_answer_holds_up_no_page(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    cast, storage = make_cast(), Storage(monkeypatch)
    image = large_picture(cast.ana)
    readers = [Reader(port, person) for person in (cast.ana, cast.ben, cast.lea)]  # more than make archives
    storage.gate.clear()
    answers = [reader.pack(image) for reader in readers]
    assert wait_for(lambda: storage.waiting == limits.STREAM_THREADS)
    for _ in range(4):
        assert Reader(port, cast.cy).get("/library").status == 200
    storage.gate.set()
    for answer in answers:
        assert zipfile.ZipFile(io.BytesIO(answer.read())).testzip() is None


def test_no_reader_is_given_up_for_a_slow_storage(impatient: None, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    cast, storage = make_cast(), Storage(monkeypatch)
    image, reader = large_picture(cast.ana), Reader(port, cast.ana)
    storage.gate.clear()
    answer = reader.pack(image)
    assert wait_for(lambda: storage.waiting)
    assert not wait_for(lambda: storage.files[0].closed, seconds=5)
    storage.gate.set()
    assert zipfile.ZipFile(io.BytesIO(answer.read())).testzip() is None


def test_an_archive_that_cannot_be_made_to_its_end_breaks_off(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    cast, storage = make_cast(), Storage(monkeypatch)
    image, reader = large_picture(cast.ana), Reader(port, cast.ana)
    storage.lies = True
    answer = reader.pack(image)
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        answer.read()
    storage.lies = False
    assert wait_for(lambda: Reader(port, cast.ana).pack(image).status == 200)


def test_a_reader_who_leaves_while_a_piece_is_made_lets_go_of_the_download(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast, storage = make_cast(), Storage(monkeypatch)
    image, reader = large_picture(cast.ana), Reader(port, cast.ana)
    answer = reader.pack(image)
    answer.read(2**20)
    storage.gate.clear()
    reader.line.close()
    answer.close()
    storage.gate.set()
    assert wait_for(lambda: storage.files[0].closed)
    assert wait_for(lambda: Reader(port, cast.ana).pack(image).status == 200)
