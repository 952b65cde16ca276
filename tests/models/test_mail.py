"""Mail waits in rows: each is claimed by one worker, tried again later and later, and given up in the end."""

from __future__ import annotations

import pytest
from django.conf import LazySettings

from generations.models import Mail
from generations.models.mail import CLAIM_SECONDS, MAX_ATTEMPTS
from tests.support.clock import Clock
from tests.support.threads import at_once

TO = "client@studio.example"


@pytest.fixture(autouse=True)
def with_mail(settings: LazySettings) -> None:
    settings.EMAIL_URL = "smtp://mail.example"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "to", ["", "nobody", "a@b", "a@design.example\nBcc: b@design.example", "<a@design.example>", "a" * 400, "a\0@b.c"]
)
def test_what_is_no_address_is_never_queued(to: str) -> None:
    assert Mail.queue(to, "notification") is None
    assert not Mail.objects.exists()


@pytest.mark.django_db
def test_without_mail_nothing_is_queued(settings: LazySettings) -> None:
    settings.EMAIL_URL = ""
    assert Mail.queue(TO, "notification") is None


@pytest.mark.django_db
def test_a_failure_is_tried_again_later_and_later_and_given_up_with_its_error(clock: Clock) -> None:
    Mail.queue(TO, "notification")
    waited = []
    while mail := Mail.claim_next():
        assert Mail.claim_next() is None
        assert mail.failed("The server hung up.")
        seconds = 0
        while not Mail.objects.due().exists() and Mail.objects.waiting().exists():
            seconds += 60
            clock.move(60)
        waited.append(seconds)
    row = Mail.objects.get()
    assert (row.attempts, row.error, row.failed_at is not None) == (MAX_ATTEMPTS, "The server hung up.", True)
    assert waited[:3] == [60, 240, 960] and waited[:-1] == sorted(waited[:-1])


@pytest.mark.django_db
def test_a_claim_that_lapsed_changes_nothing(clock: Clock) -> None:
    Mail.queue(TO, "notification")
    first = Mail.claim_next()
    clock.move(CLAIM_SECONDS + 1)
    second = Mail.claim_next()
    assert second.attempts == 2
    assert (first.sent(), first.failed("Late."), second.sent(), second.sent()) == (False, False, True, False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.races
def test_of_many_workers_one_gets_it() -> None:
    Mail.queue(TO, "notification")
    claimed = at_once(*[Mail.claim_next] * 6)
    assert sum(mail is not None for mail in claimed) == 1
