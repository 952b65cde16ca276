"""A provider's key goes into calls and nowhere else: an upstream that says it back leaves no trace of it."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client

from generations import tasks
from generations.models import Generation, Person, Provider
from generations.models.adoption import load_catalogue
from generations.models.key import new_token
from generations.sandbox.server import server
from generations.submit import Order, submit
from imageweb.logs import WithoutSecrets, without_secrets
from tests.support.orders import ask, fresh, make_model_at
from tests.support.scripted import Wire, answers
from tests.support.upstream import Reply

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "sk-violet-harbour/92+lantern=four"
MARKS = ("[[echo]]", "[[401]] [[echo]]", "[[text]] [[echo]]")


@pytest.fixture
def upstream() -> Iterator[str]:
    with server("127.0.0.1", 0, 0) as served:
        thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{served.server_port}/v1"
        served.shutdown()
        thread.join()


@pytest.fixture
def provider(upstream: str) -> Provider:
    provider = Provider(name="Echo", base_url=upstream)
    provider.set_secret(KEY)
    provider.save()
    load_catalogue(provider, ["gpt-4o-image", "dall-e-2"])
    return provider


@pytest.fixture
def staff() -> Person:
    return Person.objects.create(username="sam", email="sam@example.test", is_staff=True, is_superuser=True)


@pytest.mark.parametrize("mark", MARKS)
def test_an_upstream_that_says_the_key_back_leaves_no_trace(
    provider: Provider, staff: Person, client: Client, caplog: pytest.LogCaptureFixture, mark: str
) -> None:
    caplog.set_level(logging.DEBUG)
    batch = submit(Order(staff, f"A lake {mark}", tuple(provider.models.all()[:1])))
    tasks.generate(batch.generations.first().pk)
    assert not Generation.objects.unfinished().exists()
    client.force_login(staff)
    pages = [batch.get_absolute_url(), "/", f"/admin/generations/provider/{provider.pk}/change/"]
    for generation in batch.generations.all():
        pages.append(f"/g/{generation.key}/exchange")
        pages.extend(f"/admin/generations/attempt/{attempt.pk}/change/" for attempt in generation.attempts.all())
    everything = "\n".join([*(client.get(page).content.decode() for page in pages), caplog.text, rows(), files()])
    assert "A lake" in everything
    for trace in (KEY, KEY[3:], "c2stdmlvbGV0LWhhcmJvdXI"):
        assert trace not in everything


@pytest.mark.parametrize("key", ["content", "reasoning_content", "error"])
def test_a_key_that_a_stream_says_in_pieces_leaves_no_trace(wire: Wire, notified: list[int], key: str) -> None:
    model = make_model_at()
    model.provider.set_secret(KEY)
    model.provider.save()
    pieces = ("Wrong key ", KEY[:9], KEY[9:20], KEY[20:], ".")
    said = [{"choices": [{"delta": {"content" if key == "error" else key: piece}}]} for piece in pieces]
    last = {"error": {"message": "boom"}} if key == "error" else {"choices": [{"delta": {}, "finish_reason": "stop"}]}
    body = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in [*said, last]).encode()
    wire.fates.append(answers(Reply(200, body, {"content-type": "text/event-stream"})))
    generation = ask("A lake", model)
    tasks.generate(generation.pk)
    assert fresh(generation).state == "failed"
    assert "Wrong key" in rows()
    assert KEY not in rows()


def test_a_log_line_loses_what_looks_like_a_key() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "calling with %s", ("Bearer abc123def456",), None)
    WithoutSecrets().filter(record)
    assert "abc123" not in record.getMessage()
    for line in ("key sk-abcdefgh12345678", "GET /v1?key=abcdef123", "redis://me:pass@host/0"):
        clean = without_secrets(line)
        assert "•••" in clean and not any(part in clean for part in ("abcdef", "pass@"))


def test_a_traceback_loses_what_looks_like_a_key() -> None:
    try:
        raise ValueError("no header for sk-abcdefgh12345678")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "it broke", (), sys.exc_info())
    WithoutSecrets().filter(record)
    line = logging.Formatter().format(record)
    assert "no header for •••" in line and "abcdefgh" not in line


def test_the_key_is_sealed_and_another_secret_key_does_not_open_it(provider: Provider, settings: Any) -> None:
    assert KEY not in rows() and provider.secret == KEY
    settings.SECRET_KEY, before = "another", settings.SECRET_KEY
    with pytest.raises(ValueError, match="SECRET_KEY_FALLBACKS"):
        _ = provider.secret
    settings.SECRET_KEY_FALLBACKS = [before]
    assert provider.secret == KEY


def rows() -> str:
    """Every value of every table, as text."""
    values = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                values += [
                    bytes(v).decode("utf-8", "replace") if isinstance(v, bytes | memoryview) else str(v) for v in row
                ]
    return "\n".join(values)


def files() -> str:
    """Every stored file, as text."""
    root = Path(default_storage.path(""))
    return "\n".join(path.read_bytes().decode("utf-8", "replace") for path in root.rglob("*") if path.is_file())


def test_the_token_of_a_share_link_is_in_no_log() -> None:
    token = new_token()
    said = without_secrets(f"GET 'http://images.example/s/{token}/k7f3k7f3k7f3/640' broke")
    assert token not in said and said == "GET 'http://images.example/s/•••/k7f3k7f3k7f3/640' broke"
