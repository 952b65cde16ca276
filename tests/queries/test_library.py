"""What the library finds, against the plainest reading of its filters, over small worlds made at random."""

from __future__ import annotations

import os
import random
from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from generations.models import Batch, Favourite, Generation, Image, Person, StoredFile, Tag, Verdict
from generations.presenters import paging
from generations.presenters.library import Shelf
from generations.queries.search import Search, phrases
from generations.text import casefold
from generations.viewer import Viewer
from tests.support.cast import Cast, make_model, make_team

WORDS = ["red", "Red", "redder", "ÉTÉ", "été", "夕阳", "夕", "🦊", "100%", "a_b", "a\\b", "light", "lighthouse", "of"]
SEARCHES = int(os.environ.get("SEARCHES", "60"))
TODAY = timezone.localdate()


@pytest.fixture
def dice(request: pytest.FixtureRequest) -> random.Random:
    """A seed is shown with a failure: it is in the test's name."""
    return random.Random(request.param)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("dice", [1, 2, 3], indirect=True)
def test_a_search_finds_what_the_plainest_reading_finds(
    cast: Cast, dice: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "A_PAGE", 7)
    fill(cast, dice)
    anything = False
    for _ in range(SEARCHES):
        person, search = dice.choice([cast.ana, cast.ben, cast.cy, cast.sam]), make_search(dice)
        plain = [row.pk for row in plainly(person, search)]
        assert paged(person, search) == plain, (person, search)
        anything = anything or bool(search and plain)
    assert anything


def paged(person: Person, search: Search) -> list[int]:
    """Numbers from the first page to the last, as many as the page says there are."""
    first = Shelf(Viewer(person), search).pages
    beyond = Shelf(Viewer(person), search, (first.last + 9,) * 2).pages
    rows = [row for n in range(1, first.last + 1) for row in Shelf(Viewer(person), search, (n, n)).pages.rows]
    assert len(rows) == first.count == beyond.count
    assert beyond.rows == rows[(first.last - 1) * paging.A_PAGE :]
    return rows


# ── the plainest reading ──


def plainly(person: Person, search: Search) -> list[Image] | list[Generation]:
    """One row after the other, newest first, each condition by itself; what most of them look at is loaded along."""
    reader = Person.objects.prefetch_related("teams").get(pk=person.pk)
    if search.state:
        voids = Generation.objects.select_related("model", "batch__person", "batch__team").prefetch_related("images")
        return [row for row in voids.order_by("-pk") if fits_as_void(row, reader, search)]
    along = "generation__model", "generation__batch__person", "generation__batch__team"
    pictures = Image.objects.select_related(*along).prefetch_related("tags")
    return [row for row in pictures.order_by("-pk") if fits_as_picture(row, reader, search)]


def fits_as_picture(image: Image, person: Person, search: Search) -> bool:
    if image.deleted_at or image.generation is None:
        return False
    return (
        fits_in_common(image, image.generation, person, search)
        and (not search.shape or shape_of(image) in search.shape)
        and set(search.tag) <= {tag.name for tag in image.tags.all()}
        and (not search.review or verdict_on(image, image.generation.batch) in search.review)
        and (not search.is_favourite or person.favourites.filter(image=image).exists())
    )


def fits_as_void(generation: Generation, person: Person, search: Search) -> bool:
    state, is_declined = generation.state, generation.kind == "declined"
    said = {"queued": "developing", "running": "developing", "failed": "declined" if is_declined else "failed"}
    return (
        not generation.images.exists()
        and said.get(state, state) == search.state
        and fits_in_common(generation, generation, person, search)
    )


def fits_in_common(row: Image | Generation, generation: Generation, person: Person, search: Search) -> bool:
    batch = generation.batch
    is_shown = batch.visibility == "team" and batch.team in person.teams.all()
    day = timezone.localtime(row.created_at).date()
    return (
        (batch.person == person or is_shown or (person.is_staff and search.is_everybodys))
        and all(phrase in casefold(batch.prompt) for phrase in phrases(search.words))
        and (not search.by or batch.person.username in search.by)
        and (not search.model or generation.model.key in search.model)
        and (search.since is None or day >= search.since)
        and (search.until is None or day <= search.until)
    )


