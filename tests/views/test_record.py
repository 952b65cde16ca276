"""The page of the record: who reads what of it, its filters, its exports, and odd addresses."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from generations.acting import Actor, Kind, acting_as
from generations.models import AuditEntry, Image, Person, Verdict
from generations.models.audit_entry import Subject, record, record_all
from generations.models.record_verb import Topic
from generations.queries.record import RecordSearch, _parts
from generations.viewer import Viewer
from tests.support.cast import Cast, make_done, make_person, make_team

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def image(cast: Cast) -> Image:
    """A picture of Ana's that Lea approved."""
    image = make_done(cast.ana).images.get()
    with acting_as(Actor(Kind.PERSON, person=lambda: cast.lea.pk, address=lambda: "10.0.4.0")):
        Verdict.objects.give(cast.lea, image, "approved")
    return image


def page_of(client: Client, query: str = "") -> str:
    answer = client.get(f"/record{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def shown(page: str) -> list[int]:
    return [int(part.split('"')[0]) for part in page.split('<li id="e-')[1:]]


def test_an_entry_names_who_and_what_and_leads_there(cast: Cast, signed_in: SignIn, image: Image) -> None:
    page = page_of(signed_in(cast.sam))
    assert f"<b><bdi>Lea</bdi></b> approved <b><bdi>{image.batch}, picture 1</bdi></b>" in page
    assert f'<a href="{image.get_absolute_url()}"><bdi>{image.batch}, picture 1</bdi></a>' in page
    assert f"{image.batch}, picture 1" in page and "10.0.4.0" in page and AuditEntry.objects.get().hash in page


def test_a_picture_shows_its_own_history_to_who_may_read_it(cast: Cast, signed_in: SignIn, image: Image) -> None:
    record("took_down", Subject("image", "other"))
    for person, is_shown in ((cast.sam, True), (cast.lea, True), (cast.ana, False)):
        page = signed_in(person).get(image.get_absolute_url()).content.decode()
        assert ("<b><bdi>Lea</bdi></b> approved" in page, f"?about=image%3A{image.key}" in page) == (is_shown, is_shown)
        assert "took down" not in page


def test_a_lead_reads_of_the_teams_they_lead_alone(cast: Cast, signed_in: SignIn, image: Image) -> None:
    record("took_down", Subject("image", "elsewhere", make_team("Print shop").pk))
    record("changed_provider", cast.model.provider)
    private = make_done(cast.ana, visibility="private").images.get()
    Verdict.objects.give(cast.sam, private, "rejected")
    assert shown(page_of(signed_in(cast.lea))) == [1]
    assert shown(page_of(signed_in(cast.sam))) == [4, 3, 2, 1]
    for person in (cast.ana, cast.ben, cast.cy):
        assert signed_in(person).get("/record").status_code == 404
        assert signed_in(person).post("/record/export").status_code == 404
    lines = b"".join(signed_in(cast.lea).post("/record/export").streaming_content).splitlines()
    assert [json.loads(line)["content"]["number"] for line in lines] == [1]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("?what=review", [1]),
        ("?what=review&what=money", [2, 1]),
        ("?what=people", []),
        ("?who=lea", [1]),
        ("?who=ben", []),
        ("?q=Lea", [1]),
        ("?q=nobody", []),
        ("?q=10.0.4.17", [1]),
        ("?q=10.9.9.9", []),
        ("?q=No.+{number}", [1]),
        ("?q={number}", [1]),
        ("?q={key}", [1]),
        ("?q=999999", []),
        ("?about=image:{key}", [1]),
        ("?about=provider:{provider}", [2]),
        ("?from={today}&till={today}", [2, 1]),
        ("?from=2099-01-01", []),
        ("?till=2001-01-01", []),
        ("?before=2", [1]),
        ("?before=1", []),
        ("?what=nothing&from=soon&till=2026-13-45&before=-1&about=x&who=", [2, 1]),
    ],
)
def test_filters(cast: Cast, signed_in: SignIn, image: Image, query: str, numbers: list[int]) -> None:
    record("changed_provider", cast.model.provider)
    assert image.batch
    said = {"number": image.batch.number, "key": image.key, "provider": cast.model.provider.key}
    path = query.format(**said, today=timezone.localdate().isoformat())
    client = signed_in(cast.sam)
    assert shown(page_of(client, path)) == numbers
    exported = b"".join(client.post("/record/export" + path.partition("&before")[0]).streaming_content)
    assert exported


