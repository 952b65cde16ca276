"""Pictures in quoted lines, where gateways write their status, stand among the others in order of appearance: the last
one is what was asked for."""

import json

import pytest

from generations.protocol.response import read
from tests.protocol.test_mixtures import URI, said, told
from tests.protocol.test_reading import check

P, F = "https://cdn.example/p50.png", "https://cdn.example/final.png"
IN_ORDER = {
    "a preview before the picture": f"> 生成中 ![50%]({P})\n\n![final]({F})",
    "at the very beginning": f"> ![50%]({P})\n![final]({F})",
    "a draft in a fold": f"<details>\n> ![draft]({P})\n</details>\n\n![final]({F})",
    "a reference": f"> ![given]({P})\n\nHere is the result:\n\n![x]({F})",
    "two quotations": f"> a ![x]({P})\n\nand\n\n> b ![y]({F})",
    "a quotation behind the picture": f"![x]({P})\n\n> ![y]({F})",
    "results as JSON": f'> `{{"image_url": "{P}"}}`\n\nthen `{{"image_url": "{F}"}}`',
}


@pytest.mark.parametrize("name", IN_ORDER)
@pytest.mark.parametrize("dress", [said, told])
def test_pictures_in_and_outside_quotations_stand_in_order(name: str, dress: type) -> None:
    answer = read(dress(IN_ORDER[name]) if dress is told else json.dumps(said(IN_ORDER[name])).encode())
    assert [ref.url for ref in answer.images] == [P, F]
    assert [ref.url for ref in answer.last(1)] == [F]


def test_every_quotation_has_its_place() -> None:
    parts = [f"> ![a](https://c.example/{n})\n\n![b](https://c.example/{n}b)\n" for n in range(5)]
    check(said("\n".join(parts)), [f"https://c.example/{n}{b}" for n in range(5) for b in ("", "b")], None)


def test_a_stored_copy_is_found_in_a_quotation() -> None:
    check(said(f"> [Download]({F})\n\n![x]({URI})"), ["image/png"], None)