def shape_of(image: Image) -> str:
    return "square" if image.width == image.height else "landscape" if image.width > image.height else "portrait"


def verdict_on(image: Image, batch: Batch) -> str:
    """What nobody but its person sees awaits no verdict."""
    verdict = Verdict.objects.standing().filter(image=image).last()
    return verdict.state if verdict else "awaiting" if batch.visibility == "team" and batch.team else ""


# ── at random ──


def make_search(dice: random.Random) -> Search:
    """One filter, or several, words in every other search; each now and then with something nobody ever said."""

    def some(*names: str) -> tuple[str, ...]:
        return tuple(dice.sample(names, dice.randint(1, 2)))

    words = dice.sample([*WORDS, "none such", '"red of"', "e", "%", "_"], dice.randint(1, 2))
    wanted: dict[str, object] = {
        "words": " ".join(words),
        "by": some("ana", "ben", "cy", "whoever"),
        "model": some("flux", "seedream", "none"),
        "shape": some("square", "landscape", "portrait"),
        "tag": some("spring", "mood", "none"),
        "review": some("awaiting", "approved", "rejected"),
        "since": TODAY - timedelta(days=dice.randint(0, 6)),
        "until": TODAY - timedelta(days=dice.randint(0, 6)),
        "is_favourite": True,
        "state": dice.choice(["developing", "failed", "declined", "cancelled"]),
    }
    names = {*dice.sample(sorted(wanted), dice.choice([0, 1, 1, 2, 2, 3])), *dice.choice([[], ["words"]])}
    return Search(**{name: wanted[name] for name in names}, is_everybodys=dice.random() < 0.5)


def fill(cast: Cast, dice: random.Random) -> None:
    """Some forty batches of everybody with what may be said of a picture, in any mixture."""
    models = [make_model("flux", key="flux"), make_model("seedream", key="seedream")]
    teams = [cast.design, cast.cy.teams.get(), make_team("Nobody's"), None]
    file = StoredFile.objects.create(sha256="0" * 64, size=1, media_type="image/png")
    for n in range(40):
        person = dice.choice([cast.ana, cast.ben, cast.cy])
        at = timezone.make_aware(
            datetime.combine(TODAY - timedelta(days=dice.randint(0, 6)), time(dice.randint(0, 23)))
        )
        prompt = " ".join(dice.choices(WORDS, k=dice.randint(1, 4)))
        about = {"person": person, "prompt": prompt, "team": dice.choice(teams), "created_at": at}
        visibility = dice.choice(["team", "team", "private"])
        batch = Batch.objects.create(**about, visibility=visibility, submission_key=str(n), fingerprint="")
        state = dice.choice(["succeeded"] * 4 + ["failed", "failed", "queued", "running", "cancelled"])
        kind = dice.choice(["", "declined", "timed_out"]) if state == "failed" else ""
        about = {"batch": batch, "model": dice.choice(models), "position": 1, "created_at": at, "deadline_at": at}
        generation = Generation.objects.create(**about, state=state, kind=kind)
        for position in range(1, dice.randint(1, 4) if state in ("succeeded", "failed") else 1):
            width, height = dice.choice([(2, 2), (3, 2), (2, 3)])
            about = {"person": person, "file": file, "placeholder": b"", "width": width, "height": height}
            about |= {"deleted_at": dice.choice([None] * 5 + [at]), "created_at": at}
            remark(dice, cast, Image.objects.create(**about, generation=generation, position=position))
    Image.objects.create(person=cast.ana, file=file, placeholder=b"", width=2, height=2)


def remark(dice: random.Random, cast: Cast, image: Image) -> None:
    """Hearts, tags and a verdict, or none of them."""
    if state := dice.choice(["", "", *Verdict.DECISIONS]):
        key = Verdict.objects.give(cast.lea, image, state)
        if dice.random() < 0.2:
            Verdict.objects.withdraw(cast.lea, image, key)
    for person in dice.sample([cast.ana, cast.ben, cast.sam], dice.randint(0, 3)):
        Favourite.objects.create(person=person, image=image)
    for name in dice.sample(["spring", "mood"], dice.randint(0, 2)):
        Tag.objects.create(person=cast.ana, image=image, name=name)
