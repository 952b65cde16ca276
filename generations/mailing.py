"""Mail: what people are told is put into messages, and messages that are due are sent. Only workers do this.

A message is claimed by one conditional UPDATE, sent, then marked. A worker that dies between the last two leaves it to
be sent once more when its claim is over; both copies carry the same Message-ID, by which mail programs know them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from smtplib import SMTPRecipientsRefused
from typing import Any, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.db.models import Min, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override

from generations.mail_errors import MAIL_ERRORS, why_not_sent
from generations.models import Invitation, Mail, Notification, Person, ShareLink
from generations.models.key import now
from generations.models.notification import NotificationQuerySet
from generations.models.notification_kind import KINDS, TOPICS
from generations.notification_text import readable
from generations.translatable import from_json
from generations.translation import translated
from generations.viewer import Viewer

log = logging.getLogger(__name__)

SALT = "unsubscribe"
DIGEST = "digest"
MAX_TOKEN = 500
A_SWEEP = 50
"""Messages sent, and people written to, in one go."""
MAX_LISTED = 50
"""Notifications in one message; the inbox has the others."""
SUBJECT_LENGTH = 150


@dataclass(frozen=True)
class Subscription:
    """What a mail's unsubscribe address stops: mail of some topics to one person, or the digest."""

    person: int
    topics: tuple[str, ...]

    @classmethod
    def read(cls, token: str) -> Self | None:
        """The one that a signed token names; None for any other text, and for a person who is gone."""
        try:
            person, *topics = signing.Signer(salt=SALT).unsign(token[:MAX_TOKEN]).split(".")
        except signing.BadSignature:
            return None
        found = Person.objects.filter(pk=int(person)).exists()
        return cls(int(person), tuple(topics)) if found else None

    @property
    def address(self) -> str:
        """Never expires, as a message may be read years later."""
        token = signing.Signer(salt=SALT).sign(".".join([str(self.person), *self.topics]))
        return settings.SITE_URL + reverse("unsubscribe", args=[token])

    @property
    def names(self) -> list[str]:
        """What it stops, in the active language."""
        return [
            gettext("The digest") if topic == DIGEST else translated(TOPICS[topic].when)
            for topic in self.topics
            if topic == DIGEST or topic in TOPICS
        ]

    def stop(self) -> None:
        Person.objects.get(pk=self.person).stop_mail(self.topics, digest=DIGEST in self.topics)


# ── from notifications to messages ──


def queue_notifications() -> int:
    """Put into messages what is to be mailed at once and was not read meanwhile, one message a person; how many."""
    people = _due().order_by("person").values_list("person")
    return sum(_queue_for(pk) for (pk,) in people.distinct()[:A_SWEEP])


def _due() -> NotificationQuerySet:
    return Notification.objects.standing().filter(mail_at__lte=now(), read_at=None)


@transaction.atomic
def _queue_for(person: int) -> bool:
    due = _due().filter(person=person).select_related("person", "actor", "comment")
    rows = list(due.select_for_update(of=("self",)).order_by("told_at", "pk"))
    Notification.objects.filter(pk__in=[row.pk for row in rows]).update(mail_at=None, mailed_at=now())
    topics = tuple(sorted({KINDS[row.kind].topic for row in rows if row.kind in KINDS}))
    return bool(rows) and _queue(rows, "notification", topics)


def queue_digests() -> int:
    """Put into messages what waits for the digest, for people whose hour has come; how many."""
    at = timezone.localtime()
    frequencies = [Person.Digest.DAILY]
    frequencies += [Person.Digest.WORKDAYS] if at.weekday() < 5 else []
    frequencies += [Person.Digest.MONDAYS] if at.weekday() == 0 else []
    people = (
        Person.objects.filter(Q(digested_on=None) | Q(digested_on__lt=at.date()), digest__in=frequencies)
        .filter(is_active=True, digest_hour__lte=at.hour, notifications__is_for_digest=True)
        .annotate(oldest=Min("notifications__told_at", filter=Q(notifications__is_for_digest=True)))
        .order_by("pk")
    )
    return sum(_queue_digest(person, at) for person in people[:A_SWEEP] if person.oldest < _hour_of(person, at))


def _hour_of(person: Person, at: datetime) -> datetime:
    """When the person's digest of that day is due: what comes later waits for the next."""
    return at.replace(hour=person.digest_hour, minute=0, second=0, microsecond=0)


