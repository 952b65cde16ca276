"""The few rows a generation needs, for tests of what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence

from generations.models import Generation, Image, Person, Provider, ProviderModel
from generations.models.storage import is_marked, mark_storage
from generations.submit import Order, submit


def get_or_make_person(name: str = "ana") -> Person:
    """Somebody who asks; the same for the same name."""
    return Person.objects.get_or_create(username=name, defaults={"email": f"{name}@team.example"})[0]


def make_model_at(base_url: str = "http://provider.example/v1", **columns: object) -> ProviderModel:
    """A model called `test` at a provider of this address, with these of the provider's columns."""
    if not is_marked():
        mark_storage()
    provider = Provider.objects.create(**{"name": base_url, "base_url": base_url, **columns})
    return ProviderModel.objects.create(provider=provider, name="test", must_stream=False)


def ask(
    prompt: str, model: ProviderModel, person: Person | None = None, references: Sequence[Image] = ()
) -> Generation:
    """One generation with this prompt, submitted as a page does."""
    return submit(
        Order(person or get_or_make_person(), prompt, (model,), references=tuple(references))
    ).generations.get()


def fresh(generation: Generation) -> Generation:
    """The row as it is now."""
    return Generation.objects.for_running().get(pk=generation.pk)
