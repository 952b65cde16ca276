"""The library with 100,000 pictures: what each view costs the server, on SQLite and on PostgreSQL.

python -m tests.bench_library [pictures]
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from statistics import quantiles
from time import perf_counter

from tests.servers import postgres_folder, postgres_server

ROOT = Path(__file__).resolve().parent.parent
PICTURES = 100_000
LOOKS = 20
VIEWS = {
    "first page": "/library",
    "page 500": "/library?page=500",
    "last page": "/library?page=99999",
    "a common word": "/library?q=harbour",
    "a rare word": "/library?q=zeppelin",
    "two words, page 50": "/library?q=harbour+red&page=50",
    "no such word": "/library?q=xylophonist",
    "one author": "/library?by=person3",
    "one model": "/library?model=model4",
    "portrait": "/library?shape=portrait",
    "two days": "/library?since=2026-03-01&until=2026-03-02",
    "favourites": "/library?fav=1",
    "a tag": "/library?tag=spring",
    "all of them": "/library?q=harbour&by=person3&by=person4&model=model4&shape=landscape&since=2026-01-01&fav=1",
    "failed": "/library?state=failed",
    "trash": "/trash",
}


def main(pictures: int = PICTURES) -> None:
    """One process for each database, so that each reads its settings anew."""
    print(f"the library with {pictures:,} pictures, milliseconds of server time, p50 and p95 of {LOOKS} looks")
    with tempfile.TemporaryDirectory(prefix="imageweb-library-") as folder:
        measure("SQLite", pictures, DATA_DIR=folder, DATABASE_URL="")
        if postgres_folder() is not None:
            with postgres_server() as postgres:
                measure("PostgreSQL", pictures, DATA_DIR=folder, DATABASE_URL=postgres.url)


def measure(name: str, pictures: int, **environment: str) -> None:
    """Fill an installation and look at it, in a process with this environment."""
    blank = {"OPENAI_BASE_URL": "", "REDIS_URL": "", "MIN_FREE_MB": "0", "DEBUG": "1", "LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-m", "tests.bench_library", "--inside", name, str(pictures)]
    subprocess.run(command, cwd=ROOT, check=True, env=os.environ | blank | environment)


def inside(name: str, pictures: int) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "imageweb.settings"
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    call_command("migrate", verbosity=0)
    person = fill(pictures)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
    client = Client(SERVER_NAME="localhost")
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    print(f"  {name}")
    for view, path in VIEWS.items():
        taken = [milliseconds(client, path) for _ in range(LOOKS + 2)][2:]
        cuts = quantiles(taken, n=20)
        print(f"    {view:22} {cuts[9]:6.0f} {cuts[18]:6.0f}")
    connection.close()


def milliseconds(client: object, path: str) -> float:
    begun = perf_counter()
    response = client.get(path)
    assert response.status_code == 200, response
    return (perf_counter() - begun) * 1000


def fill(pictures: int) -> object:
    """People in three teams, batches of one to four pictures over a year, hearts, tags, failures and a full trash.

    Returns one of the people."""
    from django.contrib.auth import get_user_model
    from django.utils import timezone

    from generations import models

    dice = random.Random(1)
    people = get_user_model().objects.bulk_create(
        get_user_model()(username=f"person{n}", email=f"{n}@bench.example", first_name=f"P{n}") for n in range(20)
    )
    teams = models.Team.objects.bulk_create(models.Team(name=f"Team {n}", key=f"team{n}") for n in range(3))
    models.Membership.objects.bulk_create(
        models.Membership(person=person, team=team)
        for n, person in enumerate(people)
        for team in ([teams[n % 2]] if n else teams)
    )
    provider = models.Provider.objects.create(name="bench", base_url="http://bench.example/v1")
    drawers = models.ProviderModel.objects.bulk_create(
        models.ProviderModel(provider=provider, name=f"model{n}", key=f"model{n}") for n in range(10)
    )
    files = models.StoredFile.objects.bulk_create(
        models.StoredFile(sha256=f"{n:064x}", size=1_000_000, media_type="image/png", thumbnails=[320, 640])
        for n in range(1000)
    )
    now = timezone.now()
    batches, generations, images = [], [], []
    while len(images) < pictures:
        person, n = dice.choice(people), len(batches) + 1
        team = dice.choice(teams[: 2 if n % 9 else 3])
        at = now - timedelta(minutes=5 * (pictures - len(images)))
        visibility = "team" if dice.random() < 0.9 else "private"
        batches.append(
            models.Batch(
                pk=n,
                key=f"b{n}",
                person=person,
                team=team,
                visibility=visibility,
                prompt=prompt(dice),
                submission_key=str(n),
                created_at=at,
            )
        )
        state = "succeeded" if dice.random() < 0.95 else "failed"
        generations.append(
            models.Generation(
                pk=n,
                key=f"g{n}",
                batch_id=n,
                model=drawers[n % 10],
                position=1,
                state=state,
                deadline_at=now,
                created_at=at,
            )
        )
        for position in range(1, dice.choice((2, 2, 3, 5)) if state == "succeeded" else 1):
            width, height = dice.choice(((1024, 1024), (1536, 1024), (1024, 1536)))
            k = len(images) + 1
            images.append(
                models.Image(
                    pk=k,
                    key=f"i{k}",
                    person=person,
                    generation_id=n,
                    batch_id=n,
                    team=team if visibility == "team" else None,
                    model=drawers[n % 10],
                    position=position,
                    file=files[k % 1000],
                    width=width,
                    height=height,
                    placeholder=dice.randbytes(150),
                    created_at=at,
                    deleted_at=now if dice.random() < 0.02 else None,
                )
            )
    models.Batch.objects.bulk_create(batches, 2000)
    models.Generation.objects.bulk_create(generations, 2000)
    models.Image.objects.bulk_create(images, 2000)
    liked, tagged = dice.sample(images, pictures // 50), dice.sample(images, pictures // 10)
    models.Favourite.objects.bulk_create((models.Favourite(person=people[0], image=image) for image in liked), 2000)
    names = ("spring", "poster", "client", "mood", "draft", *(f"tag{n}" for n in range(60)))
    models.Tag.objects.bulk_create(
        (models.Tag(image=image, name=dice.choice(names), person=image.person) for image in tagged), 2000
    )
    return people[0]


def prompt(dice: random.Random) -> str:
    """Some thirty words, as people write them."""
    words = dice.choices(WORDS, k=dice.randint(8, 50))
    if dice.random() < 0.0005:
        words.insert(3, "zeppelin")
    return " ".join(words)


WORDS = [
    "red",
    "blue",
    "amber",
    "quiet",
    "harbour",
    "bicycle",
    "rain",
    "lake",
    "mountain",
    "dawn",
    "storm",
    "poster",
    "still",
    "life",
    "ceramic",
    "vase",
    "pear",
    "linen",
    "light",
    "soft",
    "hard",
    "shadow",
    "macro",
    "marble",
    "teal",
    "copper",
    "woodblock",
    "wave",
    "sun",
    "moon",
    "pine",
    "forest",
    "street",
    "market",
    "night",
    "neon",
    "portrait",
    "of",
    "a",
    "sailor",
    "in",
    "wool",
    "coat",
    "film",
    "grain",
    "35mm",
    "wide",
    "angle",
    "isometric",
    "town",
    "paper",
    "cut",
    "gouache",
    "ink",
    "aurora",
    "dunes",
    "misty",
    "ridges",
    "layered",
    "geometry",
    "arches",
    "terracotta",
    "cream",
    "glossy",
    "spheres",
    "studio",
    "backdrop",
    "peach",
]

if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(sys.argv[2], int(sys.argv[3]))
    else:
        main(*map(int, sys.argv[1:2]))
