"""Cancel, try again, read again, and the exchange."""

from __future__ import annotations

import base64
import html
import json
import re
import shlex
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client

from generations.errors import BY_KIND, KeyRefused, RateLimited
from generations.models import Batch, Generation, Image, Person
from generations.models.key import now
from generations.presenters.exchange import MAX_SHOWN, pretty
from generations.protocol.externalize import externalize
from generations.queries.strips import median_seconds
from tests.support.cast import (
    Cast,
    change,
    make_attempt,
    make_batch,
    make_done,
    make_failed,
    make_generation,
    make_image,
    make_model,
    make_provider,
    make_reference,
)

SignIn = Callable[..., Client]


def test_cancelling_what_waits_costs_nothing_and_says_so(cast: Cast, signed_in: SignIn) -> None:
    batch = make_batch(cast.ana)
    client = signed_in(cast.ana, htmx=True)
    generation = batch.generations.get()
    text = client.post(f"/b/{batch.key}/cancel", {"since": f"{batch.pk}~{generation.key}.1.q0.0"}).content.decode()
    assert batch.generations.get().state == "cancelled"
    assert "You cancelled this before it started" in text
    assert "Nothing has been charged." in text


def test_cancelling_what_runs_asks_its_worker(cast: Cast, signed_in: SignIn) -> None:
    batch = make_batch(cast.ana)
    change(batch.generations.get(), state="running")
    client = signed_in(cast.lea)
    assert client.post(f"/b/{batch.key}/cancel")["Location"] == batch.get_absolute_url()
    assert batch.generations.get().cancel_asked_by == cast.lea
    assert "Stopping" in client.get(batch.get_absolute_url()).content.decode()


def test_what_is_tried_again_takes_its_place_in_the_same_strip(cast: Cast, signed_in: SignIn) -> None:
    batch = make_failed(cast.ana, charged="no", kind="rate_limited")
    first = batch.generations.get()
    alike = make_generation(batch, state="failed", kind="rate_limited", charged="no")
    declined = make_generation(batch, state="failed", kind="declined", charged="maybe")
    client = signed_in(cast.ana)
    for _ in range(2):
        client.post(f"/g/{alike.key}/retry")
    assert Batch.objects.get() == batch
    again = batch.generations.exclude(pk__in=[first.pk, alike.pk, declined.pk])
    assert [(each.retry_of, each.state, each.n) for each in again] == [(first, "queued", 1), (alike, "queued", 1)]
    assert [each.place_at_model() for each in again] == [1, 2]
    page = client.get("/").content.decode()
    assert page.count("Tried again: The provider is busy") == 1
    assert page.count('class="frame r-100 is-waiting"') == 2
    assert f'id="f-{first.key}-1"' not in page


def test_a_page_that_shows_the_strip_gets_it_anew(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana)
    failed = make_generation(batch, state="failed", kind="cut", charged="maybe")
    client = signed_in(cast.ana, htmx=True)
    text = client.post(f"/g/{failed.key}/retry", {"since": f"{batch.pk}~"}).content.decode()
    again = batch.generations.latest("pk")
    assert re.search(rf'<article\s+class="strip" id="g-{batch.key}"[^>]* hx-swap-oob="true"', text)
    assert text.count("<article") == 1 and f"~{again.key}." in text and f"{batch} is sent again." in text


def test_pictures_of_what_failed_stay_and_only_the_others_are_asked_for(cast: Cast, signed_in: SignIn) -> None:
    batch = make_failed(cast.ana, n=4)
    failed = batch.generations.get()
    kept = make_image(failed, position=1)
    client = signed_in(cast.ana)
    client.post(f"/g/{failed.key}/retry")
    assert [(each.retry_of, each.n) for each in batch.generations.exclude(pk=failed.pk)] == [(failed, 1)] * 3
    page = client.get("/").content.decode()
    assert kept.get_absolute_url() in page and page.count("is-waiting") == 3


def test_what_was_tried_again_is_neither_listed_nor_chosen_again(cast: Cast, signed_in: SignIn) -> None:
    batch, other = make_failed(cast.ana), make_model("nano-banana")
    client, key = signed_in(cast.ana), batch.generations.get().key
    assert client.get("/library?state=failed").content.decode().count(f"/b/{batch.key}") == 1
    client.post(f"/g/{key}/retry", {"model": other.key})
    assert f"/b/{batch.key}" not in client.get("/library?state=failed").content.decode()
    page = client.get(f"/?from={batch.key}").content.decode()
    assert re.findall(r'data-name="([^"]*)"\s+checked', page) == ["nano-banana"]


