"""The library: what is found, by whom, on which page, at what price; and searches that are kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from generations.models import Batch, Image, Membership, Person, SavedSearch, Tag, Verdict
from generations.models.favourite import keep_favourites
from generations.presenters import paging
from generations.presenters.paging import A_PAGE, Pages
from generations.queries.search import Search
from tests.support.cast import (
    Cast,
    make_batch,
    make_done,
    make_failed,
    make_gallery,
    make_image,
    make_model,
    make_provider,
)

SignIn = Callable[..., Client]


def found(client: Client, query: str = "") -> list[str]:
    """Keys of the pictures on a page, in order."""
    return re.findall(r'id="i-(\w+)"', client.get(f"/library?{query}").content.decode())


def keys(*batches: Batch) -> list[str]:
    return [image.key for batch in batches for image in batch.images.order_by("-pk")]


def test_the_address_of_a_search_names_what_was_chosen_alone(cast: Cast, signed_in: SignIn) -> None:
    client, said = signed_in(cast.ana, htmx=True), "q=a+cat&state=&since=&until=&review=rejected"
    of_the_form = {"HX-Trigger": "search", "HX-Target": "results"}
    assert client.get(f"/library?{said}", headers=of_the_form)["HX-Push-Url"] == "/library?q=a+cat&review=rejected"
    assert client.get("/library?q=&state=", headers=of_the_form)["HX-Push-Url"] == "/library"
    assert "HX-Push-Url" not in client.get(f"/library?{said}", headers={"HX-Target": "tiles"})


def test_mine_and_my_teams_pictures_are_there_newest_first(cast: Cast, signed_in: SignIn) -> None:
    mine, theirs = make_done(cast.ana, pictures=2), make_done(cast.ben)
    make_done(cast.cy)
    make_done(cast.ben, visibility=Batch.Visibility.PRIVATE)
    assert found(signed_in(cast.ana)) == keys(theirs, mine)


def test_staff_find_everybodys_when_they_ask(cast: Cast, signed_in: SignIn) -> None:
    Membership.objects.create(person=cast.sam, team=cast.design)
    theirs, mine, shown = make_done(cast.cy), make_done(cast.sam, visibility="private"), make_done(cast.ben)
    private, failed = make_done(cast.ben, visibility="private"), make_failed(cast.cy)
    Tag.objects.create(image=private.images.get(), name="surprise", person=cast.ben)
    client, key = signed_in(cast.sam), failed.generations.get().key
    assert found(client) == keys(shown, mine)
    assert found(client, "everybody=1") == keys(private, shown, mine, theirs)
    assert found(client, "everybody=1&by=cy") == keys(theirs)
    assert found(signed_in(cast.ana), "everybody=1") == keys(shown)
    for query, is_there in (("", False), ("everybody=1&", True)):
        assert (f"v-{key}" in client.get(f"/library?{query}state=failed").content.decode()) is is_there
        page = client.get(f"/library?{query}").content.decode()
        assert ("surprise" in page) is ('value="cy"' in page) is is_there
    assert "Remove filter: All teams" in client.get("/library?everybody=1").content.decode()
    assert 'name="everybody"' not in signed_in(cast.ana).get("/library?everybody=1").content.decode()


def test_all_that_is_selected_is_not_everybodys(cast: Cast, signed_in: SignIn) -> None:
    private, mine = make_done(cast.ben, visibility="private"), make_done(cast.sam)
    client = signed_in(cast.sam)
    client.post("/selection/tag", {"all": "1", "query": "", "name": "spring"})
    assert list(Tag.objects.values_list("image__key", flat=True)) == keys(mine)
    client.post("/selection/tag", {"all": "1", "query": "everybody=1", "name": "mood"})
    assert set(Tag.objects.filter(name="mood").values_list("image__key", flat=True)) == {*keys(mine), *keys(private)}


def test_a_reference_is_not_a_picture_of_the_library(cast: Cast, signed_in: SignIn) -> None:
    make_image(person=cast.ana)
    assert found(signed_in(cast.ana)) == []


@pytest.mark.parametrize(
    ("words", "prompt"),
    [
        ("bicycle", "A red BICYCLE in rain"),
        ("RED rain", "A red bicycle in rain"),
        ('"red bicycle"', "A red  bicycle in rain"),
        ("café", "CAFÉ at night"),
        ("straße", "Die STRASSE"),
        ("ＡＢＣ", "the abc of it"),
        ("夕阳", "夕阳下的城市"),
        ("100%", "a 100% cotton shirt"),
        ("snake_case", "in snake_case"),
        ("back\\slash", "a back\\slash"),
    ],
)
def test_words_are_found_whatever_their_case(cast: Cast, signed_in: SignIn, words: str, prompt: str) -> None:
    batch = make_done(cast.ana, prompt=prompt)
    make_done(cast.ana, prompt="something else: 1000 cottons, snakeXcase, cycles of a redder sun")
    assert found(signed_in(cast.ana), f"q={words.replace('%', '%25')}") == keys(batch)


@pytest.mark.parametrize(
    "query", ["q=%00", "by=%00", "tag=%00", "model=%00", "review=x", "since=x", "page=x", "page=-1"]
)
def test_odd_addresses_are_answered(cast: Cast, signed_in: SignIn, query: str) -> None:
    batch = make_done(cast.ana)
    assert found(signed_in(cast.ana), query) == keys(batch)


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
@pytest.mark.parametrize("state", ["", "&state=failed"])
def test_the_first_and_the_last_day_are_days(
    cast: Cast, signed_in: SignIn, settings: object, zone: str, state: str
) -> None:
    settings.TIME_ZONE = zone
    make_done(cast.ana)
    for day in ("0001-01-01", "0002-01-01", "9998-12-31", "9999-12-31"):
        assert signed_in(cast.ana).get(f"/library?since={day}&until={day}{state}").status_code == 200


def test_each_filter_narrows(cast: Cast, signed_in: SignIn) -> None:
    wide = make_done(cast.ben, model=make_model("flux"))
    tall = make_done(cast.ana, model=cast.model)
    wide.images.update(created_at=datetime(2026, 3, 10, 12, tzinfo=UTC))
    tall.images.update(width=64, height=96, created_at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    image = tall.images.get()
    keep_favourites(cast.ana, tall.images.all())
    Tag.objects.create(image=image, name="spring", person=cast.ben)
    client, day = signed_in(cast.ana), "2026-03-01"
    flux = wide.images.get().model
    for query in ("by=ben", f"model={flux.key}", "shape=landscape", "since=2026-03-02"):
        assert found(client, query) == keys(wide), query
    for query in ("by=ana", "shape=portrait", "fav=1", "tag=spring", "until=2026-03-09", f"since={day}&until={day}"):
        assert found(client, query) == keys(tall), query
    assert found(client, "by=ana&shape=landscape") == []
    assert set(found(client, "by=ana&by=ben")) == {*keys(tall), *keys(wide)}


def test_somebody_elses_hearts_are_not_mine(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana)
    keep_favourites(cast.ben, batch.images.all())
    assert found(signed_in(cast.ana), "fav=1") == []


def test_a_verdict_is_found_and_what_the_team_sees_without_one_awaits_it(cast: Cast, signed_in: SignIn) -> None:
    approved, rejected, awaiting = (make_done(cast.ana) for _ in range(3))
    make_done(cast.ana, visibility=Batch.Visibility.PRIVATE)
    Verdict.objects.give(cast.lea, approved.images.get(), Verdict.State.APPROVED)
    Verdict.objects.give(cast.lea, rejected.images.get(), Verdict.State.REJECTED)
    for person in (cast.ana, cast.ben):
        client = signed_in(person)
        assert found(client, "review=approved") == keys(approved)
        assert found(client, "review=rejected") == keys(rejected)
        assert found(client, "review=awaiting") == keys(awaiting)
        assert found(client, "review=rejected&review=awaiting") == keys(awaiting, rejected)
    assert found(signed_in(cast.cy), "review=approved&review=rejected&review=awaiting") == []


def test_a_state_shows_what_has_no_picture(cast: Cast, signed_in: SignIn) -> None:
    failed, declined, running = make_failed(cast.ben), make_failed(cast.ana, kind="declined"), make_batch(cast.ana)
    make_failed(cast.cy)
    make_done(cast.ana)
    client = signed_in(cast.ana)
    for state, batch in (("failed", failed), ("declined", declined), ("developing", running)):
        page = client.get(f"/library?state={state}").content.decode()
        assert re.findall(r'id="v-(\w+)"', page) == [batch.generations.get().key]
    assert re.findall(r'id="v-(\w+)"', client.get("/library?state=failed&by=ana").content.decode()) == []


def test_a_chip_leads_to_the_search_without_it(cast: Cast, signed_in: SignIn) -> None:
    make_done(cast.ana)
    page = signed_in(cast.ana).get("/library?q=red&by=ben&by=ana&fav=1&review=awaiting").content.decode()
    chips = dict(re.findall(r'class="chip" href="([^"]+)" aria-label="Remove filter: ([^"]+)"', page))
    assert {name: address.replace("&amp;", "&") for address, name in chips.items()} == {
        "“red”": "/library?by=ana&by=ben&review=awaiting&fav=1",
        "Favourites": "/library?q=red&by=ana&by=ben&review=awaiting",
        "Ben": "/library?q=red&by=ana&review=awaiting&fav=1",
        "Ana": "/library?q=red&by=ben&review=awaiting&fav=1",
        "Awaiting review": "/library?q=red&by=ana&by=ben&fav=1",
    }


def test_an_address_and_its_search_are_the_same() -> None:
    query = "q=red+bicycle&by=ana&by=ben&model=m1&shape=portrait&tag=spring&review=approved&since=2026-01-01"
    query += "&until=2026-02-01&fav=1"
    assert Search.parse(query).query == query
    assert not Search.parse("page=3&nonsense=1")


def many(person: Person, count: int) -> list[Image]:
    """So many pictures in one batch."""
    batch = make_done(person)
    first = batch.images.get()
    copies = [
        Image(
            person=person,
            batch=batch,
            team=batch.team,
            model=first.model,
            generation=first.generation,
            position=place,
            file=first.file,
            width=3,
            height=2,
            placeholder=b"",
        )
        for place in range(2, count + 1)
    ]
    return [first, *Image.objects.bulk_create(copies)]


def test_pages_hold_every_picture_once(cast: Cast, signed_in: SignIn) -> None:
    images = many(cast.ana, 2 * A_PAGE + 3)
    client = signed_in(cast.ben)
    shown = [key for page in (1, 2, 3) for key in found(client, f"page={page}")]
    assert shown == [image.key for image in reversed(images)]
    assert found(client, "page=99") == found(client, "page=3")


def test_show_more_sends_the_next_tiles_alone(cast: Cast, signed_in: SignIn) -> None:
    many(cast.ana, A_PAGE + 5)
    client = signed_in(cast.ana, htmx=True)
    more = client.get("/library?page=2", headers={"HX-Target": "tiles"}).content.decode()
    assert more.count("<figure") == 5
    assert "<html" not in more
    assert 'id="pager" hx-swap-oob="true"' in more
    results = client.get("/library?page=2", headers={"HX-Target": "results"}).content.decode()
    assert 'id="results"' in results
    assert "<html" not in results


def test_pages_in_a_row_stand_on_one(cast: Cast, signed_in: SignIn) -> None:
    images = [image.key for image in reversed(many(cast.ana, 3 * A_PAGE + 5))]
    client, alone = signed_in(cast.ana), signed_in(cast.ana, htmx=True)
    assert found(client, "page=2-3") == images[A_PAGE : 3 * A_PAGE]
    assert found(client, "page=3-99") == images[2 * A_PAGE :]
    assert found(client, "page=9-2") == found(client, "page=2")
    page = client.get("/library?page=2-3").content.decode()
    assert page.count('aria-current="page" aria-label="Page') == 2
    for trigger, begin in (("show-more", 2 * A_PAGE), ("show-before", A_PAGE)):
        part = alone.get("/library?page=2-3", headers={"HX-Target": "tiles", "HX-Trigger": trigger}).content.decode()
        assert re.findall(r'id="i-(\w+)"', part) == images[begin : begin + A_PAGE], trigger
        assert 'data-here="/library?page=2-3"' in part


def test_no_more_than_ten_pages_stand_on_one() -> None:
    pages = Pages(Image.objects.none(), (1, 40), str)
    pages.found = 99 * A_PAGE
    assert (pages.here, pages.and_next, pages.and_previous) == ("31-40", "31-41", "30-40")


def test_ten_more_pictures_cost_no_more_queries(
    cast: Cast, signed_in: SignIn, queries_of: Callable[[Callable[[], object]], int]
) -> None:
    client, path = signed_in(cast.ana), "/library?q=red&by=ana&shape=landscape&review=approved"
    Verdict.objects.give(cast.lea, make_done(cast.ana, prompt="red").images.get(), Verdict.State.APPROVED)
    client.get(path)
    few = queries_of(lambda: client.get(path))
    for person in (cast.ana, cast.ben) * 5:
        drawn = make_done(person, prompt="red", model=make_model(f"m{Image.objects.count()}"))
        Verdict.objects.give(cast.lea, drawn.images.get(), Verdict.State.APPROVED)
    assert queries_of(lambda: client.get(path)) == few


def test_words_are_looked_for_once(
    cast: Cast, signed_in: SignIn, django_assert_max_num_queries: Callable[..., object]
) -> None:
    """Looking through the prompts is what costs: once for a page, not once more to count."""
    make_done(cast.ana, prompt="A red bicycle in rain")
    client = signed_in(cast.ana)
    with django_assert_max_num_queries(20) as queries:
        assert client.get("/library?q=rain&page=3").status_code == 200
    asked = [query["sql"] for query in queries.captured_queries]
    assert sum(" MATCH " in sql or " LIKE " in sql for sql in asked) == 1


def test_words_that_many_prompts_hold_list_the_newest_and_say_so(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counting what half the library holds would cost more than showing it."""
    monkeypatch.setattr(paging, "A_PAGE", 2)
    monkeypatch.setattr(paging, "MAX_LISTED", 4)
    newest = [image.key for image in reversed(many(cast.ana, 5))]
    client = signed_in(cast.ana)
    pages = [client.get(f"/library?q=bicycle&page={page}").content.decode() for page in (1, 2, 99)]
    assert found(client, "q=bicycle&page=2") == newest[2:4]
    assert all("<b>4+</b> pictures" in page and "All 4+" in page for page in pages)
    assert ["Showing the newest 4." in page for page in pages] == [False, True, True]
    assert "<b>5</b> pictures" in client.get("/library").content.decode()
    Image.objects.get(key=newest[0]).delete()
    assert "<b>4</b> pictures" in client.get("/library?q=bicycle").content.decode()


