"""What is said about a picture: written once, edited, resolved, deleted and had back; whom it mentions."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from generations.models import Comment, Image, Notification, Person, ShareLink, Visitor
from generations.models.comment import MAX_COMMENT
from generations.models.key import new_key, now
from generations.models.mention import mentions_in
from generations.models.region import Region
from generations.text import BadText
from tests.support.cast import Cast, make_cast, make_done, make_gallery
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def image(cast: Cast) -> Image:
    return make_done(cast.ana).images.get()


def said(image: Image, author: Person, text: str = "Too dark.", **fields: object) -> Comment:
    return Comment.write(image, author, text, **fields)[0]


def test_a_comment_keeps_its_words_its_place_and_where_it_was_written(cast: Cast, image: Image) -> None:
    gallery = make_gallery(cast.ana, images=[image])
    comment = said(image, cast.ben, "  One.\r\nTwo.  ", region=Region(170, 240, 100, 60), gallery=gallery)
    comment.refresh_from_db()
    assert (comment.text, comment.by, comment.gallery) == ("One.\nTwo.", "Ben", gallery)
    assert comment.region == Region(170, 240, 100, 60) and comment.region.is_box
    assert comment.created_at is not None and not comment.edited_at and not comment.is_resolved
    assert said(image, cast.ben).region is None


def test_an_answer_joins_the_thread_and_has_no_place_of_its_own(cast: Cast, image: Image) -> None:
    first = said(image, cast.ana, region=Region(1, 1))
    answer = said(image, cast.ben, parent=first, region=Region(2, 2))
    further = said(image, cast.ana, parent=answer)
    assert {answer.parent, further.parent} == {first} and answer.region is None
    assert list(Comment.objects.threads()) == [first]
    with pytest.raises(ValueError, match="belongs to the picture"):
        said(make_done(cast.ana).images.get(), cast.ana, parent=first)


def test_a_form_that_is_sent_twice_writes_one_comment(cast: Cast, image: Image) -> None:
    key = new_key()
    first, again = said(image, cast.ana, key=key), said(image, cast.ana, key=key)
    assert first == again and first.key == key
    assert said(image, cast.ben, key=key) != first and said(image, cast.ana, key="UPPER CASE!!").key != "UPPER CASE!!"
    assert Comment.objects.count() == 3


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_a_form_that_is_sent_twice_at_once_writes_one_comment(cast: Cast, image: Image) -> None:
    key = new_key()
    at_once(*[lambda: said(image, cast.ben, "@lea, look.", key=key, among=Person.objects.all())] * 4)
    assert [list(comment.mentions.all()) for comment in Comment.objects.all()] == [[cast.lea]]
    told = Notification.objects.order_by("kind").values_list("kind", "person__username")
    assert list(told) == [("commented", "ana"), ("mentioned", "lea")]


def test_a_key_counts_for_one_person_or_visitor_alone(cast: Cast, image: Image) -> None:
    key = new_key()
    link = ShareLink.make(make_gallery(cast.ana, images=[image]), cast.ana, commenting=True)
    visitors = [Visitor.come(link, name)[0] for name in ("Marisol", "Ben")]
    own = [visitor.remark(image, f"By {visitor}", key=key) for visitor in visitors]
    own += [said(image, person, f"By {person}", key=key) for person in (cast.ana, cast.ben)]
    assert len({comment.pk for comment in own}) == 4
    assert [comment.text for comment in own] == ["By Marisol", "By Ben", "By Ana", "By Ben"]
    assert visitors[0].remark(image, f"By {visitors[0]}", key=key) == own[0]
    assert visitors[0].remark(image, "Other words", key=key).text == "Other words"
    assert said(image, cast.ana, "Other words", key=own[2].key).text == "Other words"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Write a comment first."),
        (" \u200b\n", "Write a comment first."),
        ("x" * (MAX_COMMENT + 1), "at most"),
        ("x" * 1_000_000, "at most"),
        ("a\0b", "NUL"),
        ("a\ud800", "half a character"),
        ("a" + "\u0301" * 31, "accents"),
    ],
    ids=["empty", "invisible", "long", "a megabyte", "nul", "surrogate", "marks"],
)
def test_a_bad_text_is_refused_and_changes_nothing(cast: Cast, image: Image, text: str, sentence: str) -> None:
    comment = said(image, cast.ana)
    for attempt in (lambda: said(image, cast.ana, text), lambda: comment.edit(text)):
        with pytest.raises(BadText) as refused:
            attempt()
        assert sentence in str(refused.value.sentence)
    assert [each.text for each in Comment.objects.all()] == ["Too dark."]


def test_a_text_is_measured_as_it_is_kept(cast: Cast, image: Image) -> None:
    assert len(said(image, cast.ana, "e\u0301" * MAX_COMMENT).text) == MAX_COMMENT


def test_editing_says_when_and_tells_only_whom_it_did_not_mention_before(cast: Cast, image: Image) -> None:
    everybody = Person.objects.all()
    comment, told = Comment.write(image, cast.ana, "@ben and @ana", among=everybody)
    assert told == [cast.ben] and set(comment.mentions.all()) == {cast.ana, cast.ben}
    assert comment.edit("@ben and @ana", among=everybody) == [] and comment.edited_at is None
    assert comment.edit("@lea and @ben", among=everybody) == [cast.lea] and comment.edited_at is not None
    assert set(comment.mentions.all()) == {cast.ben, cast.lea}
    comment.delete_by(cast.ana)
    assert comment.edit("@sam", among=everybody) == []


def test_who_is_not_among_those_who_can_be_mentioned_stays_plain_text(cast: Cast, image: Image) -> None:
    comment, told = Comment.write(image, cast.ana, "@cy @ben", among=Person.objects.exclude(pk=cast.cy.pk))
    assert told == [cast.ben] and list(comment.mentions.all()) == [cast.ben]
    assert Comment.write(image, cast.ana, "@ben")[1] == []


def test_a_thread_is_resolved_once_and_opened_again(cast: Cast, image: Image) -> None:
    comment = said(image, cast.ana)
    answer = said(image, cast.ben, parent=comment)
    assert comment.resolve(cast.ben) and not comment.resolve(cast.lea) and not answer.resolve(cast.ben)
    comment.refresh_from_db()
    assert comment.is_resolved and comment.resolved_by == cast.ben
    assert not Comment.objects.open().exists()
    assert comment.reopen() and not comment.reopen()
    assert Comment.objects.open().count() == 2


def test_a_deleted_comment_comes_back_until_it_is_purged(cast: Cast, image: Image) -> None:
    alone, asked = said(image, cast.ana), said(image, cast.ana)
    answer = said(image, cast.ben, parent=asked)
    for comment in (alone, asked):
        assert comment.delete_by(cast.ana) and not comment.delete_by(cast.ben)
    assert alone.restore() and not alone.restore() and alone.delete_by(cast.ana)
    assert Comment.objects.purge() == 0
    Comment.objects.filter(deleted_at__isnull=False).update(deleted_at=now(days=-31))
    assert Comment.objects.purge() == 2 and Comment.objects.purge() == 0
    assert [(each, each.text) for each in Comment.objects.all()] == [(asked, ""), (answer, "Too dark.")]


def test_comments_live_as_long_as_their_picture(cast: Cast, image: Image) -> None:
    said(image, cast.ana, "@ben", among=Person.objects.all())
    here = Image.objects.filter(pk=image.pk)
    here.delete_by(cast.ana)
    assert Image.objects.purge() == 0 and image.comments.count() == 1
    here.restore()
    assert image.comments.count() == 1
    here.delete_by(cast.ana)
    here.update(deleted_at=now(days=-31))
    assert Image.objects.purge() == 1 and not Comment.objects.exists()


def test_a_gallery_that_goes_leaves_its_comments(cast: Cast, image: Image) -> None:
    gallery = make_gallery(cast.ana, images=[image])
    comment = said(image, cast.ana, gallery=gallery)
    gallery.delete()
    comment.refresh_from_db()
    assert comment.gallery is None


@pytest.mark.parametrize("place", [{"x": 5}, {"width": 5}, {"x": 1001, "y": 0}])
def test_half_a_place_is_none(cast: Cast, image: Image, place: dict[str, int]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Comment.objects.create(image=image, author=cast.ana, text="x", **place)


# ── places ──


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("", None),
        (" 170, 240 ", Region(170, 240)),
        ("170,240,100,60", Region(170, 240, 100, 60)),
        ("170,240,0,0", Region(170, 240)),
        ("170,240,100,0", Region(170, 240)),
        ("-5,2000", Region(0, 1000)),
        ("900,900,500,500", Region(900, 900, 100, 100)),
        ("10,10,-5,-5", Region(10, 10)),
    ],
)
def test_a_place_is_read_as_far_as_it_lies_on_the_picture(text: str, region: Region | None) -> None:
    assert Region.parse(text) == region
    assert region is None or Region.parse(str(region)) == region


@pytest.mark.parametrize("text", ["a,b", "1", "1,2,3", "1,2,3,4,5", "1.5,2", "٣,٤", "9" * 5000 + ",1", "nan,nan", "1,"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Region.parse(text)


# ── mentions ──


def people() -> list[Person]:
    names = [("mei", "Mei", "Lin"), ("mei.b", "Mei", "Berg"), ("jonas", "Jonas", "Weber"), ("jw", "Jonas", "W")]
    made = [
        Person(pk=n, username=user, first_name=first, last_name=last) for n, (user, first, last) in enumerate(names)
    ]
    return [*made, Person(pk=9, username="chen", first_name="思远"), Person(pk=10, username="zoe", first_name="Zoë")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@mei, look", ["@mei"]),
        ("@MEI look", ["@MEI"]),
        ("@mei.b look", ["@mei.b"]),
        ("@Mei Lin look", ["@Mei Lin"]),
        ("@Mei Berg", ["@Mei Berg"]),
        ("@Jonas", ["@Jonas"]),
        ("@Jonas W.", ["@Jonas W"]),
        ("@jonas_x @jonasx", []),
        ("mail a@jonas", []),
        ("(@jw)@zoë", ["@jw", "@zoë"]),
        ("@思远这里太亮", ["@思远"]),
        ("@nobody @", []),
        ("@@jw", ["@jw"]),
    ],
)
def test_names_are_found_by_user_name_full_name_and_first_name(text: str, found: list[str]) -> None:
    assert [text[each.start : each.end] for each in mentions_in(text, people())] == found


def test_a_name_that_two_have_is_nobodys() -> None:
    two = [Person(pk=1, username="a", first_name="Kim"), Person(pk=2, username="b", first_name="Kim")]
    assert mentions_in("@Kim", two) == []
    assert [each.person.pk for each in mentions_in("@a @b @a", two)] == [1, 2, 1]


def test_of_very_many_mentions_the_first_twenty_people_count() -> None:
    crowd = [Person(pk=n, username=f"p{n}") for n in range(60)]
    text = " ".join(f"@p{n}" for n in range(60))
    assert len(mentions_in(text, crowd)) == 20
