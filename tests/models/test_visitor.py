"""What a visitor of a share link does: choose within the limit, comment, send, and choose anew when the team agrees."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps

from generations import rights
from generations.models import Choice, Comment, Gallery, Hold, Image, Notification, ShareLink, Visitor
from generations.models.image import ImageQuerySet
from generations.models.region import Region
from generations.models.visitor import MAX_A_DAY, MAX_REMARKS, LinkEnded, NotTaken
from generations.text import BadText
from generations.viewer import LinkAccess, Viewer
from tests.support.cast import Cast, make_cast, make_done, make_gallery
from tests.support.clock import Clock
from tests.support.threads import at_once

HEART, REJECT = Choice.Kind.HEART, Choice.Kind.REJECT


@pytest.fixture
def gallery(cast: Cast) -> Gallery:
    return make_gallery(cast.ana, images=[make_done(cast.ana).images.get() for _ in range(4)])


@pytest.fixture
def link(cast: Cast, gallery: Gallery) -> ShareLink:
    return ShareLink.make(gallery, cast.ana, choosing=True, commenting=True, choose_limit=2)


@pytest.fixture
def visitor(link: ShareLink) -> Visitor:
    return Visitor.come(link, "Marisol Vega")[0]


def shown_by(link: ShareLink) -> ImageQuerySet:
    viewer = Viewer(link=LinkAccess.of(link))
    return link.gallery.in_order(rights.see_shared.of(viewer, Image.objects.all()))


def marks(visitor: Visitor) -> dict[int, str]:
    return dict(visitor.choices.values_list("image", "kind"))


def test_a_mark_is_set_changed_and_taken_away_each_once(visitor: Visitor, link: ShareLink) -> None:
    one, shown = shown_by(link)[0], shown_by(link)
    assert [visitor.choose(one, HEART, shown), visitor.choose(one, HEART, shown)] == [True, False]
    assert marks(visitor) == {one.pk: HEART}
    assert visitor.choose(one, REJECT, shown) and marks(visitor) == {one.pk: REJECT}
    assert [visitor.unchoose(one), visitor.unchoose(one)] == [True, False] and not marks(visitor)


def test_the_limit_counts_hearts_on_what_is_shown(visitor: Visitor, link: ShareLink) -> None:
    one, two, three, four = shown_by(link)
    for image in (one, two):
        visitor.choose(image, HEART, shown_by(link))
    with pytest.raises(NotTaken, match="You can choose 2 pictures"):
        visitor.choose(three, HEART, shown_by(link))
    assert visitor.choose(three, REJECT, shown_by(link)) and not visitor.choose(one, HEART, shown_by(link))
    link.gallery.remove(Image.objects.filter(pk=two.pk))
    assert visitor.choose(four, HEART, shown_by(link))
    other = Visitor.come(link, "Ben Aldea")[0]
    assert other.choose(one, HEART, shown_by(link)) and len(marks(other)) == 1


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_two_tabs_choose_no_more_than_the_limit() -> None:
    cast = make_cast()
    images = [make_done(cast.ana).images.get() for _ in range(6)]
    link = ShareLink.make(make_gallery(cast.ana, images=images), cast.ana, choosing=True, choose_limit=2)
    visitor = Visitor.come(link, "Marisol")[0]
    tries = [lambda image=image: visitor.choose(image, HEART, shown_by(link)) for image in images]
    results = at_once(*tries)
    assert results.count(True) == 2 and sum(isinstance(each, NotTaken) for each in results) == 4
    assert visitor.choices.count() == 2


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_nothing_of_a_visitor_who_is_deleted_meanwhile_stays() -> None:
    cast = make_cast()
    images = [make_done(cast.ana).images.get() for _ in range(3)]
    link = ShareLink.make(make_gallery(cast.ana, images=images), cast.ana, commenting=True)
    visitor = Visitor.come(link, "Marisol")[0]
    remarks = [lambda image=image: visitor.remark(image, "Darker") for image in images]
    results = at_once(*remarks, lambda: visitor.delete_by(cast.ana))
    assert results[-1] is True and all(isinstance(each, Comment | NotTaken) for each in results[:-1])
    assert not Comment.objects.kept().exists() and not Notification.objects.standing().exists()


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_a_remark_that_is_sent_twice_at_once_is_one_and_told_once() -> None:
    cast = make_cast()
    image = make_done(cast.ana).images.get()
    link = ShareLink.make(make_gallery(cast.ana, images=[image]), cast.ana, commenting=True)
    visitor = Visitor.come(link, "Marisol")[0]
    sent = at_once(*[lambda: visitor.remark(image, "Darker", key="abcdefgh2345")] * 4, visitor.finish)
    remarks = [each for each in sent[:4] if isinstance(each, Comment)]
    assert {*remarks} == {*Comment.objects.all()} and Comment.objects.count() <= 1
    assert all(isinstance(each, Comment | NotTaken) for each in sent[:4]) and sent[4] is True
    kinds = list(Notification.objects.order_by("kind").values_list("kind", flat=True))
    assert kinds == ["client_chose", *["client_remarked"] * Comment.objects.count()]


@pytest.mark.parametrize("ended", ["end", "close_round", "delete gallery", "expire"])
def test_a_link_that_ends_meanwhile_takes_nothing(cast: Cast, visitor: Visitor, link: ShareLink, ended: str) -> None:
    """As it was read with the request it is still open."""
    image, shown = shown_by(link)[0], shown_by(link)
    visitor.choose(image, HEART, shown)
    match ended:
        case "delete gallery":
            Gallery.objects.get(pk=link.gallery_id).delete_by(cast.ana)
        case "expire":
            ShareLink.objects.update(expires_at="2026-01-02T12:00Z")
        case verb:
            getattr(ShareLink.objects.get(pk=link.pk), verb)()
    deeds = (
        lambda: visitor.choose(image, REJECT, shown),
        lambda: visitor.unchoose(image),
        lambda: visitor.remark(image, "Darker"),
        lambda: visitor.finish("Thank you"),
        lambda: Visitor.come(link, "Ben"),
    )
    for deed in deeds:
        with pytest.raises(LinkEnded):
            deed()
    assert marks(visitor) == {image.pk: HEART} and Visitor.objects.get().finished_at is None
    assert not Comment.objects.exists() and not Notification.objects.exists()


def test_a_link_takes_so_many_visitors_a_day(link: ShareLink, clock: Clock) -> None:
    Visitor.objects.bulk_create(Visitor(link=link, name="x", token_hash=str(n)) for n in range(MAX_A_DAY - 1))
    Visitor.come(link, "The last")
    with pytest.raises(NotTaken, match="Too many people"):
        Visitor.come(link, "One more")
    clock.move(24 * 3600 + 1)
    assert Visitor.come(link, "The next day")


@pytest.mark.parametrize("name", ["", "  ", "\u200b\u2060", "x" * 81, "a\0b", "a" + "\u0301" * 40, "\ud800"])
def test_a_name_can_be_read(link: ShareLink, name: str) -> None:
    with pytest.raises(BadText):
        Visitor.come(link, name)
    assert not Visitor.objects.exists()


@pytest.mark.parametrize("name", ["  Marisol \n Vega ", "مريم", "🦊", "<b>Eve</b>", "=1+1"])
def test_any_name_that_can_be_read_is_taken_in_one_line(link: ShareLink, name: str) -> None:
    assert Visitor.come(link, name)[0].name == " ".join(name.split())


def test_the_browsers_token_finds_its_visitor_and_stands_in_no_row(link: ShareLink) -> None:
    visitor, token = Visitor.come(link, "Marisol")
    assert Visitor.objects.with_token(token).get() == visitor
    assert not Visitor.objects.with_token("x" * 5000).exists()
    assert token not in str(Visitor.objects.values().get())


def test_a_remark_is_a_comment_by_the_visitor(visitor: Visitor, link: ShareLink) -> None:
    image, place = shown_by(link)[0], Region(460, 420)
    remark = visitor.remark(image, " Darker green ", place, "abcdefgh2345")
    assert (remark.text, remark.region, remark.by, remark.author) == ("Darker green", place, "Marisol Vega", None)
    assert visitor.remark(image, "Darker green", place, "abcdefgh2345") == remark
    stored = Comment.objects.get()
    assert (stored.visitor, stored.link, stored.gallery) == (visitor, link, link.gallery)
    with pytest.raises(BadText):
        visitor.remark(image, "x" * 4001)


def test_a_visitor_writes_so_many_remarks(visitor: Visitor, link: ShareLink) -> None:
    image = shown_by(link)[0]
    Comment.objects.bulk_create(Comment(image=image, visitor=visitor, text="x") for _ in range(MAX_REMARKS))
    with pytest.raises(NotTaken, match="as many comments as one visitor can"):
        visitor.remark(image, "One more")


def test_a_round_that_was_sent_is_closed_until_the_team_opens_it(cast: Cast, visitor: Visitor, link: ShareLink) -> None:
    one, two, *_ = shown_by(link)
    visitor.choose(one, HEART, shown_by(link))
    assert [visitor.finish("Thank you\r\nall"), visitor.finish("Again")] == [True, False]
    visitor.refresh_from_db()
    assert visitor.is_finished and visitor.note == "Thank you\nall"
    for act in (
        lambda: visitor.choose(two, HEART, shown_by(link)),
        lambda: visitor.unchoose(one),
        lambda: visitor.remark(one, "Wait"),
    ):
        with pytest.raises(NotTaken, match="Your choice was sent"):
            act()
    assert marks(visitor) == {one.pk: HEART} and not Comment.objects.exists()
    assert [visitor.reopen(cast.lea), visitor.reopen(cast.lea)] == [True, False]
    assert visitor.choose(two, HEART, shown_by(link))
    visitor.refresh_from_db()
    assert visitor.reopened_by == cast.lea and not visitor.is_finished


def test_who_manages_the_gallery_is_told(cast: Cast, visitor: Visitor, link: ShareLink) -> None:
    link.gallery.set_member(cast.cy, "manage", cast.ana)
    link.gallery.set_member(cast.ben, "contribute", cast.ana)
    for text in ("Darker", "Lighter"):
        visitor.remark(shown_by(link)[0], text)
    visitor.finish("Thanks")
    told = Notification.objects.filter(kind__startswith="client").order_by("kind", "person__username")
    assert [(row.kind, row.person, row.actor_name, row.count) for row in told] == [
        ("client_chose", cast.ana, "Marisol Vega", 1),
        ("client_chose", cast.cy, "Marisol Vega", 1),
        ("client_remarked", cast.ana, "Marisol Vega", 2),
        ("client_remarked", cast.cy, "Marisol Vega", 2),
    ]


def test_who_lost_the_gallery_hears_nothing_of_its_clients(cast: Cast, gallery: Gallery) -> None:
    gallery.set_member(cast.cy, "manage", cast.ana)
    visitor = Visitor.come(ShareLink.make(gallery, cast.cy, commenting=True), "Marisol")[0]

    def told() -> set[str]:
        Notification.objects.all().delete()
        visitor.remark(shown_by(visitor.link)[0], "Darker")
        return set(Notification.objects.values_list("person__username", flat=True))

    assert told() == {"ana", "cy"}
    gallery.set_member(cast.cy, "view", cast.ana)
    assert told() == {"ana", "cy"}, "it is still theirs to see"
    gallery.members.all().delete()
    assert told() == {"ana"}


def test_no_more_hearts_than_the_limit_are_sent(visitor: Visitor, link: ShareLink) -> None:
    one, two, three, _four = shown_by(link)
    hidden = Image.objects.filter(pk=one.pk)
    for image in (one, two):
        visitor.choose(image, HEART, shown_by(link))
    link.gallery.remove(hidden)
    visitor.choose(three, HEART, shown_by(link))
    link.gallery.add(hidden, link.person)
    with pytest.raises(NotTaken, match="You can choose 2 pictures"):
        visitor.finish("", shown_by(link))
    visitor.unchoose(two)
    assert visitor.finish("", shown_by(link)) and not visitor.finish("", shown_by(link))


def test_nothing_is_left_of_a_deed_that_failed(visitor: Visitor) -> None:
    with pytest.raises(BadText):
        visitor.finish("x" * 1001)
    visitor.refresh_from_db()
    assert not visitor.is_finished and not Notification.objects.exists()


def test_who_was_deleted_writes_no_more_and_comes_anew(cast: Cast, link: ShareLink) -> None:
    visitor, token = Visitor.come(link, "Marisol", "abcdefgh2345")
    assert visitor.delete_by(cast.ana) and not visitor.delete_by(cast.ana)
    one = shown_by(link)[0]
    for act in (lambda: visitor.choose(one, HEART, shown_by(link)), lambda: visitor.remark(one, "Hi"), visitor.finish):
        with pytest.raises(NotTaken, match="begin anew"):
            act()
    anew, another = Visitor.come(link, "Marisol", "abcdefgh2345")
    assert anew != visitor and another != token
    assert visitor.restore() and not visitor.restore()


def test_who_was_deleted_long_ago_leaves_neither_words_nor_name(
    cast: Cast, visitor: Visitor, link: ShareLink, clock: Clock
) -> None:
    one, two = shown_by(link)[:2]
    visitor.choose(one, HEART, shown_by(link))
    answered = visitor.remark(one, "Darker")
    held = Visitor.come(link, "Ben")[0]
    held.remark(two, "Lighter")
    Comment.write(one, cast.ana, "Like this?", parent=answered)
    visitor.finish("Thank you")
    for each in (visitor, held):
        each.delete_by(cast.ana)
    hold = Hold(name="Aldea", reason="File 25/114", image=two)
    hold.place(cast.sam)
    assert Visitor.objects.purge() == 0
    clock.move(31 * 24 * 3600)
    Comment.objects.purge()
    assert Visitor.objects.purge() == 1 and list(Visitor.objects.all()) == [held]
    assert not Choice.objects.exists() and not Notification.objects.filter(actor_name=visitor.name).exists()
    assert Comment.objects.filter(pk=answered.pk, text="", visitor_name="", visitor=None).exists()


def test_a_hold_on_a_gallery_keeps_who_only_left_a_note(
    cast: Cast, visitor: Visitor, link: ShareLink, clock: Clock
) -> None:
    visitor.finish("Use none of them")
    visitor.delete_by(cast.ana)
    hold = Hold(name="Aldea", reason="File 25/114", gallery=link.gallery)
    hold.place(cast.sam)
    clock.move(31 * 24 * 3600)
    assert Visitor.objects.purge() == 0 and Visitor.objects.get().note == "Use none of them"
    hold.release(cast.sam)
    assert Visitor.objects.purge() == 1


def test_no_words_that_are_gone_come_back_with_a_visitor(
    cast: Cast, visitor: Visitor, link: ShareLink, clock: Clock
) -> None:
    one, two = shown_by(link)[:2]
    visitor.choose(two, HEART, shown_by(link))
    answered = visitor.remark(one, "Darker")
    Comment.write(one, cast.ana, "Like this?", parent=answered)
    visitor.delete_by(cast.ana)
    Hold(name="Aldea", reason="File 25/114", image=two).place(cast.sam)
    clock.move(31 * 24 * 3600)
    Comment.objects.purge()
    assert Visitor.objects.purge() == 0 and visitor.restore()
    assert not Comment.objects.kept().filter(text="").exists()


def test_the_release_gives_what_was_told_to_whoever_alone_has_the_name(cast: Cast, gallery: Gallery) -> None:
    links = [ShareLink.make(gallery, cast.ana, choosing=True) for _ in range(2)]
    elsewhere = ShareLink.make(make_gallery(cast.ana), cast.ana, choosing=True)
    for link, name in ((links[0], "Marisol"), (links[0], "Ben"), (links[1], "Ben"), (elsewhere, "Marisol")):
        Visitor.come(link, name)[0].finish()
    expected = {told.pk: told.visitor if told.actor_name == "Marisol" else None for told in Notification.objects.all()}
    Notification.objects.update(visitor=None)
    import_module("generations.migrations.0063_deleted_visitors").name_visitors(apps, None)
    assert {told.pk: told.visitor for told in Notification.objects.all()} == expected and len(expected) == 4
