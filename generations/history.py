"""The conversation a batch continues: the prompts its picture was refined from, and what the models answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, takewhile
from typing import Any

from django.db.models import Q

from generations import rights
from generations.models import Batch, Generation, Image
from generations.protocol.request import ChatMessage
from generations.quoting import Phrases
from generations.viewer import Viewer

MAX_TURNS = 8
MAX_LINE = 8 * MAX_TURNS
"""Batches that are looked back at."""
NO_REMARK = "Here is the picture."
"""What the model is quoted with where it drew without a word, since turns alternate."""


def history_of(batch: Batch) -> list[ChatMessage]:
    """The messages before its prompt, oldest first: each prompt a refined picture came from, and the answer.

    The last MAX_TURNS turns, as far back as they may be quoted. What varies a refined picture, or uses its order
    again, has the same history; what only takes it as a reference begins anew. An answer that repeats what may not be
    quoted is not quoted either."""
    line = list(_line_before(batch))
    viewer = Viewer(batch.person)
    quoted = list(takewhile(lambda step: _may_quote(viewer, batch, step[1].batch), line))
    closed = [drew for _derivation, drew in line[len(quoted) :]]
    known = [batch.prompt, NO_REMARK, *(drew.batch.prompt for _derivation, drew in quoted)]
    unquoted = Phrases.of((text for drew in closed for text in (drew.batch.prompt, drew.remark)), but=known)
    messages: list[ChatMessage] = []
    for derivation, drew in quoted:
        if derivation == Batch.Derivation.REFINE and len(messages) < 2 * MAX_TURNS:
            remark = drew.remark.strip()
            messages[:0] = [
                ChatMessage(role="user", content=drew.batch.prompt),
                ChatMessage(role="assistant", content=NO_REMARK if unquoted.are_in(remark) else remark or NO_REMARK),
            ]
    return messages


def _line_before(batch: Batch) -> Iterator[tuple[str, Generation]]:
    """How a batch was made from a picture, and what drew that; then the same of its batch, up to MAX_LINE. At most
    three queries."""
    if (parent := _continues(batch)) is None:
        return
    images = Image.objects.exclude(generation=None).select_related("generation__batch")
    first = images.filter(pk=parent).first()
    if first is None or first.generation is None:
        return
    yield batch.derivation, first.generation
    if _continues(first.generation.batch) is None:
        return
    steps = list(islice(_steps_before(first.generation.batch), MAX_LINE - 1))
    drawn = images.in_bulk([number for _derivation, number in steps])
    for derivation, number in steps:
        if number not in drawn or not (generation := drawn[number].generation):
            return
        yield derivation, generation


def _continues(batch: Batch) -> int | None:
    """The number of the picture whose conversation it continues; None where it begins one."""
    return None if batch.derivation == Batch.Derivation.REFER else batch.parent_id


def _steps_before(batch: Batch) -> Iterator[tuple[str, int]]:
    """How it was made from a picture, and the picture's number; then the same of the batch of that. One query, for
    numbers alone: a line may be long."""
    family = Batch.objects.in_lineage_of(batch).exclude(parent=None).exclude(derivation=Batch.Derivation.REFER)
    rows = family.order_by().values_list("pk", "derivation", "parent", "parent__batch")
    made_from: dict[int, Any] = {number: step for number, *step in rows}
    at = batch.pk
    while at in made_from:
        derivation, image, at = made_from[at]
        yield derivation, image


@dataclass
class Words:
    """The prompts and remarks of a line of batches: what of them somebody may read, and the rest."""

    readable: set[str] = field(default_factory=lambda: {NO_REMARK})
    hidden: set[str] = field(default_factory=set)


def words_of_lines(viewer: Viewer, batches: Iterable[Batch]) -> Callable[[Batch], Words]:
    """The words of the line that each of these belongs to, as they stand now; three queries for all of them. A remark
    on a prompt that the viewer may read is hidden where it repeats one that they may not."""
    roots = {_root(batch) for batch in batches}
    family = Batch.objects.filter(Q(lineage_root__in=roots) | Q(pk__in=roots)).order_by()
    seen = set(rights.see_batch.of(viewer, family).values_list("pk", flat=True))
    remarks = Generation.objects.filter(batch__in=family.values("pk")).exclude(remark="").order_by()
    words: defaultdict[int, Words] = defaultdict(Words)
    line_of: dict[int, Words] = {}
    for batch in family.only("lineage_root", "prompt"):
        line_of[batch.pk] = words[_root(batch)]
        (line_of[batch.pk].readable if batch.pk in seen else line_of[batch.pk].hidden).add(batch.prompt)
    said = [(line_of[number], number in seen, text.strip()) for number, text in remarks.values_list("batch", "remark")]
    for line, is_seen, remark in said:
        if not is_seen:
            line.hidden.add(remark)
    unquoted = {id(line): Phrases.of(line.hidden, but=line.readable) for line in words.values()}
    for line, is_seen, remark in said:
        if is_seen:
            (line.hidden if unquoted[id(line)].are_in(remark) else line.readable).add(remark)
    return lambda batch: words[_root(batch)]


def _root(batch: Batch) -> int:
    return batch.lineage_root_id or batch.pk


def _may_quote(viewer: Viewer, batch: Batch, earlier: Batch) -> bool:
    """Whether all who may see this batch, which is the viewer's, may see the earlier one, whose words its call
    repeats."""
    if batch.visibility == Batch.Visibility.PRIVATE:
        return rights.see_batch.allows(viewer, earlier)
    if earlier.visibility != batch.visibility:
        return False
    if batch.visibility == Batch.Visibility.GALLERY:
        return earlier.gallery_id == batch.gallery_id
    return earlier.team_id == batch.team_id
