"""The README says all there is: every setting, dependency and command; and no file names a package registry."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
READERS = {"choice", "text", "boolean", "integer", "csv_list", "url", "secret"}
REGISTRIES = ("pypi" + ".org", "python" + "hosted", "npm" + "js", "jsde" + "livr", "unp" + "kg", "crates" + ".io")


def settings() -> list[str]:
    """The names settings.py reads from the environment."""
    tree = ast.parse((ROOT / "imageweb" / "settings.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    return [
        call.args[0].value
        for call in calls
        if isinstance(call.func.value, ast.Name)
        and call.func.value.id == "env"
        and call.func.attr in READERS
        and isinstance(call.args[0], ast.Constant)
    ]


def dependencies() -> list[str]:
    """The packages of requirements.in, without extras and ranges."""
    lines = (ROOT / "requirements.in").read_text(encoding="utf-8").splitlines()
    return [re.split(r"[\[<>=!~ ]", line)[0] for line in lines if line and not line.startswith("#")]


def commands() -> list[str]:
    folder = ROOT / "generations" / "management" / "commands"
    return sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")


def test_every_setting_stands_in_the_readme_and_the_example() -> None:
    assert [name for name in settings() if not re.search(rf"^\| `{name}` \|", README, re.MULTILINE)] == []
    assert [name for name in settings() if not re.search(rf"^#?{name}=", EXAMPLE, re.MULTILINE)] == []


def test_the_readme_names_no_setting_that_is_not_read() -> None:
    described = re.findall(r"^\| `([A-Z_]+)` \|", README, re.MULTILINE)
    assert sorted(described) == sorted(settings())


def test_every_dependency_is_defended_in_a_sentence() -> None:
    bare = [name for name in dependencies() if not re.search(rf"^- \*\*{re.escape(name)}\*\* .{{20,}}", README, re.M)]
    assert bare == []


def test_no_sentence_defends_what_is_not_a_dependency() -> None:
    section = README.partition("## What it stands on")[2]
    assert sorted(re.findall(r"^- \*\*([\w-]+)\*\*", section, re.MULTILINE)) == sorted(dependencies())


def test_every_command_is_mentioned() -> None:
    assert [name for name in commands() if not re.search(rf"`(manage\.py )?{name}\b", README)] == []


def test_the_example_changes_nothing_as_it_is() -> None:
    assert [line for line in EXAMPLE.splitlines() if line.strip() and not line.startswith("#")] == []


def test_no_file_names_a_package_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    assert len(paths) > 100
    naming = [
        path.relative_to(ROOT).as_posix()
        for path in paths
        if path.is_file() and any(host.encode() in path.read_bytes() for host in REGISTRIES)
    ]
    assert naming == []
