"""Where a picture came from and what was made from it: a line through one family of batches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from generations.models import Batch, Image
from generations.models.difference import changes_between, parts_of

MAX_STEPS = 40
MAX_BRANCHES = 9


@dataclass(frozen=True)
class Step:
    """One picture of the line, and the words that led to it. None is left of what the trash was emptied of."""

    image: Image | None
    batch: Batch | None
    is_here: bool = False

    @property
    def is_gone(self) -> bool:
        """Whether the picture was deleted."""
        return self.image is None or self.image.is_deleted

    @property
    def words(self) -> str:
        """The instruction, or the prompt the line began with."""
        if self.image is None:
            return ""
        if self.batch is None:
            return self.image.words
        return instruction_of(self.batch)


@dataclass(frozen=True)
class Branch:
    """A batch of the family, with what was made from its pictures."""

    batch: Batch
    images: tuple[Image, ...]
    difference: SafeString | str
    is_here: bool
    branches: tuple[Branch, ...] = field(default=())


class Lineage:
    """The family of a picture as its page shows it. `family` are the batches of its line that the person may see."""

    def __init__(self, image: Image, family: Iterable[Batch]) -> None:
        self.image = image
        self.batches = {batch.pk: batch for batch in family}
        self.made_from: dict[int, list[Batch]] = {}
        self.made_after: dict[int, list[Batch]] = {}
        for batch in self.batches.values():
            if batch.parent:
                self.made_from.setdefault(batch.parent.pk, []).append(batch)
                self.made_after.setdefault(batch.parent.batch_id or 0, []).append(batch)

    def __bool__(self) -> bool:
        return len(self.steps) > 1 or bool(self.children)

    @cached_property
    def steps(self) -> list[Step]:
        """From where the line began to this picture, over what was deleted, as far as the person may see it."""
        steps = [Step(self.image, self.batches.get(self.image.batch_id or 0), is_here=True)]
        while (batch := steps[0].batch) and batch.derivation and len(steps) < MAX_STEPS:
            parent = batch.parent
            before = self.batches.get(parent.batch_id or 0) if parent else None
            if parent and parent.batch_id and before is None:
                break
            steps.insert(0, Step(parent, before))
        return steps

    @cached_property
    def children(self) -> list[Step]:
        """A picture of each batch made from this one."""
        made = self.made_from.get(self.image.pk, [])
        return [Step(batch.images.all()[0], batch) for batch in made if batch.images.all()][-MAX_BRANCHES:]

    @property
    def since(self) -> int:
        """How many batches were made from this picture."""
        return len(self.made_from.get(self.image.pk, []))

    @property
    def difference(self) -> SafeString | str:
        """How this picture's prompt differs from the one it was made from; "" where that says nothing."""
        if len(self.steps) < 2 or not (self.steps[-1].batch and self.steps[-2].batch):
            return ""
        return difference_of(self.steps[-2].batch, self.steps[-1].batch)

    @property
    def before(self) -> Batch | None:
        """The batch this one was made from."""
        return self.steps[-2].batch if len(self.steps) > 1 else None

    @cached_property
    def tree(self) -> list[Branch]:
        """The whole family, from every batch whose parent is of no batch in it."""
        kin = [
            batch for batch in self.batches.values() if not batch.parent or batch.parent.batch_id not in self.batches
        ]
        return [self._branch(batch, None, MAX_STEPS) for batch in kin]

    def _branch(self, batch: Batch, before: Batch | None, depth: int) -> Branch:
        made = self.made_after.get(batch.pk, []) if depth else []
        is_varied = batch.derivation == Batch.Derivation.VARY
        told = difference_of(before, batch) if before and not is_varied else ""
        is_here = batch.pk == self.image.batch_id
        branches = tuple(self._branch(child, batch, depth - 1) for child in sorted(made, key=lambda one: one.pk))
        return Branch(batch, tuple(batch.images.all()), told or instruction_of(batch), is_here, branches)


def instruction_of(batch: Batch) -> str:
    """Its prompt; that it is a variation, whose prompt is its parent's."""
    return _("Varied") if batch.derivation == Batch.Derivation.VARY else batch.prompt


def difference(before: str, after: str) -> SafeString | str:
    """The second text, with what is new in <ins> and what is gone in <del>. "" where that would say nothing."""
    return marked(before, after, changes_between(before, after))


def difference_of(before: Batch, batch: Batch) -> SafeString | str:
    """The same of a batch's prompt and the one it came from, from what was kept with it; older rows kept nothing."""
    if batch.changes is None:
        return difference(before.prompt, batch.prompt)
    return marked(before.prompt, batch.prompt, batch.changes)


def marked(before: str, after: str, changes: Sequence[Sequence[int]]) -> SafeString | str:
    """The changes from one text to the other as HTML."""
    parts = parts_of(before, after, changes) or []
    return format_html_join(
        "", "{}{}{}", ((kept, tagged("del", gone), tagged("ins", new)) for kept, gone, new in parts)
    )


def tagged(name: str, text: str) -> SafeString | str:
    return format_html("<{0}>{1}</{0}>", name, text) if text else ""
