"""The life of one generation in one process: what each answer leads to, and what remains when it dies at a step."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
import threading
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import OperationalError, connection

from generations import answer_pictures, pipeline, reader, tasks, worker
from generations.errors import (
    BY_KIND,
    AddressRefused,
    Cancelled,
    GenerationError,
    KeyRefused,
    ModelNotAllowed,
    NotStored,
    RateLimited,
)
from generations.models import (
    Attempt,
    Batch,
    BatchReference,
    Generation,
    Image,
    Provider,
    ProviderModel,
    StoredFile,
    Worker,
    attempt,
    queue,
)
from generations.models.key import now
from generations.models.numbering import draft_number
from generations.models.provider import SANDBOX_URL
from generations.models.storage import remove, walk, write
from generations.models.stored_file import original_path
from generations.queries.exchange import drafts_of
from generations.reader import Reader
from generations.translatable import Message
from generations.uploads import store_reference
from generations.viewer import Viewer
from generations.wire import sockets
from tests.support import isolated_jobs, scripted
from tests.support.cast import make_gallery, make_price
from tests.support.clock import Clock
from tests.support.orders import ask, fresh, get_or_make_person, make_model_at
from tests.support.scripted import Call, Died, Wire
from tests.support.upstream import Reply, drawn, failed, linked, png, refused, said, sha256_of, with_text
from tests.support.worker import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def one_worker(monkeypatch: pytest.MonkeyPatch, notified: list[int]) -> None:
    for path in list(walk()):
        remove(path)
    hire(monkeypatch)


def hire(monkeypatch: pytest.MonkeyPatch, name: str = "one") -> None:
    """From now on, this is the worker process."""
    monkeypatch.setattr(worker, "process", Worker(name=name, slots=8))
    worker.process.heartbeat()


def bring_to_rest(generation: Generation, clock: Clock, seconds: float = 400) -> Generation:
    """Sweep and answer every message until it has ended."""
    for _ in range(12):
        tasks.generate(generation.pk)
        if fresh(generation).is_final:
            break
        clock.move(seconds)
        worker.sweep()
    return fresh(generation)


def files_are_rows() -> bool:
    return set(walk()) == {path for row in StoredFile.objects.all() for path in row.paths()}


# ── what an answer leads to ──


def test_a_picture_is_kept_as_it_came(wire: Wire) -> None:
    generation = ask("a hill", make_model_at())
    tasks.generate(generation.pk)
    assert fresh(generation).state == "succeeded"
    assert generation.images.get().file_id == sha256_of("a hill")
    attempt = generation.attempts.get()
    assert attempt.answer_bytes() == drawn("a hill").body
    assert (attempt.charged, attempt.total_tokens) == ("yes", 8)


@pytest.mark.parametrize(
    ("status", "headers", "kind", "charged", "calls"),
    [
        (400, {}, "request_rejected", "no", 1),
        (401, {}, "key_refused", "no", 1),
        (402, {}, "quota_exhausted", "no", 1),
        (403, {}, "key_refused", "no", 1),
        (404, {}, "model_not_found", "no", 1),
        (408, {}, "upstream_failed", "maybe", 1),
        (409, {}, "upstream_failed", "maybe", 1),
        (413, {}, "request_too_large", "no", 1),
        (422, {}, "request_rejected", "no", 1),
        (429, {}, "rate_limited", "no", 4),
        (429, {"retry_after": "2"}, "rate_limited", "no", 4),
        (500, {}, "upstream_failed", "maybe", 1),
        (502, {}, "upstream_failed", "maybe", 1),
        (503, {}, "upstream_failed", "maybe", 1),
        (503, {"retry_after": "2"}, "provider_busy", "no", 4),
        (504, {}, "upstream_failed", "maybe", 1),
    ],
)
def test_each_status_has_its_kind_and_price(
    wire: Wire, clock: Clock, status: int, headers: dict[str, str], kind: str, charged: str, calls: int
) -> None:
    wire.fates.extend([scripted.answers(failed(status, **headers))] * 10)
    ended = bring_to_rest(ask("a hill", make_model_at()), clock)
    assert (ended.state, ended.kind, ended.charged) == ("failed", kind, charged)
    assert wire.calls["a hill"] == calls


def test_a_call_that_breaks_off_is_not_repeated(wire: Wire, clock: Clock) -> None:
    wire.fates.append(scripted.breaks_off)
    ended = bring_to_rest(ask("a hill", make_model_at()), clock)
    assert (ended.kind, ended.charged, wire.calls["a hill"]) == ("cut", "maybe", 1)


def test_a_limit_in_the_middle_of_a_stream_is_not_repeated(wire: Wire, clock: Clock) -> None:
    thought = {"choices": [{"index": 0, "delta": {"reasoning_content": "Drawing now."}}]}
    limit = {"error": {"code": 429, "message": "Rate limit exceeded"}}
    stream = "".join(f"data: {json.dumps(piece)}\n\n" for piece in (thought, limit)).encode()
    wire.fates.extend([scripted.answers(Reply(body=stream, headers={"Content-Type": "text/event-stream"}))] * 10)
    ended = bring_to_rest(ask("a hill", make_model_at()), clock)
    assert (ended.kind, ended.charged, wire.calls["a hill"]) == ("upstream_failed", "maybe", 1)


def test_a_provider_known_not_to_charge_may_be_called_again(wire: Wire, clock: Clock) -> None:
    wire.fates.extend([scripted.breaks_off, scripted.fails])
    ended = bring_to_rest(ask("a hill", make_model_at(retry_unclear=2)), clock)
    assert (ended.state, wire.calls["a hill"]) == ("succeeded", 3)


@pytest.mark.parametrize(
    ("fates", "state", "cost"),
    [
        ([], "succeeded", "0.04"),
        ([scripted.is_busy], "succeeded", "0.04"),
        ([scripted.breaks_off], "failed", None),
        ([scripted.answers(refused(401, "Incorrect API key provided"))], "failed", "0"),
        ([scripted.answers(said("No picture here."))], "failed", None),
    ],
)
def test_what_it_cost_is_written_when_it_ends(
    wire: Wire, clock: Clock, fates: list, state: str, cost: str | None
) -> None:
    model = make_model_at()
    make_price(model, "0.04", days_ago=1)
    wire.fates.extend(fates)
    generation = ask("a hill", model)
    make_price(model, "0.99")
    ended = bring_to_rest(generation, clock)
    assert (ended.state, ended.cost) == (state, None if cost is None else Decimal(cost))


def test_after_two_calls_that_may_both_have_been_charged_nobody_knows_the_cost(wire: Wire, clock: Clock) -> None:
    model = make_model_at(retry_unclear=1)
    make_price(model, "0.04")
    wire.fates.append(scripted.breaks_off)
    ended = bring_to_rest(ask("a hill", model), clock)
    assert (ended.state, ended.cost) == ("succeeded", None)


def test_what_was_paid_for_is_not_forgotten_when_the_kept_answer_is_read_again(wire: Wire, clock: Clock) -> None:
    model = make_model_at()
    make_price(model, "0.04")
    ended = bring_to_rest(ask("a hill", model), clock)
    Generation.objects.filter(pk=ended.pk).update(state="failed", kind="internal", cost=None)
    assert fresh(ended).read_again()
    assert bring_to_rest(ended, clock).cost == Decimal("0.04")


def test_what_the_provider_says_of_its_answer_stands_in_columns(wire: Wire, clock: Clock) -> None:
    choices = [
        {"index": n, "message": {"content": "No."}, "finish_reason": why}
        for n, why in enumerate(("stop", "stop", "length"))
    ]
    usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    body = json.dumps({"id": "chatcmpl-1", "choices": choices, "usage": usage}).encode()
    wire.fates.extend([scripted.answers(Reply(body=body)), scripted.answers(Reply(body=b'{"choices": []}'))])
    model = make_model_at()
    columns = ("finish_reason", "response_id", "prompt_tokens", "completion_tokens", "total_tokens")
    said = [
        bring_to_rest(ask(prompt, model), clock).attempts.values_list(*columns).get() for prompt in ("a hill", "a lake")
    ]
    assert said == [("stop, length", "chatcmpl-1", 3, 4, 7), (None, None, None, None, None)]


def test_nobody_there_is_tried_four_times(wire: Wire, clock: Clock) -> None:
    wire.fates.extend([scripted.is_not_reached] * 9)
    ended = bring_to_rest(ask("a hill", make_model_at()), clock)
    assert (ended.kind, ended.charged, wire.charges["a hill"]) == ("not_connected", "no", 0)
    assert [attempt.kind for attempt in ended.attempts.all()] == ["not_connected"] * 4


@pytest.mark.parametrize(
    ("says", "least", "most"), [("2", 2, 2), ("-1", 0, 60), ("abc", 0, 60), ("86400", 60, 24 * 3600)]
)
def test_a_busy_provider_says_when(wire: Wire, clock: Clock, says: str, least: float, most: float) -> None:
    generation = ask("a hill", make_model_at())
    wire.fates.append(scripted.answers(failed(429, retry_after=says)))
    tasks.generate(generation.pk)
    waiting = fresh(generation)
    assert (waiting.state, waiting.claim) == ("queued", "")
    clock.move(least - 1)
    assert not Generation.objects.due().exists()
    clock.move(most - least + 2)
    assert Generation.objects.due().exists()


def test_one_busy_answer_pauses_the_provider_for_all(wire: Wire, clock: Clock) -> None:
    model = make_model_at()
    asked = [ask(f"{number} hills", model) for number in range(5)]
    wire.fates.append(scripted.is_busy)
    tasks.generate(asked[0].pk)
    assert sum(wire.calls.values()) == 1
    clock.move(3)
    tasks.generate(asked[0].pk)
    assert Generation.objects.filter(state="succeeded").count() == 5


def test_a_refused_key_costs_one_call_and_the_rest_wait(wire: Wire, clock: Clock) -> None:
    model = make_model_at()
    asked = [ask(f"{number} hills", model) for number in range(5)]
    wire.fates.extend([scripted.refuses_the_key, scripted.refuses_the_key])
    tasks.generate(asked[0].pk)
    model.provider.refresh_from_db()
    assert model.provider.is_paused
    assert model.provider.pause_kind
    assert sum(wire.calls.values()) == 1
    clock.move(601)
    tasks.generate(asked[0].pk)
    assert sum(wire.calls.values()) == 2  # the probe
    model.provider.resume()
    tasks.generate(asked[0].pk)
    assert Generation.objects.filter(state="succeeded").count() == 3


def test_a_refusal_of_the_sandbox_holds_nobody_up_for_long(wire: Wire, clock: Clock) -> None:
    model = make_model_at(SANDBOX_URL)
    wire.fates.append(scripted.refuses_the_key)
    tasks.generate(ask("a hill [[401]]", model).pk)
    other = ask("a lake", model)
    tasks.generate(other.pk)
    assert fresh(other).state == "queued"
    clock.move(11)
    tasks.generate(other.pk)
    assert fresh(other).state == "succeeded"


def test_a_probe_that_was_not_sent_proves_nothing(wire: Wire, clock: Clock) -> None:
    model = make_model_at(needs_probe=True, pause_kind="key_refused")

    def is_stopped_before(call: Call) -> None:
        Generation.objects.get().cancel(None)
        worker.renew_claims()
        call.fail(BY_KIND["cancelled"](charged="no"))

    generation = ask("a hill", model)
    wire.fates.append(is_stopped_before)
    tasks.generate(generation.pk)
    model.provider.refresh_from_db()
    assert (fresh(generation).state, fresh(generation).charged) == ("cancelled", "no")
    assert model.provider.needs_probe


@pytest.mark.parametrize("status", [401, 429])
def test_an_old_answer_says_nothing_about_the_provider_now(wire: Wire, clock: Clock, status: int) -> None:
    model = make_model_at()
    wire.fates.extend([scripted.answers(failed(status, retry_after="60"))] * 4)
    generation = bring_to_rest(ask("a hill", model), clock)
    Provider.objects.update(paused_until=None, pause_kind="", needs_probe=False)
    assert generation.read_again()
    assert bring_to_rest(generation, clock).state == "failed"
    model.provider.refresh_from_db()
    assert (model.provider.paused_until, model.provider.pause_kind) == (None, "")


def test_a_picture_read_again_is_no_probe(wire: Wire, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    model = make_model_at()
    with monkeypatch.context() as patch:
        patch.setattr(answer_pictures, "open_with_thumbnails", raises(BY_KIND["bad_picture"]("a bug")))
        generation = bring_to_rest(ask("a hill", model), clock)
    Provider.objects.update(pause_kind="key_refused", needs_probe=True)
    assert generation.read_again()
    assert bring_to_rest(generation, clock).state == "succeeded"
    model.provider.refresh_from_db()
    assert model.provider.needs_probe


def test_a_kept_answer_waits_for_no_provider(wire: Wire, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither for one that is switched off or paused, nor for its room."""
    model = make_model_at(running_limit=1)
    with monkeypatch.context() as patch:
        patch.setattr(answer_pictures, "open_with_thumbnails", raises(BY_KIND["bad_picture"]("a bug")))
        generation = bring_to_rest(ask("a hill", model), clock)
    other = queue.claim(ask("a lake", model).pk, worker.process)
    Provider.objects.update(is_enabled=False, paused_until=now(hours=1))
    assert other
    assert generation.read_again()
    assert queue.claim_next(worker.process) == generation
    assert Generation.objects.running().count() == 2
    Provider.objects.update(is_enabled=True, paused_until=None)
    assert queue.claim(ask("a sea", model).pk, worker.process) is None, "the room is for calls"


