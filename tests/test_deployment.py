"""The container image: what gets in."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COPIED = [name for line in re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.MULTILINE) for name in line.split()]
KEPT_OUT = [
    ".env",
    ".env.local",
    ".env.production",
    "imageweb/.env",
    "static/.env",
    "imageweb.sqlite3",
    "generations/imageweb.sqlite3-wal",
    "secret_key",
    "imageweb/secret_key",
    "var/secret_key",
    "var/files/files/ab/abcdef",
    "backup.tar",
    ".git/config",
    ".ci/run",
    ".venv/bin/python",
    ".hypothesis/examples",
    "tests/cast.py",
    "docs/promises.md",
    "docker-compose.yml",
    "generations/__pycache__/tasks.cpython-312.pyc",
    "generations/tasks.pyc",
]


def is_ignored(path: str) -> bool:
    """What .dockerignore says of it: the last pattern counts that matches the path or a folder it lies in."""
    ignored = False
    parts = path.split("/")
    starts = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.strip()
        if pattern and not pattern.startswith("#"):
            expression = as_regex(pattern.lstrip("!"))
            if any(expression.fullmatch(start) for start in starts):
                ignored = not pattern.startswith("!")
    return ignored


def as_regex(pattern: str) -> re.Pattern[str]:
    """`*` stays within a folder; a leading `**/` is any folder or none."""
    name = re.escape(pattern.removeprefix("**/")).replace(r"\*", "[^/]*")
    return re.compile(rf"(.*/)?{name}" if pattern.startswith("**/") else name)


@pytest.mark.parametrize("path", KEPT_OUT)
def test_no_secret_database_or_cache_gets_into_the_image(path: str) -> None:
    assert is_ignored(path)
    assert not any(path == name or path.startswith(f"{name}/") for name in COPIED) or is_ignored(path)


def test_the_image_is_copied_by_name() -> None:
    assert COPIED and all(re.fullmatch(r"[\w.]+", name) and name not in {".", ".."} for name in COPIED)
    assert not re.search(r"^ADD ", DOCKERFILE, re.MULTILINE)


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z", "--", *COPIED], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return [name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_what_the_image_has_is_enough_to_prepare_an_installation(tmp_path: Path) -> None:
    names = tracked()
    assert len(names) > 200 and [name for name in names if is_ignored(name)] == []
    app = tmp_path / "app"
    for name in names:
        (app / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, app / name)
    ours = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    environment = ours | {"DATA_DIR": str(tmp_path / "data"), "MIN_FREE_MB": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "manage.py", "up", "--prepare-only"]
    prepared = subprocess.run(command, cwd=app, env=environment, capture_output=True, text=True, check=False)
    assert prepared.returncode == 0, prepared.stderr
    written = {path.relative_to(app).as_posix() for path in app.rglob("*") if path.is_file()}
    assert written == set(names), "the container's file system is read-only"


def test_the_image_is_not_run_by_root_and_its_health_is_asked_at_its_port() -> None:
    assert re.search(r"^USER imageweb$", DOCKERFILE, re.MULTILINE)
    said = re.search(r"^HEALTHCHECK .*?CMD (\[.+\])$", DOCKERFILE, re.MULTILINE)
    assert said is not None
    code = json.loads(said[1])[2]
    compile(code, "HEALTHCHECK", "exec")
    assert "PORT" in code
