"""Costly work: so much at once, so many who wait, and nobody for long."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from generations.models import Lease, semaphore
from generations.models.key import now
from generations.models.semaphore import HELD_SECONDS, NotNow, Semaphore, picture_work
from tests.support.cast import make_person
from tests.support.clock import Clock
from tests.support.worker import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]
WORK = Semaphore("work", 2, 1, "Later.", 503)


def held() -> int:
    return Lease.objects.filter(until__gt=now()).count()


def test_so_many_at_once_and_the_rest_is_told_when_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(semaphore, "PATIENCE", 0)
    with WORK.acquired(), WORK.acquired():
        with pytest.raises(NotNow) as told, WORK.acquired():
            pass
        assert (told.value.sentence, told.value.status, told.value.retry_after) == ("Later.", 503, 5)
    assert held() == 0
    with WORK.acquired():
        assert held() == 1


def test_who_fails_gives_the_place_back() -> None:
    with pytest.raises(ZeroDivisionError), WORK.acquired():
        raise ZeroDivisionError
    assert held() == 0


def test_one_waits_and_comes_in_and_a_second_is_sent_away() -> None:
    came = threading.Event()

    def wait() -> None:
        with WORK.acquired():
            came.set()
        connection.close()

    waits = threading.Thread(target=wait)
    with WORK.acquired(), WORK.acquired():
        waits.start()
        assert wait_for(lambda: held() == 3)
        with pytest.raises(NotNow), WORK.acquired():
            pass
        assert not came.is_set()
    assert came.wait(60)
    waits.join()
    assert held() == 0


def test_what_a_dead_process_held_is_free_after_a_while_and_what_goes_on_is_not(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(semaphore, "PATIENCE", 0)
    assert Lease.take("work 0", HELD_SECONDS)  # and never given back
    with WORK.acquired() as renew:
        clock.move(HELD_SECONDS - 10)
        monkeypatch.setattr(semaphore.time, "monotonic", lambda: float("inf"))
        renew()
        clock.move(20)
        assert held() == 1
        with WORK.acquired():
            assert held() == 2


def test_nobody_stands_in_anothers_way() -> None:
    ana, ben = make_person("ana"), make_person("ben")
    with picture_work(ana), picture_work(ben):
        assert held() == 4
    assert held() == 0
