"""The tests that race, write odd texts or walk the states, once more on PostgreSQL: SQLite has one writer at a time, so
it hides what two of them do to each other, and it takes texts that PostgreSQL refuses."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.support.installation import Installation
from tests.support.servers import PostgresServer, postgres_server
from tests.support.services import require
from tests.support.worker import ROOT

ON_PROCESSES = "forty_calls or six_writers or from_the_form_to_the_file or freezes"
CHOSEN = {
    "rows and runs": [
        "tests/models",
        "tests/test_mailing.py",
        "tests/test_pipeline.py",
        "tests/test_submit.py",
        "tests/test_tasks.py",
        "tests/test_texts.py",
    ],
    "pages and clients": [
        "tests/queries/test_library.py",
        "tests/views/test_odd_requests.py",
        "tests/views/test_access_of_galleries.py",
        "tests/views/test_choosing.py",
        "tests/views/test_shared.py",
        "tests/views/test_shared_addresses.py",
    ],
    "processes": ["tests/test_worker.py", "-k", ON_PROCESSES],
}


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    require("postgres")
    with postgres_server() as server:
        yield server


@pytest.mark.timeout(1800)  # longer than each of those it runs
@pytest.mark.long
@pytest.mark.service
@pytest.mark.parametrize("chosen", CHOSEN.values(), ids=CHOSEN)
def test_the_same_holds_on_postgresql(postgres: PostgresServer, chosen: list[str]) -> None:
    """Each in a process of its own; the first makes the database, whose tests leave it empty for the next."""
    require("redis")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "--reuse-db", *chosen],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": postgres.url, "STATES": "25"},
        capture_output=True,
        text=True,
        check=False,
    )
    print(run.stdout[-6000:])
    assert run.returncode == 0


@pytest.mark.service
def test_two_web_servers_on_an_empty_database_prepare_it_one_after_the_other(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    """Each on a host of its own, so that nothing but the database can make one wait for the other."""
    with psycopg.connect(postgres.url.replace("postgres:", "postgresql:", 1), autocommit=True) as database:
        database.execute("CREATE DATABASE fresh")
    url = postgres.url.removesuffix("postgres") + "fresh"
    hosts = [Installation(tmp_path / name, DATABASE_URL=url, SECRET_KEY="amber" * 12) for name in ("one", "two")]
    for host in hosts:
        host.collect_static()
    started = [host.start("up", "--prepare-only") for host in hosts]
    said = [process.communicate(timeout=300)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0], said
    assert "".join(said).count("Preparing the database") == 1
    assert hosts[0].manage("migrate", "--check").returncode == 0
    assert hosts[0].python("from generations.models import Provider; print(Provider.objects.count())") == "1"


@pytest.mark.service
@pytest.mark.parametrize("owner", ["app", "postgres"])
def test_prompts_are_indexed_where_the_database_allows_it(postgres: PostgresServer, owner: str, tmp_path: Path) -> None:
    """By a role that is no superuser: an extension is for the database's owner to create."""
    name, url = f"of_{owner}", postgres.url.replace("postgres:", "postgresql:", 1)
    with psycopg.connect(url, autocommit=True) as database:
        if not database.execute("SELECT 1 FROM pg_roles WHERE rolname = 'app'").fetchone():
            database.execute("CREATE ROLE app LOGIN")
        database.execute(f"CREATE DATABASE {name} OWNER {owner}")
    with psycopg.connect(url.removesuffix("postgres") + name, autocommit=True) as database:
        database.execute("GRANT ALL ON SCHEMA public TO app")
        installation = Installation(tmp_path, DATABASE_URL=f"postgres://app@127.0.0.1:{postgres.port}/{name}")
        migrated = installation.manage("migrate", "generations", "0011")
        assert migrated.returncode == 0, migrated.stderr
        indexes = "SELECT 1 FROM pg_indexes WHERE indexname = 'generations_batch_words'"
        assert (database.execute(indexes).fetchone() is not None) == (owner == "app")
