"""What clients chose and wrote, as the team sees it: filtered, tagged, packed, as a table, and opened again."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from generations.models import Choice, Comment, Gallery, Image, Notification, Person, ShareLink, Tag, Visitor
from generations.models.region import Region
from generations.queries.feedback import visitors_with_counts
from tests.support.cast import Cast, make_done, make_gallery
from tests.support.clock import Clock

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
HEART, REJECT = Choice.Kind.HEART, Choice.Kind.REJECT


@pytest.fixture
def gallery(cast: Cast) -> Gallery:
    return make_gallery(cast.ana, images=[make_done(cast.ana).images.get() for _ in range(4)])


@pytest.fixture
def images(gallery: Gallery) -> list[Image]:
    return list(gallery.in_order(Image.objects.all()))


@pytest.fixture
def visitors(cast: Cast, gallery: Gallery, images: list[Image]) -> list[Visitor]:
    """Marisol chose 1 and 2 and rejected 4; Ben rejected 2 and commented on it, on another link."""
    marisol, ben = (Visitor.come(ShareLink.make(gallery, cast.ana), name)[0] for name in ("Marisol", "Ben"))
    shown = Image.objects.all()
    for visitor, place, kind in ((marisol, 0, HEART), (marisol, 1, HEART), (marisol, 3, REJECT), (ben, 1, REJECT)):
        visitor.choose(images[place], kind, shown)
    ben.remark(images[1], "=Darker", Region(460, 420))
    marisol.finish("@Keep the label empty")
    elsewhere = Visitor.come(ShareLink.make(make_gallery(cast.ana, images=images), cast.ana), "Eve")[0]
    elsewhere.choose(images[2], HEART, shown)
    return [marisol, ben]


def page_of(client: Client, gallery: Gallery, query: str = "") -> str:
    return client.get(reverse("feedback", args=[gallery.key]) + query).content.decode()


def listed(page: str, images: list[Image]) -> list[int]:
    """The numbers of the pictures on a page."""
    return [number for number, image in enumerate(images, 1) if f'id="i-{image.key}"' in page]


def test_what_was_written_on_a_picture_that_was_taken_out_is_not_counted(
    cast: Cast, gallery: Gallery, images: list[Image], visitors: list[Visitor]
) -> None:
    assert [amounts.remarks for _visitor, amounts in visitors_with_counts(gallery)].count(1) == 1
    gallery.remove(Image.objects.filter(pk=images[1].pk))
    assert {amounts.remarks for _visitor, amounts in visitors_with_counts(gallery)} == {0}


def test_who_chose_what(
    cast: Cast, gallery: Gallery, images: list[Image], visitors: list[Visitor], signed_in: SignIn
) -> None:
    client = signed_in(cast.ben)
    page = page_of(client, gallery)
    for text in (
        "Chosen by Marisol",
        "Not wanted by Ben",
        "No mark",
        "=Darker",
        "@Keep the label empty",
        "2 chosen",
        "sent on",
        "still choosing",
    ):
        assert text in page
    assert "Eve" not in page and listed(page, images) == [1, 2, 3, 4]
    marisol, ben = (visitor.key for visitor in visitors)
    for query, numbers in {
        "?show=chosen": [1, 2],
        "?show=rejected": [2, 4],
        "?show=differ": [2],
        "?show=remarked": [2],
        f"?show=chosen&who={ben}": [],
        f"?show=rejected&who={ben}": [2],
        f"?who={marisol}": [1, 2, 3, 4],
        f"?show=differ&who={marisol}": [1, 2, 3, 4],
        "?show=x&who=y&page=99": [1, 2, 3, 4],
        "?show=%00&who=%00": [1, 2, 3, 4],
    }.items():
        assert (query, listed(page_of(client, gallery, query), images)) == (query, numbers)
    assert "Not wanted by Ben" not in page_of(client, gallery, f"?who={marisol}")


def test_the_gallery_is_filtered_by_what_visitors_did(
    cast: Cast, gallery: Gallery, images: list[Image], visitors: list[Visitor], signed_in: SignIn
) -> None:
    client, (marisol, ben) = signed_in(cast.ana), (visitor.key for visitor in visitors)
    for query, numbers in {
        f"chosen={marisol}": [1, 2],
        f"chosen={marisol}&rejected={ben}": [2],
        "rejected=any": [2, 4],
        f"remarked={ben}": [2],
        f"remarked={marisol}": [],
        "chosen=nobody": [],
    }.items():
        page = client.get(f"{gallery.get_absolute_url()}?{query}").content.decode()
        assert (query, listed(page, images)) == (query, numbers)
    page = client.get(f"{gallery.get_absolute_url()}?chosen={marisol}&rejected=any").content.decode()
    assert "Chosen by Marisol" in page and "Rejected by anybody" in page and "Eve" not in page
    assert reverse("feedback", args=[gallery.key]) in page
    library = client.get(f"/library?chosen={marisol}").content.decode()
    assert listed(library, images) == [1, 2, 3, 4] and "Marisol" not in library


def test_what_was_chosen_is_tagged_and_packed(
    cast: Cast, gallery: Gallery, images: list[Image], visitors: list[Visitor], signed_in: SignIn
) -> None:
    client = signed_in(cast.ana)
    page = page_of(client, gallery, "?show=chosen")
    assert reverse("tag_selection") in page and reverse("zip_selection") in page
    said = {"all": "1", "gallery": gallery.key, "query": "chosen=any"}
    client.post(reverse("tag_selection"), said | {"name": "client’s choice"})
    assert set(Tag.objects.values_list("image", flat=True)) == {images[0].pk, images[1].pk}
    archive = b"".join(client.post(reverse("zip_selection"), said).streaming_content)
    assert archive.count(b"PK\x01\x02") == 3
    assert reverse("zip_selection") not in page_of(client, gallery)


def test_a_table_in_which_no_spreadsheet_finds_a_formula(
    cast: Cast, gallery: Gallery, images: list[Image], visitors: list[Visitor], signed_in: SignIn
) -> None:
    Visitor.objects.filter(name="Ben").update(name="+1+cmd|' /C calc'!A0")
    Person.objects.filter(pk=cast.ana.pk).update(time_zone="Asia/Shanghai")
    answer = signed_in(cast.ana).get(reverse("feedback_csv", args=[gallery.key]))
    assert answer.streaming
    assert answer["Content-Type"] == "text/csv; charset=utf-8" and "attachment" in answer["Content-Disposition"]
    head, *rows = csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig")))
    assert head == ["visitor", "link", "sent", "picture", "address", "kind", "text", "place", "at"]
    assert [(row[0][:8], row[3], row[5], row[6]) for row in rows] == [
        ("Marisol", "", "note", "'@Keep the label empty"),
        ("Marisol", "1", "chosen", ""),
        ("Marisol", "2", "chosen", ""),
        ("Marisol", "4", "rejected", ""),
        ("'+1+cmd|", "2", "rejected", ""),
        ("'+1+cmd|", "2", "comment", "'=Darker"),
    ]
    assert all(row[8].endswith("+08:00") for row in rows)
    assert rows[-1][7] == "460,420" and rows[1][4].endswith(images[0].get_absolute_url())
    assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_a_round_is_opened_again_by_who_manages_the_link(
    cast: Cast, gallery: Gallery, visitors: list[Visitor], signed_in: SignIn
) -> None:
    door = reverse("reopen_visitor", args=[visitors[0].key])
    assert door in page_of(signed_in(cast.lea), gallery)
    assert door not in page_of(signed_in(cast.ben), gallery)
    assert signed_in(cast.ben).post(door).status_code == signed_in(cast.cy).post(door).status_code == 404
    assert signed_in(cast.lea).post(door).status_code == 302
    assert signed_in(cast.lea).post(door).status_code == 302
    visitors[0].refresh_from_db()
    assert not visitors[0].is_finished and visitors[0].reopened_by == cast.lea
    assert "opened again on" in page_of(signed_in(cast.ben), gallery)


def test_a_visitor_is_deleted_with_all_they_chose_and_wrote_and_comes_back(
    cast: Cast, gallery: Gallery, images: list[Image], signed_in: SignIn, settings: LazySettings
) -> None:
    settings.EMAIL_URL = "smtp://localhost"
    link, marisol = ShareLink.make(gallery, cast.ana, choosing=True, commenting=True), Client()
    door = f"{link.get_absolute_url()}/choose"
    for key, words in zip(("a" * 12, "b" * 12), ("Darker", "Brighter"), strict=True):
        said = {"name": "Marisol", "newcomer": "c" * 12, "heart": images[0].key}
        marisol.post(door, said | {"image": images[0].key, "words": words, "key": key})
    marisol.post(door, {"finish": "1", "note": "Thank you all"})
    other = Visitor.come(link, "Marisol")[0]
    other.choose(images[1], HEART, Image.objects.all())
    other.finish("Mine")
    visitor = Visitor.objects.get(note="Thank you all")
    away, back = (reverse(f"{verb}_visitor", args=[visitor.key]) for verb in ("delete", "restore"))
    lea, ana, here = signed_in(cast.lea), signed_in(cast.ana), f"{reverse('feedback', args=[gallery.key])}?show=chosen"
    Comment.objects.get(text="Brighter").delete_by(cast.ana)

    def seen() -> list[bool]:
        chosen = f"{gallery.get_absolute_url()}?chosen={visitor.key}"
        table = ana.get(reverse("feedback_csv", args=[gallery.key])).getvalue().decode()
        picture = ana.get(images[0].get_absolute_url()).content.decode()
        return [
            "Thank you all" in page_of(ana, gallery),
            "Darker" in page_of(ana, gallery),
            f"who={visitor.key}" in page_of(ana, gallery),
            "Thank you all" in table,
            "Darker" in table,
            images[0].get_absolute_url() in table,
            listed(ana.get(chosen).content.decode(), images) == [1],
            "Darker" in picture,
            "Thank you all" in ana.get("/inbox").content.decode(),
            {told.visitor for told in Notification.objects.standing().filter(mail_at__isnull=False)}
            == {visitor, other},
            "You sent your choice on" in marisol.get(link.get_absolute_url()).content.decode(),
        ]

    assert all(seen()) and away in page_of(lea, gallery) and away not in page_of(signed_in(cast.ben), gallery)
    page = lea.post(away, {"here": here}, follow=True).content.decode()
    assert "The visit of Marisol is deleted" in page and back in page and not any(seen())
    assert "Mine" in page_of(ana, gallery) and "Mine" in ana.get("/inbox").content.decode()
    assert 'name="name"' in marisol.get(link.get_absolute_url()).content.decode(), "they begin anew"
    page = lea.post(back, {"here": here}, follow=True).content.decode()
    assert "The visit of Marisol is restored" in page and all(seen())
    assert "Brighter" not in ana.get(images[0].get_absolute_url()).content.decode(), "it was deleted before"


def test_a_second_click_on_delete_and_on_undo_says_what_the_first_one_did(
    cast: Cast, visitors: list[Visitor], signed_in: SignIn, clock: Clock
) -> None:
    lea = signed_in(cast.lea)
    away, back = (reverse(f"{verb}_visitor", args=[visitors[0].key]) for verb in ("delete", "restore"))
    for _ in range(2):
        page = lea.post(away, follow=True).content.decode()
        assert "The visit of Marisol is deleted" in page and f'action="{back}"' in page
    for _ in range(2):
        assert "The visit of Marisol is restored" in lea.post(back, follow=True).content.decode()
    lea.post(away)
    clock.move(31 * 24 * 3600)
    assert [lea.post(door).status_code for door in (away, back)] == [404, 404]


def test_deleted_visits_are_named_to_who_can_restore_them_while_they_can_be(
    cast: Cast, gallery: Gallery, visitors: list[Visitor], signed_in: SignIn, clock: Clock, queries_of: Callable
) -> None:
    lea, ben, door = signed_in(cast.lea), signed_in(cast.ben), reverse("feedback", args=[gallery.key])
    doors = [reverse("restore_visitor", args=[visitor.key]) for visitor in visitors]

    def are_offered() -> list[bool]:
        return [f'action="{each}"' in page_of(lea, gallery) for each in doors]

    assert are_offered() == [False, False]
    visitors[0].delete_by(cast.lea)
    assert are_offered() == [True, False] and "1 deleted visit" in page_of(lea, gallery)
    few = queries_of(lambda: page_of(lea, gallery))
    visitors[1].delete_by(cast.ana)
    page = page_of(lea, gallery)
    assert are_offered() == [True, True] and "2 deleted visits" in page and "Nobody has chosen anything yet" in page
    assert queries_of(lambda: page_of(lea, gallery)) <= few
    assert not any(each in page_of(ben, gallery) for each in doors) and "deleted visit" not in page_of(ben, gallery)
    assert door in lea.get(gallery.get_absolute_url()).content.decode(), "nothing else leads to them"
    assert door not in ben.get(gallery.get_absolute_url()).content.decode()
    assert lea.post(doors[0], {"here": f"{door}?show=chosen"})["Location"] == f"{door}?show=chosen"
    assert are_offered() == [False, True]
    clock.move(31 * 24 * 3600)
    assert are_offered() == [False, False]


def test_a_round_is_closed_where_its_choices_are_read(
    cast: Cast, gallery: Gallery, visitors: list[Visitor], signed_in: SignIn
) -> None:
    ShareLink.objects.update(choosing=True)
    doors = [reverse("close_round", args=[visitor.link.key]) for visitor in visitors]
    assert all(door in page_of(signed_in(cast.lea), gallery) for door in doors)
    assert not any(door in page_of(signed_in(cast.ben), gallery) for door in doors)
    here = f"{reverse('feedback', args=[gallery.key])}?show=chosen"
    answer = signed_in(cast.lea).post(doors[0], {"here": here})
    assert answer.status_code == 302 and answer["Location"] == here
    page = page_of(signed_in(cast.lea), gallery)
    assert doors[0] not in page and reverse("open_round", args=[visitors[0].link.key]) in page


def test_an_empty_page_says_what_to_do(cast: Cast, gallery: Gallery, signed_in: SignIn) -> None:
    client = signed_in(cast.ana)
    assert "Nobody has chosen anything yet" in page_of(client, gallery)
    assert reverse("feedback", args=[gallery.key]) not in client.get(gallery.get_absolute_url()).content.decode()
    assert len(client.get(reverse("feedback_csv", args=[gallery.key])).getvalue().splitlines()) == 1


def test_of_who_did_what_no_more_is_read_than_is_shown(
    cast: Cast, gallery: Gallery, visitors: list[Visitor], signed_in: SignIn, queries_of: Callable
) -> None:
    client = signed_in(cast.lea)
    all_of_it = queries_of(lambda: page_of(client, gallery))
    for show in ("chosen", "rejected", "differ", "remarked"):
        with CaptureQueriesContext(connection) as captured:
            page_of(client, gallery, f"?show={show}")
        asked = [each["sql"] for each in captured]
        assert len(asked) <= all_of_it and len(set(asked)) == len(asked), show
        for column in ("visitor.token_hash", "comment.visitor_name", "choice.chosen_at", "batch.prompt", "image.alt"):
            quoted = '"generations_{}"."{}"'.format(*column.split("."))
            assert not any(quoted in sql for sql in asked), column


def test_more_visitors_cost_no_more_queries(
    cast: Cast,
    gallery: Gallery,
    images: list[Image],
    visitors: list[Visitor],
    signed_in: SignIn,
    queries_of: Callable,
) -> None:
    client = signed_in(cast.ana)
    pages = [lambda: page_of(client, gallery), lambda: client.get(f"{gallery.get_absolute_url()}?chosen=any")]
    [page() for page in pages]
    few = [queries_of(page) for page in pages]
    for _ in range(5):
        visitor = Visitor.come(visitors[0].link, "One more")[0]
        for image in images:
            visitor.choose(image, HEART, Image.objects.all())
            visitor.remark(image, "And this")
    assert [queries_of(page) for page in pages] == few
