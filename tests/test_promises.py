"""docs/promises.md against the tests there are: every row once, every test named in it exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TABLE = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([PUIWO]\d+) \| (.+?) \| (.+?) \|$", TABLE, re.MULTILINE)
COUNTS = {"P": 28, "U": 25, "I": 21, "W": 36, "O": 10}
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_promise_has_its_row_in_order() -> None:
    assert [row for row, *_ in ROWS] == [f"{area}{n}" for area, count in COUNTS.items() for n in range(1, count + 1)]


@pytest.mark.parametrize(("row", "shown_by"), [(row, shown) for row, _, shown in ROWS])
def test_what_shows_a_promise_exists(row: str, shown_by: str) -> None:
    named = TEST.findall(shown_by)
    if not named:
        assert re.fullmatch(r"not yet: .{10,}", shown_by)
        return
    assert TEST.sub("", shown_by).strip(", ") == ""
    assert [test for file, test in named if test not in names_in(ROOT / file)] == []


@pytest.mark.parametrize(("row", "promise"), [(row, promise) for row, promise, _ in ROWS])
def test_a_promise_is_one_short_clause(row: str, promise: str) -> None:
    assert len(promise) <= 100
    assert promise[0].isupper()
    assert not promise.endswith(".")


def names_in(path: Path) -> set[str]:
    """The names of the functions in a file, and what it assigns, such as the `TestCase` of a state machine."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assigned = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return functions | assigned