def test_a_failed_strip_is_removed_and_put_back(cast: Cast, signed_in: SignIn) -> None:
    batch = make_failed(cast.ana)
    make_failed(cast.ana)
    client, page = signed_in(cast.ana, htmx=True), signed_in(cast.ana)
    assert f'action="/b/{batch.key}/remove"' in page.get("/").content.decode()
    assert "was removed from the feed" in client.post(f"/b/{batch.key}/remove").content.decode()
    for path in ("/", "/?whose=team", "/library?state=failed"):
        assert batch.key not in page.get(path).content.decode()
    assert page.get(batch.get_absolute_url()).status_code == 200
    assert "Retry 2 failed" not in page.get("/").content.decode()
    assert f'id="g-{batch.key}"' in client.post(f"/b/{batch.key}/put-back").content.decode()
    assert batch.key in page.get("/").content.decode()
    page.post(f"/b/{batch.key}/remove")
    page.post(f"/g/{batch.generations.get().key}/retry")
    assert batch.key in page.get("/").content.decode()


@pytest.mark.parametrize("state", ["queued", "running", "succeeded"])
def test_only_what_is_over_and_brought_nothing_is_removed(cast: Cast, signed_in: SignIn, state: str) -> None:
    batch = make_done(cast.ana)
    change(batch.generations.get(), state=state)
    if state != "succeeded":
        batch.images.all().delete()
    client = signed_in(cast.ana)
    assert "/remove" not in client.get("/").content.decode()
    client.post(f"/b/{batch.key}/remove")
    assert batch.key in client.get("/").content.decode()


def notice_of(page: str) -> tuple[str, list[str]]:
    """What the button of the only notice says, and what its menu does."""
    _, _, notices = page.partition('class="strip__notices"')
    [row] = re.findall(r'<div class="row">(.*?)data-unfold', notices, re.S)
    primary, _, more = row.partition("popovertarget")
    [button] = re.findall(r'<(?:button|a)\s+class="btn"[^>]*>(.*?)</(?:button|a)>', primary, re.S) or [""]
    items = re.findall(r'menu__item"[^>]*>(.*?)</(?:button|a)>', more, re.S)
    words = [" ".join(re.sub(r"<small.*|<[^>]*>", " ", item, flags=re.S).split()) for item in [button, *items]]
    return words[0], words[1:]


def offers(page: str) -> list[str]:
    """The models that the menu of the only notice offers."""
    return [item.removeprefix("Try on ") for item in notice_of(page)[1] if item.startswith("Try on ")]


def test_what_failed_is_tried_on_a_model_that_fits_with_one_click(cast: Cast, signed_in: SignIn) -> None:
    size = "1536x1024"
    batch = make_failed(cast.ana, size=size, options={"seed": 7})
    make_reference(batch)
    old, late = make_model("drew-long-ago"), make_model("drew-lately")
    make_done(cast.ben, model=late)
    make_done(cast.ben, model=old)
    make_done(cast.ben, model=late)
    make_done(cast.ben, model=make_model("no-sizes", sizes=[]))
    make_model("without-references", max_references=0)
    make_model("other-sizes", sizes=["512x512"])
    make_model("switched-off", is_enabled=False)
    make_model("paused", make_provider("Away", "http://away.example/v1", paused_until=now(seconds=60)))
    client = signed_in(cast.ana)
    page = client.get("/").content.decode()
    assert offers(page) == ["drew-lately", "drew-long-ago", "no-sizes", "other-sizes"]
    assert "other-sizes does not support 1536×1024 and uses the closest, 512×512." in page
    assert "Edit the prompt" in page

    generation, path = batch.generations.get(), f"/g/{batch.generations.get().key}/retry"
    for model in (late, late, old):
        assert client.post(path, {"model": model.key})["Location"] == batch.get_absolute_url()
    again = batch.generations.exclude(pk=generation.pk)
    assert [(each.model, each.retry_of, each.size) for each in again] == [(late, generation, size)]


