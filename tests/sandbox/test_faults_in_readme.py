"""The README lists what can be asked for, in the words of the table itself."""

from pathlib import Path

from generations.sandbox.faults import FAULTS

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_readme_lists_every_fault() -> None:
    listed = [line for line in README.read_text(encoding="utf-8").splitlines() if line.startswith("| `[[")]
    assert listed == [f"| `[[{fault.name}]]` | {fault.says} |" for fault in FAULTS.values()]
