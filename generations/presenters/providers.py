"""Providers as the set-up page and their own pages show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from generations.errors import BY_KIND, NotStored
from generations.models import Attempt, Generation, Image, Membership, Person, Price, Provider, ProviderModel
from generations.models.connection_check import CHECK_SECONDS, ConnectionCheck
from generations.models.families import capabilities_of
from generations.models.key import address
from generations.models.price import dollars
from generations.presenters.exchange import pretty
from generations.presenters.formatting import seconds, show_size
from generations.presenters.frame import srcset, thumbnails
from generations.presenters.notice import CHARGED
from generations.queries.providers import (
    Calls,
    all_providers,
    calls_of,
    drawing_of,
    failures_of,
    models_of,
    prices_of,
    successes_of,
)
from generations.rights import Viewer
from generations.translation import listed, translated

MAX_OTHERS = 300
MAX_ANSWER = 20_000
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


@dataclass(frozen=True)
class OfferRow:
    """A model that can be offered, or is: what it takes and costs."""

    name: str
    about: str = ""
    sizes: str = ""
    references: str = ""
    price: str = ""
    is_offered: bool = False
    state: str = ""
    tone: str = "done"
    model: ProviderModel | None = None
    extra: str = ""

    @property
    def page(self) -> str:
        return address("provider_model", self.model.key) if self.model else ""


def row_of(
    name: str,
    about: Mapping[str, Any],
    model: ProviderModel | None = None,
    *,
    is_offered: bool,
    state: str,
    tone: str = "done",
    price: Decimal | None = None,
) -> OfferRow:
    most = about.get("max_references", 0)
    return OfferRow(
        name=name,
        about=translated(about.get("about", "")),
        sizes=sizes_said(about.get("sizes", [])),
        references=_("none") if not most else _("up to %(number)s") % {"number": most},
        price="" if price is None else f"{price.normalize():f}",
        is_offered=is_offered,
        state=state,
        tone=tone,
        model=model,
        extra=audience_said(model) if model else "",
    )


def sizes_said(sizes: Sequence[str]) -> str:
    """3 sizes; none."""
    if not sizes:
        return _("chooses itself")
    return ngettext("%(number)s size", "%(number)s sizes", len(sizes)) % {"number": len(sizes)}


def audience_said(model: ProviderModel) -> str:
    """Who may use it; "" for everyone."""
    roles = dict(Membership.Role.choices)
    names = [team.name for team in model.teams.all()] + [str(roles.get(role, role)) for role in model.roles.split()]
    return listed(names)


class ProviderSheet:
    """A provider: its state, what a check found, its models, the test picture, what came of it lately."""

    def __init__(self, viewer: Viewer, provider: Provider) -> None:
        self.viewer = viewer
        self.provider = provider

    @cached_property
    def report(self) -> Report | None:
        check = ConnectionCheck.read(self.provider.last_check)
        return Report(check, self.provider) if check and check.outcome in OUTCOMES else None

    @cached_property
    def checked_by(self) -> Person | None:
        return Person.objects.filter(pk=self.report.check.by).first() if self.report and self.report.check.by else None

    @cached_property
    def models(self) -> list[ProviderModel]:
        return models_of(self.provider)

    @cached_property
    def listed_names(self) -> tuple[str, ...]:
        """What the endpoint listed when it was last asked, the sandbox its catalogue."""
        if self.report and self.report.works:
            return self.report.check.names
        return tuple(self.provider.other_models)

    @cached_property
    def rows(self) -> list[OfferRow]:
        """Its models, then what it lists that is known to draw and is not among them; these are ticked the first
        time."""
        has_list = bool(self.report and self.report.works)
        there = set(self.listed_names)
        rows = []
        for model in self.models:
            is_gone = has_list and model.name not in there
            state = _("No longer listed") if is_gone else _("Offered") if model.is_enabled else _("Switched off")
            about = {"about": model.about, "sizes": model.sizes, "max_references": model.max_references}
            tone = "stop" if is_gone else "ok" if model.is_enabled else "off"
            rows.append(
                row_of(model.name, about, model, is_offered=model.is_enabled, state=state, tone=tone, price=model.price)
            )
        return rows + self.new_rows

    @cached_property
    def new_rows(self) -> list[OfferRow]:
        """What it lists that is known to draw, and that is not among its models."""
        have = {model.name for model in self.models}
        is_first = have <= ({self.drawing.generation.model.name} if self.drawing else set())
        rows = []
        for name in self.listed_names:
            if name not in have and (about := capabilities_of(name)) is not None:
                price = Decimal(about["price"]) if "price" in about else None
                state = _("Known") if is_first else _("New")
                rows.append(row_of(name, about, is_offered=is_first, state=state, price=price))
        return rows

    @cached_property
    def gone(self) -> list[str]:
        """Its models that the endpoint does not list any more."""
        there = set(self.listed_names)
        return [model.name for model in self.models if there and model.name not in there]

    @cached_property
    def others(self) -> list[str]:
        """What it lists of no known family."""
        have = {model.name for model in self.models}
        return [name for name in self.listed_names if name not in have and capabilities_of(name) is None]

    @property
    def others_shown(self) -> list[str]:
        return self.others[:MAX_OTHERS]

    @property
    def others_hidden(self) -> int:
        return max(0, len(self.others) - MAX_OTHERS)

    @property
    def to_draw(self) -> list[tuple[str, str]]:
        """The models a test picture can be drawn with, each with what that costs."""
        fits = [row for row in self.rows if row.model is None or not row.model.min_references]
        fits.sort(key=lambda row: (not row.is_offered, Decimal(row.price or 1000)))
        said = [(row.name, price_said(row)) for row in fits]
        return said + [(name, _("%(model)s, price unknown") % {"model": name}) for name in self.others_shown]

    @cached_property
    def drawing(self) -> Drawing | None:
        generation = drawing_of(self.provider)
        return Drawing(self.viewer, generation, self.provider) if generation else None

    @cached_property
    def failures(self) -> list[Failure]:
        return [Failure(attempt) for attempt in failures_of(self.provider)]

    @cached_property
    def successes(self) -> list[Generation]:
        return successes_of(self.provider)

    @cached_property
    def calls(self) -> Calls:
        return calls_of(self.provider)

    @property
    def state(self) -> tuple[str, str]:
        """A tag: its tone and its word."""
        return state_of(self.provider)

    @property
    def pause(self) -> str:
        """Why nothing is sent to it, and what to do; "" while it is called."""
        return self.provider.pause_sentence

    @property
    def header_names(self) -> str:
        """The names of its further headers; never their values."""
        try:
            return listed(self.provider.headers)
        except ValueError:
            return ""

    @property
    def proxy_host(self) -> str:
        try:
            return urlsplit(self.provider.proxy).netloc.rpartition("@")[2]
        except ValueError:
            return ""

    @cached_property
    def all(self) -> list[tuple[Provider, str, str]]:
        """Every provider, with its tag."""
        return [(provider, *state_of(provider)) for provider in all_providers()]


def state_of(provider: Provider) -> tuple[str, str]:
    """A provider's tag: its tone and its word."""
    if not provider.is_enabled:
        return "off", _("Off")
    if provider.is_paused:
        return "lamp", _("Paused")
    check = ConnectionCheck.read(provider.last_check)
    if check and not check.has_list:
        return "stop", _("Does not work")
    return "ok", _("On")


