"""Who is told of what: one row for what happens in one go, none for who did it, for who left, or for who wants none."""

from __future__ import annotations

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generations.models import Notification, Person
from generations.models.notification import DAYS_KEPT
from generations.models.notification_kind import CHANNELS, KINDS, TOPICS
from generations.translatable import Message
from generations.translation import translated
from tests.support.cast import Cast, make_cast, make_done, make_gallery
from tests.support.clock import Clock

pytestmark = pytest.mark.django_db
tell = Notification.tell


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def with_mail(settings: LazySettings) -> None:
    settings.EMAIL_URL = "smtp://mail.example"


def of(person: Person) -> list[tuple[str, int]]:
    return list(person.notifications.newest_first().values_list("kind", "count"))


def test_every_kind_has_a_topic_and_every_topic_known_channels() -> None:
    assert {kind.topic for kind in KINDS.values()} == TOPICS.keys()
    assert all(set(topic.channels) <= set(CHANNELS) for topic in TOPICS.values())
    assert all(kind.many is None or "%(number)s" in kind.many.many for kind in KINDS.values())
    assert all(len(kind.key) <= 20 for kind in KINDS.values())


def test_everybody_is_told_but_who_did_it_who_left_and_who_wants_no_word(cast: Cast) -> None:
    image = make_done(cast.ana).images.get()
    Person.objects.filter(pk=cast.cy.pk).update(is_active=False)
    Person.objects.filter(pk=cast.lea.pk).update(channels={"mentions": ""})
    people = [cast.ana, cast.ben, cast.cy, cast.lea, cast.sam.pk]
    assert tell(people, "mentioned", actor=cast.ben, image=image, anchor="c-4", detail="@all look") == 2
    told = Notification.objects.order_by("person")
    assert [(row.person, row.anchor, row.shown_detail) for row in told] == [
        (cast.ana, "c-4", "@all look"),
        (cast.sam, "c-4", "@all look"),
    ]


def test_what_staff_hear_of_nobody_else_does(cast: Cast) -> None:
    assert tell(Person.objects.all(), "provider_paused", provider=cast.model.provider) == 1
    assert of(cast.sam) == [("provider_paused", 1)]


def test_forty_verdicts_in_one_go_are_one_notification(cast: Cast, clock: Clock) -> None:
    images = [make_done(cast.ana).images.get() for _ in range(3)]
    tell([cast.ana], "approved", actor=cast.lea, image=images[0], detail="The one for the cover.")
    tell([cast.ana], "approved", actor=cast.lea, image=images[0])
    assert of(cast.ana) == [("approved", 1)]
    tell([cast.ana], "approved", actor=cast.lea, images=images[1:])
    tell([cast.ana], "approved", actor=cast.ben, image=images[1])
    tell([cast.ana], "rejected", actor=cast.lea, image=images[2])
    assert sorted(of(cast.ana)) == [("approved", 1), ("approved", 3), ("rejected", 1)]
    row = cast.ana.notifications.get(count=3)
    assert (row.image, row.about, row.detail) == (images[2], [it.pk for it in images], "")
    clock.move(16 * 60)
    tell([cast.ana], "approved", actor=cast.lea, image=images[0])
    assert sorted(of(cast.ana)) == [("approved", 1), ("approved", 1), ("approved", 3), ("rejected", 1)]


def test_what_was_read_is_told_anew(cast: Cast) -> None:
    one, two = (make_done(cast.ana).images.get() for _ in range(2))
    tell([cast.ana], "approved", actor=cast.lea, image=one)
    assert (cast.ana.notifications.mark_seen(), cast.ana.notifications.mark_read()) == (1, 1)
    tell([cast.ana], "approved", actor=cast.lea, image=two)
    assert of(cast.ana) == [("approved", 1), ("approved", 1)]


def test_a_bundle_that_was_seen_is_unseen_when_it_grows(cast: Cast) -> None:
    one, two = (make_done(cast.ana).images.get() for _ in range(2))
    tell([cast.ana], "approved", actor=cast.lea, image=one)
    cast.ana.notifications.mark_seen()
    tell([cast.ana], "approved", actor=cast.lea, image=two)
    assert (of(cast.ana), cast.ana.notifications.unseen().count()) == ([("approved", 2)], 1)


