"""What a page that watches is told, and what not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from django.test import Client

from generations.errors import QuotaExhausted, RateLimited
from generations.models import Batch, Comment, Generation, Worker
from generations.models.key import now
from generations.queries.comments import talk_state
from tests.support.cast import Cast, change, make_batch, make_done, make_failed, make_generation, make_image

SignIn = Callable[..., Client]
SINCE = re.compile(r'name="since" value="([^"]*)"')


@pytest.fixture(autouse=True)
def somebody_works(db: None) -> None:
    Worker.objects.create(name="w", slots=1)


def since_of(page: str) -> str:
    return SINCE.search(page)[1]


def look(client: Client, since: str, **also: str) -> tuple[int, str, str]:
    """Status, markup, and what the page would ask with next."""
    answer = client.get("/pulse", {"since": since, "whose": "mine", **also})
    text = answer.content.decode()
    return answer.status_code, text, since_of(text) if text else since


def test_a_silent_worker_is_said_once_and_so_is_its_return(cast: Cast, signed_in: SignIn, queries_of: Callable) -> None:
    generation, client = make_batch(cast.ana).generations.get(), signed_in(cast.ana, htmx=True)
    change(generation, state="running", started_at=now(), claim="x", claim_until=now(seconds=60))
    since = since_of(client.get("/").content.decode())
    quiet = queries_of(lambda: look(client, since))
    assert look(client, since)[0] == 204
    Generation.objects.update(claim_until=now(seconds=39))
    status, text, since = look(client, since)
    assert status == 200 and "The worker has stopped responding." in text and "is-developing" in text
    assert look(client, since)[0] == 204
    assert queries_of(lambda: look(client, since)) <= quiet
    assert "The worker has stopped responding." in client.get("/").content.decode()
    Generation.objects.update(claim_until=now(seconds=60))
    status, text, since = look(client, since)
    assert status == 200 and "The worker has stopped responding." not in text
    assert look(client, since)[0] == 204


def test_without_script_one_looks_again_while_a_batch_runs(cast: Cast, signed_in: SignIn) -> None:
    batch = make_batch(cast.ana)
    again = re.compile(r'<noscript><a class="btn btn--quiet" href="">.+Reload</a></noscript>')
    client = signed_in(cast.ana)
    assert again.search(client.get(f"/b/{batch.key}").content.decode())
    change(batch.generations.get(), state="succeeded", finished_at=now())
    assert not again.search(client.get(f"/b/{batch.key}").content.decode())


def test_the_lamp_tells_what_waits_from_what_develops(cast: Cast, signed_in: SignIn, queries_of: Callable) -> None:
    client = signed_in(cast.ana)

    def lamp() -> str:
        page = client.get("/settings").content.decode()
        return " ".join(
            re.search(r'<span class="tag[^>]+><span>(\d+) <span class="wide-only[^>]+>(\w+)', page).groups()
        )

    first, second = (make_batch(cast.ana).generations.get() for _ in range(2))
    assert lamp() == "2 waiting"
    few = queries_of(lambda: client.get("/settings"))
    change(first, state="running", started_at=now())
    assert lamp() == "1 developing"
    assert queries_of(lambda: client.get("/settings")) == few
    change(second, state="running", started_at=now())
    assert lamp() == "2 developing"


def test_nothing_changed_is_204_and_four_queries(cast: Cast, signed_in: SignIn, queries_of: Callable) -> None:
    make_batch(cast.ana)
    client = signed_in(cast.ana, htmx=True)
    since = since_of(client.get("/").content.decode())
    assert look(client, since)[0] == 204
    assert queries_of(lambda: look(client, since)) <= 4


def test_a_page_without_work_does_not_ask_by_itself(cast: Cast, signed_in: SignIn) -> None:
    make_done(cast.ana)
    page = signed_in(cast.ana).get("/").content.decode()
    assert 'hx-trigger="pulse:start from:body, every 60s"' in page
    make_batch(cast.ana)
    assert 'hx-trigger="every 2s"' in signed_in(cast.ana).get("/").content.decode()


def test_a_whole_life_in_pieces(cast: Cast, signed_in: SignIn) -> None:
    batch = make_batch(cast.ana, n=2)
    generation = batch.generations.get()
    client = signed_in(cast.ana, htmx=True)
    since = since_of(client.get("/").content.decode())
    first, second = f'id="f-{generation.key}-1"', f'id="f-{generation.key}-2"'

    change(generation, state="running", started_at=now())
    status, text, since = look(client, since)
    assert status == 200 and "Developing" in text
    assert first in text and second in text and "is-developing" in text

    change(generation, percent=40, progress_text="The sky comes first.")
    _, text, since = look(client, since)
    assert f'id="f-{generation.key}-1-p"' in text and 'value="40"' in text and "The sky comes first." in text
    assert first not in text and "<figure" not in text

    make_image(generation, position=1)
    change(generation, percent=60)
    _, text, since = look(client, since)
    assert first in text and "is-fresh" in text and second not in text
    assert "Picture 1 of 2 is ready." in text and "Developing, 1 of 2" in text
    assert look(client, since)[0] == 204

    make_image(generation, position=2)
    change(generation, state="succeeded", finished_at=now(), remark="There you are.")
    _, text, since = look(client, since)
    assert second in text and first not in text
    assert "There you are." in text and "Done" in text
    assert 'hx-trigger="pulse:start from:body, every 60s"' in text
    assert look(client, since)[0] == 204


def bar_of(client: Client, generation: Generation) -> str | None:
    """What the bar of a developing picture is at."""
    page = client.get(f"/b/{generation.batch.key}").content.decode()
    return (re.search(r'<progress[^>]* value="(\d+)"', page) or [None, None])[1]


def test_a_bar_goes_by_the_time_its_model_takes_and_is_never_full(cast: Cast, signed_in: SignIn) -> None:
    client, generation = signed_in(cast.ana), make_batch(cast.ana).generations.get()
    change(generation, state="running", started_at=now(seconds=-10))
    assert bar_of(client, generation) is None
    change(generation, percent=7)
    assert bar_of(client, generation) == "7"
    usual = make_done(cast.ana).generations.get()
    change(usual, started_at=now(seconds=-120), finished_at=now(seconds=-100))
    assert 47 <= int(bar_of(client, generation)) <= 60
    change(generation, percent=75)
    assert bar_of(client, generation) == "75"
    change(generation, percent=100)
    assert bar_of(client, generation) == "99"
    change(generation, percent=None, started_at=now(seconds=-600))
    assert bar_of(client, generation) == "95"


def test_a_strip_shows_one_remark_of_all_that_draw_in_a_place_kept_for_it(cast: Cast, signed_in: SignIn) -> None:
    client, batch = signed_in(cast.ana), make_batch(cast.ana)
    make_generation(batch)
    live = re.compile(rf'<p class="strip__live[^>]+id="g-{batch.key}-live"[^>]*>\s*(?:<span[^>]*>(.*?)</span>\s*)?</p>')
    for generation in batch.generations.all():
        change(generation, state="running", started_at=now())
    assert live.search(client.get("/").content.decode())[1] is None
    for generation in batch.generations.all():
        change(generation, progress_text=f"Sentence {generation.pk}.")
    assert live.search(client.get("/").content.decode())[1] == f"Sentence {generation.pk}."


def test_a_failure_beside_shown_pictures_leaves_them_alone(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana)
    failing = make_generation(batch, state="running", started_at=now())
    client = signed_in(cast.ana, htmx=True)
    since = since_of(client.get("/").content.decode())
    change(failing, state="failed", kind="cut", charged="maybe", finished_at=now())
    _, text, _ = look(client, since)
    done = batch.generations.first()
    assert f'id="f-{done.key}-1"' not in text
    assert f'id="f-{failing.key}-1"' in text and "is-void" in text
    assert "The connection was lost" in text


def test_a_failure_of_all_replaces_the_row(cast: Cast, signed_in: SignIn) -> None:
    batch = make_batch(cast.ana, n=2)
    client = signed_in(cast.ana, htmx=True)
    since = since_of(client.get("/").content.decode())
    change(batch.generations.get(), state="failed", kind="declined", charged="maybe", detail="I would rather not.")
    _, text, _ = look(client, since)
    assert f'id="r-{batch.key}-0" hx-swap-oob="true"' in text
    assert "I would rather not." in text and "Declined by the model" in text


def test_trying_again_counts_down(cast: Cast, signed_in: SignIn) -> None:
    batch = make_batch(cast.ana)
    change(batch.generations.get(), kind="rate_limited", charged="no", run_at=now(seconds=1800))
    page = signed_in(cast.ana).get("/").content.decode()
    assert "Retrying" in page and "Nothing has been charged." in page
    assert 1500 <= int(re.search(r'data-remaining="(\d+)"', page)[1]) <= 1800


def test_the_place_in_line_moves_up(cast: Cast, signed_in: SignIn) -> None:
    ahead, mine = make_batch(cast.ben), make_batch(cast.ana)
    client = signed_in(cast.ana, htmx=True)
    page = client.get("/").content.decode()
    assert "2nd in line." in page
    change(ahead.generations.get(), state="running")
    _, text, _ = look(client, since_of(page))
    assert "1st in line." in text
    assert f'id="g-{mine.key}-now"' in text


def test_what_waits_for_a_paused_provider_says_why_until_it_is_over(cast: Cast, signed_in: SignIn) -> None:
    batch = make_batch(cast.ana)
    provider = batch.generations.get().model.provider
    client = signed_in(cast.ana, htmx=True)
    since = since_of(client.get("/").content.decode())
    provider.pause(QuotaExhausted(), seconds=600, probe=True)
    _, text, since = look(client, since)
    assert "account has no credit left" in text and "in line" not in text
    assert look(client, since)[0] == 204
    provider.resume()
    _, text, _ = look(client, since)
    assert "1st in line." in text and "no credit" not in text


def test_a_pause_is_said_once_where_a_waiting_retry_says_it(cast: Cast, signed_in: SignIn) -> None:
    batch = make_batch(cast.ana)
    again = batch.generations.get()
    make_generation(batch)
    change(again, kind="rate_limited", charged="no", run_at=now(seconds=60))
    again.model.provider.pause(RateLimited(), seconds=60)
    assert signed_in(cast.ana).get("/").content.decode().count("is paused. The provider asked to wait.") == 1


def test_a_batch_from_another_tab_lands_on_top_once(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.ana, htmx=True)
    since = since_of(client.get("/").content.decode())
    batch, foreign = make_batch(cast.ana), make_batch(cast.cy)
    _, text, since = look(client, since)
    assert text.count(f'<article class="strip" id="g-{batch.key}"') == 1
    assert foreign.key not in text
    assert look(client, since)[0] == 204


def test_generations_one_may_not_see_say_nothing(cast: Cast, signed_in: SignIn) -> None:
    secret = make_batch(cast.cy, prompt="of a stranger").generations.get()
    status, text, _ = look(signed_in(cast.ana, htmx=True), f"999~{secret.key}.0.q0.0")
    assert "of a stranger" not in text and secret.key not in text
    assert status == 200  # what it does not see is dropped from what it watches


def test_a_batch_page_hears_of_its_batch_only(cast: Cast, signed_in: SignIn) -> None:
    batch = make_batch(cast.ana)
    client = signed_in(cast.ana, htmx=True)
    since = since_of(client.get(batch.get_absolute_url()).content.decode())
    make_batch(cast.ana, prompt="Another")
    assert look(client, since, batch=batch.key)[0] == 204
    change(batch.generations.get(), state="running", started_at=now())
    assert "Another" not in look(client, since, batch=batch.key)[1]


def test_the_worker_going_away_is_told_once(cast: Cast, signed_in: SignIn) -> None:
    make_batch(cast.ana)
    client = signed_in(cast.ana, htmx=True)
    since = since_of(client.get("/").content.decode())
    Worker.objects.all().delete()
    _, text, since = look(client, since)
    assert "Nothing is being processed right now." in text
    assert look(client, since)[0] == 204


def test_more_generations_cost_no_more_queries(cast: Cast, signed_in: SignIn, queries_of: Callable) -> None:
    batch = make_batch(cast.ana)
    client = signed_in(cast.ana, htmx=True)

    def start_all() -> str:
        since = since_of(client.get("/").content.decode())
        for generation in Generation.objects.unfinished():
            change(generation, state="running", started_at=now())
        return since

    since = start_all()
    few = queries_of(lambda: look(client, since))
    for _ in range(10):
        make_generation(batch)
    make_batch(cast.ana)
    since = start_all()
    assert queries_of(lambda: look(client, since)) <= few


@pytest.mark.parametrize(
    "since", ["", "~", "x", "1~~~", "1~a.b.c", "9" * 30, "\0", "1~" + "abc.1.q0.0," * 900, "1w~;DROP"]
)
def test_a_nonsense_token_is_answered(cast: Cast, signed_in: SignIn, since: str) -> None:
    assert signed_in(cast.ana, htmx=True).get("/pulse", {"since": since}).status_code in (200, 204)


def test_looking_changes_nothing(cast: Cast, signed_in: SignIn) -> None:
    make_batch(cast.ana)
    make_failed(cast.ana)
    before = list(Generation.objects.order_by("pk").values())
    look(signed_in(cast.ana, htmx=True), "0~")
    assert list(Generation.objects.order_by("pk").values()) == before
    assert Batch.objects.count() == 2


@pytest.mark.parametrize("where", ["studio", "batch", "picture"])
def test_every_piece_has_its_place_on_the_page(cast: Cast, signed_in: SignIn, where: str) -> None:
    batch = make_batch(cast.ana, n=2)
    generation = batch.generations.get()
    client = signed_in(cast.ana, htmx=True)
    first = make_image(make_generation(batch, position=2, state="succeeded")) if where == "picture" else None
    pages = {"studio": "/", "batch": batch.get_absolute_url(), "picture": first and first.get_absolute_url()}
    page = client.get(pages[where]).content.decode()
    also, since = ({} if where == "studio" else {"batch": batch.key, "whose": where}), since_of(page)
    ids = set(re.findall(r'\bid="([^"]+)"', page))
    for state in (
        {"state": "running", "started_at": now(), "percent": 40, "progress_text": "Drawing"},
        {"state": "succeeded"},
    ):
        if state["state"] == "succeeded":
            make_image(generation=generation, position=1)
            make_image(generation=generation, position=2)
        change(generation, **state)
        _, text, since = look(client, since, **also)
        pieces = set(re.findall(r'<[^>]*\bid="([^"]+)"[^>]*\bhx-swap-oob="(?:true|innerHTML|outerHTML)"', text))
        assert pieces and pieces <= ids | set(re.findall(r'\bid="([^"]+)"', text)) - pieces
        ids |= set(re.findall(r'\bid="([^"]+)"', text))


def test_what_ended_is_named_for_title_and_notification(cast: Cast, signed_in: SignIn) -> None:
    batch = make_batch(cast.ana, prompt="夕阳 " + "x" * 200)
    client, generation = signed_in(cast.ana, htmx=True), batch.generations.get()
    since = f"{batch.pk}~{generation.key}.{generation.version}.q0.0"
    change(generation, state="running", started_at=now())
    assert "HX-Trigger" not in client.get("/pulse", {"since": since})
    change(generation, state="failed", kind="cut", charged="maybe", finished_at=now())
    [over] = json.loads(client.get("/pulse", {"since": since})["HX-Trigger"])["batches-over"]["batches"]
    assert (over["name"], over["said"], over["address"]) == (str(batch), "Failed", batch.get_absolute_url())
    assert len(over["words"]) == 100


def test_a_page_without_strips_hears_how_ones_own_fare(cast: Cast, signed_in: SignIn, queries_of: Callable) -> None:
    make_batch(cast.ben)
    client = signed_in(cast.ana)
    page = client.get("/library").content.decode()
    assert page.count('id="pulse"') == 1 and "every 2s" not in page
    idle = queries_of(lambda: client.get("/library"))
    batch = make_batch(cast.ana)
    generation, also = batch.generations.get(), {"whose": "elsewhere"}
    page = client.get("/library").content.decode()
    assert page.count('id="pulse"') == 1 and 'name="whose" value="elsewhere"' in page
    assert queries_of(lambda: client.get("/library")) <= idle + 3  # the worker's beat, their keys, how they are
    since = since_of(page.partition('id="pulse"')[2])
    assert since.count(",") == 0 and generation.key in since
    assert look(client, since, **also)[0] == 204
    make_image(generation)
    change(generation, state="succeeded", started_at=now(), finished_at=now())
    answer = client.get("/pulse", {"since": since, **also})
    text = answer.content.decode()
    assert "Picture 1 of 1 is ready." in text and 'id="lamp"' in text and "Idle" in text
    assert json.loads(answer["HX-Trigger"])["batches-over"]["batches"][0]["name"] == str(batch)
    assert re.findall(r'id="(\w[^"]*)"[^>]* hx-swap-oob', text) == ["lamp", "live", "pulse"]
    assert "every 2s" not in text


def test_a_page_without_strips_goes_on_listening_for_what_was_sent_since(cast: Cast, signed_in: SignIn) -> None:
    first, also = make_batch(cast.ana).generations.get(), {"whose": "elsewhere"}
    client = signed_in(cast.ana)
    since = since_of(client.get("/library").content.decode().partition('id="pulse"')[2])
    second = make_batch(cast.ana).generations.get()
    make_batch(cast.ben)
    change(first, state="succeeded", started_at=now(), finished_at=now())
    _, text, since = look(client, since, **also)
    assert "waiting" in text and re.findall(r"[~,](\w+)", since) == [second.key]
    assert look(client, since, **also)[0] == 204
    change(second, state="failed", kind="cut", started_at=now(), finished_at=now())
    _, text, since = look(client, since, **also)
    assert "Idle" in text and since == "0~"
    assert look(client, since, **also)[0] == 204
    third = make_batch(cast.ana).generations.get()
    _, text, since = look(client, since, **also)
    assert "1 <span" in text and "every 2s" in text and third.key in since


@pytest.mark.parametrize("where", ["/trash", "/settings", "/compare", "/library?state=developing"])
def test_every_page_without_strips_listens_while_something_runs(cast: Cast, signed_in: SignIn, where: str) -> None:
    make_batch(cast.ana)
    assert signed_in(cast.ana).get(where).content.decode().count('id="pulse"') == 1


@pytest.mark.parametrize(("path", "whose"), [("/", "mine"), ("/library", "elsewhere")])
def test_the_worker_coming_back_to_what_runs_is_told_once(cast: Cast, signed_in: SignIn, path: str, whose: str) -> None:
    Worker.objects.all().delete()
    change(make_batch(cast.ana).generations.get(), state="running", started_at=now())
    client = signed_in(cast.ana)
    page = client.get(path).content.decode()
    since = since_of(page.partition('id="pulse"')[2])
    assert "Nothing is being processed right now." in page and look(client, since, whose=whose)[0] == 204
    Worker.objects.create(name="w", slots=1)
    _, text, since = look(client, since, whose=whose)
    assert 'id="worker" hx-swap-oob' in text and "Nothing is being processed right now." not in text
    assert look(client, since, whose=whose)[0] == 204


def test_the_page_of_a_reference_listens_too(cast: Cast, signed_in: SignIn) -> None:
    reference, client = make_image(person=cast.ana), signed_in(cast.ana)
    assert "every 2s" not in client.get(f"/i/{reference.key}").content.decode()
    make_batch(cast.ana)
    page = client.get(f"/i/{reference.key}").content.decode()
    assert page.count('id="pulse"') == 1 and 'value="elsewhere"' in page
    drawn = make_done(cast.ana).images.get()
    page = client.get(f"/i/{drawn.key}").content.decode()
    assert page.count('id="pulse"') == 1 and 'value="elsewhere"' not in page


def test_the_threads_of_a_picture_are_told_to_who_may_read_them(
    cast: Cast, signed_in: Callable[..., Client], queries_of: Callable
) -> None:
    image = make_done(cast.ana).images.get()
    client, stranger = signed_in(cast.ana), signed_in(cast.cy)
    shown = f"{image.key}.{talk_state(image.key)}"
    Comment.write(image, cast.ben, "Too dark.")
    assert json.loads(client.get("/pulse", {"talk": shown})["HX-Trigger"]) == {"talk": {}}
    assert "HX-Trigger" not in stranger.get("/pulse", {"talk": shown})
    now_shown = f"{image.key}.{talk_state(image.key)}"
    assert "HX-Trigger" not in client.get("/pulse", {"talk": now_shown})
    for odd in ("", ".", f"{image.key}", "x" * 5000, "\0.\0", "…"):
        assert client.get("/pulse", {"talk": odd}).status_code in (200, 204)
    idle = queries_of(lambda: client.get("/pulse"))
    assert queries_of(lambda: client.get("/pulse", {"talk": now_shown})) == idle + 1
