"""Mail goes to a real server: once, in the reader's language, and not at the cost of anything else."""

from __future__ import annotations

import email
import socketserver
import threading
from collections.abc import Iterator
from contextlib import suppress
from email.message import Message as Letter
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from generations import mailing, upkeep
from generations.mailing import Subscription
from generations.models import Comment, Mail, Notification, Person, ShareLink, Visitor
from generations.models.key import now
from generations.models.mail import CLAIM_SECONDS
from generations.models.notification import MAIL_DELAY_SECONDS
from generations.notification_text import readable
from generations.queries.inbox import inbox_of
from generations.viewer import Viewer
from tests.support.cast import Cast, make_cast, make_done, make_gallery
from tests.support.clock import Clock
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db


class Session(socketserver.StreamRequestHandler):
    """Speaks as much SMTP as one message needs, or says nothing at all, or drips, or knows no recipient."""

    def handle(self) -> None:
        with suppress(OSError):
            self.speak()

    def speak(self) -> None:
        if self.server.mood == "silent":
            self.server.let_go.wait(30)
            return
        if self.server.mood == "dripping":
            self.wfile.write(b"220-")
            for _ in range(200):
                self.wfile.write(b".")
                self.server.let_go.wait(0.05)
            self.say("")
        self.say("220 mail.example")
        while line := self.rfile.readline().decode().strip().upper():
            if line.startswith("RCPT") and self.server.mood.isdecimal():
                self.say(f"{self.server.mood} no such mailbox")
            elif line == "DATA":
                self.say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.letters.append(email.message_from_bytes(b"".join(lines)))
                self.say("250 taken")
            elif line == "QUIT":
                return self.say("221 bye")
            else:
                self.say("250 fine")

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class MailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.letters: list[Letter] = []
        self.mood = "kind"
        self.let_go = threading.Event()


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def server(settings: LazySettings) -> Iterator[MailServer]:
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        host, port = server.server_address
        settings.EMAIL_URL = f"smtp://{host}:{port}"
        settings.EMAIL_BACKEND = "imageweb.mail.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = host, port, False
        settings.EMAIL_TIMEOUT = 0.2
        yield server
        server.let_go.set()
        server.shutdown()


def mention(cast: Cast, detail: str = "@ana look") -> None:
    Notification.tell([cast.ana], "mentioned", actor=cast.ben, image=make_done(cast.ana).images.get(), detail=detail)


@pytest.mark.parametrize(
    ("tls", "mood", "sentence"),
    [
        (True, "kind", "The mail server offers no STARTTLS; a relay without it is written smtp+plain://"),
        (False, "550", "The mail server refused the recipient."),
        (False, "silent", "The mail server did not answer, or ended the connection."),
    ],
)
def test_why_a_mail_is_not_taken_is_a_sentence(
    cast: Cast,
    server: MailServer,
    clock: Clock,
    settings: LazySettings,
    caplog: pytest.LogCaptureFixture,
    tls: bool,
    mood: str,
    sentence: str,
) -> None:
    settings.EMAIL_USE_TLS, server.mood = tls, mood
    mention(cast)
    clock.move(MAIL_DELAY_SECONDS + 1)
    mailing.queue_notifications()
    assert mailing.send_due() == 0
    assert sentence in caplog.text
    assert cast.ana.email not in caplog.text
    assert Mail.objects.get().error.startswith(sentence[:60])


def texts(letter: Letter) -> list[str]:
    return [part.get_payload(decode=True).decode() for part in letter.walk() if not part.is_multipart()]


def test_at_once_is_one_mail_in_text_and_html_and_only_of_what_is_unread(
    cast: Cast, server: MailServer, clock: Clock
) -> None:
    Person.objects.filter(pk=cast.ben.pk).update(first_name="Ben\r\nBcc: everybody@design.example")
    mention(cast, "<script>alert(1)</script>")
    assert mailing.queue_notifications() == 0
    clock.move(MAIL_DELAY_SECONDS + 1)
    assert (mailing.queue_notifications(), mailing.queue_notifications()) == (1, 0)
    assert (mailing.send_due(), mailing.send_due()) == (1, 0)
    [letter] = server.letters
    assert (letter["To"], letter["Bcc"]) == (cast.ana.email, None)
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    plain, html = texts(letter)
    link = cast.ana.notifications.get().get_absolute_url()
    assert link in plain and "<script>alert(1)</script>" in plain
    assert link in html and "&lt;script&gt;" in html and "<script>" not in html
    mention(cast)
    cast.ana.notifications.mark_read()
    clock.move(MAIL_DELAY_SECONDS + 1)
    assert mailing.queue_notifications() == 0


