"""The sandbox reads prompts in the worker's own process: no prompt costs it more than in proportion to its length."""

import json

import pytest

from generations.sandbox import families, faults, recipe, request_parsing, shapes
from generations.sandbox.request_parsing import parse_request
from tests.support.families import FAMILIES, Family
from tests.support.steps import Counter, count_patterns

pytestmark = pytest.mark.slow

PIECES = [
    "[[",
    "[[a:",
    "[1:1",
    "【",
    "ratio ",
    "ratio" + " " * 300,
    "比例:",
    "[ ",
    "[1 :",
    "![a](",
    "\ue000",
    "black and ",
]
REPEATED = {name: family for name, family in FAMILIES.items() if " then " not in name}
PROMPTS = {**REPEATED, **{piece[:20]: (lambda n, piece=piece: (piece * n)[:n].encode()) for piece in PIECES}}


PARTS = {f"part {n}": dict(list(PROMPTS.items())[n::2]) for n in range(2)}


@pytest.mark.parametrize("prompts", PARTS.values(), ids=PARTS)
def test_a_prompt_is_understood_in_steps_that_grow_with_it(
    prompts: dict[str, Family], monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = Counter()
    for module in (request_parsing, families, faults, recipe, shapes):  # the others look for words, which have no runs
        for name, counted in count_patterns(module, counter):
            monkeypatch.setattr(module, name, counted)

    def steps(family: Family, n: int) -> int:
        counter.steps = 0
        prompt = family(n).decode("utf-8", "replace")
        messages = [{"role": "assistant", "content": prompt}, {"role": "user", "content": prompt}]
        request = parse_request(json.dumps({"model": "gpt-4o-image", "messages": messages}).encode())
        families._from_prompt(families.FAMILIES["gpt-4o-image"], request)
        recipe.recipe("m", prompt, None, 0, (64, 64))
        recipe.recipe("m", prompt, None, 0, (64, 64), is_edit=True)
        recipe.without_marks(prompt)
        faults._MARK.findall(prompt)
        return counter.steps

    costs = {name: (steps(family, 1_500), steps(family, 6_000)) for name, family in prompts.items()}
    assert {name: (little, much) for name, (little, much) in costs.items() if much > 5 * little + 60_000} == {}
