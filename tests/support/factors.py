"""Second factors, as somebody with a telephone has them."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client

from generations.models import Person

STEP = 30


@dataclass
class App:
    """An authenticator app: it shows another code each time it is asked, the present one first."""

    secret: str
    shown: int = 0

    def code(self) -> str:
        self.shown += 1
        return format_hotp_value(hotp_value(self.secret, int(time.time()) // STEP + self.shown - 1))


def make_app(person: Person) -> App:
    """An app that the person connected some time ago, with recovery codes."""
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    RecoveryCodes.activate(person)
    return App(secret)


def recovery_codes(person: Person) -> list[str]:
    """Those that were not used."""
    codes = Authenticator.objects.get(user=person, type="recovery_codes").wrap().get_unused_codes()
    return [str(code) for code in codes]


def secret_on(page: str) -> str:
    """The key that the page shows beside the square code."""
    found = re.search(r'id="app-key">([A-Z2-7 ]+)<', page)
    assert found, "the page shows no key"
    return found[1].replace(" ", "")


def connect_app(client: Client) -> App:
    """Connect an app by the page for it; the answer has the recovery codes."""
    app = App(secret_on(client.get("/settings/second-factor/app").content.decode()))
    answer = client.post("/settings/second-factor/app", {"code": app.code()})
    assert answer.status_code == 200 and 'id="codes"' in answer.content.decode()
    return app