def test_a_comment_is_told_as_it_is_now_and_a_deleted_one_not_at_all(cast: Cast, server: MailServer) -> None:
    image, among = make_done(cast.ana).images.get(), Person.objects.all()
    visitor = Visitor.come(ShareLink.make(make_gallery(cast.ana, images=[image]), cast.ana), "Marisol")[0]
    gone, said = Comment.write(image, cast.ben, "Too dear", among=among)[0], visitor.remark(image, "Drker")
    inbox = inbox_of(Viewer(cast.ana))
    assert [row.comment for row in inbox] == [said, gone]
    gone.delete_by(cast.ben)
    said.edit("Darker")
    Notification.objects.update(mail_at=now(), is_for_digest=True)
    assert [one.words for one in readable(Viewer(cast.ana), inbox.all())] == ["Darker"]
    assert Notification.objects.unread().filter(person=cast.ana).count() == 1
    assert mailing.queue_notifications() == 1 and mailing.queue_notifications() == 0
    assert [item["words"] for item in Mail.objects.get().values["items"]] == ["Darker"]
    gone.restore()
    assert [row.comment for row in inbox.all()] == [said, gone]


def test_it_is_written_in_the_language_of_who_reads_it(cast: Cast, server: MailServer, clock: Clock) -> None:
    Person.objects.filter(pk=cast.ana.pk).update(language="zh-hans")
    mention(cast)
    clock.move(MAIL_DELAY_SECONDS + 1)
    mailing.queue_notifications()
    mailing.send_due()
    assert Mail.objects.get().language == "zh-hans"
    assert 'lang="zh-hans"' in texts(server.letters[0])[1]


def test_a_digest_comes_once_a_day_with_what_was_told_before_its_hour(
    cast: Cast, server: MailServer, clock: Clock
) -> None:
    at = timezone.localtime()
    Person.objects.update(digest=Person.Digest.DAILY, digest_hour=at.hour)
    clock.move(-2 * 3600)
    Notification.tell([cast.ana], "invited", actor=cast.ben, gallery=make_gallery(cast.ben))
    clock.move(2 * 3600)
    Notification.tell([cast.lea], "invited", actor=cast.ben, gallery=make_gallery(cast.ben))
    Person.objects.filter(pk=cast.lea.pk).update(digest_hour=0)
    assert (mailing.queue_digests(), mailing.queue_digests()) == (1, 0)
    mailing.send_due()
    assert [letter["To"] for letter in server.letters] == [cast.ana.email]
    assert "invited you to the gallery" in texts(server.letters[0])[0]


@pytest.mark.parametrize(("mood", "is_over"), [("silent", False), ("dripping", False), ("450", False), ("550", True)])
def test_a_server_that_hangs_or_refuses_ends_as_a_row(
    server: MailServer, settings: LazySettings, mood: str, is_over: bool
) -> None:
    server.mood = mood
    settings.EMAIL_TOTAL_SECONDS = 0.5 if mood == "dripping" else 60
    Mail.queue("client@studio.example", "notification", items=[], count=0)
    assert mailing.send_due() == 0
    row = Mail.objects.get()
    assert (row.attempts, bool(row.error), row.failed_at is not None) == (1, True, is_over)
    assert not Mail.objects.due().exists()
    Mail.objects.update(run_at=now())
    server.mood = "kind"
    assert mailing.send_due() == len(server.letters) == (0 if is_over else 1)


def test_a_worker_that_dies_between_the_server_and_the_row_leaves_it_to_another_under_the_same_id(
    server: MailServer, clock: Clock
) -> None:
    Mail.queue("client@studio.example", "notification", items=[], count=0)
    mail = Mail.claim_next()
    mailing.message_of(mail).send()
    assert mailing.send_due() == 0
    clock.move(CLAIM_SECONDS + 1)
    assert (mailing.send_due(), mailing.send_due(), mail.sent()) == (1, 0, False)
    assert len(server.letters) == 2 and len({letter["Message-ID"] for letter in server.letters}) == 1


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_several_workers_send_each_message_once(server: MailServer) -> None:
    for n in range(6):
        Mail.queue(f"client{n}@studio.example", "notification", items=[], count=0)
    assert [result for result in at_once(upkeep.post, *[mailing.send_due] * 3) if isinstance(result, Exception)] == []
    assert sorted(letter["To"] for letter in server.letters) == [f"client{n}@studio.example" for n in range(6)]
    assert Mail.objects.exclude(sent_at=None).count() == 6 and not upkeep.posting.locked()


def test_one_click_needs_no_account_and_a_look_changes_nothing(cast: Cast) -> None:
    path = urlsplit(Subscription(cast.ana.pk, ("mentions", "digest")).address).path
    client = Client(enforce_csrf_checks=True)
    assert "Somebody mentions you" in client.get(path).content.decode()
    assert Person.objects.get(pk=cast.ana.pk).channels == {}
    for _ in range(2):
        answer = client.post(path, {"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, answer.cookies.keys()) == (200, set())
    ana = Person.objects.get(pk=cast.ana.pk)
    assert (ana.channels, ana.digest) == ({"mentions": "a"}, "")


@given(st.text(max_size=60))
def test_no_other_token_is_read(token: str) -> None:
    assert Subscription.read(token) is None


def test_a_changed_token_is_not_read(cast: Cast) -> None:
    token = urlsplit(Subscription(cast.ana.pk, ("mentions",)).address).path.rpartition("/")[2]
    assert Subscription.read(token) is not None
    others = [token[:place] + ("x" if token[place] != "x" else "y") + token[place + 1 :] for place in range(len(token))]
    assert [other for other in others if Subscription.read(other)] == []
