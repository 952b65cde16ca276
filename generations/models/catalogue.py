"""Endpoints and the models they offer, with everything a composer or a request must know about them, as data."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from generations.client import Client, Timeouts
from generations.errors import GenerationError, NotConnected, ProviderBusy, RateLimited
from generations.models.key import new_key, now
from generations.models.sealed import seal, unseal
from generations.protocol.request import Message, Request, image_request
from generations.sandbox.app import Sandbox
from generations.wire import is_public_host

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from generations.models.generation import Generation

CATALOGUE = Path(__file__).with_suffix(".json")
SANDBOX_URL = "http://sandbox.local/v1"
HOST = re.compile(r"[\w.-]+|[\da-f:.]+")
MAX_PAUSE = 3600
MAX_SANDBOX_PAUSE = 10
PAUSED_TO_WAIT = "The provider asked to wait."
ADDED = "added"
"""The option under which staff add body fields by hand."""
RATIO_CLASSES = (50, 56, 63, 67, 71, 75, 80, 90, 100, 110, 125, 133, 140, 150, 160, 178, 200, 235)


class ProviderQuerySet(models.QuerySet["Provider"]):
    def open(self) -> ProviderQuerySet:
        """Providers that may be called now."""
        return self.filter(Q(paused_until=None) | Q(paused_until__lte=now()), is_enabled=True)

    def paused(self) -> ProviderQuerySet:
        """Providers nothing is claimed for now, though they are enabled."""
        return self.filter(paused_until__gt=now())


def endpoint_of(address: str) -> str:
    """The base URL that is meant by an address as people copy it: https unless it says otherwise, nothing behind /v1.
    Raises ValidationError."""
    url = address.strip() if "://" in address else f"https://{address.strip()}"
    url = url.rstrip("/").removesuffix("/chat/completions").rstrip("/")
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in {"http", "https"} and HOST.fullmatch(parts.hostname or "") and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or not url.isprintable() or " " in url:
        raise ValidationError("Write a whole address, such as https://gateway.example/v1.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValidationError("The address must not hold a password, a query or a fragment.")
    return url


class Provider(models.Model):
    """An OpenAI-compatible endpoint: where, with which key, how patiently and how much at once."""

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    name = models.CharField(max_length=80, unique=True)
    base_url = models.CharField(max_length=500, help_text="Up to and with /v1, such as https://gateway.example/v1.")
    sealed_key = models.TextField(blank=True, editable=False)
    is_enabled = models.BooleanField(default=True)

    running_limit = models.PositiveIntegerField(default=16, help_text="Calls at the same time.")
    minute_limit = models.PositiveIntegerField(default=0, help_text="Calls a minute; 0 is without limit.")
    connect_timeout = models.PositiveIntegerField(default=5, help_text="Seconds.")
    write_timeout = models.PositiveIntegerField(default=30, help_text="Seconds.")
    idle_timeout = models.PositiveIntegerField(default=120, help_text="Seconds without a byte.")
    total_timeout = models.PositiveIntegerField(default=600, help_text="Seconds for the whole call.")
    retry_unclear = models.PositiveIntegerField(
        default=0, help_text="How often a call that may have been charged is repeated by itself. 0 to 2; 0 is safe."
    )
    is_private = models.BooleanField(
        null=True,
        editable=False,
        help_text="Whether its host was in a private network when the address was saved; empty: not looked up yet.",
    )
    sends_idempotency_key = models.BooleanField(
        default=False, help_text="Send Idempotency-Key, the same for every attempt of a generation."
    )

    paused_until = models.DateTimeField(null=True, blank=True, editable=False)
    pause_reason = models.CharField(max_length=300, blank=True, editable=False)
    needs_probe = models.BooleanField(default=False, editable=False)
    not_connected_count = models.PositiveIntegerField(default=0, editable=False)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.retry_unclear > 2:
            raise ValidationError({"retry_unclear": "Choose 0, 1 or 2."})

    @property
    def is_sandbox(self) -> bool:
        """Whether this is the provider that draws in our own process."""
        return self.base_url == SANDBOX_URL

    @property
    def host(self) -> str:
        """host:port, where pictures are fetched even from a private address."""
        parts = urlsplit(self.base_url)
        return parts.netloc if parts.port else f"{parts.netloc}:{443 if parts.scheme == 'https' else 80}"

    def may_be_private(self) -> bool:
        """Whether its own host is called, and pictures fetched from it, although that is a private address: only where
        it was one when the address was saved, or who runs a public gateway could reach a machine of ours by pointing
        its name inside."""
        if self.is_private is None:
            self.look_up()
            self._change(is_private=self.is_private)
        return bool(self.is_private)

    def look_up(self) -> None:
        """See where its host lies now, if its name is known; not saved yet."""
        is_public = is_public_host(urlsplit(self.base_url).hostname or "")
        self.is_private = None if is_public is None else not is_public

    @property
    def secret(self) -> str:
        """The key in the clear. Only a call may ask for it."""
        return unseal(self.sealed_key)

    def has_secret(self, secret: str) -> bool:
        """Whether this is its key."""
        try:
            return self.secret == secret
        except ValueError:
            return False

    def set_secret(self, secret: str) -> None:
        """Keep this key, sealed; not saved yet."""
        self.sealed_key = seal(secret)

    def client(self) -> Client:
        """A client that calls this provider under its own deadlines."""
        return Client(
            self.base_url,
            self.secret,
            timeouts=Timeouts(
                connect=self.connect_timeout, write=self.write_timeout, idle=self.idle_timeout, total=self.total_timeout
            ),
            max_body=settings.MAX_ANSWER_BYTES,
            app=self.app,
            private_ok=self.is_sandbox or self.may_be_private(),
        )

    @property
    def app(self) -> Sandbox | None:
        """The WSGI application that answers in place of a network, if this is the sandbox."""
        return sandbox() if self.is_sandbox else None

    # ── pauses: a provider that cannot serve stops everybody's calls, not each of them ──

    def pause(self, error: GenerationError, *, seconds: float, probe: bool = False) -> None:
        """Nothing is claimed for it for so long, an hour at most; with `probe`, and after an hour, one call goes first.

        The sandbox is paused for seconds only: a mark in anybody's prompt makes it refuse, and that is over with the
        call."""
        self._change(**pause_of(self, error, seconds, probe), not_connected_count=0)

    def resume(self) -> None:
        """Call it again at once, and its models: an administrator says so, or what was refused was changed. The first
        call is a probe."""
        self._change(paused_until=None, pause_reason="", needs_probe=True, not_connected_count=0)
        for model in self.models.all():
            model.resume()

    def answered(self) -> None:
        """A call reached it and was served, so nothing stands in the way."""
        if self.needs_probe or self.not_connected_count or self.pause_reason:
            self._change(paused_until=None, needs_probe=False, pause_reason="", not_connected_count=0)

    def not_connected(self) -> None:
        """Count a call that found nobody; the fifth in a row pauses the provider for a minute."""
        type(self).objects.filter(pk=self.pk).update(not_connected_count=models.F("not_connected_count") + 1)
        self.refresh_from_db(fields=["not_connected_count"])
        if self.not_connected_count >= 5 or self.needs_probe:
            self.pause(NotConnected(), seconds=60, probe=True)

    def _change(self, **values: object) -> None:
        type(self).objects.filter(pk=self.pk).update(**values)

    @property
    def is_paused(self) -> bool:
        """Whether `paused_until`, as read with this row, lies ahead."""
        return is_ahead(self.paused_until)


def pause_of(provider: Provider, error: GenerationError, seconds: float, probe: bool) -> dict[str, object]:
    """What is written of a pause, the provider's own or one of its models'."""
    most = MAX_SANDBOX_PAUSE if provider.is_sandbox else MAX_PAUSE
    return {
        "paused_until": now(seconds=min(seconds, most)),
        "pause_reason": PAUSED_TO_WAIT if isinstance(error, RateLimited | ProviderBusy) else error.sentence,
        "needs_probe": probe or seconds > most,
    }


def is_ahead(moment: datetime | None) -> bool:
    """Whether a moment is still to come."""
    return moment is not None and moment > datetime.now(moment.tzinfo)


@cache
def sandbox() -> Sandbox:
    """This process's sandbox."""
    return Sandbox(pace=settings.SANDBOX_PACE)


