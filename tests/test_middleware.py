"""Bodies that are too large are refused before a byte of them is kept; pages go out compressed."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from unittest.mock import Mock
from urllib.parse import urlencode

import pytest
from django.test import Client, RequestFactory

from generations.urls import urlpatterns
from imageweb import asgi, wsgi
from imageweb.server.limits import TAKE_FILES
from tests.support.cast import Cast, make_done

SignIn = Callable[..., Client]
MB = 2**20
MULTIPART = "multipart/form-data; boundary=x"


def announce(client: Client, path: str, length: int) -> int:
    """The status of a request that says it is this long, and whether anything was read of it."""
    body = BytesIO(b"--x--")
    answer = client.generic(
        "POST", path, b"", content_type=MULTIPART, **{"wsgi.input": body, "CONTENT_LENGTH": str(length)}
    )
    if answer.status_code == 413:
        assert body.tell() == 0
    return answer.status_code


@pytest.mark.parametrize("path", ["/accounts/login/", "/theme", "/admin/login/", "/library/save", "/compose"])
def test_nobody_without_an_account_brings_files(db: None, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies["imageweb_csrf"] = "a" * 32
    assert announce(client, path, 300 * MB) == 413


@pytest.mark.parametrize("path", ["/compose", "/compose/preview", "/references"])
def test_files_are_brought_where_pictures_are(cast: Cast, signed_in: SignIn, settings: object, path: str) -> None:
    client = signed_in(cast.ana)
    assert announce(client, path, settings.MAX_UPLOAD_BYTES) != 413
    assert announce(client, path, settings.MAX_UPLOAD_BYTES + 2 * MB) == 413


def test_elsewhere_only_fields_are_read(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.ana)
    assert announce(client, "/draft", MB // 2) != 413
    assert announce(client, "/draft", 2 * MB) == 413


@pytest.mark.parametrize("length", ["-1", "x", "", "9" * 5000])
def test_an_odd_length_breaks_nothing(db: None, length: str) -> None:
    answer = Client().generic("POST", "/theme", b"", CONTENT_LENGTH=length)
    assert answer.status_code in (302, 400, 413)


def test_pages_travel_compressed_and_pictures_as_they_are(cast: Cast, signed_in: SignIn) -> None:
    client, image, taken = signed_in(cast.ana), make_done(cast.ana).images.get(), {"Accept-Encoding": "gzip, br"}
    assert client.get("/", headers=taken)["Content-Encoding"] == "gzip"
    original = client.get(image.original_url, headers=taken)
    assert "Content-Encoding" not in original and int(original["Content-Length"]) == image.file.size


def test_every_door_for_files_is_an_address() -> None:
    assert {getattr(pattern, "name", "") for pattern in urlpatterns} >= TAKE_FILES


@pytest.mark.parametrize("said", ["charset=unicode_escape", "charset=hex", "charset=undefined", "charset*=no''x"])
def test_every_request_is_read_as_utf_8_whatever_it_says(db: None, said: str) -> None:
    # Read as it says, these bring half characters to pages and database, or an error that nothing catches.
    path, query = "/accounts/login/", urlencode({"next": r"/\ud800"})
    body = b'--x\r\nContent-Disposition: form-data; name="login"\r\n\r\na\\ud800\r\n--x--\r\n'
    asked = RequestFactory().get(path, QUERY_STRING=query).environ
    sent = RequestFactory().generic("POST", path, body, content_type=MULTIPART).environ
    for environ in (asked, sent):
        environ["CONTENT_TYPE"] = f"{environ.get('CONTENT_TYPE') or 'text/plain'}; {said}"
        start = Mock()
        wsgi.application(environ, start)
        assert start.call_args[0][0] in ("200 OK", "403 Forbidden")
    scope = {"path": path, "method": "GET", "query_string": asked["QUERY_STRING"].encode()}
    scope["headers"] = [(b"content-type", asked["CONTENT_TYPE"].encode())]
    for request in (wsgi.Request(asked), asgi.Request(scope, BytesIO())):
        assert request.GET["next"] == r"/\ud800"