def test_an_answer_that_was_paid_for_never_ends_as_not_sent(
    wire: Wire, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long its pictures could not be stored."""
    model = make_model_at()
    with monkeypatch.context() as patch:
        patch.setattr(answer_pictures, "open_with_thumbnails", raises(NotStored(Message("The disk is full."))))
        generation = ask("a hill", model)
        tasks.generate(generation.pk)
    assert fresh(generation).state == "queued"
    clock.move(25 * 3600)
    assert queue.expire_overdue() == 1
    ended = fresh(generation)
    assert (ended.state, ended.kind, ended.charged) == ("failed", "not_stored", "yes")
    assert ended.shown_detail == "The disk is full."
    assert ended.read_again()
    assert bring_to_rest(ended, clock).state == "succeeded"


@pytest.mark.parametrize(
    "trouble", [NotStored("Input/output error"), BY_KIND["reading_stopped"](), ZeroDivisionError()]
)
def test_our_trouble_with_reading_again_hides_no_failure(
    wire: Wire, clock: Clock, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    """However old it is: the storage is waited for, and then it ends as it had."""
    wire.fates.append(scripted.answers(failed(400)))
    generation = bring_to_rest(ask("a hill", make_model_at()), clock)
    clock.move(48 * 3600)
    assert generation.read_again()
    with monkeypatch.context() as patch:
        patch.setattr(Attempt, "answer_bytes", raises(trouble))
        with suppress(ZeroDivisionError):
            tasks.generate(generation.pk)
        assert fresh(generation).state == ("queued" if isinstance(trouble, NotStored) else "failed")
        clock.move(25 * 3600)
        queue.expire_overdue()
    ended = fresh(generation)
    assert (ended.state, ended.kind, ended.charged) == ("failed", "request_rejected", "no")
    assert ended.detail == generation.detail != ""


def test_a_cancel_puts_no_paid_picture_out_of_reach(wire: Wire, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    generation = ask("a hill", make_model_at())

    def cancelled(data: bytes) -> None:
        fresh(generation).cancel(generation.batch.person)
        raise Cancelled(charged="yes")

    with monkeypatch.context() as patch:
        patch.setattr(answer_pictures, "open_with_thumbnails", cancelled)
        tasks.generate(generation.pk)
    ended = fresh(generation)
    assert (ended.state, ended.charged) == ("cancelled", "yes")
    assert ended.read_again()
    assert fresh(ended).cancel(ended.batch.person)
    assert fresh(ended).read_again(), "cancelled once more while it waited"
    assert bring_to_rest(ended, clock).state == "succeeded"
    assert wire.calls["a hill"] == 1


def test_a_key_of_another_installation_sends_nothing_and_pauses_for_staff(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sealed(provider: Provider) -> Wire:
        raise ValueError("sealed with another SECRET_KEY")

    monkeypatch.setattr(Provider, "client", sealed)
    generation = ask("a hill", make_model_at())
    tasks.generate(generation.pk)
    ended = fresh(generation)
    assert (ended.state, ended.kind, ended.charged) == ("failed", "key_sealed", "no")
    assert not ended.attempts.exists()
    assert Provider.objects.get().pause_kind == "key_sealed"


def test_a_rate_limit_without_a_delay_ends_no_pause(wire: Wire, clock: Clock) -> None:
    model = make_model_at()
    Provider.objects.update(pause_kind="key_refused", needs_probe=True)
    wire.fates.append(scripted.answers(failed(429)))
    tasks.generate(ask("a hill", model).pk)
    assert Provider.objects.values_list("pause_kind", "needs_probe").get() == ("key_refused", True)


def test_an_answer_that_is_a_large_picture_is_kept_once_and_as_what_it_is(wire: Wire, clock: Clock) -> None:
    picture = png("a large hill", side=800)
    assert len(picture) > attempt.ROW_LIMIT
    wire.fates.append(scripted.answers(Reply(body=picture, headers={"Content-Type": "image/png"})))
    ended = bring_to_rest(ask("a hill", make_model_at()), clock)
    image, kept = ended.images.get(), ended.attempts.get()
    assert image.file.media_type == "image/png"
    assert kept.answer_file is None
    assert kept.answer_bytes() == picture
    assert kept.pictures == [image.file_id]


def test_pictures_that_are_fetched_are_not_held_until_the_last_is_there(
    wire: Wire, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only those within the answer are needed afterwards, to be taken out of it."""
    held: list[int] = []
    store = answer_pictures.store_pictures

    def stored(*args: object) -> tuple[dict[str, bytes], int]:
        within, lost = store(*args)  # type: ignore[arg-type]
        held.append(len(within))
        return within, lost

    monkeypatch.setattr(pipeline, "store_pictures", stored)
    monkeypatch.setattr(answer_pictures, "fetched", lambda provider, ref, scope: png(ref.url))
    links = " ".join(f"![a](http://provider.example/{n}.png)" for n in range(3))
    wire.fates.append(scripted.answers(said(links)))
    ended = bring_to_rest(ask("a hill", make_model_at()), clock)
    assert (ended.images.count(), held) == (3, [0])


def test_a_picture_without_a_host_is_fetched_from_the_gateway(
    wire: Wire, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []
    monkeypatch.setattr(
        answer_pictures, "fetched", lambda provider, ref, scope: fetched.append(ref.url) or png(ref.url)
    )
    wire.fates.append(scripted.answers(said("![a](images/abc.png)")))
    assert bring_to_rest(ask("a hill", make_model_at()), clock).state == "succeeded"
    assert fetched == ["http://provider.example/v1/images/abc.png"]


# ── whom a refusal concerns ──


@pytest.mark.parametrize(
    "reply",
    [
        said("Generation failed: invalid api key"),
        said("error: insufficient balance, please recharge your account"),
        said('{"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}}'),
        refused(400, "Invalid max_tokens value, the valid range of max_tokens is [1, 8192]"),
        refused(400, "Invalid value for 'user': 'your api key is invalid'"),
        refused(500, "upstream said: insufficient balance, your account was suspended"),
        refused(200, "no valid api key was given"),
        Reply(403, b"<html><title>Attention Required! | Cloudflare</title></html>"),
        Reply(403, b"error code: 1010"),
        Reply(403, b'{"message": "Forbidden"}'),
        refused(403, "Request blocked", code="1020"),
        refused(403, "no"),
        refused(402, "This request requires more credits, or fewer max_tokens. You can only afford 24873."),
        refused(404, "model_not_found", code="model_not_found"),
        refused(400, "Invalid value for 'style': 'not allowed to use this model'"),
        refused(200, "Invalid value for 'user': 'rate limit, try again in 3000 s'"),
        refused(500, "'Rate limit reached for test in organization x, try again in 3000 s'"),
    ],
)
def test_what_concerns_one_call_stops_nobody_else(wire: Wire, clock: Clock, reply: Reply) -> None:
    """Whoever writes a prompt or an option can make a model or a gateway say these."""
    model = make_model_at()
    wire.fates.append(scripted.answers(reply))
    assert bring_to_rest(ask("a hill", model), clock, seconds=0).state in ("failed", "queued")
    other = ask("a lake", model)
    tasks.generate(other.pk)
    assert fresh(other).state == "succeeded"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refused(403, "Your organization must be verified to use the model `test`."), "model_not_allowed"),
        (refused(401, "key not allowed to access model.", code="key_model_access_denied"), "model_not_allowed"),
        (refused(403, "Access to model denied.", code="AccessDenied.Unpurchased"), "model_not_allowed"),
        (refused(429, "Rate limit reached for test in organization x", retry_after="60"), "rate_limited"),
        (refused(429, "Quota exceeded, limit: 0, model: test. Please retry in 37s."), "rate_limited"),
    ],
)
def test_a_model_is_paused_alone(wire: Wire, clock: Clock, reply: Reply, kind: str) -> None:
    model = make_model_at()
    beside = ProviderModel.objects.create(provider=model.provider, name="beside", must_stream=False)
    wire.fates.append(scripted.answers(reply))
    first = ask("a hill", model)
    tasks.generate(first.pk)
    assert fresh(first).kind == kind
    waits, goes = ask("a lake", model), ask("a tree", beside)
    tasks.generate(waits.pk)
    assert (fresh(waits).state, fresh(goes).state) == ("queued", "succeeded")
    clock.move(601)
    tasks.generate(waits.pk)
    assert fresh(waits).state == "succeeded"
    model.refresh_from_db()
    assert (model.paused_until, model.pause_kind, model.needs_probe) == (None, "", False)


