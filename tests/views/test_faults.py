"""Pages for what went wrong, and the rules every page keeps."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.db import DataError
from django.test import Client, RequestFactory

from generations.views.faults import server_error
from tests.support.cast import Cast, make_done

TEMPLATES = sorted(Path(project.BASE_DIR, "templates").rglob("*.html"))
FORBIDDEN = {
    "an inline style": r"\sstyle=",
    "an inline script": r"<script>|<script (?![^>]*src=)",
    "an event handler": r"\son[a-z]+=",
    "hx-on": r"hx-on",
    "a script in a value": r"js:|javascript:",
    "a trigger filter": r'hx-trigger="[^"]*\[',
    "trust in a text": r"\|safe\b|autoescape off",
}


def test_a_missing_page_says_so(cast: Cast, signed_in: Callable[..., Client]) -> None:
    answer = signed_in(cast.ana).get("/nothing/here")
    assert answer.status_code == 404
    assert "Page not found" in answer.content.decode()


@pytest.mark.parametrize(
    ("sent", "cause", "said"),
    [
        (
            {"HTTP_ORIGIN": "http://10.0.0.5:8000"},
            "origin",
            "The page was opened at http://10.0.0.5:8000",
        ),
        ({"cookies": False}, "cookies", "Your browser sent no cookie"),
        ({"token": "x" * 64}, "stale", "You signed in or out since it was opened."),
    ],
)
def test_a_form_that_is_refused_says_the_true_cause(
    cast: Cast, client: Client, sent: dict[str, Any], cause: str, said: str
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.ana)
    browser.get("/settings")
    token = browser.cookies["imageweb_csrf"].value
    if not sent.pop("cookies", True):
        del browser.cookies["imageweb_csrf"]
    answer = browser.post("/theme", {"csrfmiddlewaretoken": sent.pop("token", token), "theme": "dark"}, **sent)
    assert (answer.status_code, answer["Imageweb-Refused"]) == (403, cause)
    page = " ".join(answer.content.decode().split())
    assert said in page and (project.SITE_URL in page) is (cause == "origin")


def test_a_missing_page_tells_a_stranger_nothing_more(db: None, client: Client) -> None:
    answer = client.get("/nothing/here")
    assert answer.status_code == 404
    assert "your account" not in answer.content.decode()


def test_a_bug_of_ours_shows_a_code_that_is_in_the_log(
    cast: Cast, signed_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr("generations.views.studio.feed_for", broken)
    answer = signed_in(cast.ana, raise_request_exception=False).get("/")
    page = answer.content.decode()
    assert answer.status_code == 500
    assert "a secret" not in page
    assert answer["X-Request-ID"] in page
    assert answer["X-Request-ID"] in caplog.text


def test_the_last_page_has_brand_and_theme_without_the_database(rf: RequestFactory) -> None:
    page = server_error(rf.get("/", headers={"Cookie": "theme=dark"})).content.decode()
    assert 'data-theme="dark"' in page
    assert 'class="brand"' in page


@pytest.mark.parametrize("error", [RuntimeError, DataError])
def test_no_address_writes_a_line_of_its_own_into_the_log(
    cast: Cast,
    signed_in: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: type[Exception],
) -> None:
    def broken(*args: object) -> None:
        raise error

    monkeypatch.setattr("generations.access.batch_to_see", broken)
    signed_in(cast.ana, raise_request_exception=False).get("/b/x%0aERROR%20everything%20is%20lost")
    assert "everything is lost" in caplog.text
    assert not any(record.getMessage().count("\n") for record in caplog.records)


def test_every_answer_carries_the_policy(db: None, client: Client) -> None:
    for path in ("/accounts/login/", "/nothing", "/healthz"):
        policy = client.get(path)["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy


def test_no_template_needs_what_the_policy_forbids() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in TEMPLATES}
    assert len(texts) > 50
    assert [(path, name) for path in texts for name in FORBIDDEN if re.search(FORBIDDEN[name], texts[path])] == []


def test_what_the_database_does_not_take_is_a_bad_request(
    cast: Cast, signed_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")

    monkeypatch.setattr("generations.access.batch_to_see", refuse)
    assert signed_in(cast.ana).get("/b/a%00b").status_code == 400


@pytest.mark.parametrize("path", ["original", "thumbnail/320", "labelled", "clean"])
def test_a_file_of_a_storage_that_is_away_can_be_asked_for_again(
    cast: Cast, signed_in: Callable[..., Client], request: pytest.FixtureRequest, path: str
) -> None:
    image = make_done(cast.ana).generations.get().images.get()
    request.getfixturevalue("away")
    answer = signed_in(cast.ana).get(f"/i/{image.key}/{path}?download")
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "Picture storage is unavailable" in answer.content.decode()
    assert f'href="/i/{image.key}/{path}?download">Try again</a>' in answer.content.decode()
    assert "immutable" not in answer["Cache-Control"]


def test_the_page_of_a_picture_opens_while_the_storage_is_away(
    cast: Cast, signed_in: Callable[..., Client], request: pytest.FixtureRequest
) -> None:
    image = make_done(cast.ana).generations.get().images.get()
    request.getfixturevalue("away")
    assert signed_in(cast.ana).get(image.get_absolute_url()).status_code == 200
    said = signed_in(cast.ana).get(f"/i/{image.key}/explain").content.decode()
    assert said == "Picture storage is unavailable. Try again in a minute."