def test_only_models_that_were_not_asked_are_offered(cast: Cast, signed_in: SignIn) -> None:
    batch = make_failed(cast.ana)
    make_generation(batch, make_model("asked-too"), state="succeeded")
    assert offers(signed_in(cast.ana).get("/").content.decode()) == []


def test_a_model_switched_off_meanwhile_says_so(cast: Cast, signed_in: SignIn) -> None:
    generation, off = make_failed(cast.ana).generations.get(), make_model("switched-off", is_enabled=False)
    client, path = signed_in(cast.ana), f"/g/{generation.key}/retry"
    answer = client.post(path, {"model": off.key}, follow=True)
    assert "switched-off is switched off. Choose another model." in answer.content.decode()
    assert client.post(path, {"model": "nothing"}).status_code == 404
    assert Generation.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "button"),
    [
        ("declined", "Edit the prompt"),
        ("request_rejected", "Edit the prompt"),
        ("no_image", "I wanted a picture"),
        ("cut", "Retry"),
        ("rate_limited", "Retry"),
        ("unreadable", "Re-check the saved response"),
        ("task_begun", "Re-check the saved response"),
        ("model_not_allowed", "Try on another"),
        ("wrong_address", "Try on another"),
        ("web_page", "Try on another"),
    ],
)
def test_a_failure_has_one_button_and_the_rest_behind_more(
    cast: Cast, signed_in: SignIn, kind: str, button: str
) -> None:
    make_failed(cast.ana, kind=kind)
    make_model("another")
    primary, more = notice_of(signed_in(cast.ana).get("/").content.decode())
    assert primary == button
    assert button not in more and "Request log" in more
    assert ("Retry" in [primary, *more]) is (kind != "declined")
    assert "Try on another" in [primary, *more]


def test_who_may_do_nothing_has_the_request_log(cast: Cast, signed_in: SignIn) -> None:
    make_failed(cast.ana)
    page = signed_in(cast.ben).get("/?whose=team").content.decode()
    assert notice_of(page) == ("", [])
    assert "Request log" in page


def waiting(person: Person, **fields: object) -> Generation:
    """A call that was turned away and is tried again in a while."""
    generation = make_batch(person, **fields).generations.get()
    make_attempt(generation, kind="rate_limited", charged="no")
    change(generation, kind="rate_limited", charged="no", run_at=now(seconds=60))
    return generation


def test_a_waiting_retry_says_which_it_is_and_is_tried_now(
    cast: Cast, signed_in: SignIn, notified: list[int], django_capture_on_commit_callbacks: Callable
) -> None:
    generation = waiting(cast.ana)
    alike = make_generation(generation.batch, kind="rate_limited", charged="no", run_at=now(seconds=60))
    client = signed_in(cast.ana, htmx=True)
    assert "(attempt 2 of 4)" in client.get("/").content.decode()
    since = f"{generation.batch.pk}~{generation.key}.2.t.0"
    with django_capture_on_commit_callbacks(execute=True):
        text = client.post(f"/g/{generation.key}/now", {"since": since}).content.decode()
    assert "Queued" in text and "Retry now" not in text
    assert notified == [generation.pk, alike.pk]
    assert client.post(f"/g/{generation.key}/now", {"since": f"{generation.batch.pk}~"}).status_code == 204
    assert notified == [generation.pk, alike.pk]


@pytest.mark.parametrize("htmx", [True, False])
def test_a_paused_provider_is_said_and_not_called(
    cast: Cast, signed_in: SignIn, notified: list[int], htmx: bool
) -> None:
    generation = waiting(cast.ana)
    client = signed_in(cast.ana, htmx=htmx)
    assert "Retry now" in client.get("/").content.decode()
    provider = cast.model.provider
    provider.base_url = "http://gateway.example/v1"  # the sandbox is never paused for so long
    provider.save()
    provider.pause(RateLimited(), seconds=300)
    answer = client.post(f"/g/{generation.key}/now", {"since": f"{generation.batch.pk}~"}, follow=True)
    sentence = "Sandbox is paused. The provider asked to wait."
    assert sentence in answer.content.decode()
    page = client.get("/").content.decode()
    assert "Retry now" not in page and sentence in page
    assert 290 <= int(re.search(r'data-remaining="(\d+)"', page)[1]) <= 300
    assert re.search(r'data-remaining="\d+">[45] min \d+ s</time>', page)
    assert notified == []