class ProviderModelQuerySet(models.QuerySet["ProviderModel"]):
    def open(self) -> ProviderModelQuerySet:
        """Models that may be called now, as far as they are concerned themselves."""
        return self.filter(Q(paused_until=None) | Q(paused_until__lte=now()))

    def paused(self) -> ProviderModelQuerySet:
        """Models nothing is claimed for now: their own pause, or their provider's."""
        return self.filter(Q(paused_until__gt=now()) | Q(provider__paused_until__gt=now()))

    def offered(self) -> ProviderModelQuerySet:
        """Models a person may choose, in the order of the composer."""
        return (
            self.filter(is_enabled=True, provider__is_enabled=True)
            .select_related("provider")
            .order_by("provider__name", "rank", "name")
        )


class ProviderModel(models.Model):
    """A model that draws, at one provider: what it takes, where the size goes, what it costs."""

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="models")
    name = models.CharField(max_length=120, help_text="As it stands in the request.")
    about = models.CharField(max_length=200, blank=True)
    rank = models.PositiveIntegerField(default=100)
    is_enabled = models.BooleanField(default=True)

    placement = models.CharField(
        max_length=120,
        blank=True,
        help_text="Where the size goes: size, image_config.aspect_ratio, or prompt: [{ratio}]. Empty: nowhere.",
    )
    sizes = models.JSONField(default=list, blank=True, help_text='Such as ["1024x1024", "3:2", "2K", "auto"].')
    max_n = models.PositiveIntegerField(default=1, help_text="Pictures one call may ask for by n; 1: it takes no n.")
    max_references = models.PositiveIntegerField(default=0)
    min_references = models.PositiveIntegerField(default=0)
    must_stream = models.BooleanField(default=True)
    max_prompt = models.PositiveIntegerField(default=32_000, help_text="Characters.")
    options = models.JSONField(
        default=list, blank=True, help_text='Fields it honours, such as ["seed", "temperature"].'
    )
    extra = models.JSONField(default=dict, blank=True, help_text="Further body fields, sent as they are.")
    price = models.DecimalField(
        max_digits=9, decimal_places=5, null=True, blank=True, help_text="US dollars a picture; empty: not known."
    )

    paused_until = models.DateTimeField(null=True, blank=True, editable=False)
    pause_reason = models.CharField(max_length=300, blank=True, editable=False)
    needs_probe = models.BooleanField(default=False, editable=False)

    objects = ProviderModelQuerySet.as_manager()

    generations: RelatedManager[Generation]

    class Meta:
        ordering = ["rank", "name"]
        constraints = [models.UniqueConstraint(fields=["provider", "name"], name="one_model_a_provider")]

    def __str__(self) -> str:
        return self.name

    # ── pauses of this model alone ──

    @property
    def is_paused(self) -> bool:
        """Whether nothing is sent to it for now, by its own pause or its provider's."""
        return is_ahead(self.paused_until) or self.provider.is_paused

    @property
    def paused_to(self) -> datetime | None:
        """When the later of the two ends."""
        ends = [end for end in (self.paused_until, self.provider.paused_until) if end is not None]
        return max(ends, default=None)

    @property
    def pause_sentence(self) -> str:
        """Why nothing is sent to it for now; "" when it is called."""
        if self.provider.is_paused:
            return f"{self.provider} is paused, so nothing is sent there yet. {self.provider.pause_reason}".strip()
        if is_ahead(self.paused_until):
            return f"{self} is paused, so nothing is sent to it yet. {self.pause_reason}".strip()
        return ""

    def pause(self, error: GenerationError, *, seconds: float, probe: bool = False) -> None:
        """As `Provider.pause`, for this model alone."""
        self._change(**pause_of(self.provider, error, seconds, probe))

    def resume(self) -> None:
        """Call it again at once; what waits for it is rung for by the next sweep."""
        self._change(paused_until=None, pause_reason="", needs_probe=bool(self.pause_reason))
        self.generations.filter(state="queued").update(ring_at=None)

    def answered(self) -> None:
        """A call reached it and was served, so nothing stands in the way, of it and of its provider."""
        if self.needs_probe or self.pause_reason:
            self._change(paused_until=None, needs_probe=False, pause_reason="")
        self.provider.answered()

    def _change(self, **values: object) -> None:
        type(self).objects.filter(pk=self.pk).update(**values)

    def ratio_of(self, size: str) -> str:
        """The class of a frame that waits for a picture of this size."""
        return ratio_class(*shape_of(size))

    def nearest(self, size: str) -> str:
        """The size it is asked for when a person wants this one: the nearest by shape, then by area, of those it takes.

        Empty when it takes none, or when nothing can be compared: then the model chooses."""
        if not self.sizes or not size or size in self.sizes:
            return size if self.sizes else ""
        wanted, taken = terms_of(size), [(each, terms_of(each)) for each in self.sizes]
        near = [(distance(wanted, terms), each) for each, terms in taken if wanted and terms]
        return min(near)[1] if near else ""

    def honoured(self, options: Mapping[str, object], place: int = 1) -> dict[str, object]:
        """Those of the options it takes, and what staff added by hand.

        A seed counts up over a model's calls, or all its pictures would be the same one."""
        taken = {name: value for name, value in options.items() if name in self.options}
        if isinstance(seed := taken.get("seed"), int):
            taken["seed"] = seed + place - 1
        added = options.get(ADDED)
        return {**taken, **added} if isinstance(added, dict) else taken

    def request_for(
        self,
        prompt: str,
        *,
        references: Sequence[str] = (),
        history: Sequence[Message] = (),
        n: int = 1,
        size: str = "",
        options: Mapping[str, object],
        place: int = 1,
    ) -> Request:
        """What is sent to it for `n` pictures, as its `place`-th call of a batch. Raises InvalidRequest.

        `references` are addresses or data URIs."""
        return image_request(
            self.name,
            prompt,
            references=references,
            history=history,
            n=n if self.max_n > 1 else None,
            size=size or None,
            placement=self.placement or None,
            stream=self.must_stream,
            options=self.honoured(options, place),
            extra=self.extra,
        )


