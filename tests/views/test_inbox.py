"""The inbox: what one was told, what is new, unread and gone, and what one wants to hear of."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.test import Client

from generations.models import Gallery, Image, Notification, Person, Verdict
from generations.models.review_policy import DEFAULT_REASONS
from generations.notification_text import readable
from generations.translatable import Message
from generations.viewer import Viewer
from tests.support.cast import Cast, make_cast, make_done, make_gallery
from tests.support.clock import Clock

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
NAME = "<b>Marisol</b>\u202e"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def everything(cast: Cast, image: Image, gallery: Gallery) -> None:
    """One of each kind for Sam, who is staff and so hears of all of them."""
    tell, sam, lea = Notification.tell, [cast.sam], cast.lea
    tell(sam, "mentioned", actor=lea, image=image, anchor="c-4", detail="@sam <i>look</i>")
    tell(sam, "answered", actor=lea, image=image)
    tell(sam, "commented", actor=lea, image=image)
    for kind in ("approved", "rejected", "taken_down"):
        tell(sam, kind, actor=lea, image=image)
    for kind in ("client_chose", "client_remarked"):
        tell(sam, kind, actor_name=NAME, gallery=gallery)
    for kind in ("finished", "failed"):
        tell(sam, kind, batch=image.batch, detail=Message("It took %(n)s s.", n=1200))
    tell(sam, "invited", actor=lea, gallery=gallery)
    for kind in ("provider_paused", "model_paused"):
        tell(sam, kind, provider=cast.model.provider)
    tell(sam, "record_broken")


def test_every_kind_is_a_sentence_that_leads_somewhere(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ana).images.get()
    gallery = make_gallery(cast.lea, "<i>Spring</i>")
    everything(cast, image, gallery)
    client = signed_in(cast.sam)
    page = client.get("/inbox").content.decode()
    batch = f"No. {image.batch.number}"
    for sentence in (
        "<b><bdi>Lea</bdi></b> mentioned you on <a href=",
        f">a picture of {batch}</a>",
        "&lt;b&gt;Marisol&lt;/b&gt;\u202e</bdi></b>, a client, sent a choice for <a href=",
        ">&lt;i&gt;Spring&lt;/i&gt;</a>",
        f">{batch}</a> failed. It took 1,200 s.",
        "@sam &lt;i&gt;look&lt;/i&gt;",
        "A model of <a href=",
    ):
        assert sentence in page, sentence
    assert "<i>" not in page.partition("<main")[2].replace('<i class="icon', "")
    targets = {row.kind: client.get(row.get_absolute_url())["Location"] for row in cast.sam.notifications.all()}
    assert targets["mentioned"] == f"{image.get_absolute_url()}#c-4"
    assert {targets[kind] for kind in ("approved", "taken_down")} == {image.get_absolute_url()}
    assert {targets[kind] for kind in ("invited", "client_chose")} == {gallery.get_absolute_url()}
    assert {targets[kind] for kind in ("finished", "failed")} == {image.batch.get_absolute_url()}
    assert targets["record_broken"] == "/record/check"
    assert targets["provider_paused"] == f"/providers/{cast.model.provider.key}"
    assert all(client.get(target.partition("#")[0]).status_code == 200 for target in targets.values())


def test_looking_takes_the_badge_away_and_opening_the_dot(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ana).images.get()
    Notification.tell([cast.ana], "mentioned", actor=cast.ben, image=image)
    client = signed_in(cast.ana)
    assert 'class="count" aria-hidden="true">1<' in client.get("/settings").content.decode()
    client.head("/inbox")
    client.get("/inbox", headers={"Sec-Purpose": "prefetch"})
    assert 'class="count" aria-hidden="true">1<' in client.get("/settings").content.decode()
    page = client.get("/inbox").content.decode()
    assert 'class="is-unread"' in page and 'class="count"' not in page
    row = cast.ana.notifications.get()
    assert client.get(row.get_absolute_url())["Location"] == image.get_absolute_url()
    assert 'class="is-unread"' not in client.get("/inbox").content.decode()


def test_the_short_list_counts_as_a_look(cast: Cast, signed_in: SignIn) -> None:
    Notification.tell([cast.ana], "mentioned", actor=cast.ben, image=make_done(cast.ana).images.get())
    text = signed_in(cast.ana, htmx=True).get("/inbox/latest").content.decode()
    assert "mentioned you" in text and 'id="unseen" hx-swap-oob="true"' in text and 'class="count"' not in text
    assert not cast.ana.notifications.unseen().exists()


def test_one_and_all_are_marked_and_unmarked(cast: Cast, signed_in: SignIn) -> None:
    for image in (make_done(cast.ana).images.get(), make_done(cast.ana).images.get()):
        Notification.tell([cast.ana], "mentioned", actor=cast.ben, image=image)
    one, client = cast.ana.notifications.first(), signed_in(cast.ana)
    answer = client.post(f"/inbox/{one.key}/read", {"read": "1", "here": "/inbox?show=unread"})
    assert answer["Location"] == "/inbox?show=unread"
    assert cast.ana.notifications.unread().count() == 1
    text = signed_in(cast.ana, htmx=True).post(f"/inbox/{one.key}/read", {"read": "0"}).content.decode()
    assert f'class="is-unread" id="n-{one.key}"' in text and "2 unread" in text
    assert client.post("/inbox/read", {"here": "//evil.example"})["Location"] == "/inbox"
    assert cast.ana.notifications.unread().count() == 0


def test_nobody_reads_what_another_was_told(cast: Cast, signed_in: SignIn) -> None:
    Notification.tell([cast.ana], "mentioned", actor=cast.ben, image=make_done(cast.ana).images.get())
    row = cast.ana.notifications.get()
    for person in (cast.ben, cast.cy, cast.sam):
        client = signed_in(person)
        assert client.get(f"/inbox/{row.key}").status_code == 404
        assert client.post(f"/inbox/{row.key}/read", {"read": "1"}).status_code == 404
        client.post("/inbox/read")
        assert "mentioned you" not in client.get("/inbox").content.decode()
    assert not cast.ana.notifications.get().is_read


def test_what_a_reviewer_said_goes_with_the_picture(cast: Cast, signed_in: SignIn) -> None:
    image = make_done(cast.ana).images.get()
    Verdict.objects.give(cast.lea, image, "rejected", "Acme hates it", DEFAULT_REASONS[0])
    client = signed_in(cast.ana)
    assert "Acme hates it" in client.get("/inbox").content.decode()
    assert "Acme hates it" not in readable(Viewer(cast.ana), list(cast.ana.notifications.all()))[0].text
    image.delete()
    assert "Acme hates it" not in client.get("/inbox").content.decode()


def test_what_is_gone_or_no_longer_ones_own_to_see_is_not_named(cast: Cast, signed_in: SignIn) -> None:
    image, gallery = make_done(cast.ana).images.get(), make_gallery(cast.ana, "Secret launch", team=None)
    member = gallery.set_member(cast.cy, "view", cast.ana)
    Notification.tell([cast.cy], "mentioned", actor=cast.ana, image=image, detail="the secret words")
    client = signed_in(cast.cy)
    assert "Secret launch" in client.get("/inbox").content.decode()
    member.delete()
    page = client.get("/inbox").content.decode()
    assert "a gallery that is gone" in page and "a picture that is gone" in page
    assert "Secret launch" not in page and "the secret words" not in page and image.key not in page
    row = cast.cy.notifications.first()
    answer = client.get(row.get_absolute_url(), follow=True)
    assert "This is gone, or no longer shown to you." in answer.content.decode()
    image.delete()
    assert client.get("/inbox").status_code == 200


def test_filters_stand_in_the_address(cast: Cast, signed_in: SignIn) -> None:
    everything(cast, make_done(cast.ana).images.get(), make_gallery(cast.lea))
    cast.sam.notifications.filter(kind="invited").mark_read()
    client = signed_in(cast.sam)
    listed = {
        show: client.get(f"/inbox?show={show}").content.decode().count('id="n-') // 3
        for show in ("", "unread", "mentions", "clients", "nonsense\0", "x" * 5000)
    }
    assert list(listed.values()) == [14, 13, 1, 2, 14, 14]
    assert "Nothing here." in signed_in(cast.ana).get("/inbox?show=mentions").content.decode()
    assert "Nothing in your inbox" in signed_in(cast.ana).get("/inbox").content.decode()


def test_a_longer_inbox_costs_no_more_queries(cast: Cast, signed_in: SignIn, queries_of: Callable) -> None:
    client = signed_in(cast.sam)
    image, gallery = make_done(cast.ana).images.get(), make_gallery(cast.lea)
    everything(cast, image, gallery)
    few = {path: queries_of(lambda path=path: client.get(path)) for path in ("/inbox", "/inbox/latest")}
    cast.sam.notifications.mark_read()
    for person in (cast.ben, cast.cy):
        Notification.tell([cast.sam], "mentioned", actor=person, image=make_done(cast.ana).images.get())
        Notification.tell([cast.sam], "invited", actor=person, gallery=make_gallery(person))
    cast.sam.notifications.filter(kind="invited").mark_read()
    for path, count in few.items():
        assert queries_of(lambda path=path: client.get(path)) <= count, path


def test_days_and_pages(cast: Cast, signed_in: SignIn, clock: Clock) -> None:
    image = make_done(cast.ana).images.get()
    clock.move(-40 * 24 * 3600)
    for _ in range(50):
        Notification.tell([cast.ana], "mentioned", actor=cast.ben, image=image)
        cast.ana.notifications.mark_read()
    clock.move(40 * 24 * 3600)
    Notification.tell([cast.ana], "mentioned", actor=cast.ben, image=image)
    client = signed_in(cast.ana)
    first, second = (client.get(f"/inbox?page={page}").content.decode() for page in (1, 2))
    assert ">Today</h2>" in first and first.count('<h2 id="day-') == 2 and 'href="/inbox?page=2"' in first
    assert second.count("-mark") == 3


def test_what_one_hears_of_is_kept_as_it_differs(cast: Cast, signed_in: SignIn, settings: LazySettings) -> None:
    client = signed_in(cast.ana)

    def save(**said: object) -> Person:
        assert client.post("/inbox/settings", said).status_code == 302
        return Person.objects.get(pk=cast.ana.pk)

    every = [f"{key}.a" for key in ("mentions", "answers", "verdicts", "refusals", "clients", "finished", "failed")]
    ana = save(by=[*every, "invitations.a", "removals.a", "providers.a"])
    assert (ana.channels, ana.digest) == ({}, "workdays")
    ana = save(
        by=[*every, "invitations.a", "mentions.m", "nonsense.a", "mentions", "\0"], digest="daily", digest_hour="3"
    )
    assert (ana.channels, ana.digest, ana.digest_hour) == ({"removals": "d"}, "workdays", 9)
    settings.EMAIL_URL = "smtp://mail.example"
    ana = save(by=["verdicts.a", "verdicts.m"], digest="mondays", digest_hour="17")
    assert (ana.channels["verdicts"], ana.channels["mentions"]) == ("am", "")
    assert (ana.digest, ana.digest_hour) == ("mondays", 17)
    ana = save(by=[], digest="hourly", digest_hour="99")
    assert (ana.digest, ana.channels["verdicts"]) == ("mondays", "am")
    page = client.get("/inbox").content.decode()
    assert 'value="verdicts.m" autocomplete="off" checked' in page and 'name="digest"' in page


def test_without_mail_only_the_inbox_is_offered(cast: Cast, signed_in: SignIn, settings: LazySettings) -> None:
    assert 'value="verdicts.m"' not in signed_in(cast.ana).get("/inbox").content.decode()
    settings.EMAIL_URL = "smtp://mail.example"
    assert 'value="verdicts.m"' in signed_in(cast.ana).get("/inbox").content.decode()
    assert 'value="providers.a"' not in signed_in(cast.ana).get("/inbox").content.decode()
    assert 'value="providers.a"' in signed_in(cast.sam).get("/inbox").content.decode()


def test_the_poller_brings_the_badge_and_says_once_what_came(
    cast: Cast, signed_in: SignIn, queries_of: Callable
) -> None:
    client = signed_in(cast.ana)
    client.get("/pulse")

    def look(told: str) -> object:
        return client.get("/pulse", {"since": "0~", "whose": "elsewhere", "told": told})

    assert look("0.0").status_code == 204
    assert queries_of(lambda: look("0.0")) <= 4
    Notification.tell([cast.ana], "mentioned", actor=cast.ben, image=make_done(cast.ana).images.get())
    row = cast.ana.notifications.get()
    answer = look("0.0")
    assert f'value="1.{row.pk}"' in answer.content.decode() and "HX-Trigger" not in answer
    assert look(f"1.{row.pk}").status_code == 204
    assert all(look(odd).status_code == 204 for odd in ("", "1", "x.y", "9" * 5000, "-1.0"))
    Person.objects.filter(pk=cast.ana.pk).update(has_notifications=True)
    assert '"title": "Ben mentioned you on a picture of No.' in look("0.0")["HX-Trigger"]
    client.get("/inbox")
    assert 'value="0.0"' in look(f"1.{row.pk}").content.decode()


def test_only_a_page_in_sight_says_that_somebody_is_here(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.ana)
    client.get("/pulse?hidden=1")
    assert Person.objects.get(pk=cast.ana.pk).seen_at is None
    client.get("/pulse")
    assert Person.objects.get(pk=cast.ana.pk).seen_at is not None
