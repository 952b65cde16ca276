"""Slow readers of large files, over real sockets and the whole application: they hold no thread that answers others."""

from __future__ import annotations

import http.client
import io
import socket
import threading
import zipfile
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import Settings

from generations.models import Image, Person, StoredFile
from imageweb.server import Server
from imageweb.wsgi import application
from tests.support.cast import make_cast, make_done, make_person
from tests.support.worker import wait_for

pytestmark = [pytest.mark.django_db(transaction=True)]
SIZE = 40 * 2**20
"""More than the 16 MB above which waitress holds the thread that writes, and than the kernel buffers."""


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