def test_the_probe_is_not_the_next_call_of_whoever_caused_the_pause(wire: Wire, clock: Clock) -> None:
    model = make_model_at()
    wire.fates.append(scripted.answers(refused(401, "Incorrect API key provided")))
    waiting = [ask(f"{number} hills", model, get_or_make_person("mallory")) for number in range(4)]
    tasks.generate(waiting[0].pk)
    victim = ask("a lake", model, get_or_make_person("victor"))
    clock.move(601)
    assert queue.claim_next(worker.process) == victim


def test_a_long_queue_takes_no_second_place_before_everybody_had_one(wire: Wire, clock: Clock) -> None:
    model = make_model_at(running_limit=1)
    waiting = [ask(f"{number} hills", model, get_or_make_person("mallory")) for number in range(4)]
    first = queue.claim_next(worker.process)
    victim = ask("a lake", model, get_or_make_person("victor"))
    assert first == waiting[0]
    first.succeed()
    second = queue.claim_next(worker.process)
    assert second == victim
    second.succeed()
    assert queue.claim_next(worker.process) == waiting[1]


def test_a_gateway_that_was_public_is_not_called_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    address = ["93.184.215.14"]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(socket.AF_INET, 1, 6, "", (address[0], 80))])
    provider = make_model_at("http://gateway.example/v1").provider
    provider.settle_private()
    assert provider.may_be_private() is False
    address[0] = "127.0.0.1"
    assert isinstance(provider.client().send(b"{}").failure, AddressRefused)


