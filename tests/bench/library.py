"""The library with 100,000 pictures: what each view costs the server, on SQLite and on PostgreSQL.

python -m tests.bench.library [pictures]

What is measured is the time on a processor, of this process and of the database's, and not that on the wall: whatever
else the machine does, a view costs the same. PostgreSQL is told to work on a query with one process, the one that is
measured.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import quantiles
from time import process_time

from tests.bench.views import PLAIN, VIEWS, View
from tests.support.servers import postgres_folder, postgres_server

ROOT = Path(__file__).resolve().parents[2]
PICTURES = 100_000
LOOKS = 30
MAX_MILLISECONDS = 100


def main(pictures: int = PICTURES) -> None:
    """Fill an installation on each database and look at it, in a process of its own that reads its settings anew."""
    print(f"the library with {pictures:,} pictures, milliseconds of processor time, p50 and p95 of {LOOKS} looks")
    with tempfile.TemporaryDirectory(prefix="imageweb-library-") as folder:
        taken = {"SQLite": look(pictures, DATA_DIR=folder, DATABASE_URL="")}
        if postgres_folder() is not None:
            with postgres_server() as postgres:
                taken["PostgreSQL"] = look(pictures, DATA_DIR=folder, DATABASE_URL=postgres.url)
    tell(taken)


def tell(taken: dict[str, dict[str, list[float]]]) -> None:
    """The table, and what it comes to."""
    print(f"  {'':24}" + "".join(f"{name:>20}" for name in taken))
    for view in VIEWS:
        print(f"  {view:24}" + "".join(f"{p50:14.0f}{p95:6.0f}" for p50, p95 in (of[view] for of in taken.values())))
    for name, of in taken.items():
        ratio = of["page 500"][0] / of["first page"][0]
        slowest = max(of, key=lambda view: of[view][1])
        slow = sum(p95 > MAX_MILLISECONDS for _, p95 in of.values())
        print(
            f"  {name}: page 500 takes {ratio:.2f} × page 1, which takes {of['first page'][0] / of[PLAIN][0]:.1f} × "
            f"a plain page; {slow} of {len(of)} views above {MAX_MILLISECONDS} ms, "
            f"the slowest at p95 {of[slowest][1]:.0f} ms ({slowest})"
        )
    print(f"  load of the machine now: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


def look(pictures: int, **environment: str) -> dict[str, list[float]]:
    blank = {"OPENAI_BASE_URL": "", "REDIS_URL": "", "MIN_FREE_MB": "0", "DEBUG": "", "LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-m", "tests.bench.library", "--inside", str(pictures)]
    environment = os.environ | blank | environment | {"DJANGO_SETTINGS_MODULE": "imageweb.settings"}
    run = subprocess.run(command, cwd=ROOT, check=True, env=environment, stdout=subprocess.PIPE, text=True)
    return json.loads(run.stdout)


def inside(pictures: int) -> None:
    """p50 and p95 of every view, as JSON."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from generations.models import Person
    from tests.bench import rows as bench_rows

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    bench_rows.fill(pictures)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
        if connection.vendor == "postgresql":
            cursor.execute("ALTER ROLE CURRENT_USER SET max_parallel_workers_per_gather = 0")
    if connection.vendor == "postgresql":
        connection.close()
        connection.close_pool()  # what is set of a role holds for new connections
    some = bench_rows.some_names()
    people = {person.username: signed_in(person) for person in Person.objects.all()}
    people |= {name: visiting(some[name]) for name in ("visitor", "sender")}
    milliseconds(people["person0"], "/library", {})
    gc.collect()
    gc.freeze()  # as the web server does once everything is loaded
    print(json.dumps({name: measured(people[view.by], view, some) for name, view in VIEWS.items()}))
    connection.close()


def signed_in(person: object) -> object:
    from django.test import Client

    client = Client(SERVER_NAME="localhost", headers={"Accept-Encoding": "gzip"})  # as browsers ask
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def visiting(token: str) -> object:
    """The browser of somebody who chose by a share link; a script of the page asks for its pieces."""
    from django.test import Client

    from generations.web.sharing import VISITOR_COOKIE

    client = Client(SERVER_NAME="localhost", headers={"Accept-Encoding": "gzip", "Imageweb-Part": "1"})
    client.cookies[VISITOR_COOKIE] = token
    return client


def measured(client: object, view: View, some: dict[str, str]) -> list[float]:
    """p50 and p95 in milliseconds, after a few looks that warm it up."""
    headers = {"HX-Request": "true", "HX-Target": view.target} if view.target else {}
    path, sends = view.path.format(**some), view.sends.format(**some)
    taken = [milliseconds(client, path, headers, sends) for _ in range(LOOKS + 3)][3:]
    cuts = quantiles(taken, n=20)
    return [cuts[9], cuts[18]]


def milliseconds(client: object, path: str, headers: dict[str, str], sends: str = "") -> float:
    """One request, on a connection as fresh as a web thread has it."""
    from django.db import close_old_connections

    close_old_connections()
    begun = processor_seconds()
    form = "application/x-www-form-urlencoded"
    response = client.post(path, sends, form, headers=headers) if sends else client.get(path, headers=headers)
    taken = (processor_seconds() - begun) * 1000
    assert response.status_code == 200, (path, response)
    return taken


def processor_seconds() -> float:
    """How long processors have worked for this process and for its connection to PostgreSQL, if it has one."""
    from django.db import connection

    if connection.vendor == "sqlite":
        return process_time()
    connection.ensure_connection()
    backend = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text()
    return process_time() + int(backend.split()[0]) / 1e9


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(int(sys.argv[2]))
    else:
        main(*map(int, sys.argv[1:2]))
