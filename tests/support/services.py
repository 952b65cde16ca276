"""Which real services this machine has. A test that needs one says so; where it is missing it is skipped with a reason,
or fails when REQUIRE_SERVICES=1."""

import os
import shutil
from pathlib import Path

import pytest


def browser() -> str | None:
    """Chromium's path: the shell without windows where there is one: it draws the same with half the work."""
    return shutil.which("chromium-headless-shell") or shutil.which("chromium")


LOOK_FOR = {
    "redis": lambda: shutil.which("redis-server"),
    "postgres": lambda: shutil.which("initdb") or any(Path("/usr/lib/postgresql").glob("*/bin/initdb")),
    "browser": browser,
    "chromium": lambda: shutil.which("chromium"),
    "nginx": lambda: shutil.which("nginx"),
    "traefik": lambda: shutil.which("traefik"),
    "prometheus": lambda: shutil.which("prometheus") and shutil.which("promtool"),
    "gettext": lambda: shutil.which("xgettext") and shutil.which("msgfmt"),
}


def require(name: str) -> None:
    """Skip the running test, or fail it, when this machine has no such service."""
    if LOOK_FOR[name]():
        return
    reason = f"{name} is not installed here"
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
