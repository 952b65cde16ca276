"""A site that is reached at another address than its settings say tells the cause, not a riddle."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

LOGIN = "/accounts/login/"


def page(answer: object) -> str:
    return " ".join(answer.content.decode().split())


def test_a_name_that_is_not_the_site_s_is_told_its_address(client: Client, settings: Settings) -> None:
    settings.ALLOWED_HOSTS, settings.SITE_URL = ["images.example"], "https://images.example"
    answer = client.get(LOGIN, SERVER_NAME="elsewhere.example")
    assert answer.status_code == 400
    assert "is reached at https://images.example" in page(answer)
    assert "ALLOWED_HOSTS" in page(answer)
    assert "elsewhere" not in page(answer)


def test_an_origin_that_does_not_match_is_told_with_both_addresses(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post(LOGIN, headers={"Origin": "https://images.example"})
    assert answer.status_code == 403
    assert "opened at https://images.example, but the server was asked at http://testserver" in page(answer)
    assert "Your browser blocks cookies" in page(client.post(LOGIN, headers={"Origin": "http://testserver"}))


@pytest.mark.parametrize(
    ("headers", "host", "status"),
    [
        ({"Sec-Fetch-Site": "none"}, "images.example", 400),
        ({}, "images.example", 301),
        ({"Sec-Fetch-Site": "none", "X-Forwarded-Proto": "https"}, "images.example", 200),
        ({"Sec-Fetch-Site": "none"}, "localhost", 301),
    ],
)
def test_a_redirect_that_would_never_end_is_a_page_with_the_cause(
    db: None, client: Client, settings: Settings, headers: dict[str, str], host: str, status: int
) -> None:
    settings.ALLOWED_HOSTS, settings.SITE_URL = ["images.example", "localhost"], "https://images.example"
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    answer = client.get(LOGIN, headers=headers | {"Host": host})
    assert answer.status_code == status
    assert ("TRUSTED_PROXIES" in page(answer)) == (status == 400)