def test_a_gateway_that_nobody_knew_is_not_called_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose name appears only when a call is made, and leads inside."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(socket.AF_INET, 1, 6, "", ("127.0.0.1", 80))])
    provider = make_model_at("http://gateway.example/v1").provider
    assert provider.is_private is None
    assert isinstance(provider.client().send(b"{}").failure, AddressRefused)
    assert make_model_at("http://litellm:4000/v1").provider.may_be_private()


def test_a_paused_model_is_probed_by_one_call(wire: Wire, clock: Clock) -> None:
    model = make_model_at()
    beside = ProviderModel.objects.create(provider=model.provider, name="beside", must_stream=False)
    model.pause(ModelNotAllowed(), seconds=60, probe=True)
    waiting = [ask(f"{number} hills", model) for number in range(3)]
    other = ask("a lake", beside)
    clock.move(61)
    first = queue.claim_next(worker.process)
    second = queue.claim_next(worker.process)
    assert {first, second} == {waiting[0], other}
    assert queue.claim_next(worker.process) is None


def test_no_pause_is_longer_than_an_hour_without_a_probe(wire: Wire, clock: Clock) -> None:
    model = make_model_at()
    wire.fates.append(scripted.answers(refused(429, "slow down", retry_after="86000")))
    tasks.generate(ask("a hill", model).pk)
    others = [ask(f"{number} lakes", model) for number in range(2)]
    clock.move(3601)
    assert queue.claim_next(worker.process) == others[0]
    assert queue.claim_next(worker.process) is None


def test_a_mark_in_a_prompt_pauses_the_sandbox_for_seconds(clock: Clock) -> None:
    model = make_model_at(base_url=SANDBOX_URL)
    ProviderModel.objects.update(name="gpt-image-1")
    tasks.generate(ask("a hill [[429:86000]]", model).pk)
    model.provider.refresh_from_db()
    assert model.provider.is_paused
    clock.move(11)
    other = ask("a lake", model)
    tasks.generate(other.pk)
    assert fresh(other).state == "succeeded"


@pytest.mark.parametrize("error", [KeyRefused(), RateLimited()])
def test_a_change_of_the_provider_ends_its_pause_and_probes_at_once(
    wire: Wire, clock: Clock, error: GenerationError
) -> None:
    model = make_model_at()
    waiting = [ask(f"{number} hills", model) for number in range(2)]
    for generation in waiting:
        generation.mark_notified()
    model.provider.pause(error, seconds=3000)
    model.pause(error, seconds=3000)
    assert not Generation.objects.due().exists()
    Provider.objects.get().resume()
    assert list(Generation.objects.due_for_notify().order_by("pk")) == waiting
    assert queue.claim_next(worker.process) == waiting[0]
    assert queue.claim_next(worker.process) is None


# ── pictures at an address ──


@pytest.mark.parametrize(
    ("lay_at", "lies_at", "is_fetched"), [("10.0.0.7", "10.0.0.8", True), ("93.184.215.14", "10.0.0.7", False)]
)
def test_a_gateway_points_its_own_name_inside_only_if_it_always_did(
    wire: Wire, clock: Clock, monkeypatch: pytest.MonkeyPatch, lay_at: str, lies_at: str, is_fetched: bool
) -> None:
    address = [lay_at]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(socket.AF_INET, 1, 6, "", (address[0], 80))])
    dialled: list[str] = []

    def dial(family: object, where: tuple[str, int], *_: object) -> None:
        dialled.append(where[0])
        raise OSError("nobody is there")

    monkeypatch.setattr(sockets, "_connect_one", dial)
    model = make_model_at("http://gateway.example/v1")
    model.provider.settle_private()
    assert model.provider.may_be_private() is is_fetched
    address[0] = lies_at
    wire.fates.append(scripted.answers(linked("http://gateway.example/v1/meta.png")))
    tasks.generate(ask("a hill", model).pk)
    assert dialled == ([lies_at] if is_fetched else [])


