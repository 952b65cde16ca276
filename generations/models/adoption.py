"""How providers and their models come into the database: the sandbox, and the endpoint of the environment."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import chain, count
from urllib.parse import urlsplit

from django.db import transaction

from generations.models.audit_entry import Subject, record, record_all, record_each
from generations.models.endpoint import endpoint_of
from generations.models.families import capabilities_of, catalogue, known_as
from generations.models.key import now
from generations.models.price import Price
from generations.models.provider import SANDBOX_URL, Provider
from generations.models.provider_model import ProviderModel
from generations.protocol.exchange import Exchange
from generations.translatable import Message, PluralMessage
from generations.translatable import gettext_noop as _

OTHER_RANK = 1000
MAX_NAME = 120
MAX_NAMES = 10_000
ABOUT = (
    _("Conversational; answers in words too; reports progress"),
    _("Follows instructions closely; text in pictures; references"),
    _("Fast edits and likeness across pictures"),
    _("Like nano-banana, larger and slower"),
    _("Painterly; reports progress as it draws"),
    _("Edits a reference and keeps the rest"),
    _("Photographic, quick"),
    _("Needs one reference picture"),
    _("Up to 4K; strong Chinese typography"),
    _("From text only; supports seeds"),
    _("Posters with long text, Chinese and English"),
    _("Vector look, icons, brand colours"),
    _("One picture per call; rewrites the prompt"),
    _("Small and cheap; several at once"),
    _("Draws through its image tool; several at once"),
)
"""What the catalogue says of its models, marked for translation; pages show `ProviderModel.shown_about`."""


@transaction.atomic
def load_catalogue(provider: Provider, names: Iterable[str] | None = None) -> list[ProviderModel]:
    """Add the image models this project knows to a provider, or those of `names` that belong to a known family, with a
    price that holds from now on where it is known; what an administrator changed stays.

    Returns the models added."""
    order = list(catalogue())
    wanted = order if names is None else list(dict.fromkeys(names))
    found = {name: about for name in wanted if (about := capabilities_of(name)) is not None}
    have = set(provider.models.values_list("name", flat=True))
    prices = {name: about.pop("price", None) for name, about in found.items()}
    if provider.is_sandbox:
        prices = dict.fromkeys(found, 0)

    def rank(name: str) -> int:
        known = known_as(name)
        return 10 * (order.index(known) + 1) if known else OTHER_RANK

    added = ProviderModel.objects.bulk_create(
        ProviderModel(provider=provider, name=name, rank=rank(name), **about)
        for name, about in found.items()
        if name not in have
    )
    priced = [model for model in added if prices[model.name] is not None]
    Price.objects.bulk_create(Price(model=model, amount=prices[model.name], starts_at=now()) for model in priced)
    record_all("added_model", added)
    said = [(Subject.of(model), None, {"amount": str(prices[model.name])}) for model in priced]
    record_each("set_price", said)
    return added


def adopt_sandbox() -> Provider:
    """The provider that draws without a key, with every model of the catalogue."""
    provider, is_new = Provider.objects.get_or_create(
        base_url=SANDBOX_URL, defaults={"name": "Sandbox", "sends_idempotency_key": True}
    )
    if is_new:
        record("added_provider", provider)
    load_catalogue(provider)
    make_free(provider)
    return provider


@transaction.atomic
def make_free(sandbox: Provider) -> None:
    """From now on its pictures cost nothing, whatever an earlier release said."""
    paid = [(model, [price for price in model.prices_now if price.amount]) for model in sandbox.models.priced()]
    Price.objects.bulk_create(
        Price(model=model, amount=0, size=price.size, quality=price.quality, starts_at=now())
        for model, prices in paid
        for price in prices
    )
    record_each("set_price", [(Subject.of(model), None, {"amount": "0"}) for model, prices in paid if prices])


def adopt_endpoint(base_url: str, secret: str) -> Message:
    """Add the endpoint of the environment as a provider, with the image models it says it has. There is one such
    provider: another address, such as a corrected one, changes it.

    Returns a sentence about what was found; an endpoint that does not answer is added with nothing, and asked again
    at the next start. Raises ValidationError."""
    given = Provider(base_url=endpoint_of(base_url))
    given.look_up()  # before the transaction, as a name server may take its time
    provider = environment_provider(given, secret)
    return ask_for_models(provider)


def ask_for_models(provider: Provider) -> Message:
    """Ask an endpoint which models it has, and add the image models among them. A sentence about what was found."""
    exchange = provider.client().models()
    names = offered_names(exchange.body) if exchange.status == 200 else None
    if names is None:
        return Message(
            "%(provider)s did not list its models. %(reason)s", provider=provider.name, reason=why_not_listed(exchange)
        )
    adopt_names(provider, names)
    known = provider.models.count()
    return PluralMessage(
        "%(provider)s offers %(number)s model; known image models among them: %(known)s.",
        "%(provider)s offers %(number)s models; known image models among them: %(known)s.",
        len(names),
        provider=provider.name,
        known=known,
    )


@transaction.atomic
def environment_provider(given: Provider, secret: str) -> Provider:
    """The provider of the environment, with this address and this key. A provider that an administrator gave the
    address is taken for it; else the one of before gets the address; else, as at the first start, one is added."""
    base_url, host = given.base_url, urlsplit(given.base_url).netloc
    rows = Provider.objects.select_for_update()
    found = (
        rows.filter(base_url=base_url).order_by("-is_from_environment", "pk").first()
        or rows.filter(is_from_environment=True).first()
        or rows.filter(name=host).exclude(base_url=SANDBOX_URL).first()  # of a release that did not mark it
    )
    provider = found or given
    changed = {"base_url": provider.base_url != base_url, "key": not provider.has_secret(secret)}
    if provider.name in {"", urlsplit(provider.base_url).netloc}:
        provider.name = free_name(host, provider)
    rows.exclude(pk=provider.pk).update(is_from_environment=False)
    provider.base_url, provider.is_private, provider.is_from_environment = base_url, given.is_private, True
    provider.set_secret(secret)
    provider.save()
    if found is None:
        record("added_provider", provider, after={"base_url": base_url})
    elif any(changed.values()):
        record(
            "changed_provider", provider, after={"changed": [name for name, is_other in changed.items() if is_other]}
        )
    if found is None or any(changed.values()):
        provider.resume()
    return provider


def free_name(name: str, provider: Provider) -> str:
    """The name, or the first with a number behind it that no other provider has."""
    taken = set(Provider.objects.exclude(pk=provider.pk).values_list("name", flat=True))
    names = chain([name[:80]], (f"{name[:74]} {number}" for number in count(2)))
    return next(each for each in names if each not in taken)


def adopt_names(provider: Provider, names: Iterable[str]) -> list[ProviderModel]:
    """Add the image models among the names an endpoint lists, and keep the others for staff to look at. Returns the
    models added."""
    usable = [name for name in dict.fromkeys(names) if len(name) <= MAX_NAME][:MAX_NAMES]
    added = load_catalogue(provider, usable)
    have = set(provider.models.values_list("name", flat=True))
    provider.keep_other_models([name for name in usable if name not in have])
    return added


def why_not_listed(exchange: Exchange) -> Message:
    """Why an endpoint gave no list of its models, and what to correct."""
    if exchange.failure:
        return Message(exchange.failure.sentence)
    if exchange.status in (401, 403):
        return Message("It refused the key (HTTP %(status)s). Correct the key.", status=str(exchange.status))
    if exchange.status in (404, 405):
        return Message(
            "It knows no list of models (HTTP %(status)s). Check that the address ends in /v1, or add models by name.",
            status=str(exchange.status),
        )
    if exchange.status == 200:
        return Message("It answered with something else. Check that the address ends in /v1.")
    return Message("It answered with HTTP %(status)s.", status=str(exchange.status))


def offered_names(body: bytes) -> list[str] | None:
    """The ids in an answer to GET /v1/models, as gateways give it: a list below `data` or `models`, or a bare one, of
    objects or of names; entries without an id are left out. None when it is no such list."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    listed = document
    if isinstance(document, dict):
        listed = next((document[name] for name in ("data", "models") if isinstance(document.get(name), list)), None)
    if not isinstance(listed, list):
        return None
    names = (_id_of(entry) for entry in listed)
    return list(dict.fromkeys(name for name in names if name))


def _id_of(entry: object) -> str:
    if isinstance(entry, dict):
        entry = next((entry[name] for name in ("id", "name", "model") if isinstance(entry.get(name), str)), "")
    return entry.strip() if isinstance(entry, str) and entry.isprintable() else ""
