"""An OpenID Connect provider on this machine, and a browser that goes there and comes back."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from django.conf import LazySettings
from django.http import HttpResponse
from django.test import Client
from oidc_provider_mock import run_server_in_thread

BEGIN = "/accounts/oidc/sso/login/"
CALLBACK = "/accounts/oidc/sso/login/callback/"


@dataclass
class SignOn:
    """The provider, at its address."""

    url: str

    def knows(self, uid: str, **claims: object) -> None:
        """It has an account with this number, and says this of it."""
        httpx.put(f"{self.url}/users/{uid}", json=claims).raise_for_status()

    def come_back(self, client: Client, uid: str, **began: str) -> str:
        """Go there by our page and agree; the address of ours to which that leads."""
        there = self.leave(client, **began)
        answer = httpx.post(there, data={"sub": uid})
        assert answer.status_code == 302, answer.text
        url = httpx.URL(answer.headers["Location"])
        return f"{url.path}?{url.query.decode()}"

    def leave(self, client: Client, **began: str) -> str:
        """The provider's address to which our page leads."""
        page = client.post(BEGIN, began)
        assert page.status_code == 200, page.content
        found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page.content.decode())
        assert found
        return html.unescape(found[1])

    def sign_in(self, client: Client, uid: str, **began: str) -> HttpResponse:
        return client.get(self.come_back(client, uid, **began))


@contextmanager
def sign_on() -> Iterator[SignOn]:
    with run_server_in_thread() as server:
        yield SignOn(f"http://localhost:{server.server_port}")


def use(settings: LazySettings, url: str) -> None:
    """Have the installation trust this provider."""
    settings.OIDC_ISSUER = url
    app = {
        "provider_id": "sso",
        "name": "Harbour",
        "client_id": "imageweb",
        "secret": "of-the-tests",
        "settings": {"server_url": url, "oauth_pkce_enabled": True},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"SCOPE": ["openid", "profile", "email"], "APPS": [app]}}