def test_the_controls_of_pictures_described_alike_are_told_apart(cast: Cast, signed_in: SignIn) -> None:
    make_done(cast.ana, prompt="A hill")
    make_done(cast.ana, prompt="A lake", pictures=3)
    client = signed_in(cast.ana)
    page = client.get("/library").content.decode()
    assert re.findall(r'aria-label="Select: ([^"]+)"', page) == ["A lake", "(2) A lake", "(3) A lake", "A hill"]
    names = re.findall(r'aria-label="((?:Select|Favourite|Download): [^"]+)"', page)
    assert len(set(names)) == 12
    last = Image.objects.get(generation__batch__prompt="A lake", position=1)
    like = re.search(rf'hx-post="(/i/{last.key}/favourite[^"]*)"', page)[1]
    assert 'aria-label="Favourite: (3) A lake"' in client.post(like, headers={"HX-Request": "true"}).content.decode()


def test_nothing_found_says_so(cast: Cast, signed_in: SignIn) -> None:
    assert "No pictures yet" in signed_in(cast.ana).get("/library").content.decode()
    make_done(cast.ana)
    page = signed_in(cast.ana).get("/library?q=<zeppelin>").content.decode()
    assert "Nothing matches “<bdi>&lt;zeppelin&gt;</bdi>”" in page


