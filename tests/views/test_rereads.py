"""Reading kept answers once more: asked for by staff, done by a worker in portions, told with what it found."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.asserts import assertContains, assertNotContains

from generations import rereading, upkeep
from generations.errors import NotStored, ReadingStopped
from generations.models import Attempt, AuditEntry, Generation, Lease, Person, Reread
from generations.models.key import now
from generations.models.storage import Missing
from tests.support.cast import Cast, change, make_attempt, make_batch, make_cast, make_failed, make_png

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
HOSTILE = "<script>alert(1)</script>\0"


def failed(person: Person, *, visibility: str = "team") -> Generation:
    """One that failed though its answer has a picture: a former reader did not see it."""
    picture = base64.b64encode(make_png()).decode()
    said = {"choices": [{"message": {"role": "assistant", "content": f"![x](data:image/png;base64,{picture})"}}]}
    generation = make_batch(person, visibility=visibility).generations.get()
    make_attempt(generation, answer=json.dumps(said).encode(), kind="no_image", charged="yes")
    change(generation, state="failed", kind="no_image", charged="yes", finished_at=now())
    return generation


def test_it_is_counted_asked_for_once_and_told_with_what_it_found(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    today, staff = timezone.localdate().isoformat(), signed_in(cast.sam)
    found = [failed(cast.ana), failed(cast.ana, visibility="private")]
    make_failed(cast.ben, kind="cut")
    old = failed(cast.ana)
    Generation.objects.filter(pk=old.pk).update(created_at=now(days=-9))
    assertContains(staff.get(f"/record/reread?since={today}"), "Read 3 responses again")
    assert not Reread.objects.exists(), "looking asks for nothing"
    for _twice in range(2):
        answer = staff.post("/record/reread/ask", {"since": today}, follow=True)
        assertContains(answer, "Workers read the saved responses now.")
    asked = Reread.objects.get()
    assertContains(staff.get("/record/reread"), "Under way.")
    later = failed(cast.ana)
    monkeypatch.setattr(rereading, "AT_ONCE", 2)
    portions = [rereading.read_portion(under_way) for under_way in iter(Reread.objects.unfinished().first, None)]
    assert portions == [True, True, False], "two, one, and none left"
    asked.refresh_from_db()
    assert (asked.read, asked.otherwise) == (3, len(asked.found))
    keys = {said["generation"] for said in asked.found}
    assert {generation.key for generation in found} <= keys and not {old.key, later.key} & keys
    assert {each.state for each in Generation.objects.filter(key__in=keys)} == {"queued"}
    page = staff.get("/record/reread").content.decode()
    for generation in found:
        assert f'href="/g/{generation.key}/exchange"' in page
    assert "Under way." not in page
    entries = AuditEntry.objects.filter(verb="reread")
    assert [(entry.actor_id, entry.after["reread"]) for entry in entries] == [
        (cast.sam.pk, asked.key),
        (None, asked.key),
    ]


def test_another_worker_that_went_on_meanwhile_is_noticed(cast: Cast) -> None:
    failed(cast.ana)
    reread = Reread.objects.ask(timezone.now() - timedelta(days=1), cast.sam)
    stale = Reread.objects.get()
    assert rereading.read_portion(reread)
    behind = failed(cast.ana)
    stale.until = behind.pk
    assert not rereading.read_portion(stale) and Generation.objects.get(pk=behind.pk).state == "failed"
    assert not rereading.read_portion(Reread.objects.get())
    reread.refresh_from_db()
    assert (reread.read, len(reread.found), reread.finished_at is None) == (1, 1, False)


def test_an_answer_that_ends_its_worker_is_not_read_again_and_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, whole = failed(cast.ana), failed(cast.ana)
    Reread.objects.ask(timezone.now() - timedelta(days=1), cast.sam)
    read = rereading.outcome_of

    def outcome_of(generation: Generation) -> str | None:
        if generation.pk == broken.pk:
            raise MemoryError
        return read(generation)

    monkeypatch.setattr(rereading, "outcome_of", outcome_of)
    with pytest.raises(MemoryError):
        rereading.read_portion(Reread.objects.get())
    assert rereading.read_portion(Reread.objects.get()) and not rereading.read_portion(Reread.objects.get())
    assert [said["generation"] for said in Reread.objects.get().found] == [whole.key]


def away(*_: object) -> bytes:
    raise NotStored("Input/output error")


def missing(*_: object) -> bytes:
    raise Missing("No such file or directory")


def stopped(*_: object, **__: object) -> bytes:
    raise ReadingStopped


def test_while_the_storage_is_away_nothing_is_read_otherwise_and_nothing_is_left_out(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = failed(cast.ana)
    Reread.objects.ask(timezone.now() - timedelta(days=1), cast.sam)
    with monkeypatch.context() as patch:
        patch.setattr(Attempt, "answer_bytes", away)
        with pytest.raises(NotStored):
            rereading.read_portion(Reread.objects.get())
    kept = Generation.objects.get(pk=waiting.pk)
    assert (kept.state, kept.kind, kept.charged, Reread.objects.get().read) == ("failed", "no_image", "yes", 0)
    assert rereading.read_portion(Reread.objects.get())
    assert [said["generation"] for said in Reread.objects.get().found] == [waiting.key]


@pytest.mark.parametrize(("place", "broken"), [("answer_bytes", missing), ("pictures_sent", stopped)])
def test_an_answer_that_cannot_be_read_here_is_not_read_otherwise(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, place: str, broken: Callable[..., bytes]
) -> None:
    kept = failed(cast.ana)
    Reread.objects.ask(timezone.now() - timedelta(days=1), cast.sam)
    monkeypatch.setattr(Attempt, place, broken)
    assert rereading.read_portion(Reread.objects.get()) and not rereading.read_portion(Reread.objects.get())
    reread, kept = Reread.objects.get(), Generation.objects.get(pk=kept.pk)
    assert (reread.read, reread.found, kept.state, kept.kind) == (0, [], "failed", "no_image")


@pytest.mark.parametrize(
    ("kind", "is_taken_up"),
    [("picture_gone", False), ("picture_refused", False), ("bad_picture", False), ("internal", True), ("lost", True)],
)
def test_pictures_that_could_not_be_had_are_not_asked_for_once_more(cast: Cast, kind: str, is_taken_up: bool) -> None:
    """Their answer was read, and is read as it was; what broke before is another matter."""
    kept = failed(cast.ana)
    kept.attempts.update(kind="")
    change(kept, kind=kind)
    Reread.objects.ask(timezone.now() - timedelta(days=1), cast.sam)
    assert rereading.read_portion(Reread.objects.get())
    assert Reread.objects.get().found == ([{"generation": kept.key, "was": kind, "now": ""}] if is_taken_up else [])


@pytest.mark.parametrize("day", ["", "soon", "2026-13-45", "0001-01-01", "9999-12-31", HOSTILE, "9" * 100_000])
def test_what_is_no_day_is_said(cast: Cast, signed_in: SignIn, day: str) -> None:
    staff = signed_in(cast.sam)
    answer = staff.post("/record/reread/ask", {"since": day})
    assertContains(answer, "Choose a day.", status_code=422)
    assertNotContains(answer, "<script>alert", status_code=422)
    assert staff.get("/record/reread", {"since": day}).status_code == (422 if day else 200)
    assert not Reread.objects.exists()


def test_the_page_costs_the_same_however_much_was_found(
    cast: Cast, signed_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    staff = signed_in(cast.sam)
    for n in range(12):
        said = [
            {"generation": f"{n:012}", "was": "no_image", "now": ""},
            {"generation": failed(cast.ana).key, "was": "x", "now": "cut"},
        ]
        Reread.objects.create(since=timezone.now(), by=cast.sam, found=said, otherwise=600, finished_at=now())
    with django_assert_max_num_queries(16):
        page = staff.get("/record/reread").content.decode()
    assert "something that is gone" in page and "598 more are not listed." in page


@pytest.mark.django_db(transaction=True)
def test_a_worker_goes_on_while_somebody_asked() -> None:
    cast = make_cast()
    upkeep.go_on_rereading()
    assert not Lease.objects.filter(name="reread").exists()
    failed(cast.ana)
    Reread.objects.ask(timezone.now() - timedelta(days=1), cast.sam)
    for _portion in range(2):
        assert Lease.take("reread", seconds=120), "given back after each portion"
        upkeep.reread()
    assert not Reread.objects.unfinished().exists()
    upkeep.reread()