def test_only_whoever_may_cancel_is_offered_to_try_now(cast: Cast, signed_in: SignIn) -> None:
    waiting(cast.ana)
    page = signed_in(cast.ben).get("/?whose=team").content.decode()
    assert "Retrying" in page and "Retry now" not in page


def test_reading_again_pays_nothing_and_is_watched(cast: Cast, signed_in: SignIn, notified: list[int]) -> None:
    batch = make_failed(cast.ana, kind="unreadable")
    generation = batch.generations.get()
    text = signed_in(cast.ana, htmx=True).post(f"/g/{generation.key}/read", {"since": f"{batch.pk}~"}).content.decode()
    generation.refresh_from_db()
    assert (generation.state, generation.may_call) == ("queued", False)
    assert "Queued" in text and f"{generation.key}." in text
    assert "The saved response is being re-checked" in text  # what it says may be the same as before


def test_a_cancelled_one_that_was_paid_for_offers_its_answer(cast: Cast, signed_in: SignIn) -> None:
    batch = make_failed(cast.ana, kind="cancelled", charged="yes")
    generation = batch.generations.get()
    change(generation, state="cancelled", cancel_asked_at=now())
    path = f"/g/{generation.key}/read"
    client = signed_in(cast.ana)
    assert path in client.get(batch.get_absolute_url()).content.decode()
    client.post(path)
    generation.refresh_from_db()
    assert (generation.state, generation.may_call, generation.cancel_asked_at) == ("queued", False, None)
    change(generation, state="cancelled", charged="maybe")
    assert path not in client.get(batch.get_absolute_url()).content.decode()


def test_without_a_kept_answer_there_is_nothing_to_read(cast: Cast, signed_in: SignIn) -> None:
    batch = make_batch(cast.ana)
    generation = batch.generations.get()
    change(generation, state="failed", kind="timed_out", charged="maybe")
    answer = signed_in(cast.ana).post(f"/g/{generation.key}/read", follow=True)
    assert "No response was saved for this request" in answer.content.decode()


def test_the_exchange_shows_what_was_sent_without_the_key(cast: Cast, signed_in: SignIn) -> None:
    generation = make_done(cast.ana).generations.get()
    page = signed_in(cast.ana).get(f"/g/{generation.key}/exchange").content.decode()
    assert "https://gateway.example/v1/chat/completions" in page
    assert '<span class="k">&quot;model&quot;</span>' in page
    assert "sk-of-the-tests" not in page
    assert "Bearer $KEY" in page


def test_what_is_copied_is_the_whole_command(cast: Cast, signed_in: SignIn) -> None:
    generation = make_batch(cast.ana).generations.get()
    body = '{"messages": [{"role": "user", "content": "A \'red\' $HOME `bicycle`"}]}'
    make_attempt(generation, request=body.encode())
    page = signed_in(cast.ana).get(f"/g/{generation.key}/exchange").content.decode()
    command = shlex.split(html.unescape(re.search(r"<code[^>]*>(curl .*?)</code>", page, re.S)[1]))
    assert command[1] == "https://gateway.example/v1/chat/completions"
    assert "Authorization: Bearer $KEY" in command and command[-2:] == ["--data-binary", body]


def test_a_body_with_pictures_is_had_as_a_file(cast: Cast, signed_in: SignIn) -> None:
    generation, picture = make_batch(cast.ana).generations.get(), make_image(person=cast.ana)
    body = json.dumps({"url": f"data:image/png;base64,{base64.b64encode(picture.file.bytes()).decode()}"}).encode()
    pictures = {picture.file.sha256: picture.file.bytes()}
    make_attempt(generation, request=externalize(body, pictures), request_size=len(body), pictures=list(pictures))
    page = signed_in(cast.ana).get(f"/g/{generation.key}/exchange").content.decode()
    assert "--data-binary @request.json" in page
    [address] = re.findall(r'href="(/g/[^"]+/request\.json)"', page)
    assert signed_in(cast.ana).get(address).content == body
    assert address not in signed_in(cast.ben).get(f"/g/{generation.key}/exchange").content.decode()


def test_the_exchange_leads_back_to_its_batch(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana)
    page = signed_in(cast.ana).get(f"/g/{batch.generations.get().key}/exchange").content.decode()
    assert re.search(rf'href="/b/{batch.key}#exchange"><i class="icon icon-back"', page)