def test_pages_follow_each_other_and_cost_the_same_however_long_the_record_is(
    cast: Cast, signed_in: SignIn, queries_of: Callable
) -> None:
    client = signed_in(cast.sam)
    record_all("took_down", [Subject("image", f"k{n}", cast.design.pk) for n in range(5)])
    few = queries_of(lambda: client.get("/record"))
    record_all("took_down", [Subject("image", f"k{n}", cast.design.pk) for n in range(120)])
    assert queries_of(lambda: client.get("/record")) == few
    seen, query = [], ""
    while True:
        page = page_of(client, query)
        seen += shown(page)
        if 'rel="next"' not in page:
            break
        query = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert seen == list(range(125, 0, -1))


def test_an_export_can_be_checked_without_us(cast: Cast, signed_in: SignIn, image: Image) -> None:
    client = signed_in(cast.sam)
    record_all("took_down", [Subject("image", f"k{n}") for n in range(3)])
    lines = b"".join(client.post("/record/export", {"format": "jsonl"}).streaming_content).decode().splitlines()
    previous = "0" * 64
    for line in map(json.loads, lines):
        text = json.dumps(line["content"], sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(text.encode()).hexdigest() == line["hash"]
        assert line["content"]["previous"] == previous
        previous = line["hash"]
    assert len(lines) == 5, "and the entry of this export"
    table = b"".join(client.post("/record/export", {"format": "csv", "what": "review"}).streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(table.lstrip("\ufeff"))))
    assert [(row["number"], row["verb"], row["object_key"]) for row in rows] == [("1", "approved", image.key)]


def test_looking_writes_nothing(cast: Cast, signed_in: SignIn, image: Image) -> None:
    page_of(signed_in(cast.sam), "?what=review")
    assert AuditEntry.objects.count() == 1


def test_what_is_gone_and_hostile_names_are_shown_as_text(cast: Cast, signed_in: SignIn, image: Image) -> None:
    Person.objects.filter(pk=cast.lea.pk).update(first_name=HOSTILE, last_name="{actor} %(object)s")
    record("took_down", Subject("image", "gone"))
    record("approved", Subject("person", "999"), by=998)
    record("signed_in", Subject("person", "x" * 99))
    page = page_of(signed_in(cast.sam))
    assert HOSTILE not in page and "&lt;script&gt;alert(1)&lt;/script&gt; {actor} %(object)s" in page
    assert "something that is gone (gone)" in page and "A former person, number 998" in page


@pytest.mark.exhaustive
@pytest.mark.parametrize("text", ["\0", "x" * 100_000, "😀", "\u202e" * 50, "'; DROP TABLE", "%", "_", "²", "٣", "::1"])
def test_odd_searches_find_nothing_and_break_nothing(cast: Cast, signed_in: SignIn, image: Image, text: str) -> None:
    client = signed_in(cast.sam)
    for name in ("q", "who", "about", "what", "from", "till", "before"):
        assert client.get("/record", {name: text}).status_code == 200
        answer = client.post("/record/export", {name: text})
        assert answer.status_code == 200
        b"".join(answer.streaming_content)


def test_htmx_gets_the_entries_alone(cast: Cast, signed_in: SignIn, image: Image) -> None:
    page = signed_in(cast.sam, htmx=True).get("/record?what=review").content.decode()
    assert shown(page) == [1] and "<html" not in page
    assert 'id="entries"' in page


def test_a_verb_that_this_version_does_not_know_is_shown(cast: Cast, signed_in: SignIn, image: Image) -> None:
    entry = AuditEntry.objects.get()
    AuditEntry.objects.bulk_create([AuditEntry(**{**_columns(entry), "number": 2, "verb": "painted"})])
    assert shown(page_of(signed_in(cast.sam))) == [2, 1]


def _columns(entry: AuditEntry) -> dict[str, object]:
    return {field.attname: getattr(entry, field.attname) for field in entry._meta.fields}


def test_the_page_costs_the_same_however_many_people_and_pictures_it_names(
    cast: Cast, signed_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    staff = signed_in(cast.sam)
    for n in range(15):
        person = make_person(f"person{n}", cast.design)
        record("approved", make_done(person).images.get(), by=person.pk)
    with django_assert_max_num_queries(20):
        page = page_of(staff)
    assert page.count("Person14") > 1


def test_all_topics_are_read_as_none(cast: Cast) -> None:
    every = RecordSearch(topics=tuple(Topic.values))
    assert list(_parts(Viewer(cast.lea), every)) == list(_parts(Viewer(cast.lea), RecordSearch()))