def shape_of(size: str) -> tuple[int, int]:
    """Width and height, or the terms of a ratio, named by a size such as 1536x1024, 1328*1328, 3:2; else 1, 1."""
    return terms_of(size) or (1, 1)


def terms_of(size: str) -> tuple[int, int] | None:
    """As `shape_of`; None for a size that names no shape, such as 2K or auto."""
    for sign in ("x", "×", "*", ":"):
        left, found, right = size.partition(sign)
        if found and left.isdecimal() and right.isdecimal() and int(left) and int(right):
            return int(left), int(right)
    return None


def distance(one: tuple[int, int], other: tuple[int, int]) -> tuple[float, float]:
    """How far two sizes are apart: in shape, then in area. A ratio has no area, so the smallest is nearest to it."""
    (width, height), (other_width, other_height) = one, other
    shape = abs(math.log(width * other_height / (height * other_width)))
    return round(shape, 3), abs(math.log(width * height / (other_width * other_height)))


@lru_cache(maxsize=4096)
def ratio_class(width: int, height: int) -> str:
    """The design's class for a shape: the nearest of its list by ratio, such as "r-150"."""
    wanted = width / height
    nearest = min(RATIO_CLASSES, key=lambda k: max(k / 100 / wanted, wanted / (k / 100)))
    return f"r-{nearest}"


