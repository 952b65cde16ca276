"""Choosing and commenting by a share link: without an account, without a script, each visitor apart."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from generations.models import Choice, Comment, Gallery, Image, ShareLink, Visitor
from generations.presenters.shared_round import Round
from generations.queries.shared import numbers_shown, shared_images
from generations.viewer import LinkAccess, Viewer
from tests.support.cast import Cast, make_cast, make_done, make_gallery
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db
COOKIE = "imageweb_visitor"
SCRIPT = {"Imageweb-Part": "1"}


@pytest.fixture
def cast() -> Cast:
    cache.clear()
    return make_cast()


@pytest.fixture
def gallery(cast: Cast) -> Gallery:
    return make_gallery(cast.ana, images=[make_done(cast.ana, visibility="private").images.get() for _ in range(4)])


@pytest.fixture
def link(cast: Cast, gallery: Gallery) -> ShareLink:
    return ShareLink.make(gallery, cast.ana, choosing=True, commenting=True)


@pytest.fixture
def images(gallery: Gallery) -> list[Image]:
    return list(gallery.in_order(Image.objects.all()))


def door(link: ShareLink) -> str:
    return f"{link.get_absolute_url()}/choose"


def page_of(client: Client, link: ShareLink, image: Image | None = None) -> str:
    address = link.get_absolute_url() + (f"/{image.key}" if image else "")
    return client.get(address).content.decode()


def marks() -> list[tuple[str, str, str]]:
    return list(Choice.objects.order_by("pk").values_list("visitor__name", "image__key", "kind"))


def test_a_whole_round_without_script(client: Client, link: ShareLink, images: list[Image]) -> None:
    one, two, three, _four = images
    assert not client.get(link.get_absolute_url()).cookies
    answer = client.post(door(link), {"name": "Marisol Vega", "heart": one.key, "page": "1"})
    assert answer["Location"] == f"{link.get_absolute_url()}?page=1#i-{one.key}"
    said = answer.cookies[COOKIE]
    assert (said["path"], said["httponly"], said["samesite"]) == (link.get_absolute_url(), True, "Lax")
    assert answer["X-Robots-Tag"].startswith("noindex") and answer["Referrer-Policy"] == "no-referrer"
    said = {"image": two.key, "words": "Darker\r\ngreen", "where": "460,420", "heart": two.key}
    assert client.post(door(link), said)["Location"] == f"{link.get_absolute_url()}/{two.key}#thread"
    client.post(door(link), {"reject": three.key})
    assert marks() == [("Marisol Vega", i.key, k) for i, k in ((one, "heart"), (two, "heart"), (three, "reject"))]
    page = page_of(client, link)
    assert "2 chosen" in page and 'name="name"' not in page and "1 comment on picture 2" in page
    page = page_of(client, link, two)
    assert "Darker<br>green" in page and 'cx="46%" cy="42%"' in page
    assert client.post(door(link), {"finish": "1", "note": "Thank you"})["Location"].endswith("/sent")
    page = client.get(f"{link.get_absolute_url()}/sent").content.decode()
    assert "Thank you, Marisol Vega." in page and "2 chosen" in page and "Thank you</blockquote>" in page
    page = page_of(client, link)
    assert "You sent your choice on" in page and 'name="heart"' not in page and 'name="finish"' not in page
    answer = client.post(door(link), {"heart": three.key})
    assert answer.status_code == 409 and "Your choice was sent" in answer.content.decode()
    Visitor.objects.get().reopen(Visitor.objects.get().link.person)
    assert client.post(door(link), {"clear": three.key}).status_code == 302 and len(marks()) == 2


def test_pictures_are_shown_by_their_marks_under_their_own_numbers(
    client: Client, link: ShareLink, images: list[Image]
) -> None:
    assert 'class="tabs"' not in page_of(client, link)
    client.post(door(link), {"name": "Marisol", "heart": images[1].key})
    answer = client.post(door(link), {"reject": images[3].key, "show": "unmarked", "page": "1"})
    assert answer["Location"].startswith(f"{link.get_absolute_url()}?show=unmarked&page=1#")
    for show, numbers in {"chosen": [2], "rejected": [4], "unmarked": [1, 3], "x\0": [1, 2, 3, 4]}.items():
        page = client.get(link.get_absolute_url(), {"show": show}).content.decode()
        shown = [number for number, image in enumerate(images, 1) if f'id="i-{image.key}"' in page]
        assert shown == numbers and f'alt="Picture {numbers[-1]}"' in page
    client.post(door(link), {"clear": images[1].key})
    page = client.get(link.get_absolute_url(), {"show": "chosen"}).content.decode()
    assert "No picture is like this." in page


def test_looking_sets_no_cookie_and_makes_no_visitor(client: Client, link: ShareLink, images: list[Image]) -> None:
    pages = ("", f"/{images[0].key}", f"/{images[0].key}/320", "/sent", "/choose")
    answers = [client.get(link.get_absolute_url() + page) for page in pages]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 302, 405]
    assert not any(answer.cookies for answer in answers) and not Visitor.objects.exists()
    policy = answers[0]["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "img-src 'self' data:;" in policy and "blob:" not in policy
    assert "sandbox" in answers[2]["Content-Security-Policy"]


def test_visitors_of_one_link_stay_apart(link: ShareLink, images: list[Image]) -> None:
    marisol, ben = Client(), Client()
    marisol.post(door(link), {"name": "Marisol", "heart": images[0].key})
    ben.post(door(link), {"name": "Ben", "reject": images[0].key, "image": images[0].key, "words": "No"})
    assert [mark[::2] for mark in marks()] == [("Marisol", "heart"), ("Ben", "reject")]
    page = page_of(marisol, link, images[0])
    assert 'name="clear"' in page and "Ben" not in page and ">No<" not in page
    ShareLink.objects.update(shows_comments=True)
    assert ">No<" in page_of(marisol, link, images[0]) and ">No<" in page_of(Client(), link, images[0])
    stranger = Client()
    stranger.cookies[COOKIE] = "x" * 22
    assert 'name="clear"' not in page_of(stranger, link, images[0])


def test_a_visitor_of_another_link_is_nobody_here(cast: Cast, link: ShareLink, images: list[Image]) -> None:
    client, other = Client(), ShareLink.make(link.gallery, cast.ana, choosing=True)
    client.post(door(link), {"name": "Marisol", "heart": images[0].key})
    client.cookies[COOKIE]["path"] = "/"
    assert client.post(door(other), {"heart": images[1].key}).status_code == 422
    assert 'name="name"' in page_of(client, other) and len(marks()) == 1


def test_what_the_team_says_among_itself_is_no_clients(
    cast: Cast, client: Client, link: ShareLink, images: list[Image]
) -> None:
    link.shows_comments = True
    link.save()
    Comment.write(images[0], cast.ana, "Too dear for them")
    remark = Visitor.come(link, "Ben")[0].remark(images[0], "Lovely light")
    Comment.write(images[0], cast.lea, "It stays so", parent=remark)
    page = page_of(client, link, images[0])
    assert "Lovely light" in page and "It stays so" in page and "Too dear" not in page
    assert "Lea" not in page and "The team" in page
    ShareLink.objects.update(shows_names=True)
    assert "Lea" in page_of(client, link, images[0])
    assert "2 comments on picture 1" in page_of(client, link)


@pytest.mark.parametrize(
    ("fields", "sent", "status"),
    [
        ({"choosing": False}, {"heart": "shown"}, 404),
        ({"commenting": False}, {"words": "Hm", "image": "shown"}, 404),
        ({"choosing": False, "commenting": False}, {"finish": "1"}, 404),
        ({}, {"heart": "foreign"}, 409),
        ({}, {"words": "Hm", "image": "foreign"}, 409),
        ({}, {"heart": "nothing"}, 404),
        ({"approved_only": True}, {"heart": "shown"}, 409),
        ({}, {"heart": "shown", "name": ""}, 422),
        ({}, {"heart": "shown", "name": "\u200b"}, 422),
        ({}, {"heart": "shown", "name": "a\0b"}, 422),
        ({}, {"heart": "shown", "name": "x" * 100_000}, 422),
        ({}, {"words": "x" * 17_000, "image": "shown"}, 422),
        ({}, {"words": "a\0b", "image": "shown"}, 422),
        ({}, {"finish": "1", "note": "x" * 1001}, 422),
        ({}, {"words": "Here", "image": "shown", "where": "9" * 500}, 302),
        ({}, {"words": "مرحبا 🦊 <script>", "image": "shown", "where": "-5,99999"}, 302),
        ({}, {"heart": "shown", "image": "../../etc", "page": "9" * 50}, 302),
    ],
)
def test_what_is_taken_and_what_is_not(
    cast: Cast,
    client: Client,
    link: ShareLink,
    images: list[Image],
    fields: dict[str, bool],
    sent: dict[str, str],
    status: int,
) -> None:
    ShareLink.objects.update(**fields)
    keys = {"shown": images[0].key, "foreign": make_done(cast.ana).images.get().key, "nothing": "nothing"}
    said = {"name": "Marisol"} | {name: keys.get(value, value) for name, value in sent.items()}
    for headers in ({}, SCRIPT):
        answer = client.post(door(link), said, headers=headers)
        if status != 302:
            assert answer.status_code == status and not answer.cookies and not Visitor.objects.exists()
    if status == 302:
        assert b"<script>" not in client.get(f"{link.get_absolute_url()}/{images[0].key}").content
    if status == 422:
        assert b'role="alert"' in answer.content


def test_nothing_that_was_written_is_lost_with_what_was_not_taken(
    client: Client, link: ShareLink, images: list[Image]
) -> None:
    said = {"image": images[0].key, "words": "Kept <words>", "where": "100,200,300,400", "key": "abcdefgh2345"}
    page = client.post(door(link), said).content.decode()
    assert "Kept &lt;words&gt;</textarea>" in page and 'value="100,200,300,400" selected' in page
    assert 'value="abcdefgh2345"' in page and "Write your name" in page and not Comment.objects.exists()
    page = client.post(door(link), {"finish": "1", "note": "A note"}).content.decode()
    assert "A note</textarea>" in page
    for _ in range(2):
        client.post(door(link), said | {"name": "Marisol"})
    assert Comment.objects.count() == 1 == Visitor.objects.count()


def test_a_picture_that_is_taken_out_meanwhile_takes_nothing_along(
    client: Client, link: ShareLink, images: list[Image]
) -> None:
    one, two, *_ = images
    for image in (one, two):
        client.post(door(link), {"name": "Marisol", "heart": image.key})
    link.gallery.remove(Image.objects.filter(pk=one.pk))
    said = {f"words-{one.key}": "Darker <b>green", f"words-{two.key}": "Brighter", "note": "Thanks", "finish": "1"}
    answer = client.post(door(link), said)
    page = answer.content.decode()
    assert answer.status_code == 409 and "no longer shown: “Darker &lt;b&gt;green”" in page
    assert 'value="Brighter"' in page and "Thanks</textarea>" in page and not Comment.objects.exists()
    assert not Visitor.objects.get().is_finished
    said.pop(f"words-{one.key}")
    assert client.post(door(link), said)["Location"].endswith("/sent") and Comment.objects.get().text == "Brighter"
    Visitor.objects.update(finished_at=None)
    gone = {"image": one.key, "words": "Kept"}
    for sent, said_of in ((gone, "“Kept”"), (gone | {"heart": one.key}, "“Kept”"), ({"heart": one.key}, "no longer")):
        answer = client.post(door(link), sent)
        assert answer.status_code == 409 and said_of in answer.content.decode()
        assert client.post(door(link), sent, headers=SCRIPT).content.decode().strip().startswith('<div id="problem"')


def test_a_newcomers_form_that_is_sent_twice_is_one_visitor(link: ShareLink, images: list[Image]) -> None:
    newcomer = re.search(r'name="newcomer" value="(\w{12})"', page_of(Client(), link, images[0]))[1]
    said = {"name": "Marisol", "newcomer": newcomer, "image": images[0].key, "words": "Hm", "key": "abcdefgh2345"}
    first, second = Client(), Client()  # the second was on its way before the first brought the cookie
    for client in (first, second):
        assert client.post(door(link), said).status_code == 302
    assert Visitor.objects.count() == Comment.objects.count() == 1
    assert "You are" in page_of(first, link) and "You are" in page_of(second, link)
    other = ShareLink.make(link.gallery, link.person, choosing=True, commenting=True)
    for client, where, key in ((Client(), other, newcomer), (Client(), link, ""), (Client(), link, "abcdefgh6789")):
        client.post(door(where), said | {"newcomer": key})
    assert Visitor.objects.count() == 4


def test_comments_below_pictures_go_with_whatever_is_sent(client: Client, link: ShareLink, images: list[Image]) -> None:
    one, two, three, _four = images
    assert "words-" not in page_of(client, link)
    client.post(door(link), {"name": "Marisol", "heart": one.key})
    page = page_of(client, link)
    assert f'name="words-{one.key}"' in page and f'name="words-{two.key}"' not in page
    said = {f"words-{one.key}": "Darker", f"key-{one.key}": "abcdefgh2345", f"words-{two.key}": " ", "finish": "1"}
    for _ in range(2):
        assert client.post(door(link), said)["Location"].endswith("/sent")
    assert [(comment.image, comment.text) for comment in Comment.objects.all()] == [(one, "Darker")]
    assert f'name="words-{one.key}"' not in page_of(client, link)
    assert client.post(door(link), said | {f"key-{one.key}": "abcdefgh6789"}).status_code == 409
    Visitor.objects.update(finished_at=None)
    refused = {f"words-{one.key}": "x" * 17_000, f"words-{two.key}": "Kept <words>", "heart": two.key}
    client.post(door(link), {"reject": two.key})
    page = client.post(door(link), refused).content.decode()
    assert 'value="Kept &lt;words&gt;"' in page and Comment.objects.count() == 1
    for key in ("nothing", "a\0b", "", "x" * 5000):
        assert client.post(door(link), {f"words-{key}": "Hm"}).status_code in (400, 404)
    ShareLink.objects.update(commenting=False)
    assert "words-" not in page_of(client, link)
    assert client.post(door(link), {f"words-{three.key}": "Hm"}).status_code == 404
    many = {f"words-{n}": "Hm" for n in range(590)}
    assert client.post(door(link), many).status_code == 404


def test_the_limit_is_said_and_words_that_came_along_wait(cast: Cast, client: Client, images: list[Image]) -> None:
    gallery = Gallery.objects.get()
    link = ShareLink.make(gallery, cast.ana, choosing=True, commenting=True, choose_limit=1)
    client.post(door(link), {"name": "Marisol", "heart": images[0].key})
    said = {"heart": images[1].key, "image": images[1].key, "words": "This one too"}
    page = client.post(door(link), said)
    assert page.status_code == 409 and "You can choose 1 picture. Take a heart" in page.content.decode()
    assert "This one too</textarea>" in page.content.decode() and not Comment.objects.exists()
    pieces = client.post(door(link), {"heart": images[1].key}, headers=SCRIPT)
    assert pieces.status_code == 409 and pieces.content.decode().strip().startswith('<div id="problem"')
    assert "1 of 1 chosen" in page_of(client, link) and "choose up to 1" in page_of(client, link)


def test_a_script_gets_the_pieces_that_change(client: Client, link: ShareLink, images: list[Image]) -> None:
    one = images[0].key
    answer = client.post(door(link), {"name": "Marisol", "heart": one}, headers=SCRIPT)
    pieces = answer.content.decode()
    assert answer.cookies[COOKIE] and f'id="c-{one}"' in pieces and 'name="clear"' in pieces
    assert 'id="tray"' in pieces and "1 chosen" in pieces and 'id="marks"' in pieces and "<html" not in pieces
    pieces = client.post(door(link), {"clear": one, "image": one}, headers=SCRIPT).content.decode()
    assert 'name="heart"' in pieces and 'id="marks"' not in pieces and "0 chosen" in pieces


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 302),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 302),
        ({"Origin": "http://testserver"}, 302),
        ({"Origin": "null"}, 302),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://testserver.evil.example"}, 403),
    ],
)
def test_a_form_of_another_site_changes_nothing(
    link: ShareLink, images: list[Image], headers: dict[str, str], status: int
) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post(door(link), {"name": "Marisol", "heart": images[0].key}, headers=headers)
    assert answer.status_code == status and Choice.objects.exists() is (status == 302)


@pytest.mark.parametrize("why", ["password", "takes nothing", "takes no comments", "ended", "no picture"])
def test_what_is_taken_no_more_is_said_to_clients_with_their_words(
    cast: Cast, client: Client, link: ShareLink, images: list[Image], why: str
) -> None:
    sent = {"name": "Marisol", "words": "Lovely <b>light", "image": images[0].key, f"words-{images[1].key}": "Darker"}
    match why:
        case "password":
            link.set_password("open sesame")
        case "ended":
            link.end()
        case "no picture":
            sent |= {"heart": "nothing"}
        case _:
            ShareLink.objects.update(choosing=why == "takes no comments", commenting=False)
    answer = client.post(door(link), {**sent, "note": "Thank you"})
    page = answer.content.decode()
    assert (
        answer.status_code == 404
        and not Choice.objects.exists()
        and "default-src" in answer.headers["Content-Security-Policy"]
    )
    assert "Nothing was saved" in page and 'href="/"' not in page
    assert ("asks for its password" in page) is (why == "password")
    assert "Lovely &lt;b&gt;light" in page and "Darker" in page and "Thank you" in page
    assert f'href="{link.get_absolute_url()}"' in page
    foreign = client.post(door(link), sent, headers={"Sec-Fetch-Site": "cross-site"})
    assert b"Lovely" not in foreign.content, "no other site puts its words on a page of ours"


def test_before_the_password_nothing_is_taken(cast: Cast, client: Client, images: list[Image]) -> None:
    link = ShareLink.make(Gallery.objects.get(), cast.ana, choosing=True, password="open sesame")
    assert client.post(door(link), {"name": "Marisol", "heart": images[0].key}).status_code == 404
    client.post(link.get_absolute_url(), {"password": "open sesame"})
    assert client.post(door(link), {"name": "Marisol", "heart": images[0].key}).status_code == 302


@pytest.mark.exhaustive
def test_one_address_writes_so_often(client: Client, link: ShareLink, images: list[Image]) -> None:
    answers = [Client().post(door(link), {"name": "x", "heart": images[0].key}).status_code for _ in range(25)]
    assert answers == [302] * 20 + [429] * 5 and Visitor.objects.count() == 20
    assert "Try again in an hour" in Client().post(door(link), {"name": "x"}).content.decode()
    cache.clear()
    for name in ["", *"xyz"] * 6:
        status = Client().post(door(link), {"name": name, "heart": images[0].key}).status_code
        assert status == (302 if name else 422), "what was not taken does not count"
    cache.clear()
    client.post(door(link), {"name": "x", "heart": images[0].key})
    answers = [client.post(door(link), {"heart": images[0].key}).status_code for _ in range(125)]
    assert answers.count(429) == 6 and "too fast" in client.post(door(link), {}).content.decode()


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_newcomers_who_come_at_once_come_up_to_the_limit(settings: Settings) -> None:
    cache.clear()
    cast = make_cast()
    image = make_done(cast.ana).images.get()
    link = ShareLink.make(make_gallery(cast.ana, images=[image]), cast.ana, choosing=True)
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"share_newcomer": "3/h/ip"}
    come = {"name": "x", "heart": image.key}
    answers = at_once(*[lambda: Client().post(door(link), come).status_code for _ in range(8)])
    assert set(answers) == {302, 429} and answers.count(302) == Visitor.objects.count() <= 3


def test_what_is_under_way_when_the_link_ends_is_not_taken(
    client: Client, link: ShareLink, images: list[Image]
) -> None:
    """It ended after the link was looked up and before the first row is written."""
    ends = iter([link.end])

    def end_before(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith("SAVEPOINT") and (end := next(ends, None)):
            end()
        return execute(sql, *rest)

    with connection.execute_wrapper(end_before):
        answer = client.post(door(link), {"name": "Marisol", "heart": images[0].key, "words": "Darker"})
    assert answer.status_code == 404 and "Darker" in answer.content.decode()
    assert images[0].key not in answer.content.decode() and not Visitor.objects.exists()


@pytest.mark.parametrize("ended", ["revoked", "expired", "deleted gallery"])
def test_a_link_that_ended_takes_nothing_and_says_so(
    cast: Cast, client: Client, link: ShareLink, images: list[Image], ended: str
) -> None:
    client.post(door(link), {"name": "Marisol", "heart": images[0].key})
    match ended:
        case "revoked":
            link.end()
        case "expired":
            ShareLink.objects.update(expires_at="2026-01-02T12:00Z")
        case _:
            link.gallery.delete_by(cast.ana)
    assert client.post(door(link), {"heart": images[1].key}).status_code == 404
    assert client.get(f"{link.get_absolute_url()}/sent").status_code == 404
    answer = client.get(link.get_absolute_url())
    sentences = {"revoked": "This link no longer opens", "expired": "This link was open until Jan. 2, 2026"}
    assert answer.status_code == 404 and sentences.get(ended, "Nothing opens here") in answer.content.decode()


def test_of_a_picture_no_more_is_read_than_its_client_is_shown(
    client: Client, link: ShareLink, images: list[Image]
) -> None:
    client.post(door(link), {"name": "Marisol", "heart": images[0].key})
    client.post(door(link), {"reject": images[1].key})
    with CaptureQueriesContext(connection) as captured:
        page_of(client, link)
    asked = [each["sql"] for each in captured]
    for column in ("batch.words", "person.password", "image.source_url", "storedfile.sha256"):
        quoted = '"generations_{}"."{}"'.format(*column.split("."))
        assert not any("placeholder" in sql and quoted in sql for sql in asked), column
    assert len([sql for sql in asked if 'SELECT "generations_image"."id", "generations_image"."key"' in sql]) == 2


def test_more_marks_cost_no_more_queries(
    cast: Cast, client: Client, link: ShareLink, images: list[Image], queries_of: Callable
) -> None:
    client.post(door(link), {"name": "Marisol", "heart": images[0].key, "image": images[0].key, "words": "One"})
    page_of(client, link)  # counts the day's first visit
    few = [queries_of(lambda page=page: page_of(client, link, page)) for page in (None, images[0])]
    more = [make_done(cast.ana).images.get() for _ in range(5)]
    link.gallery.add(Image.objects.filter(pk__in=[image.pk for image in more]), cast.ana)
    for image in more:
        client.post(door(link), {"heart": image.key, "image": image.key, "words": "More"})
        client.post(door(link), {"image": images[0].key, "words": "More"})
    assert [queries_of(lambda page=page: page_of(client, link, page)) for page in (None, images[0])] == few


@pytest.mark.parametrize("order", Gallery.Order.values)
def test_marked_pictures_keep_their_numbers_among_those_that_are_shown(
    link: ShareLink, images: list[Image], order: str
) -> None:
    link.gallery.set_order(order)
    visitor = Visitor.come(link, "Marisol")[0]
    other = Visitor.come(link, "Ben")[0]
    for image, kind in zip(images[1:], ("heart", "reject", "heart"), strict=True):
        visitor.choose(image, kind, Image.objects.all())
        other.choose(images[0], kind, Image.objects.all())
    Image.objects.filter(pk=images[2].pk).delete_by(link.person)
    shown = shared_images(Viewer(link=LinkAccess.of(link)), link.gallery)
    numbers = {image.key: number for number, image in enumerate(shown, 1)}
    assert len(numbers) == 3
    hearts = {key: number for key, number in numbers.items() if key != images[0].key}
    viewer = Viewer(link=LinkAccess.of(link))
    assert numbers_shown(viewer, link.gallery) == [image.pk for image in shown]
    round = Round(viewer, link, "token", visitor)
    assert [(each.image.key, each.number, each.mark) for each in round.chosen] == [
        (key, number, "heart") for key, number in hearts.items()
    ]
    assert round.rejected == []
    assert round.counts == {"heart": 2, "": 1} and round.with_mark("") == [images[0].pk]
    for image in images:
        picture = round.picture_of(image.key)
        assert (picture.number if picture else 0) == numbers.get(image.key, 0)
