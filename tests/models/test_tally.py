"""Numbers that only grow: each call is counted once, when it is over, whoever counts and whatever is deleted later."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from generations.models import Attempt, Image, StoredFile, Tally, tally
from generations.models.audit_entry import Subject, record
from generations.models.erasure import erase
from generations.models.key import now
from generations.models.tally import Key, Recounted, all_tallies, bucket_of, count_all, measure_stock
from tests.support.cast import Cast, change, make_attempt, make_batch, make_done, make_failed, make_image

OF = ("Sandbox", "gpt-image-1")


def counted() -> dict[str, float]:
    """The calls by outcome."""
    return {key.label: amount for key, amount in all_tallies().items() if key.name == tally.CALLS}


def test_a_call_is_counted_once_by_its_outcome(cast: Cast) -> None:
    make_done(cast.ana, pictures=3)
    make_failed(cast.ana, kind="timed_out")
    make_failed(cast.ben, kind="declined")
    assert (count_all(), count_all()) == (3, 0)
    assert counted() == {"succeeded": 1, "timed_out": 1, "declined": 1}
    assert all_tallies()[Key(tally.PICTURES, *OF)] == 3


def test_what_is_under_way_is_counted_when_it_is_over(cast: Cast) -> None:
    generation = make_batch(cast.ana).generations.get()
    make_attempt(generation, kind="rate_limited", charged="no")
    change(generation, kind="rate_limited", run_at=now(seconds=60), needs_call=True)
    assert count_all() == 1, "it waits for another call"
    make_attempt(generation, answered_at=None)
    change(generation, state="running", claim="c", kind="", needs_call=False)
    assert count_all() == 0
    change(generation, state="queued", kind="picture_gone", run_at=now(seconds=60))
    assert count_all() == 0, "the kept answer is read again; its pictures are still to come"
    make_image(generation)
    change(generation, state="succeeded", kind="", claim="", finished_at=now())
    assert count_all() == 1
    assert counted() == {"rate_limited": 1, "succeeded": 1}
    assert all_tallies()[Key(tally.PICTURES, *OF)] == 1


def test_pictures_that_reading_again_brings_are_counted_once(cast: Cast) -> None:
    generation = make_failed(cast.ana, kind="no_image").generations.get()
    make_image(generation)
    assert (count_all(), counted()) == (1, {"no_image": 1})
    for known in (True, False):  # as it is, and counted by a version that did not say how many pictures
        if not known:
            generation.attempts.update(pictures_counted=None)
        change(generation, state="failed", finished_at=now())
        assert generation.read_again() and count_all() == 0
        make_image(generation, position=generation.images.count() + 1)
        change(generation, state="succeeded", kind="", finished_at=now())
        assert (count_all(), count_all()) == (1, 0)
    assert counted() == {"no_image": 1}, "the call was one, and failed when it was counted"
    tallies = all_tallies()
    assert tallies[Key(tally.PICTURES, *OF)] == generation.images.count() == 3
    assert sum(amount for key, amount in tallies.items() if key.name == tally.BUCKET) == 1


def test_an_answer_that_is_read_again_while_it_is_counted(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    generation = make_failed(cast.ana, kind="no_image").generations.get()

    def overtaken() -> object:
        generation.read_again()
        return now()

    monkeypatch.setattr(tally, "now", overtaken)
    with pytest.raises(Recounted):
        tally.count_calls()
    assert counted() == {}


def test_a_call_that_nobody_heard_of_is_lost_and_a_cancelled_one_cancelled(cast: Cast) -> None:
    for state, kind in (("failed", "lost"), ("cancelled", "cancelled")):
        generation = make_batch(cast.ana).generations.get()
        make_attempt(generation, answered_at=None, answer=None, status=None)
        change(generation, state=state, kind=kind, finished_at=now())
    count_all()
    assert counted() == {"lost": 1, "cancelled": 1}
    assert Key(tally.SECONDS, *OF) not in all_tallies(), "nobody knows how long these took"


def test_seconds_fall_into_buckets(cast: Cast) -> None:
    for took in (0.4, 7, 7000):
        generation = make_done(cast.ana).generations.get()
        at = timezone.now()
        generation.attempts.update(sent_at=at - timedelta(seconds=took), answered_at=at)
    count_all()
    tallies = all_tallies()
    assert {key.label: amount for key, amount in tallies.items() if key.name == tally.BUCKET} == {
        "1": 1, "10": 1, "+Inf": 1
    }  # fmt: skip
    assert tallies[Key(tally.SECONDS, *OF)] == pytest.approx(7007.4)
    assert [bucket_of(seconds) for seconds in (0, 1, 1.1, 600, 601)] == ["1", "1", "2", "600", "+Inf"]


def test_nothing_shrinks_when_rows_go(cast: Cast) -> None:
    batch = make_done(cast.ana)
    make_failed(cast.ana)
    count_all()
    before = all_tallies()
    erase(cast.ana, cast.sam)
    batch.generations.all().delete()
    assert not Attempt.objects.exists()
    make_done(cast.ben)
    count_all()
    after = all_tallies()
    assert all(after[key] >= amount for key, amount in before.items())
    assert after[Key(tally.CALLS, *OF, "succeeded")] == 2


def test_two_that_count_at_once_count_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    make_done(cast.ana)

    def overtaken() -> object:
        """The other marks what was just read."""
        Attempt.objects.update(counted_at=now())
        return now()

    monkeypatch.setattr(tally, "now", overtaken)
    with pytest.raises(Recounted):
        tally.count_calls()
    assert counted() == {} and count_all() == 0


def test_pieces_are_counted_to_the_end(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "AT_ONCE", 2)
    for _ in range(5):
        make_failed(cast.ana)
    assert count_all() == 5 and counted() == {"cut": 5}


def test_sign_ins_that_fail_are_counted_from_the_record(cast: Cast) -> None:
    record("sign_in_failed", cast.ana)
    record("sign_in_failed", Subject("person", "unknown"))
    record("wrong_link_password", Subject("sharelink", "x"))
    record("signed_in", by=cast.ana.pk)
    count_all()
    count_all()
    record("sign_in_failed", cast.ana)
    count_all()
    assert all_tallies()[Key(tally.FAILURES, label="account")] == 3
    assert all_tallies()[Key(tally.FAILURES, label="share_link")] == 1


def test_who_read_the_record_meanwhile_is_noticed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    record("sign_in_failed", cast.ana)
    read = Tally.objects.get_or_create

    def read_then_overtaken(**key: str) -> tuple[Tally, bool]:
        found = read(**key)
        Tally.objects.filter(name="read_to").update(amount=99)
        return found

    monkeypatch.setattr(Tally.objects, "get_or_create", read_then_overtaken)
    with pytest.raises(Recounted):
        tally.count_failures()
    assert Key(tally.FAILURES, label="account") not in all_tallies()


def test_the_stock_is_what_there_is_now(cast: Cast) -> None:
    image = make_done(cast.ana, pictures=2).images.first()
    measure_stock()
    sizes = sum(StoredFile.objects.values_list("size", flat=True))
    assert all_tallies()[Key(tally.STOCK, label="bytes")] == sizes
    Image.objects.filter(pk=image.pk).delete_by(cast.ana)
    measure_stock()
    assert all_tallies()[Key(tally.STOCK, label="pictures")] == 1
