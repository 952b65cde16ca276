"""How providers and their models come into the database: the sandbox, and the endpoint of the environment."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import chain, count
from pathlib import Path
from urllib.parse import urlsplit

from django.db import transaction

from generations.models.key import now
from generations.models.price import Price
from generations.models.provider import SANDBOX_URL, Provider, endpoint_of
from generations.models.provider_model import ProviderModel
from generations.translatable import Message, PluralMessage
from generations.translatable import gettext_noop as _

CATALOGUE = Path(__file__).with_name("catalogue.json")
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
    """Add the image models this project knows to a provider, or those of `names`, with a price that holds from now on;
    what an administrator changed stays.

    Returns the models added."""
    known = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    wanted = list(known) if names is None else [name for name in names if name in known]
    have = set(provider.models.values_list("name", flat=True))
    prices = {name: about.pop("price", None) for name, about in known.items()}
    added = ProviderModel.objects.bulk_create(
        ProviderModel(provider=provider, name=name, rank=10 * (rank + 1), **known[name])
        for rank, name in enumerate(known)
        if name in wanted and name not in have
    )
    Price.objects.bulk_create(
        Price(model=model, amount=prices[model.name], starts_at=now())
        for model in added
        if prices[model.name] is not None
    )
    return added


def adopt_sandbox() -> Provider:
    """The provider that draws without a key, with every model of the catalogue."""
    provider, _ = Provider.objects.get_or_create(
        base_url=SANDBOX_URL, defaults={"name": "Sandbox", "sends_idempotency_key": True}
    )
    load_catalogue(provider)
    return provider


def adopt_endpoint(base_url: str, secret: str) -> Message:
    """Add the endpoint of the environment as a provider, with the image models it says it has. There is one such
    provider: another address, such as a corrected one, changes it.

    Returns a sentence about what was found; an endpoint that does not answer is added with nothing, and asked again
    at the next start. Raises ValidationError."""
    given = Provider(base_url=endpoint_of(base_url))
    given.look_up()  # before the transaction, as a name server may take its time
    provider = environment_provider(given, secret)
    exchange = provider.client().models()
    names = offered_names(exchange.body) if exchange.status == 200 else None
    if names is None:
        answered = Message("It answered with HTTP %(status)s.", status=str(exchange.status))
        return Message(
            "%(provider)s did not list its models. %(reason)s",
            provider=provider.name,
            reason=Message(exchange.failure.sentence) if exchange.failure else answered,
        )
    load_catalogue(provider, names)
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
    is_news = found is None or provider.base_url != base_url or not provider.has_secret(secret)
    if provider.name in {"", urlsplit(provider.base_url).netloc}:
        provider.name = free_name(host, provider)
    rows.exclude(pk=provider.pk).update(is_from_environment=False)
    provider.base_url, provider.is_private, provider.is_from_environment = base_url, given.is_private, True
    provider.set_secret(secret)
    provider.save()
    if is_news:
        provider.resume()
    return provider


def free_name(name: str, provider: Provider) -> str:
    """The name, or the first with a number behind it that no other provider has."""
    taken = set(Provider.objects.exclude(pk=provider.pk).values_list("name", flat=True))
    names = chain([name[:80]], (f"{name[:74]} {number}" for number in count(2)))
    return next(each for each in names if each not in taken)


def offered_names(body: bytes) -> list[str] | None:
    """The ids in an answer to GET /v1/models; None when it is not one."""
    try:
        listed = json.loads(body)["data"]
        return [str(model["id"]) for model in listed]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