def test_what_was_declined_is_not_said_to_have_failed(cast: Cast, signed_in: SignIn) -> None:
    batch = make_failed(cast.ana, kind="declined")
    client = signed_in(cast.ana)
    assert "<code>Declined</code>" in client.get(f"/b/{batch.key}").content.decode()
    page = client.get(f"/g/{batch.generations.get().key}/exchange").content.decode()
    assert "<span>Declined, " in page and "Failed" not in page


def test_htmx_gets_only_the_exchange(cast: Cast, signed_in: SignIn) -> None:
    generation = make_done(cast.ana).generations.get()
    part = signed_in(cast.ana, htmx=True).get(f"/g/{generation.key}/exchange").content.decode()
    assert part.lstrip().startswith('<ol class="exchange">')


def test_more_calls_cost_no_more_queries(cast: Cast, signed_in: SignIn, queries_of: Callable) -> None:
    generation = make_done(cast.ana).generations.get()
    client = signed_in(cast.ana)
    few = queries_of(lambda: client.get(f"/g/{generation.key}/exchange"))
    for _ in range(10):
        make_attempt(generation)
    assert queries_of(lambda: client.get(f"/g/{generation.key}/exchange")) <= few


def test_pictures_in_bodies_are_named_by_their_size() -> None:
    shown = pretty(b'{"url": "data:image/png;base64,' + b"iVBORw0KGgo" * 50_000 + b'"}')
    assert "402 KB not shown" in shown
    assert len(shown) < 400


def test_a_folded_picture_is_named_by_its_size() -> None:
    marker = "⟦picture " + "a" * 64 + " s 0 40960⟧"
    body = f'{{"b64": "{marker}"}}'.encode()
    assert '<span class="x">… 30 KB not shown</span>' in pretty(body, {"a" * 64: True})
    assert "not shown" not in pretty(body)


def test_a_purged_picture_is_said_to_be_deleted(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana, pictures=2)
    gone, kept = batch.generations.get().images.all()
    told = " ".join(f"⟦picture {image.file_id} s 0 40960⟧" for image in (gone, kept))
    pictures = [gone.file_id, kept.file_id]
    attempt = make_attempt(batch.generations.get(), answer=f'{{"b64": "{told}"}}'.encode(), pictures=pictures)
    Image.objects.filter(pk=gone.pk).update(deleted_at=now(days=-400))
    assert gone.purge()
    page = signed_in(cast.ana).get(f"/g/{attempt.generation.key}/exchange").content.decode()
    assert (
        '<span class="s">&quot;<span class="x">this picture was deleted</span> '
        '<span class="x">… 30 KB not shown</span>&quot;</span>'
    ) in page


def test_a_long_body_is_cut() -> None:
    assert "more characters" in pretty(b"word " * MAX_SHOWN)


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"null", b"[" * 100_000, b'{"a": NaN}', b"data: {}\n\ndata: [DONE]"]
)
def test_any_body_is_shown(body: bytes) -> None:
    assert isinstance(pretty(body), str)


XSS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus='alert(1)",
    '<div hx-get="/pulse" hx-trigger="load">',
    "</textarea><script>alert(1)</script>",
    "![x](https://evil.example/?d=1)",
    "{{ request }}{% debug %}",
)


@pytest.mark.exhaustive
@pytest.mark.parametrize("text", XSS)
def test_no_text_becomes_markup(cast: Cast, signed_in: SignIn, text: str) -> None:
    batch = make_failed(cast.ana, prompt=text)
    generation = batch.generations.get()
    change(generation, detail=text, progress_text=text)
    attempt = make_attempt(generation, answer=text.encode(), detail=text, headers={"X": text}, url=text)
    done = make_done(cast.ana, prompt=text)
    change(done.generations.get(), remark=text)
    client = signed_in(cast.sam)
    paths = ["/?whose=team", f"/?from={batch.key}", batch.get_absolute_url(), f"/g/{generation.key}/exchange"]
    paths += [f"/i/{done.generations.get().images.get().key}", f"/admin/generations/attempt/{attempt.pk}/change/"]
    for path in [*paths, "/admin/generations/batch/"]:
        page = client.get(path).content.decode()
        assert text not in page.replace("{{ request }}{% debug %}", "") or text.startswith(("![", "' auto"))
        assert "<script>alert" not in page and "<img src=x" not in page and '<div hx-get="/pulse"' not in page
        assert "onfocus='alert" not in page


