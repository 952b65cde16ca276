"""Which number a picture has in its batch: the one under its frame, on its page, and by which people name it.

Frames are counted model by model, each generation followed by its retries. A frame keeps its number when its picture is
deleted. Drafts, which came beside what was asked for, are counted apart in each generation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from generations.models.batch import Batch
from generations.models.generation import Generation
from generations.models.image import Image


def in_order(generations: Iterable[Generation]) -> list[Generation]:
    """By position, each that was tried again followed by its retries."""
    by_pk = {generation.pk: generation for generation in generations}

    def place(generation: Generation) -> tuple[int, int]:
        first = generation
        while (tried := by_pk.get(first.retry_of_id or 0)) is not None:
            first = tried
        return first.position, generation.position

    return sorted(by_pk.values(), key=place)


def by_model(generations: Iterable[Generation]) -> list[list[Generation]]:
    """The generations of a batch in the order of their frames, those of each model together."""
    of_models: dict[int, list[Generation]] = {}
    for generation in in_order(generations):
        of_models.setdefault(generation.model_id, []).append(generation)
    return list(of_models.values())


def places(generations: Iterable[Generation]) -> Iterator[tuple[Generation, int]]:
    """The frames of a batch: each generation, with `every_image`, and the place in it, from 1. Of one that was tried
    again only those with a picture."""
    every = list(generations)
    retried = {generation.retry_of_id for generation in every}
    for alike in by_model(every):
        for generation in alike:
            drawn = {image.position for image in generation.every_image}
            for k in range(1, frames_of(generation) + 1):
                if generation.pk not in retried or k in drawn:
                    yield generation, k


def frames_of(generation: Generation) -> int:
    """How many frames it takes: what was asked while it runs or when it stopped without one, then what came."""
    got = max((image.position for image in generation.every_image), default=0)
    return got if generation.state == "succeeded" and got else max(got, generation.n)


def numbers_of(generations: Iterable[Generation]) -> dict[tuple[int, int], int]:
    """The number of each frame of a batch, by the generation's number and the place in it."""
    return {(generation.pk, k): number for number, (generation, k) in enumerate(places(generations), 1)}


DRAFTS_OF_ANSWER = 64
"""How many drafts of one answer are kept. They follow the pictures that were asked for; behind them are as many places
for the previews of each call that failed."""


def draft_number(image: Image, generation: Generation) -> int:
    """The number of a draft among those that came with it in one answer."""
    return (image.position - generation.n - 1) % DRAFTS_OF_ANSWER + 1


def heading(batch: Batch, number: int, *, is_draft: bool = False) -> str:
    """ "No. 12, picture 2": how a picture is called in the active language."""
    said = {"batch": batch, "number": number}
    return _("%(batch)s, draft %(number)s") % said if is_draft else _("%(batch)s, picture %(number)s") % said