def test_a_picture_that_comes_late_is_fetched_and_paid_once(
    wire: Wire, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = fetched_after(monkeypatch, 2)
    wire.fates.append(scripted.answers(linked("https://pictures.example/a.png")))
    ended = bring_to_rest(ask("a hill", make_model_at()), clock)
    assert (ended.state, wire.calls["a hill"], len(times)) == ("succeeded", 1, 3)


def test_a_picture_that_never_comes_fails_with_its_address_kept(
    wire: Wire, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = fetched_after(monkeypatch, 1000)
    wire.fates.append(scripted.answers(linked("https://pictures.example/a.png")))
    ended = bring_to_rest(ask("a hill", make_model_at()), clock)
    assert (ended.kind, ended.charged, wire.calls["a hill"], len(times)) == ("picture_gone", "yes", 1, 5)
    assert b"https://pictures.example/a.png" in ended.attempts.get().answer_bytes()


def fetched_after(monkeypatch: pytest.MonkeyPatch, failures: int) -> list[str]:
    times: list[str] = []

    def fetch(url: str, **_: object) -> bytes:
        times.append(url)
        if len(times) <= failures:
            raise BY_KIND["picture_gone"]("404")
        return png("a hill")

    monkeypatch.setattr(answer_pictures, "fetch", fetch)
    return times


def test_a_full_disk_is_waited_out_without_a_second_call(
    wire: Wire, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = ask("a hill", make_model_at())
    with monkeypatch.context() as patch:
        patch.setattr(StoredFile, "put", raises(NotStored("No space left on device")))
        for _ in range(8):
            tasks.generate(generation.pk)
            assert fresh(generation).kind == "not_stored"
            clock.move(601)
    assert bring_to_rest(generation, clock).state == "succeeded"
    assert wire.calls["a hill"] == 1


def test_a_long_answer_is_kept_without_a_storage_and_not_bought_again(
    wire: Wire, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = ask("a hill", make_model_at())
    with monkeypatch.context() as patch:
        patch.setattr(StoredFile, "put", raises(NotStored("No space left on device")))
        patch.setattr(attempt, "ROW_LIMIT", 10)
        patch.setattr(pipeline, "KEEP_SECONDS", 0)
        for _ in range(3):
            tasks.generate(generation.pk)
            assert fresh(generation).kind == "not_stored"
            clock.move(601)
        assert generation.attempts.get().answer_bytes() == drawn("a hill").body
    assert bring_to_rest(generation, clock).state == "succeeded"
    assert wire.calls["a hill"] == 1


def test_a_call_without_an_answer_is_never_followed_by_another(wire: Wire, clock: Clock) -> None:
    generation = ask("a hill", make_model_at())
    generation.attempts.create(n=1, url="http://provider.example/v1", request=b"{}")
    Generation.objects.update(needs_call=False)
    ended = bring_to_rest(generation, clock)
    assert (ended.kind, ended.charged, wire.calls["a hill"]) == ("lost", "maybe", 0)


def test_a_reference_that_cannot_be_read_delays_the_call_and_costs_nothing(wire: Wire, clock: Clock) -> None:
    generation = ask("a hill", make_model_at())
    reference = store_reference(generation.batch.person, png("a bottle"))
    BatchReference.objects.create(batch=generation.batch, image=reference, position=1)
    assert reference.clean_file is not None
    data, path = reference.clean_file.bytes(), original_path(reference.clean_file_id)
    remove(path)
    for _ in range(3):
        tasks.generate(generation.pk)
        waiting = fresh(generation)
        assert (waiting.state, waiting.kind, waiting.charged) == ("queued", "not_read", "no")
        assert (wire.calls["a hill"], waiting.attempts.count()) == (0, 0)
        clock.move(601)
    write(path, data)
    assert bring_to_rest(generation, clock).state == "succeeded"
    assert wire.calls["a hill"] == 1


def raises(error: Exception) -> object:
    def fail(*args: object, **kwargs: object) -> None:
        raise error

    return fail


# ── dying at a step ──

STEPS = {
    "after the claim": (pipeline, "call", "succeeded", 1),
    "after the answer": (pipeline, "ingest", "succeeded", 1),
    "before the first file": (answer_pictures, "store_picture", "succeeded", 1),
    "after the first file": (Attempt, "externalize", "succeeded", 1),
    "before the end": (Generation, "succeed", "succeeded", 1),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_that_dies_at_a_step_is_taken_up_from_there(
    wire: Wire, clock: Clock, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    owner, name, state, calls = STEPS[step]
    generation = ask("a hill", make_model_at())
    with monkeypatch.context() as patch, pytest.raises(Died):
        patch.setattr(owner, name, dies)
        tasks.generate(generation.pk)
    hire(monkeypatch, "two")
    clock.move(61)
    ended = bring_to_rest(generation, clock, seconds=61)
    assert (ended.state, wire.calls["a hill"], ended.attempts.count()) == (state, calls, 1)
    assert ended.images.get().file_id == sha256_of("a hill")
    assert files_are_rows()


@pytest.mark.parametrize("step", STEPS)
def test_a_long_answer_lies_in_a_file_only_until_its_pictures_do(
    wire: Wire, clock: Clock, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setattr(attempt, "ROW_LIMIT", 1500)
    owner, name, _, _ = STEPS[step]
    generation = ask("a hill", make_model_at())
    with monkeypatch.context() as patch, pytest.raises(Died):
        patch.setattr(owner, name, dies)
        tasks.generate(generation.pk)
    hire(monkeypatch, "two")
    clock.move(61)
    assert bring_to_rest(generation, clock, seconds=61).state == "succeeded"
    kept = generation.attempts.get()
    assert kept.answer_file is None
    assert kept.answer_bytes() == drawn("a hill").body
    assert StoredFile.objects.get().sha256 == sha256_of("a hill")
    assert files_are_rows()


def dies(*args: object, **kwargs: object) -> None:
    raise Died


@pytest.mark.parametrize(("fate", "calls"), [(scripted.dies_before, 0), (scripted.dies_within, 1)])
def test_a_worker_that_dies_with_a_call_open_has_lost_it(
    wire: Wire, clock: Clock, monkeypatch: pytest.MonkeyPatch, fate: scripted.Fate, calls: int
) -> None:
    generation = ask("a hill", make_model_at())
    wire.fates.append(fate)
    with pytest.raises(Died):
        tasks.generate(generation.pk)
    hire(monkeypatch, "two")
    clock.move(61)
    ended = bring_to_rest(generation, clock)
    assert (ended.kind, ended.charged, wire.calls["a hill"]) == ("lost", "maybe", calls)


def test_a_generation_that_kills_its_workers_is_claimed_three_times(
    wire: Wire, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "run", dies)
    generation = ask("a hill", make_model_at())
    for life in range(3):
        hire(monkeypatch, f"life {life}")
        with pytest.raises(Died):
            tasks.generate(generation.pk)
        clock.move(61)
        worker.sweep()
    tasks.generate(generation.pk)
    assert (fresh(generation).state, fresh(generation).kind, fresh(generation).claims) == ("failed", "worker_failed", 3)


def test_a_zombie_keeps_its_answer_and_changes_nothing_else(wire: Wire, clock: Clock) -> None:
    generation = ask("a hill", make_model_at())

    def frozen(call: Call) -> None:
        n = call.arrive()
        clock.move(90)
        worker.sweep()
        worker.renew_claims()
        call.answer(drawn(call.prompt, n))

    wire.fates.append(frozen)
    tasks.generate(generation.pk)
    assert (fresh(generation).state, fresh(generation).kind) == ("failed", "lost")
    assert not generation.images.exists()
    assert generation.attempts.get().answer_bytes() == drawn("a hill").body
    assert fresh(generation).read_again()
    assert bring_to_rest(generation, clock).state == "succeeded"
    assert wire.calls["a hill"] == 1


def test_a_bug_ends_the_generation_and_is_reported(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    generation = ask("a hill", make_model_at())
    monkeypatch.setattr(pipeline, "classify", raises(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        tasks.generate(generation.pk)
    assert (fresh(generation).kind, fresh(generation).charged) == ("internal", "maybe")
    assert fresh(generation).can_read_again()


def test_a_database_that_is_away_for_a_moment_costs_nothing(
    wire: Wire, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = ask("a hill", make_model_at())
    with monkeypatch.context() as patch, pytest.raises(OperationalError):
        patch.setattr(answer_pictures, "store_picture", raises(OperationalError("the server closed the connection")))
        tasks.generate(generation.pk)
    clock.move(61)
    assert bring_to_rest(generation, clock).state == "succeeded"
    assert wire.calls["a hill"] == 1


def test_an_answer_outlives_a_database_that_is_away(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    keep, waits = Attempt.keep, []

    def keeps_the_third_time(attempt: Attempt, exchange: object) -> None:
        if len(waits) < 2:
            raise OperationalError
        keep(attempt, exchange)

    monkeypatch.setattr(Attempt, "keep", keeps_the_third_time)
    monkeypatch.setattr(pipeline.time, "sleep", waits.append)
    generation = ask("a hill", make_model_at())
    tasks.generate(generation.pk)
    assert (fresh(generation).state, len(waits)) == ("succeeded", 2)


def test_every_attempt_of_a_generation_says_the_same_key_where_it_is_understood(wire: Wire, clock: Clock) -> None:
    wire.fates.append(scripted.is_busy)
    first = bring_to_rest(ask("a hill", model := make_model_at(sends_idempotency_key=True)), clock)
    second = bring_to_rest(ask("a lake", model), clock)
    assert first.attempts.count() == 2
    assert len(set(wire.keys)) == 2
    assert wire.keys == [wire.keys[0], wire.keys[0], wire.keys[2]]
    assert second.state == "succeeded"


# ── cancels ──


def test_a_cancel_before_the_claim_calls_nobody(wire: Wire) -> None:
    generation = ask("a hill", make_model_at())
    generation.cancel(get_or_make_person())
    tasks.generate(generation.pk)
    assert (fresh(generation).state, wire.calls["a hill"]) == ("cancelled", 0)


def test_a_cancel_within_the_call_cuts_it_at_the_next_beat(wire: Wire) -> None:
    generation = ask("a hill", make_model_at())

    def cancelled(call: Call) -> None:
        call.arrive()
        generation.cancel(get_or_make_person())
        worker.renew_claims()
        assert call.scope.cancelled
        call.answer(drawn(call.prompt))

    wire.fates.append(cancelled)
    tasks.generate(generation.pk)
    assert (fresh(generation).state, fresh(generation).charged) == ("cancelled", "maybe")


# ── what is promised of the code ──


def test_no_transaction_is_open_during_a_call(wire: Wire) -> None:
    generation = ask("a hill", make_model_at())

    def looks(call: Call) -> None:
        assert connection.connection is None
        scripted.draws(call)

    wire.fates.append(looks)
    tasks.generate(generation.pk)
    assert fresh(generation).state == "succeeded"


def test_nothing_is_scheduled_in_the_broker() -> None:
    sources = [path.read_text() for path in Path("generations").rglob("*.py")]
    assert not any(re.search(r"countdown=|\beta=|\.retry\(|\.revoke\(|apply_async", source) for source in sources)


def test_no_lease_is_reckoned_by_a_host_s_clock() -> None:
    """Nor by a clock that may jump: a process waits by the monotonic one."""
    sources = {
        path: path.read_text() for path in [*Path("generations/models").glob("*.py"), Path("generations/tasks.py")]
    }
    assert not [path for path, source in sources.items() if "timezone.now(" in source or "date.today(" in source]


def test_every_kind_says_whose_move_it_is_in_a_sentence() -> None:
    leaves = [cls for cls in BY_KIND.values() if not cls.__subclasses__()]
    for cls in leaves:
        assert cls.sentence.endswith(".")
        assert cls.title
        assert (cls.charged, cls.retryable) != ("maybe", True)


def test_a_drawn_picture_is_sent_on_without_its_metadata(wire: Wire) -> None:
    """Gateways write prompts into their PNGs, and another provider or a team mate's batch is no place for them."""
    written = with_text(png("a hill"), "parameters", "strictly private")
    uri = f"data:image/png;base64,{base64.b64encode(written).decode()}"
    wire.fates.append(scripted.answers(said(f"![a]({uri})")))
    first = ask("a hill", make_model_at())
    tasks.generate(first.pk)
    drawn_image = first.images.get()
    assert drawn_image.file.bytes() == written
    model = make_model_at("http://other.example/v1", name="Other")
    model.max_references = 1
    model.save()
    second = ask("a lake", model, references=[drawn_image])
    tasks.generate(second.pk)
    kept = second.attempts.get()
    drawn_image.refresh_from_db()
    assert drawn_image.clean_file_id in kept.pictures and drawn_image.file_id not in kept.pictures
    sent = base64.b64decode(re.search(rb"base64,([^\"]+)", kept.request_bytes())[1])
    assert sent == drawn_image.clean_file.bytes()
    assert b"strictly private" not in sent


# ── what is in memory ──


class Reads:
    """Paths of the storage in the order in which they were opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.paths: list[str] = []
        opening = default_storage.open

        def noted(path: str, *args: object) -> object:
            self.paths.append(path)
            return opening(path, *args)

        monkeypatch.setattr(default_storage, "open", noted)


def with_references(*references: Image) -> Generation:
    model = make_model_at()
    model.max_references = len(references)
    model.save()
    return ask("a hill", model, references=references)


def test_a_run_reads_nothing_from_the_storage_but_its_references(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt, "ROW_LIMIT", 10)  # so that the answer is spooled
    one, two = (store_reference(get_or_make_person(), png(f"bottle {number}")) for number in range(2))
    generation, reads = with_references(one, two), Reads(monkeypatch)
    tasks.generate(generation.pk)
    assert fresh(generation).state == "succeeded"
    assert reads.paths == [original_path(image.clean_file_id) for image in (one, two)]


def test_a_clean_copy_made_for_a_call_is_not_read_back(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = store_reference(get_or_make_person(), png("a bottle"))
    Image.objects.update(clean_file=None)
    reads = Reads(monkeypatch)
    tasks.generate(with_references(reference).pk)
    assert reads.paths == [original_path(reference.file_id)]


def test_a_run_that_takes_up_an_answer_reads_it_alone(
    wire: Wire, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "ROW_LIMIT", 10)
    generation = with_references(store_reference(get_or_make_person(), png("a bottle")))
    with monkeypatch.context() as patch, pytest.raises(Died):
        patch.setattr(pipeline, "ingest", dies)
        tasks.generate(generation.pk)
    spool = generation.attempts.get().answer_file
    hire(monkeypatch, "two")
    clock.move(61)
    worker.sweep()
    reads = Reads(monkeypatch)
    tasks.generate(generation.pk)
    assert (fresh(generation).state, wire.calls["a hill"]) == ("succeeded", 1)
    assert reads.paths == [original_path(spool.pk)]


@pytest.mark.parametrize("dying", [False, True], ids=["at once", "taken up"])
def test_a_reference_that_an_answer_repeats_is_no_picture_of_it(
    wire: Wire, clock: Clock, monkeypatch: pytest.MonkeyPatch, dying: bool
) -> None:
    """Also when it is read again after its own picture stands in it as a marker too."""
    reference, new = store_reference(get_or_make_person(), png("a bottle", side=60)), png("a hill", side=60)
    uris = [base64.b64encode(data).decode() for data in (reference.clean_file.bytes(), new)]
    wire.fates.append(scripted.answers(said(" ".join(f"![a](data:image/png;base64,{uri})" for uri in uris))))
    generation = with_references(reference)
    if dying:
        with monkeypatch.context() as patch, pytest.raises(Died):
            patch.setattr(Generation, "succeed", dies)
            tasks.generate(generation.pk)
        generation.images.all().delete()
        hire(monkeypatch, "two")
        clock.move(61)
    assert bring_to_rest(generation, clock, seconds=61).state == "succeeded"
    assert [image.file.bytes() for image in generation.images.all()] == [new]
    assert wire.calls["a hill"] == 1


# ── reading ──


def stuck(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """From now on no answer can be read to its end."""
    monkeypatch.setattr(reader, "SECONDS", seconds)
    never = Reader(max_body=1024**2)
    never.pool.module = isolated_jobs.__name__
    monkeypatch.setattr(pipeline, "READER", never)


def test_an_answer_that_takes_too_much_is_kept_and_read_again_later(
    wire: Wire, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = ask("a hill", make_model_at(retry_unclear=2))
    with monkeypatch.context() as patch:
        stuck(patch, seconds=1)
        ended = bring_to_rest(generation, clock)
    assert (ended.state, ended.kind, wire.calls["a hill"]) == ("failed", "reading_stopped", 1)
    assert ended.attempts.get().answer_bytes() == drawn("a hill").body
    assert ended.can_read_again()
    ended.read_again()
    assert bring_to_rest(ended, clock).state == "succeeded"
    assert wire.calls["a hill"] == 1


def test_a_cancel_reaches_an_answer_that_is_being_read(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    generation = ask("a hill", make_model_at())
    stuck(monkeypatch, seconds=600)
    running = threading.Thread(target=worker.run_and_release, daemon=True)
    running.start()
    assert wait_for(generation.attempts.filter(answered_at__isnull=False).exists)
    generation.cancel(None)
    assert wait_for(lambda: (worker.renew_claims(), not running.is_alive())[1])
    ended = fresh(generation)
    assert (ended.state, ended.charged) == ("cancelled", "maybe")
    assert ended.attempts.get().answer_bytes() == drawn("a hill").body


def test_all_that_follows_an_answer_has_a_deadline(wire: Wire, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "INGEST_SECONDS", 1)
    stuck(monkeypatch, seconds=600)
    ended = bring_to_rest(ask("a hill", make_model_at()), clock)
    assert (ended.kind, ended.charged) == ("reading_stopped", "maybe")


# ── what stands in an answer and looks like ours ──


def forged(sha256: str, count: int = 1) -> str:
    return f"⟦picture {sha256} s 0 999999999⟧" * count


def test_a_marker_in_an_answer_gives_nobody_s_picture(wire: Wire, clock: Clock) -> None:
    """Whoever knows the hash of a picture they may not see cannot have it drawn by an answer that names it."""
    private = store_reference(get_or_make_person("ana"), png("strictly private"))
    content = f"![x](data:image/png;base64,{forged(private.file_id)})"
    wire.fates.append(scripted.answers(said(content)))
    ended = bring_to_rest(ask("a hill", make_model_at()), clock)
    assert not ended.images.exists()
    assert ended.attempts.get().answer_bytes() == said(content).body


def test_markers_in_a_prompt_and_its_answer_cost_no_memory(wire: Wire, clock: Clock) -> None:
    """A hundred of them stood for gigabytes of base64."""
    large = store_reference(get_or_make_person("ana"), png("noise", side=600))
    prompt = forged(large.file_id, count=100)
    wire.fates.append(scripted.answers(said(prompt)))
    model = make_model_at()
    model.max_references = 1
    model.save()
    kept = bring_to_rest(ask(prompt, model, references=[large]), clock).attempts.get()
    assert kept.pictures == [large.clean_file_id]
    assert len(kept.request_bytes()) == kept.request_size
    assert kept.answer_bytes() == said(prompt).body


def test_a_long_answer_with_markers_is_kept_word_for_word(wire: Wire, clock: Clock) -> None:
    content = forged("a" * 64, count=10_000) + "b" * attempt.ROW_LIMIT
    wire.fates.append(scripted.answers(said(content)))
    kept = bring_to_rest(ask("a hill", make_model_at()), clock).attempts.get()
    assert kept.answer_file is not None
    assert kept.answer_bytes() == said(content).body


def test_drafts_that_came_beside_what_was_asked_for_are_kept(wire: Wire, clock: Clock) -> None:
    pictures = [base64.b64encode(png(str(number))).decode() for number in range(3)]
    body = json.dumps({"choices": [{"message": {"images": [{"b64_json": each} for each in pictures]}}]}).encode()
    wire.fates.append(scripted.answers(Reply(body=body)))
    ended = bring_to_rest(ask("a hill", make_model_at()), clock)
    kept = ended.images.order_by("position").values_list("position", "is_surplus", "file_id")
    sha256 = [hashlib.sha256(png(str(number))).hexdigest() for number in range(3)]
    assert list(kept) == [(1, False, sha256[2]), (2, True, sha256[0]), (3, True, sha256[1])]
    assert pictures[0].encode() not in bytes(ended.attempts.get().answer)


def previewed(*lines: object, seed: str = "preview") -> Reply:
    event = {"type": "image_generation.partial_image", "b64_json": base64.b64encode(png(seed)).decode()}
    body = b"".join(b"data: " + json.dumps(line).encode() + b"\n\n" for line in (event, *lines))
    return Reply(body=body, headers={"Content-Type": "text/event-stream"})


FAILS = {"type": "error", "error": {"message": "boom", "code": "server_error"}}
BLOCKED = {"type": "error", "error": {"message": "blocked", "code": "moderation_blocked"}}


@pytest.mark.parametrize(
    ("lines", "kind"), [((FAILS,), "upstream_failed"), ((BLOCKED,), "declined"), ((), "cut")], ids=str
)
def test_previews_of_a_call_that_failed_are_kept_as_drafts(
    wire: Wire, clock: Clock, lines: tuple[object, ...], kind: str
) -> None:
    wire.fates.append(scripted.answers(previewed(*lines)))
    ended = bring_to_rest(ask("a hill", make_model_at()), clock)
    assert (ended.state, ended.kind) == ("failed", kind)
    image = ended.images.get()
    assert image.is_surplus and image.file_id == hashlib.sha256(png("preview")).hexdigest()
    assert draft_number(image, ended) == 1
    assert ended.attempts.get().answer_bytes() == previewed(*lines).body
    assert list(drafts_of(Viewer(ended.batch.person), ended)) == [image]


def queue_again(generation: Generation, *, calls: bool) -> None:
    Generation.objects.filter(pk=generation.pk).update(
        state="queued", needs_call=calls, run_at=now(), deadline_at=now(hours=1), finished_at=None, claims=0, kind=""
    )


def test_previews_are_in_the_way_of_no_later_call(wire: Wire, clock: Clock) -> None:
    pictures = [{"b64_json": base64.b64encode(png(str(number))).decode()} for number in range(2)]
    wire.fates += [scripted.answers(previewed(FAILS)), with_pictures(*pictures)]
    generation = bring_to_rest(ask("a hill", make_model_at()), clock)
    preview = generation.images.get()
    queue_again(generation, calls=False)
    assert bring_to_rest(generation, clock).images.get() == preview, "the same answer is the same row"
    queue_again(generation, calls=True)
    ended = bring_to_rest(generation, clock)
    assert (ended.state, ended.attempts.count()) == ("succeeded", 2)
    kept = ended.images.order_by("position").values_list("position", "is_surplus")
    assert list(kept) == [(1, False), (2, True), (preview.position, True)]


@pytest.mark.parametrize("is_archived", [False, True])
def test_an_archived_gallery_is_filled_no_more(wire: Wire, clock: Clock, is_archived: bool) -> None:
    generation = ask("a hill", make_model_at())
    gallery = make_gallery(generation.batch.person, archived_at=now() if is_archived else None)
    Batch.objects.filter(pk=generation.batch.pk).update(visibility="gallery", gallery=gallery)
    wire.fates.append(with_pictures({"b64_json": base64.b64encode(png("0")).decode()}))
    ended = bring_to_rest(generation, clock)
    assert ended.images.count() == 1 and gallery.items.exists() is not is_archived


def with_pictures(*pictures: object) -> scripted.Fate:
    body = json.dumps({"choices": [{"message": {"images": list(pictures)}}]}).encode()
    return scripted.answers(Reply(body=body))


def test_drafts_that_cannot_be_kept_are_counted(wire: Wire, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_pictures, "DRAFTS_OF_ANSWER", 2)
    broken = base64.b64encode(png("broken")[:200] + png("broken")[-12:]).decode()
    whole = [base64.b64encode(png(str(number))).decode() for number in range(3)]
    wire.fates.append(with_pictures(*({"b64_json": each} for each in (whole[0], broken, whole[1], whole[2]))))
    ended = bring_to_rest(ask("a hill", make_model_at()), clock)
    assert [image.is_surplus for image in ended.images.order_by("position")] == [False, True]
    assert ended.shown_detail == "2 more pictures came as drafts and could not be kept."


def test_base64_of_a_picture_that_could_not_be_stored_leaves_no_megabytes_in_the_row(wire: Wire, clock: Clock) -> None:
    """What was paid for is kept all the same, to the byte."""
    broken = png("noise", side=900)[:-400]
    wire.fates.append(with_pictures({"b64_json": base64.b64encode(broken).decode()}))
    ended = bring_to_rest(ask("a hill", make_model_at()), clock)
    kept = ended.attempts.get()
    assert (ended.state, ended.charged) == ("failed", "yes") and len(kept.answer_bytes()) > 1_000_000
    assert len(bytes(kept.answer)) < attempt.ROW_LIMIT
    assert base64.b64encode(broken) in kept.answer_bytes()


def test_a_private_picture_host_is_fetched_from_only_where_an_administrator_named_it(
    wire: Wire, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialled: list[tuple[str, int]] = []

    def dial(family: object, where: tuple[str, int], *_: object) -> None:
        dialled.append(where)
        raise OSError("nobody is there")

    monkeypatch.setattr(sockets, "_connect_one", dial)
    model = make_model_at()
    wire.fates.append(scripted.answers(linked("http://10.0.0.5:8000/a.png")))
    refused = bring_to_rest(ask("a hill", model), clock)
    assert (refused.kind, refused.charged, dialled) == ("picture_host_refused", "yes", [])
    assert "picture_host_refused" in BY_KIND and "Picture hosts" in BY_KIND["picture_host_refused"].advice
    Provider.objects.filter(pk=model.provider_id).update(picture_hosts="10.0.0.5:8000")
    assert refused.read_again()
    tasks.generate(refused.pk)
    assert [where[:2] for where in dialled] == [("10.0.0.5", 8000)]
    assert wire.calls["a hill"] == 1


def test_a_picture_cut_short_at_its_address_is_fetched_again_and_paid_once(
    wire: Wire, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = png("a hill")
    bodies = [whole[:-200], whole[:-200], whole[:-100], whole]
    monkeypatch.setattr(answer_pictures, "fetch", lambda url, **_: bodies.pop(0))
    wire.fates.append(scripted.answers(linked("https://pictures.example/a.png")))
    ended = bring_to_rest(ask("a hill", make_model_at()), clock)
    assert (ended.state, wire.calls["a hill"], bodies) == ("succeeded", 1, [])
    assert ended.images.get().file_id == hashlib.sha256(whole).hexdigest()


def test_token_counts_are_asked_for_only_where_it_is_set() -> None:
    model = make_model_at()
    model.must_stream = True
    assert "stream_options" not in model.request_for("a hill", options={}).model_dump(exclude_unset=True)
    model.provider.asks_for_usage = True
    sent = model.request_for("a hill", options={}).model_dump(exclude_unset=True)
    assert sent["stream_options"] == {"include_usage": True}