# ── saved searches ──


def test_a_saved_search_is_mine_alone(cast: Cast, signed_in: SignIn) -> None:
    said = {"name": "Bikes", "query": "q=bicycle&page=7"}
    answer = signed_in(cast.ana).post("/library/save", said, follow=True).content.decode()
    assert "Search saved." in answer
    saved = SavedSearch.objects.get()
    assert (saved.person, saved.name, saved.query) == (cast.ana, "Bikes", "q=bicycle")
    assert "Bikes" in signed_in(cast.ana).get("/library").content.decode()
    assert "Bikes" not in signed_in(cast.ben).get("/library").content.decode()
    assert signed_in(cast.ben).post(f"/library/forget/{saved.key}").status_code == 404
    assert signed_in(cast.ana).post(f"/library/forget/{saved.key}").status_code == 302
    assert not SavedSearch.objects.exists()


def test_the_same_name_again_replaces_a_saved_search(cast: Cast, signed_in: SignIn) -> None:
    for query in ("q=a", "q=b"):
        signed_in(cast.ana).post("/library/save", {"name": "Bikes", "query": query})
    assert SavedSearch.objects.get().query == "q=b"


def test_a_search_that_is_saved_already_is_renamed(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.ana)
    for name, query in (("Bikes", "q=bicycle"), ("Boats", "q=boat")):
        client.post("/library/save", {"name": name, "query": query})
    page = client.get("/library?q=bicycle").content.decode()
    assert "Rename this search" in page and 'name="name" value="Bikes"' in page
    for name in ("Cycles", "Boats"):
        client.post("/library/save", {"name": name, "query": "q=bicycle"})
        assert SavedSearch.objects.get(query="q=bicycle").name == name
    assert SavedSearch.objects.count() == 1
    client.post("/library/save", {"name": "a\0b", "query": "q=boat"})
    assert SavedSearch.objects.count() == 1


