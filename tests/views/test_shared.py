"""What a share link shows: its gallery's pictures, by its own rule, at every request."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from PIL import Image as Pillow
from pytest_django import Settings

from generations import rights
from generations.models import Gallery, Image, ShareLink, StoredFile, Team, Verdict, semaphore
from generations.models.key import new_token, now
from generations.presenters.shared import SharedNeighbours
from generations.presenters.shared_round import Round
from generations.queries.shared import shared_images
from generations.viewer import LinkAccess, Viewer
from tests.support.cast import Cast, make_cast, make_done, make_gallery, make_png
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    cache.clear()
    return make_cast()


@pytest.fixture
def gallery(cast: Cast) -> Gallery:
    """Three pictures that Ana drew in private."""
    images = [make_done(cast.ana, prompt=f"Secret {n}", visibility="private").images.get() for n in range(3)]
    return make_gallery(cast.ana, images=images)


def addresses(link: ShareLink, image: Image) -> list[str]:
    page = link.get_absolute_url()
    return [page, f"{page}/{image.key}", f"{page}/{image.key}/320", f"{page}/{image.key}/file"]


def statuses(client: Client, link: ShareLink, image: Image) -> list[int]:
    return [client.get(address).status_code for address in addresses(link, image)]


def test_a_link_shows_pictures_by_their_numbers_and_nothing_else(cast: Cast, gallery: Gallery, client: Client) -> None:
    link = ShareLink.make(gallery, cast.ana)
    image = gallery.in_order(Image.objects.all())[0]
    assert statuses(client, link, image) == [200, 200, 200, 404]
    page = client.get(link.get_absolute_url())
    text = page.content.decode()
    assert "Secret" not in text and "Ana" not in text and image.batch.key not in text
    assert 'alt="Picture 1"' in text and text.count('class="frame__mat"') == 3
    assert not page.cookies and page["X-Robots-Tag"].startswith("noindex") and page["Referrer-Policy"] == "no-referrer"


def test_a_link_shows_prompts_and_names_where_it_says_so(cast: Cast, gallery: Gallery, client: Client) -> None:
    text = client.get(ShareLink.make(gallery, cast.ana, shows_prompts=True).get_absolute_url()).content.decode()
    assert "Secret 2" in text and "Ana" not in text
    text = client.get(ShareLink.make(gallery, cast.ana, shows_names=True).get_absolute_url()).content.decode()
    assert "Secret" not in text and "Ana" in text


def test_the_file_is_the_one_the_link_gives(cast: Cast, gallery: Gallery, client: Client) -> None:
    image = gallery.in_order(Image.objects.all())[0]
    web, original = (ShareLink.make(gallery, cast.ana, download=kind) for kind in ("web", "original"))
    answer = client.get(addresses(web, image)[3])
    assert answer["Content-Type"] == "image/webp" and answer["Content-Disposition"].startswith("attachment")
    answer = client.get(addresses(original, image)[3])
    assert b"".join(answer.streaming_content) == image.file.bytes()
    assert answer["Cache-Control"] == "private, no-cache"


def test_a_client_reads_the_links_label_and_not_what_the_gallery_is_called(
    cast: Cast, gallery: Gallery, client: Client
) -> None:
    gallery.title, gallery.description = "Never for Aldea", "Our spring"
    gallery.save()
    link = ShareLink.make(gallery, cast.ana, label="For Marisol", download="web", choosing=True)
    image = gallery.in_order(Image.objects.all())[0]
    client.post(f"{link.get_absolute_url()}/choose", {"name": "Marisol", "heart": image.key, "finish": "1"})
    answers = [client.get(address) for address in (*addresses(link, image)[:2], f"{link.get_absolute_url()}/sent")]
    assert all(answer.status_code == 200 and b"Never for" not in answer.content for answer in answers)
    assert b"For Marisol</h1>" in answers[0].content and b"Our spring" in answers[0].content
    assert 'filename="for-marisol_' in client.get(addresses(link, image)[3])["Content-Disposition"]


def test_a_labelled_copy_says_no_more_than_the_link_shows(cast: Cast, gallery: Gallery, client: Client) -> None:
    one, other = gallery.in_order(Image.objects.all())[:2]
    gif = io.BytesIO()
    Pillow.new("RGB", (96, 64)).save(gif, "gif")
    Image.objects.filter(pk=other.pk).update(file=StoredFile.put(gif.getvalue(), "image/gif"))
    for image, shows_prompts, is_told in ((one, True, True), (one, False, False), (other, True, False)):
        link = ShareLink.make(gallery, cast.ana, download="labelled", shows_prompts=shows_prompts)
        answer = client.get(addresses(link, image)[3])
        assert answer["Content-Type"] == "image/png", image
        copy = b"".join(answer.streaming_content)
        assert b"trainedAlgorithmicMedia" in copy
        assert (b"Secret" in copy, b"gpt-image-1" in copy) == (is_told, is_told)


def test_a_copy_that_cannot_be_made_is_said_on_the_clients_own_page(
    cast: Cast, gallery: Gallery, client: Client
) -> None:
    image = gallery.in_order(Image.objects.all())[0]
    Image.objects.filter(pk=image.pk).update(file=StoredFile.put(make_png()[:60], "image/png"))
    answer = client.get(addresses(ShareLink.make(gallery, cast.ana, download="labelled"), image)[3])
    page = answer.content.decode()
    assert answer.status_code == 415 and "Back to the pictures" in page and "/library" not in page
    assert "Ask the team to send you this picture." in page


def test_nobody_is_sent_to_the_team_for_what_works_in_a_moment(
    cast: Cast, gallery: Gallery, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(semaphore, "PATIENCE", 0)
    link = ShareLink.make(gallery, cast.ana, download="labelled")
    with semaphore.picture_work(cast.ana):
        answer = client.get(addresses(link, gallery.in_order(Image.objects.all())[0])[3])
    page = answer.content.decode()
    assert answer.status_code == 429 and answer["Retry-After"] and "Try again in a few seconds." in page
    assert "Ask the team" not in page


@pytest.mark.parametrize("ended", ["revoked", "expired", "deleted gallery", "other token"])
def test_a_link_that_ended_is_404_at_the_next_request(cast: Cast, gallery: Gallery, client: Client, ended: str) -> None:
    link = ShareLink.make(gallery, cast.ana, download="original")
    image = gallery.in_order(Image.objects.all())[0]
    fresh = {address: client.get(address).headers.get("ETag", "") for address in addresses(link, image)}
    match ended:
        case "revoked":
            assert link.end() and not link.end()
        case "expired":
            ShareLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        case "deleted gallery":
            gallery.delete_by(cast.ana)
        case _:
            fresh = {address.replace(link.token, new_token()): etag for address, etag in fresh.items()}
    answers = [client.get(address, headers={"If-None-Match": etag}) for address, etag in fresh.items()]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert not any(b"studio" in answer.content for answer in answers), "no way for a client leads to a sign-in"


def test_a_picture_that_is_no_longer_shown_is_404(cast: Cast, gallery: Gallery, client: Client) -> None:
    link = ShareLink.make(gallery, cast.ana, download="web")
    gone, deleted, kept = gallery.in_order(Image.objects.all())
    gallery.remove(Image.objects.filter(pk=gone.pk))
    Image.objects.filter(pk=deleted.pk).delete_by(cast.ana)
    assert statuses(client, link, gone)[1:] == statuses(client, link, deleted)[1:] == [404] * 3
    assert statuses(client, link, kept) == [200] * 4
    for address in (addresses(link, gone)[1], addresses(link, gone)[3]):
        page = client.get(address).content.decode()
        assert "This picture is not shown" in page and link.get_absolute_url() in page and "studio" not in page
    foreign = make_done(cast.ana).images.get()
    assert statuses(client, link, foreign)[1:] == [404] * 3


def test_approved_pictures_only(cast: Cast, gallery: Gallery, client: Client) -> None:
    link = ShareLink.make(gallery, cast.ana, approved_only=True, download="web")
    approved, rejected, awaiting = gallery.in_order(Image.objects.all())
    Verdict.objects.give(cast.lea, approved, "approved")
    Verdict.objects.give(cast.lea, rejected, "rejected")
    assert statuses(client, link, approved) == [200] * 4
    assert statuses(client, link, rejected)[1:] == statuses(client, link, awaiting)[1:] == [404] * 3
    Verdict.objects.give(cast.lea, approved, "rejected")
    assert statuses(client, link, approved)[1:] == [404] * 3


def test_who_chose_is_told_that_nothing_is_shown_any_more(cast: Cast, gallery: Gallery, client: Client) -> None:
    link = ShareLink.make(gallery, cast.ana, choosing=True)
    page, image = link.get_absolute_url(), gallery.in_order(Image.objects.all())[0]
    client.post(f"{page}/choose", {"name": "Marisol", "heart": image.key})
    gallery.remove(Image.objects.all())
    for address in (page, f"{page}/{image.key}"):
        assert b"What you chose and wrote was kept." in client.get(address).content, address
        assert b"was kept" not in Client().get(address).content, "who never chose"
    assert b"No pictures yet" in Client().get(page).content


def test_before_the_password_nothing_is_there(cast: Cast, gallery: Gallery, client: Client) -> None:
    link = ShareLink.make(gallery, cast.ana, password="open sesame", download="web")
    image = gallery.in_order(Image.objects.all())[0]
    assert statuses(client, link, image) == [200, 404, 404, 404]
    assert [client.get(f"{link.get_absolute_url()}/{page}").status_code for page in ("logo", "sent")] == [404, 404]
    for address in addresses(link, image)[1:3]:
        back = client.get(address, headers={"Accept": "text/html"})
        assert (back.status_code, back["Location"]) == (302, link.get_absolute_url()), "who comes back the next day"
    gate = client.get(link.get_absolute_url())
    assert b"frame__mat" not in gate.content and image.key.encode() not in gate.content
    assert not gate.cookies
    assert client.post(link.get_absolute_url(), {"password": "Open sesame"}).status_code == 422
    opened = client.post(link.get_absolute_url(), {"password": "open sesame"})
    assert opened.status_code == 302 and opened.cookies["imageweb_share"]["path"] == link.get_absolute_url()
    assert opened.cookies["imageweb_share"]["httponly"]
    assert statuses(client, link, image) == [200] * 4
    other = ShareLink.make(gallery, cast.ana, password="open sesame")
    assert client.get(f"{other.get_absolute_url()}/{image.key}").status_code == 404


def test_a_new_password_asks_again(cast: Cast, gallery: Gallery, client: Client) -> None:
    link = ShareLink.make(gallery, cast.ana, password="one")
    image = gallery.in_order(Image.objects.all())[0]
    client.post(link.get_absolute_url(), {"password": "one"})
    link.set_password("two")
    assert statuses(client, link, image)[1] == 404


def test_guesses_are_slowed_for_a_link(cast: Cast, gallery: Gallery, client: Client, settings: Settings) -> None:
    link = ShareLink.make(gallery, cast.ana, password="open sesame")

    def answer(password: object, address: str = "192.0.2.7") -> int:
        return client.post(link.get_absolute_url(), {"password": password}, REMOTE_ADDR=address).status_code

    assert [answer("open sesame") for _ in range(12)] == [302] * 12
    assert [answer(n) for n in range(12)] == [422] * 10 + [429] * 2
    assert answer("open sesame") == 429
    assert answer("open sesame", "198.51.100.7") == 302
    networks = [f"203.0.{n}.1" for n in range(21)]
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"share_lock": "20/h/key"}
    assert [answer(1, network) for network in networks] == [422] * 20 + [429]


def test_guesses_at_one_link_lock_no_other(cast: Cast, gallery: Gallery, client: Client) -> None:
    one, other = (ShareLink.make(gallery, cast.ana, password="open sesame") for _ in range(2))
    answers = [client.post(one.get_absolute_url(), {"password": n}).status_code for n in range(30)]
    assert answers == [422] * 10 + [429] * 20
    assert client.post(other.get_absolute_url(), {"password": "open sesame"}).status_code == 302
    answers = [client.post(other.get_absolute_url(), {"password": n}).status_code for n in range(10)]
    assert answers == [422] * 10, "what was not compared is not counted"
    third = ShareLink.make(gallery, cast.ana, password="open sesame")
    assert client.post(third.get_absolute_url(), {"password": "open sesame"}).status_code == 429, "20 in a minute"


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_guesses_that_come_at_once_are_compared_up_to_the_limit() -> None:
    cache.clear()
    cast = make_cast()
    link = ShareLink.make(make_gallery(cast.ana), cast.ana, password="open sesame")
    guesses = [lambda n=n: Client().post(link.get_absolute_url(), {"password": n}).status_code for n in range(16)]
    answers = at_once(*guesses)
    assert set(answers) == {422, 429} and answers.count(422) <= 10


@pytest.mark.parametrize("token", ["x", "a" * 64, "a" * 5000, "%00", "ü", "..%2f", "' OR 1=1 --"])
def test_no_token_is_guessed_or_breaks_anything(cast: Cast, gallery: Gallery, client: Client, token: str) -> None:
    ShareLink.make(gallery, cast.ana)
    assert client.get(f"/s/{token}").status_code == 404


def test_the_token_stands_in_no_row_in_the_clear(cast: Cast, gallery: Gallery) -> None:
    link = ShareLink.make(gallery, cast.ana, password="open sesame")
    token = link.token
    row = str(ShareLink.objects.values().get())
    assert token not in row and "sesame" not in row and len(token) >= 22


def test_visits_are_counted_by_the_day(cast: Cast, gallery: Gallery, client: Client) -> None:
    link = ShareLink.make(gallery, cast.ana)
    for _ in range(3):
        client.get(link.get_absolute_url())
    assert link.visits.get().count == 3
    link.refresh_from_db()
    assert link.last_visit_at is not None


def test_a_hundred_pictures_cost_no_more_queries(
    cast: Cast, client: Client, django_assert_max_num_queries: object
) -> None:
    images = [make_done(cast.ana).images.get() for _ in range(60)]
    link = ShareLink.make(make_gallery(cast.ana, images=images), cast.ana)
    client.get(link.get_absolute_url())  # the record says once an hour that it was opened
    with django_assert_max_num_queries(9):  # type: ignore[operator]
        assert client.get(link.get_absolute_url()).content.count(b'class="frame__mat"') == 48


def test_the_order_is_the_gallerys(cast: Cast, gallery: Gallery, client: Client) -> None:
    Gallery.objects.update(order="hand", changed_at=now())
    gallery.refresh_from_db()
    first = gallery.items.order_by("rank").first()
    gallery.move(first, before=None)
    link = ShareLink.make(gallery, cast.ana)
    text = client.get(link.get_absolute_url()).content.decode()
    keys = [item.image.key for item in gallery.items.order_by("rank", "pk").select_related("image")]
    assert sorted(keys, key=text.index) == keys


@pytest.mark.parametrize("order", Gallery.Order.values)
def test_a_picture_knows_its_number_and_its_neighbours_in_every_order(
    cast: Cast, gallery: Gallery, order: str, django_assert_num_queries: Callable[[int], object]
) -> None:
    gallery.set_order(order)
    one, two, _three = gallery.in_order(Image.objects.all())
    gallery.move(gallery.items.get(image=two), before=gallery.items.get(image=one))
    gallery.items.update(rank=gallery.items.get(image=one).rank)  # as two who move at once may leave it
    gallery.remove(Image.objects.filter(pk=make_done(cast.ana).images.get().pk))
    link = ShareLink.make(gallery, cast.ana)
    viewer = Viewer(link=LinkAccess.of(link))
    assert viewer.policies and link.gallery.ends, "read once for all that a request asks"
    keys = [image.key for image in gallery.in_order(Image.objects.all())]
    for number, key in enumerate(keys, 1):
        image = Image.objects.get(key=key)
        with django_assert_num_queries(2):
            shown = SharedNeighbours(Round(viewer, link, "token", None), image)
        before, after = keys[number - 2] if number > 1 else "", keys[number] if number < len(keys) else ""
        assert (shown.picture.number, shown.count) == (number, len(keys))
        assert [address.rpartition("/")[2] for address in (shown.before, shown.after)] == [before, after]


@pytest.mark.parametrize("review", ["advisory", "required"])
@pytest.mark.parametrize("approved_only", [False, True])
def test_the_sheet_lists_what_the_rule_shows(cast: Cast, gallery: Gallery, review: str, approved_only: bool) -> None:
    Team.objects.update(review=review)
    approved, deleted, removed, _waiting = [make_done(cast.ana).images.get() for _ in range(4)]
    gallery.add(Image.objects.all(), cast.ana)
    elsewhere = make_gallery(cast.ana, images=[make_done(cast.ana).images.get(), approved])
    Verdict.objects.give(cast.lea, approved, "approved")
    Image.objects.filter(pk=deleted.pk).delete_by(cast.ana)
    gallery.remove(Image.objects.filter(pk=removed.pk))
    viewer = Viewer(link=LinkAccess.of(ShareLink.make(gallery, cast.ana, approved_only=approved_only)))
    shown = set(shared_images(viewer, gallery))
    assert shown == set(rights.see_shared.of(viewer, Image.objects.all())) and approved in shown
    assert (shown == {approved}) == (approved_only or review == "required")
    assert not shared_images(viewer, elsewhere) and not shared_images(Viewer(person=cast.ana), gallery)
    gallery.delete_by(cast.ana)
    gallery.refresh_from_db()
    assert not shared_images(viewer, gallery) and not rights.see_shared.of(viewer, Image.objects.all())
