"""A bucket over HTTP, as far as S3's clients of ours speak to it: put, get, delete and list."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

import pytest
from botocore.config import Config
from django.core.files.storage import storages
from pytest_django import Settings

from generations.models import storage

NAME = "pictures"


class Bucket:
    """Its objects by key. `stops_after`: so many objects are taken, then no request is answered any more. `fault`: what
    becomes of an object that is fetched, "cut", "silent", "dripping" or "refused"; its head is answered. "slow
    header": no answer about an object gets to the end of its header. `fetched`: the keys in the order in which they
    were."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.address = ""
        self.stops_after: int | None = None
        self.is_stopped = Event()
        self.is_over = Event()
        self.fault = ""
        self.fetched: list[str] = []

    @property
    def environment(self) -> dict[str, str]:
        """What names it to an installation."""
        keys = {"STORAGE_ACCESS_KEY": "anybody", "STORAGE_SECRET_KEY": "anything", "STORAGE_REGION": "here-1"}
        return {"STORAGE_BUCKET": NAME, "STORAGE_ENDPOINT": self.address, **keys}


def lie_in(bucket: Bucket, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the pictures of this process lie there."""
    where = {"bucket_name": NAME, "endpoint_url": bucket.address, "access_key": "a", "secret_key": "b"}
    options = where | {
        "region_name": "here-1",
        "client_config": Config(read_timeout=1, retries={"total_max_attempts": 1}),
    }
    settings.STORAGES = settings.STORAGES | {"tested": {"BACKEND": "imageweb.bucket.Bucket", "OPTIONS": options}}
    settings.STORAGE_BUCKET = NAME
    monkeypatch.setattr(storage, "default_storage", storages["tested"])


@contextmanager
def bucket_server() -> Iterator[Bucket]:
    """An empty bucket on a free port."""
    bucket = Bucket()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        @property
        def key(self) -> str:
            return unquote(urlsplit(self.path).path).removeprefix(f"/{NAME}").lstrip("/")

        @property
        def is_left(self) -> bool:
            """Whether who asks has gone: what a killed process had sent is not stored when the test is further on."""
            try:
                return not self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
            except BlockingIOError:
                return False
            except ConnectionError:
                return True

        def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
            if self.key and bucket.fault == "slow header":
                self.drip(b"HTTP/1.1 200 OK\r\nX-Padding: " + bytes([46]) * 10_000)
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            if self.command != "HEAD":
                self.send(body)

        def send(self, body: bytes) -> None:
            if self.command != "GET" or not self.key or not bucket.fault:
                self.wfile.write(body)
                return
            self.wfile.write(body[:10])
            self.close_connection = True
            if bucket.fault == "dripping":
                self.drip(body[10:])
            with suppress(OSError):
                if bucket.fault == "silent":
                    self.rfile.read(1)

        def drip(self, data: bytes) -> None:
            """A byte at a time, until nobody reads on."""
            self.close_connection = True
            with suppress(OSError):
                for number in range(len(data)):
                    self.wfile.write(data[number : number + 1])
                    bucket.is_over.wait(0.2)

        def do_PUT(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            if bucket.stops_after is not None and len(bucket.objects) >= bucket.stops_after:
                bucket.is_stopped.set()
                self.rfile.read(1)
                return
            if self.is_left:
                return
            bucket.objects[self.key] = data
            self.answer(200, ETag=f'"{hashlib.md5(data).hexdigest()}"')

        def do_DELETE(self) -> None:
            bucket.objects.pop(self.key, None)
            self.answer(204)

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            if not self.key:
                self.answer(200, listed(bucket.objects, parse_qs(urlsplit(self.path).query)), Content_Type="text/xml")
            elif (data := bucket.objects.get(self.key)) is None:
                self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>" if self.command == "GET" else b"")
            elif self.command == "GET" and bucket.fault == "refused":
                bucket.fetched.append(self.key)
                self.answer(503)
            else:
                if self.command == "GET":
                    bucket.fetched.append(self.key)
                when = "Mon, 01 Jun 2026 00:00:00 GMT"
                self.answer(200, data, ETag=f'"{hashlib.md5(data).hexdigest()}"', Last_Modified=when)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        bucket.address = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield bucket
        finally:
            bucket.is_over.set()
            server.shutdown()


def listed(objects: dict[str, bytes], query: dict[str, list[str]]) -> bytes:
    """The keys below a prefix, those behind a further delimiter as one folder."""
    prefix, delimiter = (query.get(name, [""])[0] for name in ("prefix", "delimiter"))
    inside = [key for key in sorted(objects) if key.startswith(prefix)]
    folders = {prefix + key[len(prefix) :].split(delimiter)[0] + delimiter for key in inside
               if delimiter and delimiter in key[len(prefix) :]}  # fmt: skip
    plain = [key for key in inside if not any(key.startswith(folder) for folder in folders)]
    contents = "".join(
        f"<Contents><Key>{escape(key)}</Key><Size>{len(objects[key])}</Size>"
        "<LastModified>2026-06-01T00:00:00.000Z</LastModified></Contents>"
        for key in plain
    )
    common = "".join(f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>" for name in sorted(folders))
    return f"<ListBucketResult><IsTruncated>false</IsTruncated>{contents}{common}</ListBucketResult>".encode()