def test_what_is_saved_comes_with_other_results(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.ana, htmx=True)
    client.post("/library/save", {"name": "Bikes", "query": "q=bicycle"})
    of_the_form = {"HX-Trigger": "search", "HX-Target": "results"}
    answer = client.get("/library?q=bicycle", headers=of_the_form).content.decode()
    assert 'hx-swap-oob="true"' in answer and 'aria-current="true" dir="auto">Bikes' in answer


def test_no_tag_of_a_picture_one_may_not_see_is_offered(cast: Cast, signed_in: SignIn) -> None:
    for visibility, name in (("private", "surprise"), ("team", "bicycles")):
        image = make_done(cast.ana, visibility=visibility).generations.get().images.get()
        signed_in(cast.ana).post(f"/i/{image.key}/tag", {"name": name})
    page = signed_in(cast.ben).get("/library").content.decode()
    assert "bicycles" in page and "surprise" not in page


def test_a_search_names_nobody_one_does_not_know(cast: Cast, signed_in: SignIn) -> None:
    Person.objects.filter(pk=cast.cy.pk).update(first_name="Cyrus")
    address = "/library?by=cy&by=ben"
    assert "Cyrus" not in (page := signed_in(cast.ana).get(address).content.decode()) and "Ben" in page
    assert "Cyrus" in signed_in(cast.sam).get(address).content.decode()


