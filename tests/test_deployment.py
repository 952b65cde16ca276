"""The container image and the services of docker-compose.yml: what gets in and what each may do."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml

from generations.management.commands.up import WEB_GRACE_SECONDS
from imageweb.server.limits import SHUTDOWN_SECONDS
from tests.support.ports import free_port
from tests.support.servers import postgres_folder, postgres_server
from tests.support.services import require
from tests.support.worker import wait_for

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
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
    "tests/support/cast.py",
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


def test_no_secret_database_or_cache_gets_into_the_image() -> None:
    assert [path for path in KEPT_OUT if not is_ignored(path)] == []


def test_the_image_is_copied_by_name() -> None:
    assert COPIED and all(re.fullmatch(r"[\w.]+", name) and name not in {".", ".."} for name in COPIED)
    assert not re.search(r"^ADD ", DOCKERFILE, re.MULTILINE)


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z", "--", *COPIED], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return [name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.slow
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


def test_the_programs_for_a_backup_are_of_the_servers_version() -> None:
    """A pg_dump refuses a newer server, and an older server the settings of a newer pg_restore."""
    server = re.fullmatch(r"postgres:(\d+)\..+", SERVICES["database"]["image"])
    [client] = re.findall(r"apt-get install .*\bpostgresql-client-(\d+)\b", DOCKERFILE)
    assert server is not None and server[1] == client
    [release] = re.findall(r"^FROM python:\d+\.\d+\.\d+-slim-(\w+)$", DOCKERFILE, re.MULTILINE)
    assert {"bookworm": "15", "trixie": "17"}[release] == client, "what this Debian has"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_do_no_more_than_it_must(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"] and service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert service["logging"] == {"driver": "local"}, "its log does not fill the disk"
    assert service["mem_limit"] and service["pids_limit"] and service["restart"]
    assert any(place.startswith("/tmp") for place in service["tmpfs"])
    assert service.get("user", "imageweb") != "root" and "privileged" not in service


@pytest.mark.parametrize("name", ["database", "broker"])
def test_database_and_broker_are_reached_from_inside_alone(name: str) -> None:
    [network] = SERVICES[name]["networks"]
    assert COMPOSE["networks"][network]["internal"] is True
    assert {other for other in SERVICES if network in SERVICES[other]["networks"]} == {name, "web", "worker"}
    assert "ports" not in SERVICES[name]
    assert re.fullmatch(r"[\w]+:\d+\.\d+(\.\d+)?-[\w.]+", SERVICES[name]["image"]), (
        "one version, not whatever is newest"
    )


@pytest.mark.parametrize("name", ["web", "worker"])
def test_what_env_says_of_the_host_does_not_reach_the_container(name: str) -> None:
    environment = SERVICES[name]["environment"]
    assert environment["PORT"] == 8000
    assert environment["DATA_DIR"] == "/data" and "data:/data" in SERVICES[name]["volumes"]
    assert {"default", "to_database", "to_broker"} == set(SERVICES[name]["networks"])
    assert all("127.0.0.1:" in port and port.endswith(":8000") for port in SERVICES[name].get("ports", []))


def test_the_worker_tells_its_own_health() -> None:
    assert SERVICES["worker"]["healthcheck"]["test"] == ["CMD", "python", "manage.py", "healthcheck"]
    assert "healthcheck" not in SERVICES["web"], "the image's asks its port"
    for needed in ("database", "broker"):
        assert "healthcheck" in SERVICES[needed]
        assert SERVICES["web"]["depends_on"][needed] == {"condition": "service_healthy"}


@pytest.mark.service
def test_the_database_is_healthy_when_it_answers_in_the_network() -> None:
    """While the image prepares a new database, a server answers that listens at a socket alone, and then ends."""
    require("postgres")
    script = SERVICES["database"]["healthcheck"]["test"][1]
    with postgres_server() as server:  # which has no socket
        env = {"PATH": f"{postgres_folder()}:{os.environ['PATH']}", "PGPORT": str(server.port)}
        assert subprocess.run(["sh", "-c", script], env=env, check=False).returncode == 0
        server.stop()
        assert subprocess.run(["sh", "-c", script], env=env, check=False).returncode == 2


def test_a_web_server_may_finish_what_it_answers() -> None:
    """Docker waits ten seconds where nothing is said, which is as long as the server itself waits."""
    grace = re.fullmatch(r"(\d+)s", SERVICES["web"].get("stop_grace_period", "10s"))
    assert grace is not None and int(grace[1]) > WEB_GRACE_SECONDS > SHUTDOWN_SECONDS


def test_every_variable_the_services_need_is_in_the_readme() -> None:
    needed = set(re.findall(r"(?<!\$)\$\{(\w+):\?", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    [recipe] = re.findall(r"^printf '.+?> \.env$", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S)
    assert needed == {"POSTGRES_PASSWORD", "REDIS_PASSWORD"}
    assert all(f"{name}=%s" in recipe for name in needed)


@pytest.mark.service
def test_the_broker_answers_to_its_password_alone(tmp_path: Path) -> None:
    require("redis")
    shell, option, script = SERVICES["broker"]["command"]
    port = free_port()
    script = script.replace("$$", "$").replace("redis-server -", f"redis-server - --bind 127.0.0.1 --port {port}")
    environment = {"PATH": os.environ["PATH"], "REDIS_PASSWORD": "0123456789abcdef"}
    server = subprocess.Popen([shell, option, script], cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
    try:
        client = redis.Redis(port=port, password="0123456789abcdef", decode_responses=True)

        def answers() -> bool:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False

        assert wait_for(answers)
        assert client.config_get("maxmemory-policy", "save", "appendonly") == {
            "maxmemory-policy": "noeviction",
            "save": "",
            "appendonly": "no",
        }
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=port).ping()
        assert "0123456789abcdef" not in Path(f"/proc/{server.pid}/cmdline").read_text()
    finally:
        server.terminate()
        server.wait()
    assert list(tmp_path.iterdir()) == []
