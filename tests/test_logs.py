"""What is logged: a line for each run, pause, take-over and request, by ids and without words or keys."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from generations import tasks
from generations.models import queue
from generations.models.key import now
from imageweb.logs import AsJson, WithoutSecrets
from tests.support.cast import Cast, change, make_batch
from tests.support.orders import ask, make_model_at
from tests.support.scripted import Wire, answers
from tests.support.upstream import Reply
from tests.test_settings import start

KEY = "sk-of-the-tests-0123456789"


@pytest.fixture
def lines() -> object:
    """What is written by LOG_FORMAT=json, read again."""
    written: list[dict[str, object]] = []

    class Reader(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(json.loads(AsJson().format(record)))

    handler = Reader()
    handler.addFilter(WithoutSecrets())
    loggers = logging.getLogger(), logging.getLogger("imageweb.requests")
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel("INFO")
    loggers[0].addHandler(handler)
    yield written
    loggers[0].removeHandler(handler)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@pytest.mark.django_db(transaction=True)
def test_a_refused_key_is_a_line_for_the_run_and_one_for_the_pause(
    wire: Wire, notified: list[int], lines: list[dict[str, object]]
) -> None:
    generation = ask("a violet harbour", make_model_at())
    provider = generation.model.provider
    wire.fates.append(answers(Reply(401, f'{{"error": {{"message": "wrong key {KEY}"}}}}'.encode())))
    tasks.generate(generation.pk)
    ours = [line for line in lines if str(line["logger"]).startswith("generations")]
    [paused, ended] = sorted(ours, key=lambda line: "outcome" in line)
    assert (paused["kind"], ended["outcome"]) == ("key_refused", "key_refused")
    assert {line["provider"] for line in (paused, ended)} == {provider.key}
    assert ended["generation"] == generation.key
    assert {line["level"] for line in (paused, ended)} == {"INFO"}
    assert "harbour" not in json.dumps(lines) and KEY not in json.dumps(lines)


@pytest.mark.django_db(transaction=True)
def test_a_take_over_is_a_line(notified: list[int], lines: list[dict[str, object]]) -> None:
    generation = ask("a violet harbour", make_model_at())
    change(generation, state="running", claim="c", claim_until=now(seconds=-1), claimed_by="host:1:a", claims=1)
    queue.reclaim_lapsed()
    [line] = [line for line in lines if "worker" in line]
    assert (line["generation"], line["worker"], line["level"]) == (generation.key, "host:1:a", "INFO")


def test_a_request_is_a_line_with_its_id_and_no_words(
    cast: Cast, signed_in: Callable[..., Client], lines: list[dict[str, object]]
) -> None:
    batch = make_batch(cast.ana, prompt="a violet harbour")
    answer = signed_in(cast.ana).get(f"/b/{batch.key}?q=harbour")
    [line] = [line for line in lines if line["logger"] == "imageweb.requests"]
    about = {name: line[name] for name in ("method", "route", "key", "status", "person", "request")}
    wanted = {"method": "GET", "route": "batch", "key": batch.key, "status": 200, "person": cast.ana.pk}
    assert about == wanted | {"request": answer["X-Request-ID"]}
    assert "harbour" not in json.dumps(lines)


def test_a_link_s_token_is_not_in_the_line(db: None, client: Client, lines: list[dict[str, object]]) -> None:
    client.get("/s/abcdefghijklmnopqrstuvwx")
    assert "abcdefghijkl" not in json.dumps(lines)
    assert [line["route"] for line in lines if line["logger"] == "imageweb.requests"] == ["shared"]


SECRET = "d3z2wr-0f1e2d3c4b5a69788796a5b4c3d2e1f0"
OPENED_BY_A_SECRET = [
    f"/accounts/password/reset/key/1-{SECRET}/",
    f"/accounts/confirm-email/MQ:{SECRET}:{SECRET}/",
    f"/welcome/{SECRET}:{SECRET}",
    f"/unsubscribe/eyJ0.{SECRET}:{SECRET}",
    f"/join/{SECRET}",
    f"/s/{SECRET}",
    f"/s/{SECRET}/k7f3abcdefgh/file",
    f"/c/{SECRET}",
    f"/b/{SECRET}",
]


@pytest.mark.parametrize("path", OPENED_BY_A_SECRET)
@pytest.mark.parametrize("breaks", [False, True])
def test_no_address_that_opens_something_is_in_any_line(
    db: None,
    client: Client,
    lines: list[dict[str, object]],
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    path: str,
    breaks: bool,
) -> None:
    """Neither as it is asked for, nor in the line that says what broke, waits or was refused."""
    if breaks:
        client.raise_request_exception = False
        monkeypatch.setattr("django.middleware.csrf.CsrfViewMiddleware.process_view", lambda *_: 1 / 0)
    client.get(path)
    logging.getLogger("generations").warning("a form to %r was refused", path)
    logging.getLogger("generations").info("a line", extra={"fields": {"address": f"http://localhost{path}"}})
    written = json.dumps([line for line in lines if not path.startswith("/b/") or "route" in line])
    assert written.count("imageweb.requests") == 1 and SECRET not in written


@pytest.mark.parametrize(
    ("proxies", "given", "is_taken"),
    [(1, "4bf92f3577b34da6", True), (0, "4bf92f3577b34da6", False), (1, "a\nb" * 9, False), (1, "x" * 65, False)],
)
def test_the_id_of_a_proxy_is_taken_where_it_is_trusted(
    client: Client, settings: Settings, proxies: int, given: str, is_taken: bool
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    number = client.get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"]
    assert (number == given) is is_taken
    assert is_taken or re.fullmatch(r"e-[0-9a-f]{12}", number)


def test_of_an_exception_only_its_type_and_place_are_written() -> None:
    try:
        raise ValueError("a violet harbour")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "it broke", (), sys.exc_info())
    WithoutSecrets().filter(record)
    line = json.loads(AsJson().format(record))
    assert line["exception"] == "ValueError"
    assert "test_logs.py" in line["raised"][0]
    assert "harbour" not in json.dumps(line)


@pytest.mark.slow
@pytest.mark.parametrize(("level", "is_written"), [("INFO", True), ("WARNING", False)])
def test_the_level_is_the_worker_s_too(tmp_path: object, level: str, is_written: bool) -> None:
    code = (
        "import os, django, logging; os.environ['DJANGO_SETTINGS_MODULE'] = 'imageweb.settings'; django.setup();"
        "from imageweb.celery import app; app.log.setup(loglevel='WARNING');"
        "print(*(logging.getLogger(name).isEnabledFor(logging.INFO) for name in ('generations', 'celery.app.trace')))"
    )
    assert start(tmp_path, code, LOG_LEVEL=level).stdout.split() == [str(is_written), "False"]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("level", ["INFO", "WARNING", "ERROR"])
def test_the_level_is_that_of_every_line(tmp_path: object, form: str, level: str) -> None:
    code = (
        "import os, django, logging; os.environ['DJANGO_SETTINGS_MODULE'] = 'imageweb.settings'; django.setup();"
        "from django.conf import settings; names = [*settings.LOGGING['loggers'], '', 'django.security.csrf', 'x'];"
        "[logging.getLogger(name).log(number, level) for name in names"
        " for level, number in (('INFO', 20), ('WARNING', 30), ('ERROR', 40))]"
    )
    written = start(tmp_path, code, LOG_LEVEL=level, LOG_FORMAT=form).stderr.splitlines()
    levels = {json.loads(line)["level"] if form == "json" else line.split()[2] for line in written}
    assert (
        levels
        == {"INFO", "WARNING", "ERROR"} - {"INFO": set(), "WARNING": {"INFO"}, "ERROR": {"INFO", "WARNING"}}[level]
    )
