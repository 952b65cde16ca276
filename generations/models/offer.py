"""What a provider offers: providers and models as an administrator adds, orders, prices and switches them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from urllib.parse import urlsplit

from django.db import connection, transaction

from generations.models.adoption import OTHER_RANK, free_name, load_catalogue
from generations.models.audit_entry import record, record_all
from generations.models.families import capabilities_of
from generations.models.generation import Generation
from generations.models.price import Price
from generations.models.provider import SANDBOX_URL, Provider
from generations.models.provider_model import ProviderModel
from generations.models.recorded import record_changed, record_made, record_removed
from generations.models.team import Person

LOCK_NUMBER = 0x61646470
"""Of the advisory lock; any number that is always the same."""


def add_provider(base_url: str, secret: str, name: str = "") -> Provider:
    """The provider at this address, with this key: added, or the one that is there already, so that a form sent twice
    is one provider. `base_url` is one that `endpoint_of` gave."""
    given = Provider(base_url=base_url)
    given.look_up()  # before the transaction, as a name server may take its time
    with transaction.atomic():
        _wait_for_others()
        rows = Provider.objects.select_for_update().exclude(base_url=SANDBOX_URL)
        found = rows.filter(base_url=base_url).order_by("pk").first()
        provider = found or given
        if found is None:
            provider.name = free_name(name or urlsplit(base_url).netloc, provider)
        if secret:
            provider.set_secret(secret)
        provider.is_private = given.is_private
        provider.save()
        if found is None:
            record("added_provider", provider, after={"base_url": base_url})
        elif secret:
            record("changed_provider", provider, after={"changed": ["key"]})
            provider.resume()
    return provider


def _wait_for_others() -> None:
    """One adds at a time: there is no row to lock yet. On SQLite a transaction that writes has the database for
    itself."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_NUMBER])


@transaction.atomic
def use_address(provider: Provider, base_url: str) -> None:
    """Call it at another address of the same host, which a check found to be right."""
    before = provider.base_url
    Provider.objects.filter(pk=provider.pk).update(base_url=base_url)
    provider.base_url = base_url
    record("changed_provider", provider, before={"base_url": before}, after={"base_url": base_url})
    provider.resume()


@transaction.atomic
def remove_provider(provider: Provider) -> bool:
    """Forget it with its key, headers and proxy. What was made with it stays, and so then does its name, switched off.
    Returns whether nothing of it is left."""
    Provider.objects.select_for_update().get(pk=provider.pk)
    record_removed(provider)
    if Generation.objects.filter(model__provider=provider).exists():
        emptied = {"sealed_key": "", "sealed_headers": "", "sealed_proxy": "", "is_from_environment": False}
        Provider.objects.filter(pk=provider.pk).update(is_enabled=False, **emptied)
        return False
    provider.delete()
    return True


@transaction.atomic
def change_offer(
    provider: Provider,
    person: Person | None,
    offered: Collection[str],
    *,
    shown: Collection[str] = (),
    prices: Mapping[str, Decimal | None] | None = None,
) -> int:
    """Offer the models of these names: those it has not are added, with what their family takes; of those that were
    `shown` the others are switched off. Prices that differ from today's hold from now on. Returns how many of what was
    shown are offered now."""
    Provider.objects.select_for_update().get(pk=provider.pk)
    have = {model.name: model for model in provider.models.priced()}
    for model in have.values():
        if model.name in shown or model.name in offered:
            _switch(model, is_enabled=model.name in offered)
    added = add_models(provider, [name for name in offered if name not in have])
    for model in [*have.values(), *added]:
        if model.name in (prices or {}):
            set_price(model, (prices or {})[model.name], person)
    names = set(have) | {model.name for model in added}
    provider.keep_other_models([name for name in provider.other_models if name not in names])
    return len(set(offered))


def _switch(model: ProviderModel, *, is_enabled: bool) -> None:
    if model.is_enabled is is_enabled:
        return
    before = {"is_enabled": model.is_enabled}
    model.is_enabled = is_enabled
    model.save(update_fields=["is_enabled"])
    record_changed(model, ["is_enabled"], before)


def add_models(provider: Provider, names: Iterable[str]) -> list[ProviderModel]:
    """Add models by name, whether or not their family is known. Returns those added."""
    wanted = list(dict.fromkeys(names))
    known = load_catalogue(provider, wanted) if wanted else []
    unknown = ProviderModel.objects.bulk_create(
        ProviderModel(provider=provider, name=name, rank=OTHER_RANK) for name in wanted if capabilities_of(name) is None
    )
    record_all("added_model", unknown)
    return [*known, *unknown]


def set_price(model: ProviderModel, amount: Decimal | None, person: Person | None) -> None:
    """What a picture of any size costs from now on; nothing if that is today's price."""
    if amount != model.price:
        record_made(Price.objects.create(model=model, amount=amount, entered_by=person))


@transaction.atomic
def order_models(provider: Provider, keys: Sequence[str]) -> None:
    """Show its models in this order in the composer; those that are not named come behind, as they stood."""
    models = {model.key: model for model in provider.models.select_for_update()}
    named = [models.pop(key) for key in dict.fromkeys(keys) if key in models]
    moved = []
    for place, model in enumerate([*named, *models.values()], 1):
        if model.rank != 10 * place:
            model.rank = 10 * place
            moved.append(model)
    ProviderModel.objects.bulk_update(moved, ["rank"])
    if moved:
        record("changed_provider", provider, after={"changed": ["order"]})