def test_all_that_failed_today_is_tried_again_once(cast: Cast, signed_in: SignIn) -> None:
    failed = [make_failed(cast.ana, kind="rate_limited", charged="no", prompt=f"Prompt {n}") for n in range(2)]
    for kind in ("declined", "key_refused", "model_not_found", "quota_exhausted", "request_rejected"):
        make_failed(cast.ana, kind=kind, charged="no")
    make_failed(cast.ben)
    client = signed_in(cast.ana)
    assert "Retry 2 failed" in client.get("/").content.decode()
    for _ in range(2):
        client.post("/retry")
    again = Generation.objects.filter(retry_of__isnull=False)
    assert [(each.batch, each.retry_of.batch) for each in again] == [(batch, batch) for batch in failed]
    assert not Generation.objects.due().filter(pk__in=again)
    assert 'action="/retry"' not in client.get("/").content.decode()


def test_what_is_tried_again_together_can_be_undone_until_it_is_sent(cast: Cast, signed_in: SignIn) -> None:
    for _ in range(2):
        make_failed(cast.ana, kind="rate_limited", charged="no")
    client = signed_in(cast.ana, htmx=True)
    since = {"since": f"{Batch.objects.latest('pk').pk}~"}
    text = client.post("/retry", since).content.decode()
    assert "2 pictures are sent again in a few seconds." in text
    undo = html.unescape(re.search(r'action="(/retry/undo[^"]*)"', text)[1])
    one, two = Generation.objects.filter(retry_of__isnull=False)
    change(one, state="running", claims=1, claimed_at=now())
    assert signed_in(cast.ben, htmx=True).post(undo, since).status_code == 200
    assert Generation.objects.filter(pk=two.pk).exists()
    assert "1 was sent already." in client.post(undo, since).content.decode()
    assert Generation.objects.filter(pk=one.pk).exists() and not Generation.objects.filter(pk=two.pk).exists()
    change(one, state="failed", kind="rate_limited", charged="no", finished_at=now())
    text = client.post("/retry", since).content.decode()
    undo = html.unescape(re.search(r'action="(/retry/undo[^"]*)"', text)[1])
    assert "Undone. Nothing was sent." in client.post(undo, since).content.decode()
    assert "Retry 2 failed" in client.get("/").content.decode()


def words_of(client: Client) -> str:
    """What the studio says."""
    page = re.sub("<[^>]*>", " ", client.get("/").content.decode())
    return " ".join(html.unescape(page).split())


def test_what_may_be_charged_twice_is_asked_about(cast: Cast, signed_in: SignIn) -> None:
    free = [make_failed(cast.ana, kind="rate_limited", charged="no") for _ in range(2)]
    unclear = make_failed(cast.ana, kind="cut", charged="maybe")
    client = signed_in(cast.ana)
    page = words_of(client)
    assert "1 of these pictures may have been charged already." in page
    assert "Retry the 2 that were not charged (≈ $0.084)" in page and "Retry all 3 pictures (≈ $0.13)" in page
    client.post("/retry", {"only": "free"})
    assert {each.batch for each in Generation.objects.filter(retry_of__isnull=False)} == set(free)
    client.post("/retry")
    assert unclear.generations.count() == 1 + 1


def test_what_another_try_of_all_costs_is_said_where_it_is_known(cast: Cast, signed_in: SignIn) -> None:
    failed = [make_failed(cast.ana, kind="rate_limited", charged="no").generations.get() for n in range(2)]
    for generation, price in zip(failed, ("0.02", "0.042"), strict=True):
        change(generation, price=Decimal(price), n=2)
    client = signed_in(cast.ana)
    assert "Retry 4 failed (≈ $0.12)" in words_of(client)
    change(failed[0], price=None)
    page = words_of(client)
    assert "Retry 4 failed" in page and "(≈" not in page


def test_what_failed_yesterday_is_left_alone(cast: Cast, signed_in: SignIn) -> None:
    change(make_failed(cast.ana).generations.get(), finished_at=now(hours=-25))
    signed_in(cast.ana).post("/retry")
    assert Generation.objects.count() == 1


