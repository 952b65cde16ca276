"""`manage.py demo`: a small world, the same every time, and never where people work."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import OutputWrapper

from generations.management.commands import demo
from generations.models import (
    Batch,
    Client,
    Comment,
    Gallery,
    GalleryItem,
    Image,
    Notification,
    Person,
    ShareLink,
    Team,
    Verdict,
    Visitor,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.slow
def test_it_makes_people_teams_and_pictures_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "WORKS", demo.WORKS[7:8] + demo.WORKS[-1:])
    call_command("demo")
    first = set(Image.objects.values_list("file_id", flat=True))
    assert (Person.objects.count(), Team.objects.count(), len(first)) == (3, 2, 3)
    judged = list(Verdict.objects.values())
    assert [(review["state"], review["reviewer_id"]) for review in judged] == [
        ("rejected", Person.objects.get(username="mei").pk)
    ]
    galleries = list(Gallery.objects.values()), list(GalleryItem.objects.values())
    assert [len(rows) for rows in galleries] == [3, 3]
    told = [list(Comment.objects.values()), list(Visitor.objects.values()), list(Notification.objects.values())]
    assert [len(rows) for rows in told[:2]] == [2, 2] and {"mentioned", "answered", "client_chose"} <= {
        row["kind"] for row in told[2]
    }
    assert Client.objects.get().links.get().choosing and ShareLink.objects.count() == 2
    call_command("demo")
    assert told == [list(model.objects.values()) for model in (Comment, Visitor, Notification)]
    assert list(Verdict.objects.values()) == judged
    assert (list(Gallery.objects.values()), list(GalleryItem.objects.values())) == galleries
    assert set(Image.objects.values_list("file_id", flat=True)) == first and Batch.objects.count() == 2


def test_it_asks_for_forty_pictures() -> None:
    assert sum(work[4] for work in demo.WORKS[:-1]) == 40


def test_its_verdicts_are_by_those_who_may() -> None:
    teams = {(work[2], work[3]): work[1] for work in demo.WORKS}
    roles = {person: of for person, _, _, of in demo.PEOPLE}
    for person, model, size, *_ in demo.VERDICTS:
        assert roles[person][teams[model, size]] in ("reviewer", "lead")


def test_its_threads_are_by_those_who_see_the_picture() -> None:
    teams = {(work[2], work[3]): work[1] for work in demo.WORKS}
    roles = {person: of for person, _, _, of in demo.PEOPLE}
    for (model, size, _number), _place, *said in demo.THREADS:
        assert all(teams[model, size] in roles[person] for person, _text in said)


def test_it_leaves_an_installation_with_https_alone(settings: Any) -> None:
    settings.IS_HTTPS = True
    with pytest.raises(CommandError, match="left alone"):
        call_command("demo")
    assert not Person.objects.exists()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_a_bar_that_fills() -> None:
    progress = demo.Progress(OutputWrapper(out := Terminal()), total=3)
    for _ in range(3):
        progress.step()
    bars = out.getvalue().split("\r")[1:]
    assert [bar.count("#") for bar in bars] == [10, 20, 30]
    assert {len(bar.rstrip("\n")) for bar in bars} == {len(bars[0])}
    assert [bar.endswith("\n") for bar in bars] == [False, False, True]


@pytest.mark.parametrize(("total", "lines"), [(41, 4), (8, 4), (3, 3), (1, 1)])
def test_a_file_gets_a_few_lines(total: int, lines: int) -> None:
    progress = demo.Progress(OutputWrapper(out := io.StringIO()), total)
    for _ in range(total):
        progress.step()
    said = out.getvalue().splitlines()
    assert len(said) == lines and said[-1] == f"{total} of {total} generations are drawn"
