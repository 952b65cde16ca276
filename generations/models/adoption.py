"""How providers and their models come into the database: the sandbox, and the endpoint of the environment."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from django.db import transaction

from generations.models.audit_entry import Subject, record, record_all, record_each
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
    return provider


def adopt_endpoint(base_url: str, secret: str) -> Message:
    """Add the endpoint of the environment as a provider, with the image models it says it has.

    Returns a sentence about what was found; an endpoint that does not answer is added with nothing, and asked again
    at the next start. Raises ValidationError."""
    base_url = endpoint_of(base_url)
    provider = Provider.objects.filter(base_url=base_url).first() or Provider(base_url=base_url)
    provider.name = provider.name or urlsplit(base_url).netloc
    is_new = provider.pk is None
    is_news = is_new or not provider.has_secret(secret)
    provider.set_secret(secret)
    provider.look_up()
    with transaction.atomic():
        provider.save()
        if is_news:
            said = {"base_url": base_url} if is_new else {"changed": ["key"]}
            record("added_provider" if is_new else "changed_provider", provider, after=said)
            provider.resume()
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
    count = provider.models.count()
    return PluralMessage(
        "%(provider)s offers %(number)s model; known image models among them: %(known)s.",
        "%(provider)s offers %(number)s models; known image models among them: %(known)s.",
        len(names),
        provider=provider.name,
        known=count,
    )


def offered_names(body: bytes) -> list[str] | None:
    """The ids in an answer to GET /v1/models; None when it is not one."""
    try:
        listed = json.loads(body)["data"]
        return [str(model["id"]) for model in listed]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
