"""The queue: who sees what of it, its lanes and lists, and each button exactly where its POST is allowed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import transaction
from django.test import Client

from generations.models import AuditEntry, Generation, Membership, Person, Provider, ProviderModel
from generations.models.hand_pause import pause_by_hand
from generations.models.key import now
from generations.presenters.queue import QueueSheet
from generations.queries import queue
from generations.queries.queue import counts
from generations.viewer import Viewer
from generations.web import retrying
from tests.support.cast import (
    Cast,
    change,
    make_batch,
    make_done,
    make_failed,
    make_generation,
    make_model,
    make_person,
    make_provider,
)

SignIn = Callable[..., Client]
LISTS = ("active", "again", "failed")
HOSTILE = (
    "\u202egnirts",
    "👩\u200d🎨" * 50,
    "a" + "\u0301" * 90,
    "{{ 7|add:7 }} {% now 'Y' %}",
    "x" * 5000,
    "日本 " * 40,
)


def make_running(person: Person, **fields: object) -> Generation:
    generation = make_batch(person, **fields).generations.get()
    change(generation, state="running", claim="c", claim_until=now(seconds=60), started_at=now(seconds=-65), percent=62)
    return generation


def make_trying(person: Person, **fields: object) -> Generation:
    generation = make_batch(person, **fields).generations.get()
    change(generation, kind="rate_limited", charged="no", run_at=now(seconds=60))
    return generation


def listed(client: Client, kind: str = "active") -> str:
    return client.get(f"/queue?show={kind}").content.decode()


def keys_in(page: str) -> set[str]:
    return set(re.findall(r'id="job-(\w+)"', page))


def test_staff_see_all_and_everybody_what_is_theirs_or_shown_to_their_team(cast: Cast, signed_in: SignIn) -> None:
    shown = [make_batch(cast.ana), make_batch(cast.ben)]
    hidden = [make_batch(cast.ana, visibility="private", prompt="A secret"), make_batch(cast.cy)]
    keys = [batch.generations.get().key for batch in (*shown, *hidden)]
    assert keys_in(listed(signed_in(cast.lea))) == set(keys[:2])
    assert keys_in(listed(signed_in(cast.ben))) == set(keys[:2])
    assert keys_in(listed(signed_in(cast.ana))) == set(keys[:3])
    page = listed(signed_in(cast.sam))
    assert keys_in(page) == set(keys)
    assert "A secret" not in page and "Private. Opening it is recorded." in page
    eli = make_person("eli", cast.cy.default_team(), role=Membership.Role.LEAD)
    assert keys_in(listed(signed_in(eli))) == {keys[3]}


def test_the_lists_say_how_each_is(cast: Cast, signed_in: SignIn) -> None:
    running, trying = make_running(cast.ana), make_trying(cast.ana)
    first, second = make_batch(cast.ben).generations.get(), make_batch(cast.ben).generations.get()
    failed = make_failed(cast.ana, kind="timed_out").generations.get()
    make_done(cast.ana)
    sam = signed_in(cast.sam)
    page = listed(sam)
    assert keys_in(page) == {each.key for each in (running, trying, first, second)}
    assert page.index(f"job-{running.key}") < page.index(f"job-{trying.key}"), "what runs comes first"
    assert "62%" in page and "Trying again" in page and "Queued, 1 before it" in page
    assert re.search(r">[1-9]:\d\d</time>", page), "it runs for a minute at least"
    assert keys_in(listed(sam, "again")) == {trying.key} and "data-remaining=" in listed(sam, "again")
    declined = make_failed(cast.ben, kind="declined").generations.get()
    page_of_failed = listed(sam, "failed")
    assert keys_in(page_of_failed) == {failed.key, declined.key}
    assert page_of_failed.count("tag--stop") == 1 and "The model declined this prompt" in page_of_failed
    sam.post(f"/g/{running.key}/cancel")
    assert "Cancelling" in listed(sam)
    assert keys_in(listed(sam, "nonsense")) == keys_in(listed(sam))


def test_a_list_says_that_more_wait_only_if_more_do(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "MAX_JOBS", 2)
    client = signed_in(cast.ana)
    make_batch(cast.ana)
    make_batch(cast.ana)
    assert len(keys_in(page := listed(client))) == 2 and "More wait than are listed" not in page
    make_batch(cast.ana)
    assert len(keys_in(page := listed(client))) == 2 and "More wait than are listed" in page


def test_a_lane_has_its_slots_its_pause_and_its_failures(cast: Cast, signed_in: SignIn) -> None:
    Provider.objects.update(running_limit=4)
    gateway = make_provider("Gateway", "https://gateway.example/v1")
    flux = make_model("flux", gateway)
    for make in (make_running, make_batch, make_failed, make_done):
        make(cast.ana, model=cast.model)
    make_batch(cast.ben, model=flux)
    Provider.objects.filter(pk=gateway.pk).update(paused_until=now(hours=1), pause_kind="key_refused")
    lanes = {row.name: row for row in QueueSheet(Viewer(cast.sam), "active").lanes}
    drawn = lanes["gpt-image-1"]
    assert (drawn.slots, drawn.said) == (["is-busy", "", "", ""], "1 of 4 slots of the provider")
    assert (drawn.lane.waiting, drawn.failed, drawn.median) == (1, "1 of 2", "9 s")
    assert lanes["flux"].state == ("stop", "Paused") and lanes["flux"].lane.waiting == 1
    page = listed(signed_in(cast.sam))
    assert "Held by a pause" in page and page.count("Paused until") == 1
    assert f"/providers/{gateway.key}/resume" in page
    assert QueueSheet(Viewer(cast.lea), "active").lanes[0].others is None, "a lead knows their team's alone"
    assert "/resume" not in listed(signed_in(cast.lea))


def test_models_of_one_name_are_told_apart(cast: Cast, signed_in: SignIn) -> None:
    make_done(cast.ana)
    make_batch(cast.ben, model=make_model("gpt-image-1", make_provider("Gateway", "https://gateway.example/v1")))
    assert listed(signed_in(cast.ana)).count("<bdi>gpt-image-1 (Gateway)</bdi>") == 2, "its lane and its generation"


def test_a_designer_reads_why_it_waits_and_pauses_nothing(cast: Cast, signed_in: SignIn) -> None:
    batch, other = make_batch(cast.ana), make_model("seedream-9", make_provider("Ark", "https://ark.example/v1"))
    other.teams.add(cast.cy.default_team())
    Provider.objects.update(paused_until=now(hours=1), pause_kind="key_refused")
    ana = signed_in(cast.ana)
    page = listed(ana)
    assert page.count("Paused until") == 1 and "Held by a pause" in page
    assert "seedream-9" not in page, "a model of another team"
    assert "/resume" not in page and "/pause" not in page
    assert f'action="/g/{batch.generations.get().key}/cancel"' in page
    assert f'action="/g/{batch.generations.get().key}/cancel"' not in listed(signed_in(cast.ben))
    assert re.search(r'id="lamp"[^>]*href="/queue"', ana.get("/library").content.decode())


def test_a_lane_is_paused_by_hand_and_its_authors_read_why(cast: Cast, signed_in: SignIn) -> None:
    batch, sam, ana = make_batch(cast.ana), signed_in(cast.sam), signed_in(cast.ana)
    path = f"/models/{cast.model.key}"
    assert f'action="{path}/pause"' in listed(sam) and f"{path}/pause" not in listed(signed_in(cast.lea))
    assert sam.post(f"{path}/pause", {"here": "/queue", "reason": "Budget <b>"}).url == "/queue"
    page = listed(sam)
    assert page.count("Paused by hand") == 2 and "Budget &lt;b&gt;" in page and f'action="{path}/pause"' not in page
    assert "nothing fails. “Budget &lt;b&gt;”" in ana.get(batch.get_absolute_url()).content.decode()
    assert "was paused already" in sam.post(f"{path}/pause", follow=True).content.decode()
    gateway = cast.model.provider
    sam.post(f"/providers/{gateway.key}/pause")
    shown = sam.get(f"/providers/{gateway.key}").content.decode()
    assert "Sam paused Sandbox on " in shown and "Resume now" in shown and 'id="pause"' not in shown
    assert "1 provider was paused by an administrator." in sam.get("/status").content.decode()
    assert f"/providers/{gateway.key}/resume" in listed(sam)
    for address in (f"/providers/{gateway.key}", path):
        sam.post(f"{address}/resume")
    assert "Paused" not in listed(sam)
    make_trying(cast.ana)
    sam.post(f"{path}/pause")
    assert "retry automatically" not in ana.get("/").content.decode()


def test_all_is_paused_and_resumed_by_two_buttons(cast: Cast, signed_in: SignIn, queries_of: Callable) -> None:
    gateway, off = (
        make_provider("Gateway", "https://gateway.example/v1"),
        make_provider("Off", "https://off.example/v1"),
    )
    Provider.objects.filter(pk=off.pk).update(is_enabled=False)
    flux, waiting = make_model("flux", gateway), make_batch(cast.ana)
    pause_by_hand(flux, cast.sam)
    sam = signed_in(cast.sam)
    page = listed(sam)
    assert "Nothing more is sent to <b>Gateway, Sandbox</b>" in page and "Pause 2 providers" in page
    assert 'action="/queue/resume"' not in page
    few = queries_of(lambda: listed(sam))
    for _ in range(2):  # a double click
        assert sam.post("/queue/pause", {"reason": "Budget <b>\0"}).url == "/queue"
    paused = Provider.objects.filter(hand_paused_by="Sam", hand_pause_reason="Budget <b>")
    assert {*paused} == {gateway, cast.model.provider}
    assert [*AuditEntry.objects.filter(verb__contains="paused").values_list("verb", flat=True)].count(
        "paused_provider"
    ) == 2
    page = listed(sam)
    assert "Everything was paused already." in page and 'action="/queue/pause"' not in page
    assert (
        "flux (Gateway) stays paused" in page
        and "Resume 2 providers" in page
        and queries_of(lambda: listed(sam)) <= few + 2
    )
    assert "Budget &lt;b&gt;" in signed_in(cast.ana).get(waiting.get_absolute_url()).content.decode()
    for _ in range(2):
        assert sam.post("/queue/resume").url == "/queue"
    assert not Provider.objects.exclude(hand_paused_at=None).exists() and "Nothing was paused." in listed(sam)
    assert AuditEntry.objects.filter(verb="resumed_provider").count() == 2
    flux.refresh_from_db()
    assert flux.is_paused_by_hand


def test_who_leads_teams_pauses_what_their_people_send(cast: Cast, signed_in: SignIn) -> None:
    lea, waiting = signed_in(cast.lea), make_batch(cast.ana).generations.get()
    page = listed(lea)
    assert "Nobody but you can send prompts for <b>Design</b>" in page and "Pause sending for 2 people" in page
    lea.post("/queue/pause", {"reason": "Budget"})
    paused = Membership.objects.exclude(sending_paused_at=None)
    assert {row.person for row in paused} == {cast.ana, cast.ben} and {row.team for row in paused} == {cast.design}
    assert not Provider.objects.exclude(hand_paused_at=None).exists()
    waiting.refresh_from_db()
    assert waiting.state == "queued" and AuditEntry.objects.filter(verb="paused_sending").count() == 2
    page = listed(lea)
    assert "Let 2 people send again" in page and 'action="/queue/pause"' not in page
    assert "<b>Ana, Ben</b> may send prompts again" in page
    lea.post("/queue/resume")
    assert not paused.all().exists() and AuditEntry.objects.filter(verb="resumed_sending").count() == 2


def test_more_than_are_named_are_counted(cast: Cast, signed_in: SignIn) -> None:
    for number in range(13):
        make_model("flux", make_provider(f"Gateway {number:02}", f"https://g{number}.example/v1"))
    sam = signed_in(cast.sam)
    page = listed(sam)
    assert "Gateway 10, Gateway 11 and 2 more</b>" in page and "Pause 14 providers" in page
    for model in ProviderModel.objects.filter(name="flux"):
        pause_by_hand(model, cast.sam)
    sam.post("/queue/pause")
    page = listed(sam)
    assert "Gateway 10, Gateway 11 and 2 more</b>" in page and "flux (Gateway 11) and 1 more stay paused" in page


@pytest.mark.parametrize("who", ["ana", "lea", "sam", "eve", "sue"])
def test_all_is_paused_by_whom_the_page_offers_it(cast: Cast, signed_in: SignIn, who: str) -> None:
    make_person("eve", cast.cy.default_team(), role=Membership.Role.LEAD)
    make_person("sue")
    Person.objects.filter(username="sue").update(is_staff=True)  # who may not change providers
    client = signed_in(Person.objects.get(username=who))
    for verb in ("pause", "resume"):
        is_offered = f'action="/queue/{verb}"' in client.get("/queue").content.decode()
        before = AuditEntry.objects.count()
        client.post(f"/queue/{verb}")
        assert is_offered is (AuditEntry.objects.count() > before) is (who in ("lea", "sam", "eve"))


def test_resuming_leads_back_to_the_queue(cast: Cast, signed_in: SignIn) -> None:
    sam = signed_in(cast.sam)
    for path in (f"/models/{cast.model.key}/resume", f"/providers/{cast.model.provider.key}/resume"):
        assert sam.post(path, {"here": "/queue?show=active"}).url == "/queue?show=active"
        assert sam.post(path, {"here": "//evil.example"}).url != "//evil.example"


@pytest.mark.exhaustive
@pytest.mark.parametrize("who", ["lea", "sam", "eve", "sue"])
def test_a_button_is_there_exactly_when_it_is_allowed(cast: Cast, signed_in: SignIn, who: str) -> None:
    make_person("eve", cast.cy.default_team(), role=Membership.Role.LEAD)
    make_person("sue")
    Person.objects.filter(username="sue").update(is_superuser=True)
    for person in (cast.ana, cast.lea, cast.cy, cast.sam):
        for visibility in ("team", "private"):
            make_batch(person, visibility=visibility)
            make_running(person, visibility=visibility)
            make_trying(person, visibility=visibility)
            make_failed(person, kind="timed_out", visibility=visibility)
            make_failed(person, kind="request_rejected", visibility=visibility)
    client, seen = signed_in(Person.objects.get(username=who)), 0
    for kind in LISTS:
        page = listed(client, kind)
        for generation in Generation.objects.filter(key__in=keys_in(page)).select_related("batch"):
            for verb in ("cancel", "now", "retry"):
                helps = verb != "retry" or generation.kind != "request_rejected"
                is_offered = f'action="/g/{generation.key}/{verb}"' in page
                assert is_offered is (helps and does_something(client, generation, verb)), (
                    kind,
                    verb,
                    generation.state,
                )
                seen += is_offered
    assert seen > 3


def does_something(client: Client, generation: Generation, verb: str) -> bool:
    """Whether the POST changes anything; what it did is rolled back."""

    def state() -> object:
        return list(Generation.objects.filter(batch=generation.batch).order_by("pk").values())

    with transaction.atomic():
        before = state()
        client.post(f"/g/{generation.key}/{verb}", {"here": "/queue"})
        changed = state() != before
        transaction.set_rollback(True)
    return changed


def test_a_cancel_from_the_queue_comes_back_to_its_list(cast: Cast, signed_in: SignIn) -> None:
    key = make_batch(cast.ana).generations.get().key
    lea, here = signed_in(cast.lea, htmx=True), "/queue?show=active"
    for _ in range(2):  # a double click
        assert lea.post(f"/g/{key}/cancel", {"here": here}).url == here
    assert Generation.objects.get(key=key).state == "cancelled"
    page = lea.get(here).content.decode()
    assert "<html" not in page and 'id="queue"' in page and 'id="queue-now" hx-swap-oob="true"' in page
    assert key not in page


def test_a_poll_that_saw_just_this_gets_nothing(cast: Cast, signed_in: SignIn) -> None:
    generation = make_batch(cast.ana).generations.get()
    sam = signed_in(cast.sam, htmx=True)
    [seen] = re.findall(r'hx-get="([^"]*seen=\w+)"', sam.get("/queue").content.decode())
    seen = seen.replace("&amp;", "&")
    assert sam.get(seen).status_code == 204
    change(generation, state="running", claim="c", claim_until=now(seconds=60), started_at=now())
    assert sam.get(seen).status_code == 200


def test_all_that_failed_is_sent_again_once_and_can_be_undone(cast: Cast, signed_in: SignIn) -> None:
    free = make_failed(cast.ana, kind="rate_limited", charged="no")
    make_failed(cast.cy, kind="timed_out", charged="maybe")
    make_failed(cast.ben, kind="request_rejected", charged="no")
    sam = signed_in(cast.sam)
    page = listed(sam)
    assert "1 of these pictures may have been charged already." in page and "Retry all 2 pictures" in page
    sam.post("/queue/retry", {"only": "free", "here": "/queue?show=failed"})
    assert [each.batch for each in Generation.objects.exclude(retry_of=None)] == [free]
    page = listed(sam)
    assert "1 picture is sent again in a few seconds." in page
    [undo] = re.findall(r'action="(/retry/undo\?[^"]+)"', page)
    assert sam.post(undo.replace("&amp;", "&"), {"here": "/queue"}).url == "/queue"
    assert not Generation.objects.exclude(retry_of=None).exists()
    for _ in range(2):
        sam.post("/queue/retry")
    assert Generation.objects.exclude(retry_of=None).count() == 2


def test_a_lead_sends_only_their_own_again(cast: Cast, signed_in: SignIn) -> None:
    make_failed(cast.ana, kind="timed_out")
    lea = signed_in(cast.lea)
    assert 'action="/queue/retry"' not in listed(lea)
    lea.post("/queue/retry")
    assert not Generation.objects.exclude(retry_of=None).exists()
    own = make_failed(cast.lea, kind="timed_out")
    assert 'action="/queue/retry"' in listed(lea)
    lea.post("/queue/retry")
    assert [each.batch for each in Generation.objects.exclude(retry_of=None)] == [own]


def test_hostile_words_stay_words(cast: Cast, signed_in: SignIn) -> None:
    for text in HOSTILE:
        make_batch(cast.ana, prompt=text)
    make_batch(cast.ana, prompt='<img src=x onerror="alert(1)">')
    make_batch(cast.ben, model=make_model("<b>m</b>", make_provider("</td>", "https://g.example/v1")))
    page = listed(signed_in(cast.sam))
    assert "&lt;img src=x" in page and "<img src=x" not in page
    assert "&lt;b&gt;m&lt;/b&gt;" in page and "<b>m</b>" not in page


@pytest.mark.parametrize("who", ["sam", "lea"])
@pytest.mark.parametrize("kind", LISTS)
def test_more_rows_cost_no_more_queries(
    cast: Cast, signed_in: SignIn, queries_of: Callable[[Callable[[], object]], int], kind: str, who: str
) -> None:
    client = signed_in(getattr(cast, who))

    def fill(model: object = None) -> None:
        for make in (make_running, make_trying, make_done):
            make(cast.ana, model=model)
        make_failed(cast.lea, kind="timed_out", model=model)
        make_generation(make_batch(cast.ben, model=model))

    fill()
    few = queries_of(lambda: client.get(f"/queue?show={kind}"))
    for n in range(5):
        fill(make_model(f"m{n}", make_provider(f"P{n}", f"https://p{n}.example/v1")))
    assert queries_of(lambda: client.get(f"/queue?show={kind}")) == few


def test_the_menu_leads_there(cast: Cast, signed_in: SignIn) -> None:
    for person in (cast.sam, cast.lea, cast.ana):
        assert 'href="/queue"' in signed_in(person).get("/library").content.decode()


def test_so_many_are_tried_again_at_once_that_undo_reaches_them(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrying, "MAX_AT_ONCE", 2)
    for _ in range(3):
        make_failed(cast.ana, charged="no")
    page = signed_in(cast.sam).post("/queue/retry", {"here": "/queue?show=failed"}, follow=True).content.decode()
    assert Generation.objects.exclude(retry_of=None).count() == 2
    assert "2 generations are tried again. Retry the others after them." in page


def test_what_is_paused_does_not_wait_for_a_worker(cast: Cast) -> None:
    make_batch(cast.ana)
    assert counts(Viewer(cast.sam)).oldest is not None
    pause_by_hand(cast.model, cast.sam)
    assert counts(Viewer(cast.sam)).oldest is None