@pytest.mark.parametrize("form", ["{}", "#{}", "No. {}", "no {}", "第 {} 号", "Nr.{}", "＃{}"])
def test_a_batch_is_found_by_its_number_before_all_else(cast: Cast, signed_in: SignIn, form: str) -> None:
    wanted = make_done(cast.ana, prompt="Zeppelin <over> the sea")
    make_done(cast.ana, prompt=f"Poster with the number {wanted.number}")
    words = form.format(wanted.number)
    page = signed_in(cast.ben).get("/library", {"q": words}).content.decode()
    assert f'<h2><a href="{wanted.get_absolute_url()}">No. {wanted.number}</a></h2>' in page
    assert "Zeppelin &lt;over&gt; the sea" in page and wanted.images.get().key in page
    assert page.index("Zeppelin") < page.index("Nothing matches" if "Nothing matches" in page else 'id="pager"')
    stranger = signed_in(cast.cy).get("/library", {"q": words}).content.decode()
    assert "Zeppelin" not in stranger and wanted.key not in stranger and "Nothing matches" in stranger


def test_a_number_shows_of_a_private_batch_only_what_lies_in_a_gallery(cast: Cast, signed_in: SignIn) -> None:
    batch = make_done(cast.ana, prompt="Zeppelin", pictures=2, visibility="private")
    ben = signed_in(cast.ben)
    assert "Zeppelin" not in ben.get(f"/library?q={batch.number}").content.decode()
    shown, hidden = batch.images.all()
    make_gallery(cast.ana, images=[shown])
    page = ben.get(f"/library?q={batch.number}").content.decode()
    assert shown.key in page and hidden.key not in page and batch.key not in page
    failed = make_failed(cast.ana, prompt="Lost zeppelin")
    page = ben.get(f"/library?q={failed.number}").content.decode()
    assert "Lost zeppelin" in page and "<b>0</b>" not in page, "no count of nothing above what was found"
    for odd in ("0", "9" * 18, "9" * 40, "-1", "٣", "No.", "²"):
        assert ben.get("/library", {"q": odd}).status_code == 200


def test_models_of_one_name_are_told_apart_by_their_providers(cast: Cast, signed_in: SignIn) -> None:
    there = make_model("gpt-image-1", provider=make_provider("Gateway"))
    make_done(cast.ana), make_done(cast.ana, model=there)
    page = signed_in(cast.ana).get("/library", {"model": there.key}).content.decode()
    assert "gpt-image-1 (Sandbox)</span>" in page and "gpt-image-1 (Gateway)</span>" in page
    assert "Remove filter: gpt-image-1 (Gateway)" in page


def test_a_search_that_finds_nothing_is_not_offered_to_be_saved(cast: Cast, signed_in: SignIn) -> None:
    make_done(cast.ana, prompt="A red boat")
    client = signed_in(cast.ana)
    assert "Save this search" in client.get("/library?q=boat").content.decode()
    assert "Save this search" not in client.get("/library?q=zzzz").content.decode()