def test_times_are_counted_at_one_place_and_what_is_never_counted_is_renewed(cast: Cast) -> None:
    one, two = (make_done(cast.ana).images.get() for _ in range(2))
    for image in (one, one, two):
        tell([cast.ana], "mentioned", actor=cast.ben, image=image, detail=f"@ana {image.pk}")
    assert of(cast.ana) == [("mentioned", 1), ("mentioned", 2)]
    gallery = make_gallery(cast.ben)
    for _ in range(2):
        tell([cast.lea], "invited", actor=cast.ben, gallery=gallery)
    assert of(cast.lea) == [("invited", 1)]


def test_clients_are_told_apart_by_their_names(cast: Cast) -> None:
    gallery = make_gallery(cast.ana)
    for name in ("Marisol", "Marisol", "Tom\r\nBcc: everybody@design.example", "x" * 500):
        tell([cast.ana], "client_remarked", actor_name=name, gallery=gallery)
    names = cast.ana.notifications.order_by("pk").values_list("actor_name", "count")
    assert list(names) == [("Marisol", 2), ("Tom Bcc: everybody@design.example", 1), ("x" * 80, 1)]


def test_what_was_undone_is_not_told(cast: Cast) -> None:
    images = [make_done(cast.ana).images.get() for _ in range(2)]
    tell([cast.ana], "approved", actor=cast.lea, images=images)
    Notification.take_back("approved", cast.lea, images[1:])
    row = cast.ana.notifications.get()
    assert (row.count, row.image) == (1, images[0])
    Notification.take_back("approved", cast.lea, images[1:])
    Notification.take_back("approved", cast.ben, images)
    assert of(cast.ana) == [("approved", 1)]
    Notification.take_back("approved", cast.lea, images)
    assert of(cast.ana) == []


def test_a_message_is_kept_as_one(cast: Cast) -> None:
    tell([cast.ana], "failed", batch=make_done(cast.ana), detail=Message("Wait %(n)s s.", n=4000))
    assert cast.ana.notifications.get().shown_detail == translated(Message("Wait %(n)s s.", n=4000)) == "Wait 4,000 s."


def test_mail_only_waits_where_mail_is_set_up_and_not_for_what_was_read(
    cast: Cast, settings: LazySettings, clock: Clock
) -> None:
    def told() -> Notification:
        tell([cast.ana], "mentioned", actor=cast.ben, image=image)
        return cast.ana.notifications.latest("pk")

    image = make_done(cast.ana).images.get()
    settings.EMAIL_URL = ""
    assert told().mail_at is None
    cast.ana.notifications.all().delete()
    settings.EMAIL_URL = "smtp://mail.example"
    assert told().mail_at is not None
    cast.ana.notifications.mark_read()
    assert cast.ana.notifications.get().mail_at is None


@pytest.mark.usefixtures("with_mail")
def test_channels_are_obeyed(cast: Cast) -> None:
    Person.objects.filter(pk=cast.ana.pk).update(channels={"invitations": "m"})
    Person.objects.filter(pk=cast.ben.pk).update(channels={"invitations": "d"})
    Person.objects.filter(pk=cast.cy.pk).update(channels={"invitations": "amd"}, email="")
    tell([cast.ana, cast.ben, cast.cy], "invited", actor=cast.lea, gallery=make_gallery(cast.lea))
    rows = Notification.objects.order_by("person")
    assert [(row.is_in_inbox, row.mail_at is not None, row.is_for_digest) for row in rows] == [
        (False, True, False),
        (False, False, True),
        (True, False, False),
    ]


def test_many_are_told_by_as_few_queries_as_one(cast: Cast) -> None:
    people = [Person.objects.create(username=f"p{n}", email=f"p{n}@design.example") for n in range(40)]
    gallery, needed = make_gallery(cast.ana), []
    for some in (people[:1], people[:1], people[1:], people[1:]):  # each at first anew, then once more
        with CaptureQueriesContext(connection) as queries:
            assert tell(some, "client_remarked", actor_name="Marisol", gallery=gallery) == len(some)
        needed.append(len([query for query in queries if "SAVEPOINT" not in query["sql"]]))
    assert needed == [3, 3, 3, 3]


def test_old_ones_go_once_they_were_read(cast: Cast, clock: Clock) -> None:
    for image in (make_done(cast.ana).images.get(), make_done(cast.ana).images.get()):
        tell([cast.ana], "mentioned", actor=cast.ben, image=image)
    cast.ana.notifications.filter(pk=cast.ana.notifications.first().pk).mark_read()
    clock.move(DAYS_KEPT * 24 * 3600 - 60)
    assert Notification.objects.purge() == 0
    clock.move(120)
    assert Notification.objects.purge() == 1