def test_one_failure_needs_no_button_for_all(cast: Cast, signed_in: SignIn) -> None:
    make_failed(cast.ana)
    assert 'action="/retry"' not in signed_in(cast.ana).get("/").content.decode()


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("request_rejected", "Change them and send the prompt again."),
        ("key_refused", "An administrator has to fix this."),
        ("cut", "Trying again may be charged a second time."),
        ("no_image", "Start the prompt with “Draw …”, or use another model."),
        ("rate_limited", "Try again in a few minutes."),
    ],
)
def test_a_failure_says_what_to_do(cast: Cast, signed_in: SignIn, kind: str, said: str) -> None:
    change(make_failed(cast.ana, kind=kind).generations.get(), detail="upstream <words>")
    page = signed_in(cast.ana).get("/").content.decode()
    assert f'<span class="notice__turn">{said}</span>' in page
    assert "upstream &lt;words&gt;" in page


OF_PROVIDER = ["key_refused", "quota_exhausted", "address_refused", "wrong_address", "web_page", "redirected"]
PLACES = {
    **dict.fromkeys([*OF_PROVIDER, "picture_host_refused"], "provider"),
    **dict.fromkeys(["model_not_allowed", "model_not_found"], "model"),
}


@pytest.mark.parametrize("kind", [kind for kind, error in BY_KIND.items() if error.whose_move == "admin"])
def test_staff_are_led_to_the_place_they_have_to_fix(cast: Cast, signed_in: SignIn, kind: str) -> None:
    model = make_failed(cast.ana, kind=kind).generations.get().model
    place = PLACES.get(kind)
    address = {
        "provider": f"/providers/{model.provider.key}",
        "model": f"/models/{model.key}",
    }.get(place, "/providers/")
    assert address not in signed_in(cast.ana).get("/").content.decode()
    Person.objects.filter(pk=cast.ana.pk).update(is_superuser=True)
    page = signed_in(cast.ana).get("/").content.decode()
    assert (f'href="{address}"' in page) is bool(place)
    assert notice_of(page)[0] == (f"Open {place} settings" if place else notice_of(page)[0])


@pytest.mark.parametrize("alone", [True, False])
def test_staff_are_led_to_what_is_paused(cast: Cast, signed_in: SignIn, alone: bool) -> None:
    cast.model.provider.base_url = "http://gateway.example/v1"  # the sandbox is never paused for so long
    cast.model.provider.save()
    paused = cast.model if alone else cast.model.provider
    paused.pause(KeyRefused(), seconds=600)
    make_batch(cast.sam)
    make_batch(cast.ana)
    address = f"/{'models' if alone else 'providers'}/{paused.key}"
    assert f'<a href="{address}">Open provider settings</a>' in signed_in(cast.sam).get("/").content.decode()
    assert address not in signed_in(cast.ana).get("/").content.decode()


@pytest.mark.exhaustive
@pytest.mark.parametrize("kind", sorted(BY_KIND))
def test_no_notice_says_a_sentence_twice(cast: Cast, signed_in: SignIn, kind: str) -> None:
    make_failed(cast.ana, kind=kind)
    again = make_batch(cast.ana, n=1).generations.get()
    change(again, kind=kind, charged="no", run_at=now(seconds=60))
    again.model.provider.pause(BY_KIND[kind](), seconds=60)
    page = html.unescape(signed_in(cast.ana).get("/").content.decode())
    notices = re.findall(r"<strong>(.*?)</strong>\s*<p>(.*?)</p>", page, re.DOTALL)
    assert len(notices) == 2
    for title, text in notices:
        words = " ".join(re.sub(r"<[^>]*>", " ", f"{title}. {text}").split())
        said = [sentence.strip() for sentence in words.split(".") if sentence.strip()]
        assert len(said) == len(set(said)), said


def test_a_frame_says_how_long_its_model_usually_takes(cast: Cast, signed_in: SignIn) -> None:
    for seconds in (20, 42, 600):
        generation = make_done(cast.ana).generations.get()
        change(generation, started_at=now(seconds=-seconds), finished_at=now())
    running = make_batch(cast.ana).generations.get()
    change(running, state="running", started_at=now())
    assert "of about 40 s" in signed_in(cast.ana).get("/").content.decode()
    change(running, started_at=now(seconds=-90))
    assert "of about" not in signed_in(cast.ana).get("/").content.decode()
    slow = make_model("slow")
    assert median_seconds([slow.pk]) == {}


