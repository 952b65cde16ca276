"""The conversation a batch continues: the prompts its picture was refined from, and what the models answered."""

from __future__ import annotations

from collections.abc import Callable

from generations import rights
from generations.models import Batch, Image
from generations.protocol.request import ChatMessage
from generations.rights import Viewer

MAX_TURNS = 8
NO_REMARK = "Here is the picture."
"""What the model is quoted with where it drew without a word, since turns alternate."""


def history_of(batch: Batch) -> list[ChatMessage]:
    """The messages before its prompt, oldest first: each prompt a refined picture came from, and the answer.

    The last MAX_TURNS turns, as far back as they may be quoted. What varies a refined picture, or uses its order
    again, has the same history; what only takes it as a reference begins anew."""
    images = Image.objects.select_related("generation__batch")
    messages: list[ChatMessage] = []
    current: Batch | None = batch
    while (
        current and current.parent_id and current.derivation != Batch.Derivation.REFER and len(messages) < 2 * MAX_TURNS
    ):
        image = images.filter(pk=current.parent_id).first()
        drew = image.generation if image else None
        if drew and not may_quote(batch, drew.batch):
            break
        if current.derivation == Batch.Derivation.REFINE and drew:
            messages[:0] = [
                ChatMessage(role="user", content=drew.batch.prompt),
                ChatMessage(role="assistant", content=drew.remark.strip() or NO_REMARK),
            ]
        current = drew.batch if drew else None
    return messages


def words_before(batch: Batch, may_read: Callable[[Batch], bool]) -> frozenset[str]:
    """What the messages before its prompt may say of batches that may be read: the prompts its picture came from, and
    what the models answered. All of its line, as it stands now."""
    words: set[str] = set()
    images = Image.objects.select_related("generation__batch")
    current, seen = batch, {batch.pk}
    while current.parent_id:
        image = images.filter(pk=current.parent_id).first()
        if image is None or image.generation is None or image.generation.batch_id in seen:
            break
        current = image.generation.batch
        seen.add(current.pk)
        if may_read(current):
            words |= {current.prompt, image.generation.remark.strip() or NO_REMARK}
    return frozenset(words | {NO_REMARK})


def may_quote(batch: Batch, earlier: Batch) -> bool:
    """Whether all who may see this batch may see the earlier one, whose words its call repeats."""
    if batch.visibility == Batch.Visibility.PRIVATE:
        return rights.see_batch.allows(Viewer(batch.person), earlier)
    if earlier.visibility != batch.visibility:
        return False
    if batch.visibility == Batch.Visibility.GALLERY:
        return earlier.gallery_id == batch.gallery_id
    return earlier.team_id == batch.team_id