@transaction.atomic
def _queue_digest(person: Person, at: datetime) -> bool:
    """One UPDATE of the person's day decides between any number of workers."""
    today = Q(digested_on=None) | Q(digested_on__lt=at.date())
    if not Person.objects.filter(today, pk=person.pk).update(digested_on=at.date()):
        return False
    pending = Notification.objects.filter(person=person, is_for_digest=True, told_at__lt=_hour_of(person, at))
    unread = pending.standing().filter(read_at=None).select_related("person", "actor", "comment")
    rows = list(unread.order_by("told_at", "pk"))
    pending.update(is_for_digest=False)
    return bool(rows) and _queue(rows, DIGEST, (DIGEST,))


def _queue(rows: Sequence[Notification], template: str, topics: tuple[str, ...]) -> bool:
    """One message to one person of these notifications, in the person's language. Whether there is one to send."""
    person = rows[0].person
    if not person.is_active:
        return False
    language = person.language or settings.LANGUAGE_CODE
    with override(language):
        told = readable(Viewer(person), [row for row in rows if row.kind in KINDS])
        items = [
            {"text": one.text, "words": one.words, "url": settings.SITE_URL + one.row.get_absolute_url()}
            for one in told[-MAX_LISTED:]
        ]
    return bool(items) and bool(
        Mail.queue(
            person.email,
            template,
            language=language,
            person=person,
            unsubscribe=Subscription(person.pk, topics).address,
            name=str(person),
            items=items,
            count=len(told),
            more=len(told) - len(items),
        )
    )


# ── from messages to the mail server ──


def send_due(is_stopping: Callable[[], bool] = lambda: False) -> int:
    """Send what is due, each message over a connection of its own; how many were taken. No database connection is held
    while the mail server is spoken to."""
    sent = 0
    for _turn in range(A_SWEEP):
        mail = None if is_stopping() else Mail.claim_next()
        if mail is None:
            break
        try:
            message = message_of(mail)
            if not connection.in_atomic_block:
                connection.close()
            message.send()
        except (ShareLink.DoesNotExist, Invitation.DoesNotExist) as error:  # its link was ended meanwhile
            mail.failed(f"{error}", is_final=True)
        except MAIL_ERRORS as error:
            mail.failed(f"{why_not_sent(error)} {error}", is_final=is_final(error))
            log.warning("mail %d is not taken: %s", mail.pk, why_not_sent(error), extra={"fields": {"mail": mail.pk}})
        else:
            mail.sent()
            sent += 1
    return sent


def is_final(error: Exception) -> bool:
    """Whether the server said for good that there is no such recipient."""
    if not isinstance(error, SMTPRecipientsRefused):
        return False
    return all(500 <= code < 600 for code, _said in error.recipients.values())


def message_of(mail: Mail) -> EmailMultiAlternatives:
    """The message as it is sent, written in its language."""
    host = urlsplit(settings.SITE_URL).hostname
    headers = {"Message-ID": f"<{mail.pk}.{mail.created_at:%Y%m%d%H%M%S}@{host}>", "Auto-Submitted": "auto-generated"}
    if mail.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{mail.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    with override(mail.language):
        values = {**mail.values, **secrets_of(mail)}
        context: dict[str, Any] = {
            **{name: from_json(it) if is_message(it) else it for name, it in values.items()},
            "site_name": settings.SITE_NAME,
            "site_url": settings.SITE_URL,
            "security_url": settings.SITE_URL + reverse("settings"),
            "settings_url": f"{settings.SITE_URL}{reverse('inbox')}#settings",
            "unsubscribe_url": mail.unsubscribe_url,
            "language": mail.language,
        }
        subject = one_line(render_to_string(f"mail/{mail.template}_subject.txt", context))
        context["subject"] = subject
        message = EmailMultiAlternatives(
            subject, render_to_string(f"mail/{mail.template}.txt", context), to=[mail.to], headers=headers
        )
        message.attach_alternative(render_to_string(f"mail/{mail.template}.html", context), "text/html")
    return message


def secrets_of(mail: Mail) -> dict[str, str]:
    """What opens a page and so stands in no row of mail: the address of a share link or an invitation, by its key.
    Raises DoesNotExist for one that does not open, ValueError where no known key opens its token."""
    if key := mail.values.get("link"):
        return {"url": settings.SITE_URL + ShareLink.objects.open().get(key=key).get_absolute_url()}
    if key := mail.values.get("invitation"):
        return {"url": settings.SITE_URL + Invitation.objects.open().get(key=key).get_absolute_url()}
    return {}


def is_message(value: object) -> bool:
    """Whether `Mail.queue` was given a Message here."""
    return isinstance(value, dict) and value.keys() >= {"text", "values"}


def one_line(text: str) -> str:
    """A header's text: no line ends in it, whatever somebody is called."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())[:SUBJECT_LENGTH]