def dollars(amount: Decimal) -> str:
    """A price as people read it: $0.17; three places below ten cents, where they matter."""
    places = 3 if amount < Decimal("0.1") and amount != amount.quantize(Decimal("0.01")) else 2
    return f"${amount:.{places}f}"


def load_catalogue(provider: Provider, names: Iterable[str] | None = None) -> list[ProviderModel]:
    """Add the image models this project knows to a provider, or those of `names`; what an administrator changed stays.

    Returns the models added."""
    known = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    wanted = list(known) if names is None else [name for name in names if name in known]
    have = set(provider.models.values_list("name", flat=True))
    return ProviderModel.objects.bulk_create(
        ProviderModel(provider=provider, name=name, rank=10 * (rank + 1), **known[name])
        for rank, name in enumerate(known)
        if name in wanted and name not in have
    )


def adopt_sandbox() -> Provider:
    """The provider that draws without a key, with every model of the catalogue."""
    provider, _ = Provider.objects.get_or_create(
        base_url=SANDBOX_URL, defaults={"name": "Sandbox", "sends_idempotency_key": True}
    )
    load_catalogue(provider)
    return provider


def adopt_endpoint(base_url: str, secret: str) -> str:
    """Add the endpoint of the environment as a provider, with the image models it says it has.

    Returns a sentence about what was found; an endpoint that does not answer is added with nothing, and asked again
    at the next start. Raises ValidationError."""
    base_url = endpoint_of(base_url)
    provider = Provider.objects.filter(base_url=base_url).first() or Provider(base_url=base_url)
    provider.name = provider.name or urlsplit(base_url).netloc
    is_news = provider.pk is None or not provider.has_secret(secret)
    provider.set_secret(secret)
    provider.look_up()
    provider.save()
    if is_news:
        provider.resume()
    exchange = provider.client().models()
    names = offered_names(exchange.body) if exchange.status == 200 else None
    if names is None:
        why = exchange.failure.sentence if exchange.failure else f"It answered {exchange.status}."
        return f"{provider.name} did not list its models. {why}"
    load_catalogue(provider, names)
    count = provider.models.count()
    return f"{provider.name} offers {len(names)} models; {count} of them are known to draw."


def offered_names(body: bytes) -> list[str] | None:
    """The ids in an answer to GET /v1/models; None when it is not one."""
    try:
        listed = json.loads(body)["data"]
        return [str(model["id"]) for model in listed]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
