"""What each kind of mail says: in every language, as text and as HTML, with hostile names in it."""

from __future__ import annotations

import re

import pytest
from django.conf import LazySettings
from django.utils.translation import gettext, override

from generations import mailing
from generations.models import Client, Mail, Notification, Person, ShareLink
from generations.models.client_colour import HUES
from generations.models.gallery_invitation import invite_to_gallery
from generations.models.inviting import invite
from generations.models.key import now
from generations.models.notification import MAIL_DELAY_SECONDS
from generations.models.pasted_addresses import Address
from generations.models.proven_address import prove_address
from tests.support.cast import Cast, make_cast, make_done, make_gallery
from tests.support.clock import Clock

pytestmark = pytest.mark.django_db
LANGUAGES = ("en", "zh-hans")
NAME = "Aldea <b>& Co.</b>"
SENTENCES = {
    "invitation": "Choose a password and join",
    "gallery_invitation": "Open the invitation",
    "client_ready": "Open the pictures",
    "client_thanks": "Look at it again",
    "notification": "Stop these emails",
    "digest": "Stop these emails",
    "proven_address": "You signed in to %(site_name)s by single sign-on for the first time.",
}


@pytest.fixture
def cast(settings: LazySettings) -> Cast:
    settings.EMAIL_URL = "smtp://localhost"
    return make_cast()


def queue_everything(cast: Cast, language: str, clock: Clock) -> None:
    """One mail of each kind."""
    Person.objects.update(language=language, channels={"answers": "d", "mentions": "m"}, digest="daily", digest_hour=0)
    cast.ana.refresh_from_db()
    image = make_done(cast.ana).images.get()
    client = Client.make(
        cast.design, cast.ana, NAME, colour="teal", language=language, contacts=["marisol@aldea.example"]
    )
    link = ShareLink.make(make_gallery(cast.ana, "Bottles", images=[image]), cast.ana, client=client)
    Person.objects.filter(pk=cast.lea.pk).update(first_name="<b>Lea</b>")
    cast.lea.refresh_from_db()
    wei = Address("wei@aldea.example")
    invite(cast.design, [wei], cast.lea, role="member", words="<script>alert(1)</script> 你好")
    said = {"known": Person.objects.none(), "role": "view", "words": "<script>alert(1)</script> 你好"}
    invite_to_gallery(make_gallery(cast.ana, NAME), [wei], cast.lea, **said)
    assert link.announce() == link.thank() == 1
    assert prove_address(cast.ana)
    for kind in ("mentioned", "commented"):
        Notification.tell([cast.ana], kind, actor=cast.ben, image=image, detail="<script>alert(1)</script> 你好")
    Notification.objects.update(told_at=now(days=-1))
    clock.move(MAIL_DELAY_SECONDS + 1)
    assert mailing.queue_notifications() and mailing.queue_digests()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_is_written_in_both_forms(cast: Cast, language: str, clock: Clock, settings: LazySettings) -> None:
    queue_everything(cast, language, clock)
    mails = {mail.template: mailing.message_of(mail) for mail in Mail.objects.all()}
    assert mails.keys() == SENTENCES.keys()
    for template, message in mails.items():
        [(page, kind)] = message.alternatives
        with override(language):
            sentence = gettext(SENTENCES[template]) % {"site_name": settings.SITE_NAME}
        assert kind == "text/html" and sentence in page and sentence in message.body
        assert f'<html lang="{language}">' in page and "{" not in message.body + message.subject
        assert "<script" not in page and "<b>" not in page and not re.search(r"(?:href|src)=\"(?!http)", page)
        assert message.subject and "\n" not in message.subject
        if template.startswith("client"):
            assert "Aldea &lt;b&gt;&amp; Co.&lt;/b&gt;" in page and HUES["teal"][0] in page and HUES["teal"][1] in page
    if language == "en":
        assert NAME in mails["client_ready"].body and mails["client_ready"].subject == "New pictures are ready: Bottles"
    else:
        assert all(re.search(r"[\u4e00-\u9fff]", message.subject) for message in mails.values())
