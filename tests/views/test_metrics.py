"""What Prometheus scrapes: every number, for whom, and at what cost."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import DatabaseError
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from generations.models import Provider, Worker
from generations.models.audit_entry import record
from generations.models.key import now
from generations.models.tally import count_all, measure_stock
from generations.queries import metrics as measured
from tests.support.cast import Cast, change, make_batch, make_done, make_failed, make_model, make_provider

TOKEN = "a-token-of-the-tests"
Numbers = dict[tuple[str, frozenset[tuple[str, str]]], float]


def scraped(client: Client) -> Numbers:
    """Every sample by its name and labels."""
    text = client.get("/metrics").content.decode()
    families = text_string_to_metric_families(text)
    return {(each.name, frozenset(each.labels.items())): each.value for family in families for each in family.samples}


def of(numbers: Numbers, name: str, **labels: str) -> float | None:
    return numbers.get((name, frozenset(labels.items())))


def test_every_number_is_there(cast: Cast, client: Client) -> None:
    Worker.objects.create(name="app-1:7:1", slots=4)
    make_done(cast.ana, pictures=2)
    make_failed(cast.ana, kind="timed_out")
    change(make_batch(cast.ana).generations.get(), run_at=now(seconds=-90))
    change(make_batch(cast.ana).generations.get(), kind="rate_limited", charged="no", run_at=now(seconds=60))
    change(make_batch(cast.ana).generations.get(), state="running", claim="c", claim_until=now(seconds=60))
    record("sign_in_failed", cast.ana)
    record("backed_up", after={"whole": True})
    count_all(), measure_stock()
    numbers, model = scraped(client), {"provider": "Sandbox", "model": "gpt-image-1"}
    for state in ("queued", "running", "trying_again"):
        assert of(numbers, "imageweb_generations", **model, state=state) == 1
    assert 90 <= (of(numbers, "imageweb_oldest_waiting_seconds") or 0) < 120
    assert of(numbers, "imageweb_calls_total", **model, outcome="succeeded") == 1
    assert of(numbers, "imageweb_calls_total", **model, outcome="timed_out") == 1
    assert of(numbers, "imageweb_call_seconds_count", **model) == 2
    assert of(numbers, "imageweb_call_seconds_bucket", **model, le="+Inf") == 2
    assert of(numbers, "imageweb_pictures_drawn_total", **model) == 2
    assert of(numbers, "imageweb_pictures_kept") == 2
    assert (of(numbers, "imageweb_stored_bytes") or 0) > 0 and (of(numbers, "imageweb_free_bytes") or 0) > 0
    assert of(numbers, "imageweb_sign_in_failures_total", door="account") == 1
    assert (of(numbers, "imageweb_workers"), of(numbers, "imageweb_worker_slots")) == (1, 4)
    assert of(numbers, "imageweb_provider_paused", provider="Sandbox") == 0
    assert (of(numbers, "imageweb_provider_last_success_timestamp_seconds", provider="Sandbox") or 0) > 0
    assert (of(numbers, "imageweb_backup_timestamp_seconds") or 0) > 0
    assert of(numbers, "imageweb_check_problem", check="worker") == 0


def test_what_is_wrong_is_a_number_too(cast: Cast, client: Client) -> None:
    Provider.objects.update(paused_until=now(hours=1), pause_kind="key_refused")
    numbers = scraped(client)
    assert of(numbers, "imageweb_check_problem", check="worker") == 2
    assert of(numbers, "imageweb_check_problem", check="backup") == 1
    assert of(numbers, "imageweb_provider_paused", provider="Sandbox") == 1
    assert of(numbers, "imageweb_provider_paused_by_hand", provider="Sandbox") == 0
    assert of(numbers, "imageweb_backup_timestamp_seconds") is None


@pytest.mark.parametrize(
    "passed_on", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Proto", "X-Forwarded-Host"]
)
def test_a_proxy_on_this_machine_is_not_this_machine(cast: Cast, client: Client, passed_on: str) -> None:
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", headers={passed_on: "127.0.0.1"}).status_code == 404


@pytest.mark.parametrize(
    ("address", "status"),
    [("127.0.0.1", 200), ("127.8.8.8", 200), ("::1", 200), ("::ffff:127.0.0.1", 200), ("10.0.0.7", 404), ("", 404)],
)
def test_others_need_the_token(cast: Cast, client: Client, settings: Settings, address: str, status: int) -> None:
    assert client.get("/metrics", REMOTE_ADDR=address).status_code == status
    settings.METRICS_TOKEN = TOKEN
    if status != 200:
        refused = client.get("/metrics", REMOTE_ADDR=address)
        assert (refused.status_code, refused["WWW-Authenticate"]) == (401, "Bearer")
    for wrong in (TOKEN, f"Bearer {TOKEN}x", "Bearer ", "Bearer é", f"Basic {TOKEN}"):
        answer = client.get("/metrics", REMOTE_ADDR="10.0.0.7", headers={"Authorization": wrong})
        assert answer.status_code == 401
    given = {"Authorization": f"Bearer {TOKEN}", "X-Forwarded-For": "10.0.0.7"}
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.7", headers=given).status_code == 200


def test_an_empty_token_opens_nothing(cast: Cast, client: Client) -> None:
    for given in ("Bearer ", "Bearer", ""):
        assert client.get("/metrics", REMOTE_ADDR="10.0.0.7", headers={"Authorization": given}).status_code == 404


def test_hostile_names_break_no_line(cast: Cast, client: Client) -> None:
    odd = 'a"b\\c\n# TYPE x counter\n{}'
    make_failed(cast.ana, model=make_model(odd, make_provider(odd[:70], "https://g.example/v1")))
    make_batch(cast.ana, model=cast.model)
    count_all()
    numbers = scraped(client)
    assert of(numbers, "imageweb_calls_total", provider=odd[:70], model=odd, outcome="cut") == 1
    assert not [name for name, _labels in numbers if not name.startswith("imageweb_")]


def test_a_scrape_costs_the_same_however_much_there_is(
    cast: Cast, client: Client, queries_of: Callable[[Callable[[], object]], int]
) -> None:
    make_done(cast.ana)
    count_all()
    few = queries_of(lambda: client.get("/metrics"))
    for n in range(5):
        model = make_model(f"m{n}", make_provider(f"P{n}", f"https://p{n}.example/v1"))
        make_done(cast.ana, model=model), make_failed(cast.ana, model=model), make_batch(cast.ana, model=model)
        Worker.objects.create(name=f"app-1:{n}:1", slots=4)
    count_all()
    assert queries_of(lambda: client.get("/metrics")) <= few
    assert few < 40


def test_a_part_that_cannot_be_had_leaves_the_others(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> object:
        raise DatabaseError

    monkeypatch.setattr(measured, "all_tallies", away)
    text = client.get("/metrics").content.decode()
    assert "imageweb_calls" not in text and "imageweb_check_problem" in text


def test_the_format_is_the_one_that_is_asked_for(cast: Cast, client: Client) -> None:
    plain = client.get("/metrics")
    assert plain["Content-Type"].startswith("text/plain") and "no-store" in plain["Cache-Control"]
    asked = client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert asked["Content-Type"].startswith("application/openmetrics-text") and asked.content.endswith(b"# EOF\n")
    assert re.search(r"^# HELP imageweb_calls\b", asked.content.decode(), re.MULTILINE)
