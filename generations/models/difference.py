"""What changed between two prompts, word by word; in scripts without spaces, sign by sign.

A longest common subsequence, found by a bit-parallel algorithm: a few milliseconds at MAX_PIECES, whatever the pieces
are. difflib is cubic on repeats: half a minute for 2 KB of two signs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from rapidfuzz.distance import Indel

MAX_CHARACTERS = 16_000
MAX_PIECES = 2_000
MAX_CHANGES = 200
ALIKE = 0.35
"""Below this likeness two prompts are different sentences, and marking words would only be noise."""
MARKS = ',.;:!?…)]”"’'
PIECE = re.compile(r"\s+|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\s\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")

Change = tuple[int, int, int]
Part = tuple[str, str, str]


def is_another(before: str, after: str) -> bool:
    """Whether the second text is no version of the first: another sentence, with too few of its words."""
    if before == after or max(len(before), len(after)) > MAX_CHARACTERS:
        return False
    old, new = (list(islice(pieces_of(text), MAX_PIECES)) for text in (before, after))
    kept = sum(count_words(old[i:j]) for is_equal, i, j, *_ in compare_pieces(old, new) if is_equal)
    return 2 * kept < ALIKE * (count_words(old) + count_words(new))


def changes_between(before: str, after: str) -> list[Change]:
    """How the second text came from the first: characters kept, then deleted, then inserted, and so on to their ends.

    No word of either text is in it. [] where the texts are the same, where too little was kept, and beyond
    MAX_CHARACTERS, MAX_PIECES or MAX_CHANGES: the first two bound the work, the third what a page has to mark."""
    if before == after or max(len(before), len(after)) > MAX_CHARACTERS:
        return []
    old, new = (list(islice(pieces_of(text), MAX_PIECES + 1)) for text in (before, after))
    if max(len(old), len(new)) > MAX_PIECES:
        return []
    steps = compare_pieces(old, new)
    kept = sum(count_words(old[i:j]) for is_equal, i, j, *_ in steps if is_equal)
    if 2 * kept < ALIKE * (count_words(old) + count_words(new)):
        return []
    changes = list(changes_of(old, new, steps))
    return changes if len(changes) <= MAX_CHANGES else []


def parts_of(before: str, after: str, changes: Sequence[Sequence[int]]) -> list[Part] | None:
    """The kept, deleted and inserted text of each change; None where the changes are those of other texts."""
    parts: list[Part] = []
    old = new = 0
    for kept, deleted, inserted in changes:
        end, until = old + kept, new + kept
        parts.append((before[old:end], before[end : end + deleted], after[until : until + inserted]))
        old, new = end + deleted, until + inserted
    spelled = "".join(kept + deleted for kept, deleted, _ in parts), "".join(kept + come for kept, _, come in parts)
    return parts if (old, new, *spelled) == (len(before), len(after), before, after) else None


def compare_pieces(old: list[str], new: list[str]) -> list[tuple[bool, int, int, int, int]]:
    """Whether these pieces of the one are those pieces of the other, as difflib's opcodes count them.

    The library compares hashes; numbered pieces have no two the same."""
    numbers: dict[str, int] = {}
    first, second = ([numbers.setdefault(piece, len(numbers)) for piece in pieces] for pieces in (old, new))
    steps = Indel.opcodes(first, second)
    return [(step.tag == "equal", step.src_start, step.src_end, step.dest_start, step.dest_end) for step in steps]


def changes_of(old: list[str], new: list[str], steps: Sequence[tuple[bool, int, int, int, int]]) -> Iterator[Change]:
    """The steps in characters, what is deleted and inserted at one place together."""
    kept = deleted = inserted = 0
    for is_equal, i, j, k, m in steps:
        gone, come = len("".join(old[i:j])), len("".join(new[k:m]))
        if is_equal:
            if deleted or inserted:
                yield kept, deleted, inserted
                kept = deleted = inserted = 0
            kept += gone
        else:
            deleted, inserted = deleted + gone, inserted + come
    yield kept, deleted, inserted


def pieces_of(text: str) -> Iterator[str]:
    """Its words, what stands between them, and the marks a word ends with."""
    for match in PIECE.finditer(text):
        piece = match[0]
        word = piece.rstrip(MARKS)
        if word and word != piece:
            yield word
            yield piece[len(word) :]
        else:
            yield piece


def count_words(pieces: list[str]) -> int:
    """How many are more than white space."""
    return sum(not piece.isspace() for piece in pieces)