def test_only_the_last_twenty_successes_count(cast: Cast) -> None:
    for took in [500] * 5 + [10] * 20:
        generation = make_batch(cast.ana).generations.get()
        change(generation, state="succeeded", started_at=now(seconds=-took), finished_at=now())
    [usual] = median_seconds([cast.model.pk]).values()
    assert round(usual) == 10
    change(Generation.objects.latest("pk"), state="failed", finished_at=now(seconds=900))
    assert round(median_seconds([cast.model.pk])[cast.model.pk]) == 10


def test_words_in_place_of_a_picture_are_shown_and_a_picture_is_asked_for(cast: Cast, signed_in: SignIn) -> None:
    batch = make_failed(cast.ana, kind="no_image", charged="yes")
    change(batch.generations.get(), detail='{"colour": "red"}')
    client = signed_in(cast.ana)
    page = html.unescape(client.get("/").content.decode())
    assert '<p dir="auto">“{"colour": "red"}”</p>' in page
    address = re.search(r'href="(/\?from=[^"]*prompt=[^"]*)"', page)[1]
    assert f"Draw a picture: {batch.prompt}</textarea>" in client.get(address).content.decode()


def test_drafts_are_linked_from_the_strip_and_used_like_other_pictures(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana)
    generation = batch.generations.get()
    drafts = [make_image(generation, position=place, is_surplus=True) for place in (2, 3)]
    change(generation, detail="1 more picture came as a draft and could not be kept.")
    client = signed_in(cast.ana)
    assert re.search(
        rf'href="/g/{generation.key}/exchange#drafts">[^§]{{0,90}}2 more pictures', client.get("/").content.decode()
    )
    log = client.get(f"/g/{generation.key}/exchange").content.decode()
    assert 'id="drafts"' in log and "1 more picture came as a draft and could not be kept." in log
    for number, draft in enumerate(drafts, 1):
        assert draft.get_absolute_url() in log
        page = client.get(draft.get_absolute_url()).content.decode()
        assert f"{batch}, draft {number}" in page and f"/?with={draft.key}" in page
    assert client.get(f"{drafts[0].original_url}?download").status_code == 200
    client.post(f"/i/{drafts[0].key}/refine", {"prompt": "Make it night", "submission": "r"})
    assert list(Batch.objects.latest("pk").references.all()) == [drafts[0]]
    client.post(f"/i/{drafts[0].key}/delete")
    assert re.search(r"1 more picture\b", client.get("/").content.decode())
    assert drafts[0].get_absolute_url() not in client.get(f"/g/{generation.key}/exchange").content.decode()


def test_models_of_one_name_are_told_apart_by_their_providers(cast: Cast, signed_in: SignIn) -> None:
    zebra = make_model(cast.model.name, make_provider("Zebra", "https://zebra.example/v1"))
    failed = make_failed(cast.ana, kind="model_not_found")
    client = signed_in(cast.ana)
    page = client.get("/").content.decode()
    assert notice_of(page)[0] == "Try on gpt-image-1 (Zebra)"
    assert "data-models-label>gpt-image-1 (Sandbox)<" in page
    client.post(f"/g/{failed.generations.get().key}/retry", {"model": zebra.key})
    page = client.get("/").content.decode()
    for name in ("Sandbox", "Zebra"):
        assert f'<p class="over strip__model">gpt-image-1 ({name})</p>' in page


def test_what_an_earlier_release_tried_again_in_a_batch_of_its_own_is_folded(
    cast: Cast, signed_in: SignIn, queries_of: Callable[[Callable[[], object]], int]
) -> None:
    failed, again = make_failed(cast.ana, kind="upstream_failed"), make_done(cast.ana)
    client = signed_in(cast.ana)
    assert 'class="notice' in client.get(failed.get_absolute_url()).content.decode()
    few = queries_of(lambda: client.get(failed.get_absolute_url()))
    change(again.generations.get(), retry_of=failed.generations.get())
    page = client.get(failed.get_absolute_url()).content.decode()
    assert 'class="notice notice' not in page and "strip__retried" in page and "is-void" not in page
    assert f'Tried again as <a href="{again.get_absolute_url()}">{again}</a>.' in page
    assert "strip__retried" not in client.get(again.get_absolute_url()).content.decode()
    assert queries_of(lambda: client.get(failed.get_absolute_url())) <= few
