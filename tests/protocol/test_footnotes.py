"""An image of Markdown may have its address in a footnote."""

import pytest

from generations.protocol.footnotes import without_footnotes
from tests.protocol.test_mixtures import URI, A, said
from tests.protocol.test_reading import HERE, THERE, check

NOTES: dict[str, tuple[str, list[str], str | None]] = {
    "by number": (f"![a cat][1]\n\n[1]: {HERE}", [HERE], None),
    "by its alt text": (f"![A  Cat][]\n\n[a cat]: <{HERE}>", [HERE], None),
    "without brackets": (f'![cat]\n\n[cat]: {HERE} "A cat"', [HERE], None),
    "data": (f"![cat][c]\n\n[c]: {URI}", ["image/png"], None),
    "two": (f"![a][1] ![b][2]\n\n[1]: {HERE}\n[2]: {THERE}", [HERE, THERE], None),
    "twice": (f"![a][1] and ![b][1]\n\n[1]: {HERE}", [HERE], "and"),
    "beside a link": (
        f"![a][1] See [docs][2].\n\n[1]: {HERE}\n[2]: {THERE}",
        [HERE],
        f"See [docs][2]. [2]: {THERE}",
    ),
    "no image": (f"See [docs][1].\n\n[1]: {HERE}", [], f"See [docs][1]. [1]: {HERE}"),
    "a source": (f"What a view![1]\n\n[1]: {HERE}", [], f"What a view![1] [1]: {HERE}"),
    "a source of code": (f"Use vec![i]\n\n[i]: {HERE}", [], f"Use vec![i] [i]: {HERE}"),
    "a picture behind a word": (f"Done![cat]\n\n[cat]: {A}", [A], "Done"),
    "noted twice": (f"![a][1]\n\n[1]: {HERE}\n[1]: {THERE}", [HERE], None),
    "no note": ("![cat][1]", [], "![cat][1]"),
    "an address of its own": (f"![cat]({A})\n\n[cat]: {HERE}", [A], f"[cat]: {HERE}"),
}


@pytest.mark.parametrize("name", NOTES)
def test_an_image_is_at_the_address_of_its_footnote(name: str) -> None:
    text, images, left = NOTES[name]
    check(said(text), images, left)


def test_a_note_that_is_named_often_makes_no_long_text() -> None:
    text = f"{'![x][1] ' * 1_000}\n[1]: {URI}\n"
    assert len(without_footnotes(text)) <= len(text)
