"""What a check of a provider's connection found, in sentences, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from urllib.parse import urlsplit

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from generations.models import Provider
from generations.models.connection_check import CHECK_SECONDS, ConnectionCheck
from generations.models.families import capabilities_of
from generations.presenters.formatting import seconds

OUTCOMES = {
    "ok": (gettext_lazy("The endpoint answers and takes the key"), ""),
    "bare_list": (gettext_lazy("The endpoint answers and takes the key"), ""),
    "empty": (
        gettext_lazy("The endpoint works, but lists no models"),
        gettext_lazy(
            "The key may not include any. Add a model below by its name, or ask your provider which there are."
        ),
    ),
    "page": (
        gettext_lazy("There is a web page at this address, not an endpoint"),
        gettext_lazy(
            "%(address)s answered with a page (HTTP %(status)s). Most endpoints end in /v1. Look up the address for"
            " programs (API) at your provider and enter that."
        ),
    ),
    "missing_path": (
        gettext_lazy("The address is incomplete"),
        gettext_lazy("%(address)s lists no models, but %(better)s does. Use that one."),
    ),
    "unknown_path": (
        gettext_lazy("This address knows no list of models"),
        gettext_lazy(
            "It answered HTTP %(status)s. Check that the address ends in /v1. If your provider lists no models, add"
            " them below by name."
        ),
    ),
    "not_a_list": (
        gettext_lazy("The answer is no list of models"),
        gettext_lazy("It answered HTTP %(status)s with something else. Check that the address ends in /v1."),
    ),
    "certificate": (
        gettext_lazy("The certificate of %(host)s is not trusted"),
        gettext_lazy(
            "Nothing was sent, and the key is safe. Check the name in the address. For a certificate of your own"
            " organisation, name its file in SSL_CERT_FILE and start Imageweb again."
        ),
    ),
    "key_refused": (
        gettext_lazy("The endpoint did not accept the key"),
        gettext_lazy(
            "It answered HTTP %(status)s. Nothing was charged. Copy the key again, or make a new one at your provider."
        ),
    ),
    "refused": (
        gettext_lazy("Nothing answers on port %(port)s of %(host)s"),
        gettext_lazy(
            "The computer is there, but refuses connections. Check the port in the address, and that the endpoint runs."
        ),
    ),
    "name": (
        gettext_lazy("%(host)s was not found"),
        gettext_lazy("Check the spelling of the address, and that this server may look up names in that network."),
    ),
    "timeout": (
        gettext_lazy("%(host)s did not answer in time"),
        gettext_lazy(
            "No connection within %(connect)s seconds. Check the address and the port; a firewall may be in between."
        ),
    ),
    "silent": (
        gettext_lazy("%(host)s took the question and did not answer"),
        gettext_lazy("A check waits %(seconds)s seconds. Check the port, and test again."),
    ),
    "not_tls": (
        gettext_lazy("This port does not speak https"),
        gettext_lazy(
            "Nothing was sent, and the key is safe. Enter the port for https. If the endpoint is in your own network"
            " and has only http, use %(better)s."
        ),
    ),
    "is_tls": (
        gettext_lazy("This port speaks https"),
        gettext_lazy(
            "The address begins with http. Use %(better)s, and a new key, since this one went out unencrypted."
        ),
    ),
    "redirected": (
        gettext_lazy("The endpoint is at another address"),
        gettext_lazy(
            "It answered HTTP %(status)s and leads elsewhere. A key is not sent after it. Enter that address."
        ),
    ),
    "proxy": (
        gettext_lazy("The HTTP proxy did not let the call through"),
        gettext_lazy(
            "If it wants a name and a password, enter them in its address, such as"
            " http://name:password@proxy.example:3128."
        ),
    ),
    "busy": (
        gettext_lazy("The endpoint is busy"),
        gettext_lazy("It answered HTTP 429: too many requests. Test again in a minute."),
    ),
    "broken": (
        gettext_lazy("The endpoint has a fault of its own"),
        gettext_lazy("It answered HTTP %(status)s. Test again in a minute; if it stays, ask your provider."),
    ),
    "bad_key": (
        gettext_lazy("The key cannot be sent"),
        gettext_lazy("It holds characters that HTTP does not carry. Copy it again, without spaces or line breaks."),
    ),
    "address_refused": (
        gettext_lazy("This address may not be called"),
        gettext_lazy(
            "It was public when it was entered and is in a private network now. Enter it again if that is right."
        ),
    ),
    "sealed_by_others": (
        gettext_lazy("The key was encrypted with another secret"),
        gettext_lazy(
            "SECRET_KEY changed, so the key cannot be opened. Enter it again, or put the former secret into"
            " SECRET_KEY_FALLBACKS and run manage.py reseal."
        ),
    ),
    "no_connection": (
        gettext_lazy("%(host)s cannot be reached"),
        gettext_lazy("Nothing was sent. Check the address and the network of this server, and test again."),
    ),
}
"""Of each outcome of a check: what happened, and what to do."""


@dataclass(frozen=True)
class Report:
    """What a check found, in sentences."""

    check: ConnectionCheck
    provider: Provider

    @property
    def works(self) -> bool:
        return self.check.has_list

    @property
    def at(self) -> datetime | None:
        return parse_datetime(self.check.at) if self.check.at else None

    @property
    def host(self) -> str:
        return urlsplit(self.check.url or self.provider.base_url).netloc

    @property
    def can_switch(self) -> bool:
        """Whether its better address is on the host that the key was entered for."""
        return self.check.outcome == "missing_path" and bool(self.check.better)

    @property
    def corrected(self) -> str:
        """The address to correct this one to, for which the key has to be entered again; "" for none."""
        here = self.provider.base_url
        match self.check.outcome:
            case "not_tls":
                return here.replace("https:", "http:", 1)
            case "is_tls":
                return here.replace("http:", "https:", 1)
            case "redirected":
                return self.check.better
        return ""

    @property
    def title(self) -> str:
        return str(OUTCOMES[self.check.outcome][0]) % self._values

    @property
    def advice(self) -> str:
        return str(OUTCOMES[self.check.outcome][1]) % self._values

    @cached_property
    def _values(self) -> dict[str, object]:
        parts = urlsplit(self.check.url or self.provider.base_url)
        return {
            "host": parts.hostname,
            "address": self.provider.base_url,
            "port": parts.port or (443 if parts.scheme == "https" else 80),
            "status": self.check.status,
            "better": self.check.better or self.corrected,
            "seconds": CHECK_SECONDS,
            "connect": self.provider.connect_timeout,
        }

    @property
    def connected(self) -> str:
        """That it was reached, and how."""
        until = parse_datetime(self.check.certificate_until) if self.check.certificate_until else None
        if until:
            said = {"host": self.host, "tls": self.check.tls, "day": date_format(until, "DATE_FORMAT")}
            return _("Connected to %(host)s. %(tls)s, certificate valid until %(day)s.") % said
        if self.check.url.startswith("https"):
            return _("Connected to %(host)s.") % {"host": self.host}
        return _("Connected to %(host)s, not encrypted.") % {"host": self.host}

    @property
    def duration(self) -> str:
        return seconds(self.check.seconds)

    @property
    def counted(self) -> str:
        """How many models it lists, and how many of them are known to draw."""
        total = len(self.check.names)
        drawing = sum(capabilities_of(name) is not None for name in self.check.names)
        sentence = ngettext(
            "%(number)s model listed; known to draw: %(drawing)s",
            "%(number)s models listed; known to draw: %(drawing)s",
            total,
        )
        return sentence % {"number": total, "drawing": drawing}

    @property
    def bare(self) -> str:
        """What is said of a list that has no frame around it."""
        if self.check.outcome != "bare_list":
            return ""
        return _("The list came as a bare array, without “data” around it. That works; nothing has to be changed.")
