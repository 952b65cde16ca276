"""The figures beside the library's filters: of what, of whom, and when there are none."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from django.test import Client

from generations.models import Batch, Image, Membership, Person, Tag, Verdict
from generations.models.favourite import keep_favourites
from generations.presenters import facets
from generations.presenters.facets import tally
from tests.support.cast import Cast, make_batch, make_done, make_failed, make_image, make_model

SignIn = Callable[..., Client]
Told = Callable[..., dict[str, int]]


@pytest.fixture
def told(signed_in: SignIn) -> Told:
    """The figures a person gets, by the filter and its choice: {"by-ana": 3, …}; of one filter when it is named."""

    def ask(person: Person, query: str = "", name: str = "") -> dict[str, int]:
        answer = signed_in(person).get(f"/library/facets?{query}").content.decode()
        figures = re.findall(r'id="n-([^"]+)">([\d,]+)<', answer)
        return {unquote(choice): int(count.replace(",", "")) for choice, count in figures if choice.startswith(name)}

    return ask


def test_each_choice_has_what_it_would_show_instead_of_what_its_own_list_shows(cast: Cast, told: Told) -> None:
    flux = make_model("flux")
    for person, model, shape in (
        (cast.ana, cast.model, (3, 2)),
        (cast.ana, cast.model, (2, 3)),
        (cast.ana, flux, (3, 2)),
        (cast.ben, cast.model, (3, 2)),
        (cast.ben, flux, (3, 2)),
        (cast.ben, flux, (2, 2)),
    ):
        make_done(person, model=model).images.update(width=shape[0], height=shape[1])
    figures = told(cast.ana, f"by=ana&model={cast.model.key}")
    assert {name: figures[name] for name in ("by-ana", "by-ben", f"model-{cast.model.key}", f"model-{flux.key}")} == {
        "by-ana": 2,
        "by-ben": 1,
        f"model-{cast.model.key}": 2,
        f"model-{flux.key}": 1,
    }
    assert (figures["shape-landscape"], figures["shape-portrait"], figures["shape-square"]) == (1, 1, 0)
    both = told(cast.ana, "by=ana&by=ben&shape=square")
    assert (both["by-ana"], both["by-ben"], both["shape-landscape"], both["shape-square"]) == (0, 1, 4, 1)


def test_a_figure_is_what_its_choice_then_shows(cast: Cast, told: Told, signed_in: SignIn) -> None:
    """Asked of the library itself, for every choice of a search with words, a day and two lists."""
    Membership.objects.create(person=cast.cy, team=cast.design)
    for n, person in enumerate((cast.ana, cast.ben, cast.cy) * 4):
        batch = make_done(
            person, prompt="red kite" if n % 4 else "blue", visibility="private" if n % 5 == 4 else "team"
        )
        batch.images.update(width=3 if n % 2 else 2, height=3 - n % 2)
        if n % 3 and batch.visibility == Batch.Visibility.TEAM:
            Verdict.objects.give(cast.lea, batch.images.get(), ("approved", "rejected")[n % 2])
        if n % 2:
            keep_favourites(cast.ana, batch.images.all())
        if n % 3:
            Tag.objects.create(image=batch.images.get(), name="mood", person=person)
    client, words = signed_in(cast.ana), "q=kite&since=2020-01-01"
    lists = {"by": ["by=ana", "by=ben"], "review": ["review=approved", "review=awaiting"]}
    figures = told(cast.ana, "&".join([words, *lists["by"], *lists["review"]]))
    assert sum(figures.values()) > 10
    for choice, count in figures.items():
        name, value = choice.split("-", 1)
        others = [asked for other, chosen in lists.items() if other != name for asked in chosen]
        page = client.get(f"/library?{'&'.join([words, *others, f'{name}={value}'])}").content.decode()
        assert re.search(r"<b>(\d+)</b>", page)[1] == str(count), choice


def test_words_count_too(cast: Cast, told: Told) -> None:
    make_done(cast.ana, prompt="red kite", pictures=2)
    make_done(cast.ben, prompt="a kite", pictures=3)
    make_done(cast.ben, prompt="blue sea")
    assert told(cast.ana, "q=kite", "by-") == {"by-ana": 2, "by-ben": 3, "by-lea": 0}
    assert told(cast.ana, "q=red+kite", "by-") == {"by-ana": 2, "by-ben": 0, "by-lea": 0}


def test_what_one_may_not_see_is_never_counted(cast: Cast, told: Told) -> None:
    make_done(cast.ana)
    private, foreign = make_done(cast.ben, visibility="private"), make_done(cast.cy)
    gone = make_done(cast.ana)
    gone.images.all().delete_by(cast.ana)
    make_image(person=cast.ana)
    make_failed(cast.ben, visibility="private")
    make_failed(cast.cy)
    for batch in (private, foreign, gone):
        Tag.objects.create(image=batch.images.get(), name="spring", person=batch.person)
    Tag.objects.create(image=Image.objects.get(batch__person=cast.ana, deleted_at=None), name="mood", person=cast.ana)
    for query in ("", "q=bicycle"):
        figures = told(cast.ana, query)
        assert {name: count for name, count in figures.items() if count} == {
            "by-ana": 1,
            f"model-{cast.model.key}": 1,
            "shape-landscape": 1,
            "review-awaiting": 1,
            "tag-mood": 1,
        }
        assert "by-cy" not in figures and "tag-spring" not in figures
    assert told(cast.sam, "everybody=1")["by-cy"] == 1
    assert told(cast.ana, "everybody=1", "by-") == {"by-ana": 1, "by-ben": 0, "by-lea": 0}
    assert told(cast.ana, "tag=spring", "by-") == {"by-ana": 0, "by-ben": 0, "by-lea": 0}


def test_hearts_are_ones_own_and_a_tag_comes_on_top(cast: Cast, told: Told) -> None:
    first, second = make_done(cast.ana).images.get(), make_done(cast.ana).images.get()
    for image, name in ((first, "red & blue"), (first, "mood"), (second, "mood")):
        Tag.objects.create(image=image, name=name, person=cast.ana)
    keep_favourites(cast.ana, Image.objects.filter(pk=first.pk))
    keep_favourites(cast.ben, Image.objects.all())
    assert told(cast.ana, "", "fav-") == {"fav-1": 1}
    assert told(cast.ana, "", "tag-") == {"tag-mood": 2, "tag-red & blue": 1}
    assert told(cast.ana, "tag=red+%26+blue", "tag-") == {"tag-mood": 1, "tag-red & blue": 1}
    assert told(cast.ana, "fav=1", "by-ana") == {"by-ana": 1}


def test_states_count_what_has_no_picture(cast: Cast, told: Told) -> None:
    make_failed(cast.ben)
    make_failed(cast.ana, kind="declined")
    make_batch(cast.ana)
    make_done(cast.ana)
    states = {"state-developing": 1, "state-failed": 1, "state-declined": 1, "state-cancelled": 0}
    assert told(cast.ana, "", "state-") == states
    assert told(cast.ana, "state=failed", "state-") == states
    assert told(cast.ana, "by=ben", "state-") == dict.fromkeys(states, 0) | {"state-failed": 1}
    figures = told(cast.ana, "state=failed&by=ana")
    assert (figures["by-ana"], figures["by-ben"], figures["state-declined"]) == (0, 1, 1)
    assert not [name for name in figures if name.split("-")[0] in ("shape", "review", "tag", "fav")]


def test_too_many_to_count_have_no_figure(cast: Cast, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    make_done(cast.ana, prompt="red kite", pictures=2)
    make_done(cast.ben, prompt="a kite", pictures=2)
    make_failed(cast.ben)
    monkeypatch.setattr(facets, "MAX_COUNTED", 3)
    assert {name.split("-")[0] for name in told(cast.ana)} == {"state"}
    narrowed = told(cast.ana, "by=ben")
    assert {name.split("-")[0] for name in narrowed} == {"fav", "state", "model", "shape", "review"}
    assert narrowed["shape-landscape"] == 2
    assert told(cast.ana, "q=red", "by-ana") == {"by-ana": 2}
    monkeypatch.setattr(facets, "MAX_LISTED", 3)
    assert not told(cast.ana, "q=kite&by=ben", "shape-")
    monkeypatch.setattr(facets, "MAX_WITHOUT", 0)
    assert not told(cast.ana, "", "state-") and not told(cast.ana, "state=failed")


def test_ten_more_rows_cost_no_more_queries(
    cast: Cast, signed_in: SignIn, queries_of: Callable[[Callable[[], object]], int]
) -> None:
    client = signed_in(cast.ana)
    paths = [f"/library/facets?{query}" for query in ("", "q=red&by=ana&shape=landscape&review=approved&tag=mood")]

    def draw(person: Person) -> None:
        image = make_done(person, prompt="red", model=make_model(f"m{Image.objects.count()}")).images.get()
        Verdict.objects.give(cast.lea, image, Verdict.State.APPROVED)
        Tag.objects.create(image=image, name="mood", person=person)
        make_failed(person, prompt="red")

    draw(cast.ana)
    client.get(paths[0])
    few = [queries_of(lambda path=path: client.get(path)) for path in paths]
    for person in (cast.ana, cast.ben) * 5:
        draw(person)
    assert [queries_of(lambda path=path: client.get(path)) for path in paths] == few


def test_a_row_that_one_list_keeps_out_counts_in_that_list_alone() -> None:
    rows = [("ana", "square", 1), ("ana", "square", 2), ("ben", "square", 3), ("ben", "portrait", 4)]
    counts, found = tally(rows, {"by": ("ana",), "shape": ("square",)})
    assert counts == {"by": {"ana": 2, "ben": 1}, "shape": {"square": 2}}
    assert found == {1, 2}
