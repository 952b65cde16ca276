"""Whether it lives, and what it lacks."""

from __future__ import annotations

import pytest
from django.test import Client

from generations.models import Worker
from generations.models.key import now
from generations.models.storage import mark_storage
from tests.support.cast import Cast, change, make_batch


@pytest.fixture
def all_is_well(db: None) -> Worker:
    mark_storage()
    return Worker.objects.create(name="w", slots=1)


def test_the_process_says_ok(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_all_is_well(all_is_well: Worker, client: Client) -> None:
    answer = client.get("/healthz/ready")
    assert (answer.status_code, answer.json()["failing"]) == (200, [])
    assert answer.json()["warnings"] == ["backup", "scheduler", "providers"]
    assert answer.json()["worker"] == "ok" and answer.json()["backup"] == "No backup is on record."


def test_it_is_said_in_english_whatever_the_browser_asks(all_is_well: Worker, client: Client) -> None:
    answer = client.get("/healthz/ready", headers={"Accept-Language": "zh-CN"})
    assert answer.json()["backup"] == "No backup is on record."


def test_no_worker_is_named(all_is_well: Worker, client: Client) -> None:
    Worker.objects.update(heartbeat_at=now(seconds=-120))
    answer = client.get("/healthz/ready")
    assert (answer.status_code, answer.json()["failing"]) == (503, ["worker"])


def test_what_waits_too_long_is_named(all_is_well: Worker, client: Client, cast: Cast) -> None:
    change(make_batch(cast.ana).generations.get(), run_at=now(seconds=-900))
    answer = client.get("/healthz/ready")
    assert answer.json()["failing"] == ["queue"]
    assert "has waited for 15 minutes" in answer.json()["queue"]


def test_a_missing_volume_is_named(all_is_well: Worker, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generations.queries.health.data.is_marked", lambda: False)
    assert client.get("/healthz/ready").json()["failing"] == ["storage"]


def test_a_bucket_that_is_away_is_named(all_is_well: Worker, client: Client, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("away")
    answer = client.get("/healthz/ready")
    assert (answer.status_code, answer.json()["failing"]) == (503, ["storage"])
    assert "the storage does not answer" in answer.json()["storage"].lower()