def price_said(row: OfferRow) -> str:
    if not row.price:
        return _("%(model)s, price unknown") % {"model": row.name}
    return _("%(model)s, about %(price)s") % {"model": row.name, "price": dollars(Decimal(row.price))}


class Drawing:
    """The test picture: how far it is, and in which shape the answer came."""

    def __init__(self, viewer: Viewer, generation: Generation, provider: Provider) -> None:
        self.viewer = viewer
        self.generation = generation
        self.provider = provider

    @property
    def is_over(self) -> bool:
        return self.generation.is_final

    @property
    def look(self) -> str:
        """How its frame looks while there is no picture."""
        return "developing" if self.generation.state == "running" else "waiting"

    @property
    def version(self) -> int:
        return self.generation.version

    @cached_property
    def may_see(self) -> bool:
        """Whether it is the viewer's own: a picture of somebody else's test is theirs."""
        return self.generation.batch.person_id == self.viewer.user.pk

    @cached_property
    def image(self) -> Image | None:
        pictures = Image.objects.kept().filter(generation=self.generation).select_related("file")
        return pictures.first() if self.may_see else None

    @property
    def picture(self) -> dict[str, str]:
        """What a frame shows of the image."""
        if self.image is None:
            return {}
        return {
            "page": self.image.get_absolute_url(),
            "src": f"{thumbnails(self.image)}640",
            "srcset": srcset(self.image, thumbnails(self.image)),
            "placeholder_uri": self.image.placeholder_uri,
            "width": str(self.image.width),
            "height": str(self.image.height),
            "ratio": self.image.ratio,
        }

    @cached_property
    def attempt(self) -> Attempt | None:
        return list(self.generation.attempts.all())[-1] if self.generation.attempts.all() else None

    @property
    def title(self) -> str:
        """What came of it, how long it took and what it cost."""
        generation = self.generation
        said = {"model": generation.model.name, "duration": self.duration}
        if generation.state == "succeeded":
            if generation.cost is None:
                return _("%(model)s drew a picture in %(duration)s.") % said
            cost = dollars(generation.cost)
            return _("%(model)s drew a picture in %(duration)s for %(cost)s.") % {**said, "cost": cost}
        if self.is_over:
            return _("%(model)s drew nothing. %(reason)s") % {**said, "reason": self.reason}
        if generation.state == "running":
            return _("%(model)s is drawing.") % said
        return _("Waiting for a worker to send it to %(model)s.") % said

    @property
    def duration(self) -> str:
        begun, ended = self.generation.started_at, self.generation.finished_at
        return seconds((ended - begun).total_seconds()) if begun and ended else ""

    @property
    def reason(self) -> str:
        error = BY_KIND.get(self.generation.kind)
        return translated(error.sentence) if error else _("It was cancelled.")

    @property
    def words(self) -> str:
        """What the endpoint said where it drew nothing."""
        return self.generation.shown_detail if self.is_over and self.generation.state != "succeeded" else ""

    @cached_property
    def facts(self) -> list[tuple[str, str]]:
        """The shape of the answer."""
        attempt = self.attempt
        if attempt is None or not attempt.has_answer:
            return []
        facts = [(_("Answer"), _("HTTP %(status)s") % {"status": attempt.status or "–"})]
        image = self.image
        if image:
            host = urlsplit(image.source_url).netloc
            where = _("a link to %(host)s") % {"host": host} if host else _("in the answer itself")
            facts.append((_("Picture is"), where))
            facts.append((_("Size"), size_said(image, self.generation.size)))
        facts.append((_("Words beside it"), _("yes") if attempt.text else _("no")))
        streamed = "event-stream" in str(attempt.headers.get("content-type", ""))
        facts.append((_("Streamed"), _("yes") if streamed else _("no")))
        return facts

    @property
    def answer(self) -> str:
        """The beginning of the answer."""
        try:
            return pretty(self.attempt.answer_start(MAX_ANSWER), size=self.attempt.answer_size) if self.attempt else ""
        except NotStored as error:
            return translated(error.sentence)

    @property
    def exchange_url(self) -> str:
        return address("exchange", self.generation.key)


def size_said(image: Image, asked: str) -> str:
    """1024×1024, as asked."""
    got = f"{image.width}×{image.height}"
    if show_size(asked) == got:
        return _("%(size)s, as asked") % {"size": got}
    return _("%(size)s; asked for %(asked)s") % {"size": got, "asked": show_size(asked)} if asked else got


@dataclass(frozen=True)
class Failure:
    """A call that failed, in one line."""

    attempt: Attempt

    @property
    def title(self) -> str:
        error = BY_KIND.get(self.attempt.kind)
        return translated(error.title) if error else self.attempt.kind

    @property
    def charged(self) -> str:
        return translated(CHARGED.get(self.attempt.charged, ""))


class ModelSheet:
    """One model with all it cost and will cost."""

    def __init__(self, viewer: Viewer, model: ProviderModel) -> None:
        self.viewer = viewer
        self.model = model

    @cached_property
    def prices(self) -> list[Price]:
        return prices_of(self.model)

    @property
    def price_now(self) -> str:
        return dollars(self.model.price) if self.model.price is not None else _("unknown")
