"""The status page: every part with its sentence, workers, providers, and what failed."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.test import Client

from generations.models import Provider, Worker
from generations.models.key import now
from tests.support.cast import Cast, change, make_attempt, make_batch, make_done, make_failed, make_model, make_provider

SignIn = Callable[..., Client]


def page_of(client: Client) -> str:
    return client.get("/status").content.decode()


def test_it_says_what_is_wrong_first_and_what_to_do(cast: Cast, signed_in: SignIn) -> None:
    sam = signed_in(cast.sam)
    page = page_of(sam)
    assert "No worker has been heard yet, so nothing is drawn." in page.partition("<table")[0]
    assert "Start the worker" in page and " not work" in page
    Worker.objects.create(name="app-1:4121:17", slots=4, started_at=now(hours=-2))
    page = page_of(sam)
    assert "app-1, process 4121" in page and "0 of 4 slots are busy" in page
    assert "No backup is on record." in page and "manage.py backup" in page


def test_workers_and_providers_as_they_are(cast: Cast, signed_in: SignIn) -> None:
    Worker.objects.create(name="app-1:4121:17", slots=2)
    running = make_batch(cast.ana).generations.get()
    change(running, state="running", claim="c", claim_until=now(seconds=60), claimed_by="app-1:4121:17")
    make_done(cast.ana)
    make_failed(cast.ana)
    gateway = make_provider("Gateway <b>", "https://gateway.example/v1")
    make_model("flux", gateway)
    Provider.objects.filter(pk=gateway.pk).update(paused_until=now(hours=1), pause_kind="key_refused")
    page = page_of(signed_in(cast.sam))
    assert "1 of 2 slots are busy" in page and page.count('<i class="is-busy"') == 1
    assert re.search(r">\s*1 of 2\s*<", page), "failed within an hour"
    assert "Gateway &lt;b&gt;" in page and "<b>is paused" not in page
    assert 'The connection was lost</span><span class="exchange__end"><span>1 call</span>' in page


def test_the_report_names_nobody_and_no_key(cast: Cast, signed_in: SignIn) -> None:
    make_failed(cast.ana, kind="key_refused")
    Worker.objects.create(name="app-1:4121:17", slots=2)
    page = page_of(signed_in(cast.sam))
    report = page.partition('<pre id="report" hidden>')[2].partition("</pre>")[0]
    assert "1 × key_refused within a day" in report and "worker: ok." in report
    assert [name for name in ("app-1", "Sandbox", "ana", "sk-of", "sqlite3") if name in report] == []


def test_a_poll_gets_the_parts_and_what_stands_in_the_margin(cast: Cast, signed_in: SignIn) -> None:
    answer = signed_in(cast.sam, htmx=True).get("/status")
    page = answer.content.decode()
    assert "<html" not in page and 'id="status"' in page
    assert page.count("hx-swap-oob") == 2 and "HX-Request" in answer["Vary"]


def test_more_rows_cost_the_page_no_more_queries(
    cast: Cast, signed_in: SignIn, queries_of: Callable[[Callable[[], object]], int]
) -> None:
    client = signed_in(cast.sam)
    Worker.objects.create(name="app-1:4121:17", slots=2)
    make_done(cast.ana)
    make_failed(cast.ana)
    few = queries_of(lambda: client.get("/status"))
    for n in range(6):
        Worker.objects.create(name=f"app-1:5{n}:17", slots=2)
        model = make_model(f"m{n}", make_provider(f"P{n}", f"https://p{n}.example/v1"))
        make_done(cast.ana, model=model)
        make_attempt(make_batch(cast.ana, model=model).generations.get(), kind="timed_out")
    assert queries_of(lambda: client.get("/status")) == few


def test_the_menu_leads_there_for_staff_alone(cast: Cast, signed_in: SignIn) -> None:
    assert 'href="/status"' in signed_in(cast.sam).get("/library").content.decode()
    assert 'href="/status"' not in signed_in(cast.lea).get("/library").content.decode()
