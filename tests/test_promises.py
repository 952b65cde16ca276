"""docs/promises.md against the tests there are: every row once, every test named in it exists."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([PUIWO]\d+) \| (.+?) \| (.+?) \|$", TABLE, re.MULTILINE)
COUNTS = {"P": 28, "U": 25, "I": 22, "W": 36, "O": 13}
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_promise_has_its_row_in_order() -> None:
    assert [row for row, *_ in ROWS] == [f"{area}{n}" for area, count in COUNTS.items() for n in range(1, count + 1)]


def test_what_shows_a_promise_exists() -> None:
    wrong = {row: shown_by for row, _, shown_by in ROWS if not exists(shown_by)}
    assert wrong == {}


def test_a_promise_is_one_short_clause() -> None:
    assert [
        row for row, promise, _ in ROWS if len(promise) > 100 or not promise[0].isupper() or promise[-1] == "."
    ] == []


def exists(shown_by: str) -> bool:
    """Whether each test that a row names is in its file, and it names nothing else; or it says what is to come."""
    named = TEST.findall(shown_by)
    if not named:
        return re.fullmatch(r"not yet: .{10,}", shown_by) is not None
    return TEST.sub("", shown_by).strip(", ") == "" and all(test in names_in(ROOT / file) for file, test in named)


@cache
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
