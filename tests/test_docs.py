"""The README says all there is: every setting, dependency and command; and no file names a package registry."""

import ast
import os
import re
import subprocess
from pathlib import Path
from types import FunctionType

import pytest

from imageweb import environment

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
READERS = {
    name
    for name, reader in vars(environment).items()
    if isinstance(reader, FunctionType) and reader.__module__ == environment.__name__
}
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


def test_the_line_for_a_crontab_makes_a_backup_and_keeps_fourteen(tmp_path: Path) -> None:
    """As cron reads it, with the container's shell in place of Docker, and a backup that is a folder."""
    [line] = re.findall(r"^```cron\n(.+)\n```", OPERATIONS, re.M)
    command = re.split(r"(?<!\\)%", line.split(maxsplit=5)[5])[0].replace("\\%", "%")
    programs = {"docker": 'shift 4\nexec "$@"', "python": '[ -z "$FAILS" ] && mkdir -p "$3"'}
    for name, script in programs.items():
        tmp_path.joinpath(name).write_text(f"#!/bin/sh\n{script}\n")
        tmp_path.joinpath(name).chmod(0o700)
    backups = tmp_path / "backups"
    for day in range(1, 21):
        backups.joinpath(f"2020-01-{day:02}-0310").mkdir(parents=True)
    there = command.replace("/opt/imageweb", str(tmp_path)).replace("/data/backups", str(backups))

    def run(**env: str) -> int:
        path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
        return subprocess.run(["sh", "-c", there], cwd="/", env=path | env, check=False).returncode

    assert run(FAILS="1") != 0 and len(list(backups.iterdir())) == 20
    assert run() == 0
    *kept, newest = sorted(path.name for path in backups.iterdir())
    assert kept == [f"2020-01-{day:02}-0310" for day in range(8, 21)]
    assert re.fullmatch(r"20\d\d-\d\d-\d\d-\d{4}", newest)


def test_units_and_commands_by_hand_are_of_one_installation() -> None:
    """What stands in a unit alone is not known to a command that somebody types."""
    units = re.findall(r"^```systemd\n(\[Unit\].+?)^```", OPERATIONS, re.M | re.S)
    section = OPERATIONS.partition("## Without containers")[2].partition("\n## ")[0]
    [folder] = re.findall(r"^DATA_DIR=(.+)$", section, re.M)
    assert f"StateDirectory={Path(folder).name}\n" in units[0] and folder.startswith("/var/lib/")
    assert len(units) == 3 and not any("Environment" in unit for unit in units)
    assert "`sudo -u imageweb .venv/bin/python manage.py`" in OPERATIONS


def test_operations_name_commands_and_settings_that_there_are() -> None:
    named = set(re.findall(r"manage\.py (\w+)", OPERATIONS))
    assert {"backup", "restore", "move_database", "move_storage", "up", "verify_storage"} <= named
    assert named - {"stands"} <= set(commands())
    described = set(re.findall(r"\b(?:[A-Z]+_)+[A-Z]+\b", OPERATIONS))
    assert described and described <= {*settings()}
