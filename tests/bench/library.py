"""The library with 100,000 pictures: what each view costs the server, on SQLite and on PostgreSQL.

python -m tests.bench.library [pictures]
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
from time import perf_counter
from typing import NamedTuple

from tests.support.servers import postgres_folder, postgres_server

ROOT = Path(__file__).resolve().parents[2]
PICTURES = 100_000
LOOKS = 30
MAX_MILLISECONDS = 100


class View(NamedTuple):
    """An address, who opens it, the id HTMX names as its target, and what is sent there, if anything is."""

    path: str
    by: str = "person0"
    target: str = ""
    sends: str = ""


PLAIN = "a plain page"

VIEWS = {
    PLAIN: View("/settings"),
    "first page": View("/library"),
    "page 2": View("/library?page=2"),
    "page 500": View("/library?page=500"),
    "last page": View("/library?page=99999"),
    "show more": View("/library?page=2", target="tiles"),
    "show more, page 500": View("/library?page=500", target="tiles"),
    "results alone": View("/library", target="results"),
    "a common word": View("/library?q=light"),
    "a common word, last page": View("/library?q=light&page=9999"),
    "a usual word": View("/library?q=harbour"),
    "a rare word": View("/library?q=zeppelin"),
    "no such word": View("/library?q=xylophonist"),
    "two common words": View("/library?q=light+red"),
    "two words, last page": View("/library?q=light+red&page=9999"),
    "three words": View("/library?q=harbour+red+rain"),
    "a phrase": View("/library?q=%22soft+light%22"),
    "two letters": View("/library?q=ha"),
    "Chinese": View("/library?q=夕阳"),
    "a Chinese sign": View("/library?q=猫"),
    "an emoji": View("/library?q=🦊"),
    "one author": View("/library?by=person3"),
    "an author, page 80": View("/library?by=person3&page=80"),
    "an author of few": View("/library?by=person19"),
    "three authors": View("/library?by=person3&by=person4&by=person5"),
    "nobody": View("/library?by=whoever"),
    "one model": View("/library?model=model4"),
    "a model of few": View("/library?model=model9"),
    "portrait": View("/library?shape=portrait"),
    "portrait, page 500": View("/library?shape=portrait&page=500"),
    "two shapes": View("/library?shape=portrait&shape=square"),
    "two days": View("/library?since={long_ago}&until={day_after}"),
    "since a day": View("/library?since={long_ago}"),
    "until a day": View("/library?until={long_ago}"),
    "favourites": View("/library?fav=1"),
    "a common tag": View("/library?tag=spring"),
    "a tag": View("/library?tag=tag7"),
    "two tags": View("/library?tag=spring&tag=poster"),
    "awaiting review": View("/library?review=awaiting"),
    "approved": View("/library?review=approved"),
    "approved, page 400": View("/library?review=approved&page=400"),
    "rejected and word": View("/library?review=rejected&q=light"),
    "author and model": View("/library?by=person3&model=model4"),
    "author and word": View("/library?by=person3&q=light"),
    "author of few and word": View("/library?by=person19&q=light"),
    "model and shape": View("/library?model=model4&shape=square"),
    "word and two days": View("/library?q=light&since={long_ago}&until={day_after}"),
    "tag and word": View("/library?tag=spring&q=light"),
    "favourites and shape": View("/library?fav=1&shape=square"),
    "all of them": View(
        "/library?q=light&by=person3&by=person4&model=model4&shape=landscape&since={long_ago}&fav=1&tag=spring"
    ),
    "failed": View("/library?state=failed"),
    "failed, last page": View("/library?state=failed&page=9999"),
    "failed, with a word": View("/library?state=failed&q=light"),
    "declined, none": View("/library?state=declined"),
    "counts of the library": View("/library/facets"),
    "counts of an author": View("/library/facets?by=person3"),
    "counts of three lists": View("/library/facets?by=person3&model=model4&shape=square"),
    "counts of the rejected": View("/library/facets?review=rejected"),
    "counts of two months": View("/library/facets?since={lately}&by=person3&review=awaiting"),
    "counts of favourites": View("/library/facets?fav=1&by=person3"),
    "counts of a tag": View("/library/facets?tag=spring&model=model4"),
    "counts of a common word": View("/library/facets?q=light&by=person3"),
    "counts of a usual word": View("/library/facets?q=harbour&by=person3&model=model4"),
    "counts of two letters": View("/library/facets?q=ha&by=person3"),
    "counts of Chinese": View("/library/facets?q=夕阳&shape=square"),
    "counts of the failed": View("/library/facets?state=failed&by=person3"),
    "counts of everybody's": View("/library/facets?everybody=1&by=person3", by="staff"),
    "galleries": View("/galleries"),
    "galleries by a word": View("/galleries?q=7"),
    "a gallery of 10,000": View("/galleries/gallery0"),
    "a gallery, page 100": View("/galleries/gallery0?page=100"),
    "a gallery, last page": View("/galleries/gallery0?page=9999"),
    "a gallery, show more": View("/galleries/gallery0?page=100", target="tiles"),
    "a gallery, a word": View("/galleries/gallery0?q=light"),
    "a gallery, a rare word": View("/galleries/gallery0?q=zeppelin"),
    "a gallery, an author": View("/galleries/gallery0?by=person2"),
    "a gallery, tag and shape": View("/galleries/gallery0?tag=spring&shape=square"),
    "a move in a gallery": View("/galleries/gallery0/move", target="tiles", sends="pick={moved}&step=1"),
    "counts of a gallery": View("/library/facets?gallery=gallery0&by=person3"),
    "a gallery on paper": View("/galleries/gallery0/print"),
    "a client’s page": View("{link}"),
    "a client’s page 100": View("{link}?page=100"),
    "a client’s picture": View("{link}/{moved}"),
    "a choosing client’s page": View("{link}", by="visitor"),
    "its page 100": View("{link}?page=100", by="visitor"),
    "its picture": View("{link}/{moved}", by="visitor"),
    "its chosen pictures": View("{link}?show=chosen", by="visitor"),
    "its unmarked, page 100": View("{link}?show=unmarked&page=100", by="visitor"),
    "its choice of a picture": View("{link}/choose", by="visitor", target="part", sends="heart={moved}"),
    "a client’s address": View("{client}"),
    "a gallery’s feedback": View("/galleries/gallery0/feedback"),
    "its feedback, chosen": View("/galleries/gallery0/feedback?show=chosen"),
    "the links of a gallery": View("/galleries/gallery0/links"),
    "the inbox": View("/inbox"),
    "the menu of galleries": View("/galleries/choose?pick={picture}", target="adding-body"),
    "trash of 10,000": View("/trash"),
    "trash, page 200": View("/trash?page=200"),
    "trash, show more": View("/trash?page=2", target="tiles"),
    "studio": View("/"),
    "studio, the team's": View("/?whose=team"),
    "studio, older": View("/?whose=team&before=20000"),
    "a batch": View("/b/{batch}"),
    "a picture": View("/i/{picture}"),
    "first page, in one team": View("/library", by="person3"),
    "page 500, in one team": View("/library?page=500", by="person3"),
    "a word, in one team": View("/library?q=light", by="person3"),
    "first page, for staff": View("/library", by="staff"),
    "everybody's, for staff": View("/library?everybody=1", by="staff"),
    "everybody's, page 500": View("/library?everybody=1&page=500", by="staff"),
    "a word of everybody's": View("/library?everybody=1&q=light", by="staff"),
}


def main(pictures: int = PICTURES) -> None:
    """Fill an installation on each database and look at it, in a process of its own that reads its settings anew."""
    print(f"the library with {pictures:,} pictures, milliseconds of server time, p50 and p95 of {LOOKS} looks")
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
    some = bench_rows.some_names()
    people = {person.username: signed_in(person) for person in Person.objects.all()}
    people["visitor"] = visiting(some["visitor"])
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
    begun = perf_counter()
    form = "application/x-www-form-urlencoded"
    response = client.post(path, sends, form, headers=headers) if sends else client.get(path, headers=headers)
    taken = (perf_counter() - begun) * 1000
    assert response.status_code == 200, response
    return taken


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(int(sys.argv[2]))
    else:
        main(*map(int, sys.argv[1:2]))
