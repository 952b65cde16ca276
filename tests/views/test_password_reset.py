"""A forgotten password: a link in a letter where letters are sent, and a plain word where they are not."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from generations.models import Person
from tests.support.ports import closed_port

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> Person:
    return Person.objects.create_user("ana", "ana@example.test", "violet-harbour-92")


def test_the_link_names_the_installation_and_works_once(ana: Person, client: Client, settings: Any) -> None:
    settings.EMAIL_URL, settings.SITE_URL = "smtp://mail.example", "https://images.example"
    client.post("/accounts/password/reset/", {"email": ana.email}, headers={"host": "localhost"})
    (letter,) = mail.outbox
    assert letter.subject == "[Imageweb] A new password"
    assert "https://images.example/accounts/password/reset/key/" in letter.body and "localhost" not in letter.body
    path = letter.body.split("https://images.example")[1].split()[0]
    form = client.get(path, follow=True)
    new = {"password1": "amber-lantern-17", "password2": "amber-lantern-17"}
    client.post(form.redirect_chain[-1][0], new)
    ana.refresh_from_db()
    assert ana.check_password("amber-lantern-17")
    assert "password1" not in Client().get(path, follow=True).content.decode()


@pytest.mark.parametrize("address", ["ana@example.test", "nobody@example.test"])
def test_a_mail_server_that_is_away_is_a_sentence_for_whoever_asks(
    ana: Person, client: Client, settings: Any, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    settings.EMAIL_URL = "smtp://127.0.0.1"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", closed_port()
    answer = client.post("/accounts/password/reset/", {"email": address}, headers={"host": "localhost"})
    assert answer.status_code == 503
    assert "The mail could not be sent" in answer.content.decode()
    assert "The mail server of EMAIL_URL cannot be reached (Connection refused)." in caplog.text
    assert address not in caplog.text


def test_an_address_that_does_not_count_resets_nothing(ana: Person, client: Client, settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.example"
    EmailAddress.objects.create(user=ana, email="typo@example.test", verified=False, primary=False)
    client.post("/accounts/password/reset/", {"email": "typo@example.test"}, headers={"host": "localhost"})
    assert mail.outbox == []


def test_another_host_gets_no_letter_written(ana: Person, client: Client, settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.example"
    answer = client.post("/accounts/password/reset/", {"email": ana.email}, headers={"host": "evil.example"})
    assert answer.status_code == 400 and not mail.outbox


def test_where_no_mail_is_sent_the_page_says_so(client: Client) -> None:
    page = client.get("/accounts/password/reset/").content.decode()
    assert "sends no mail" in page and "Send the link" not in page


def test_a_wrong_current_password_changes_nothing(ana: Person, client: Client) -> None:
    client.force_login(ana, backend="allauth.account.auth_backends.AuthenticationBackend")
    said = {"oldpassword": "no", "password1": "amber-lantern-17", "password2": "amber-lantern-17"}
    page = client.post("/accounts/password/change/", said).content.decode()
    assert "This is not your current password. Type it again." in page
    ana.refresh_from_db()
    assert ana.check_password("violet-harbour-92")


def test_what_describes_a_field_is_on_the_page(ana: Person, client: Client) -> None:
    client.force_login(ana, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.post("/accounts/password/change/", {"oldpassword": "no"}).content.decode()
    described = [name for names in re.findall(r'aria-describedby="([^"]*)"', page) for name in names.split()]
    assert described and [name for name in described if f'id="{name}"' not in page] == []
