"""A guest: somebody in no team who is named in a gallery. They see that gallery and nothing else."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from django.db import transaction
from django.test import Client

from generations.models import (
    Batch,
    Comment,
    Gallery,
    GalleryItem,
    GalleryMember,
    Image,
    Person,
    ShareLink,
    Visitor,
)
from generations.models.gallery_invitation import invite_to_gallery
from generations.models.pasted_addresses import Address
from tests.support.cast import PASSWORD, Cast, make_done, make_failed, make_gallery, make_person
from tests.views.test_access import GETS, POSTS, filled

SignIn = Callable[..., Client]
MAKING = ("/vary", "/refine", "/retry", "?with=", "?from=", "?again=", "/cancel")
"""In addresses by which pictures are made."""
LINK = re.compile(r'<a\b[^>]*?\bhref="(/[^"#]*)')
ACTION = re.compile(r'((?:form)?action|hx-post)="(/[^"?]*)')


@pytest.fixture
def guest(cast: Cast) -> Person:
    """Named as a viewer in a gallery of Ana's, which holds one of her two private pictures."""
    shown, hidden = (
        make_done(cast.ana, prompt="Zeppelin", visibility="private"),
        make_done(cast.ana, prompt="Submarine"),
    )
    make_failed(cast.ana, prompt="Submarine sunk")
    gallery = make_gallery(cast.ana, "Airships", team=None, images=shown.images.all())
    make_gallery(cast.ana, "Depths", images=hidden.images.all())
    guest = make_person("gus")
    gallery.set_member(guest, GalleryMember.Role.VIEW, cast.ana)
    return guest


@pytest.mark.slow
def test_no_page_shows_a_guest_more_than_their_gallery(cast: Cast, signed_in: SignIn, guest: Person) -> None:
    client, other = signed_in(guest), Batch.objects.get(prompt="Submarine")
    own_pages = 0
    for name, (path, _expected) in GETS.items():
        answer = client.get(filled(path, other))
        if answer.status_code != 200:
            assert answer.status_code in (204, 302, 404, 503), (name, answer.status_code)
            continue
        own_pages += 1
        page = (
            b"".join(answer).decode(errors="replace") if answer.streaming else answer.content.decode(errors="replace")
        )
        told = [secret for secret in ("Submarine", "Depths", "Design", ">Ben", ">Lea<") if secret in page]
        assert told == [], name
    assert own_pages > 5


@pytest.mark.slow
def test_no_request_of_a_guest_changes_what_is_not_theirs(cast: Cast, signed_in: SignIn, guest: Person) -> None:
    client, other = signed_in(guest), Batch.objects.get(prompt="Submarine")
    galleries = Gallery.objects.filter(pk__in=list(Gallery.objects.values_list("pk", flat=True)))
    items = GalleryItem.objects.filter(gallery__in=galleries)

    def rows() -> list[object]:
        return [list(rows.values()) for rows in (Batch.objects.all(), Image.objects.all(), galleries, items)]

    paths = {name: filled(path, other) for name, (path, _expected) in POSTS.items()}
    del paths["leave_gallery"]  # it would be no guest's any more
    before = rows()
    for name, path in paths.items():
        sent = {"pick": other.images.get().key, "batch": other.key, "visible": "private", "title": "New"}
        assert client.post(path, sent).status_code in (200, 204, 302, 404, 409, 422), name
    assert rows() == before


def test_a_guest_begins_at_their_galleries_and_looks(cast: Cast, signed_in: SignIn, guest: Person) -> None:
    client = signed_in(guest)
    assert client.get("/")["Location"] == Gallery.objects.get(title="Airships").get_absolute_url()
    other = make_gallery(cast.ana, "Balloons", team=None)
    other.set_member(guest, GalleryMember.Role.VIEW, cast.ana)
    assert client.get("/")["Location"] == "/galleries"
    page = client.get("/galleries").content.decode()
    assert "Airships" in page and "Balloons" in page and "Depths" not in page
    assert "New gallery</button>" not in " ".join(page.split()) and ">Studio<" not in "".join(page.split())
    gallery = Gallery.objects.get(title="Airships")
    image = Image.objects.get(batch__prompt="Zeppelin")
    assert image.key in client.get(gallery.get_absolute_url()).content.decode()
    page = client.get(image.get_absolute_url()).content.decode()
    assert "Zeppelin" in page and "/vary" not in page and "/?with=" not in page and "/refine" not in page
    order = {"prompt": "x", "model": [cast.model.key], "n": "1", "submission": "s", "visible": "private"}
    answer = client.post("/compose", order)
    assert answer.status_code == 422 and "let you add pictures" in answer.content.decode()


def test_a_guest_who_may_add_pictures_makes_them_for_that_gallery(cast: Cast, signed_in: SignIn, guest: Person) -> None:
    gallery = Gallery.objects.get(title="Airships")
    gallery.set_member(guest, GalleryMember.Role.CONTRIBUTE, cast.ana)
    client, value = signed_in(guest), f"gallery:{gallery.key}"
    page = client.get("/").content.decode()
    assert value in page and cast.design.key not in page
    order = {"prompt": "x", "model": [cast.model.key], "n": "1", "submission": "s", "visible": value}
    client.post("/compose", order)
    assert Batch.objects.get(person=guest).gallery == gallery


BESIDE = (
    "/library",
    "/library/facets",
    "/clients",
    "/people",
    "/review",
    "/record",
    "/queue",
    "/usage",
    "/status",
    "/providers",
)


def test_who_came_as_a_guest_is_one_when_nothing_is_left(cast: Cast, client: Client) -> None:
    gallery = Gallery.objects.create(person=cast.ana, title="Airships", team=cast.design)
    [found] = invite_to_gallery(gallery, [Address("gia@x.example")], cast.ana, known=Person.objects.none(), role="view")
    assert found.invitation
    client.post(found.invitation.get_absolute_url(), {"name": "Gia", "password": PASSWORD})
    assert client.get("/")["Location"] == gallery.get_absolute_url()
    gallery.drop_member(Person.objects.get(email="gia@x.example"))
    assert client.get(gallery.get_absolute_url()).status_code == 404
    assert client.get("/")["Location"] == "/galleries"
    assert "Whoever invites you to a gallery" in client.get("/galleries").content.decode()
    order = {"prompt": "x", "model": [cast.model.key], "n": "1", "submission": "s", "visible": "private"}
    assert client.post("/compose", order).status_code == 422 and not Batch.objects.filter(prompt="x").exists()
    assert [client.get(path).status_code for path in BESIDE] == [404] * len(BESIDE)


@pytest.mark.exhaustive
@pytest.mark.parametrize("role", GalleryMember.Role.values)
def test_every_way_a_page_shows_a_guest_leads_somewhere(
    cast: Cast, signed_in: SignIn, guest: Person, role: str
) -> None:
    """From their first page on, link by link and form by form."""
    gallery = Gallery.objects.get(title="Airships")
    gallery.set_member(guest, role, cast.ana)
    image = Image.objects.get(batch__prompt="Zeppelin")
    image.tags.create(name="spring", person=cast.ana)
    shown = make_done(cast.ana, prompt="Balloon", visibility="gallery", gallery=gallery)
    gallery.add(shown.images.all(), cast.ana)
    Comment.write(image, cast.ana, "Too dark.")
    Visitor.come(ShareLink.make(gallery, cast.ana), "Marisol")
    client, todo, dead = signed_in(guest), ["/"], []
    seen, came_from = set(), {"/": ""}
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        with transaction.atomic():
            answer = client.get(path, follow=True)
            transaction.set_rollback(True)
        if answer.status_code not in (200, 204):
            dead.append((came_from[path], path, answer.status_code))
        if "html" not in answer.get("Content-Type", "") or answer.streaming:
            continue
        page = answer.content.decode()
        found = {html.unescape(each) for each in LINK.findall(page)}
        fresh = [each for each in found if each not in came_from and not each.startswith(("/static", "/admin"))]
        came_from |= dict.fromkeys(fresh, path)
        todo += fresh
        for name, action in ((name, each) for name, each in ACTION.findall(page) if "logout" not in each):
            with transaction.atomic():
                status = client.post(html.unescape(action)).status_code
                transaction.set_rollback(True)
            client.cookies.pop("messages", None)  # they offer to undo what was rolled back
            if status in (403, 404):
                dead.append((path, name, action, status))
        assert len(seen) < 400
    assert dead == [], "\n".join(map(str, dead))
    assert any(image.key in path for path in seen)
    if role == GalleryMember.Role.VIEW:
        for path in (shown.get_absolute_url(), image.get_absolute_url(), gallery.get_absolute_url()):
            page = client.get(path).content.decode()
            assert [word for word in MAKING if word in page] == [], path


def test_a_guest_who_looks_changes_no_words_of_others(cast: Cast, signed_in: SignIn, guest: Person) -> None:
    client, image = signed_in(guest), Image.objects.get(batch__prompt="Zeppelin")
    for path, sent in (("tag", {"name": "x"}), ("untag", {"name": "x"}), ("describe", {"alt": "x"})):
        assert client.post(f"/i/{image.key}/{path}", sent).status_code == 404
    client.post("/selection/tag", {"name": "x", "pick": image.key})
    assert not image.tags.exists()
    client.post(f"/i/{image.key}/comments/write", {"text": "Brighter, please."})
    assert image.comments.get().author == guest


def test_a_guest_who_looks_reads_nothing_of_clients(cast: Cast, signed_in: SignIn, guest: Person) -> None:
    gallery = Gallery.objects.get(title="Airships")
    link = ShareLink.make(gallery, cast.ana, choosing=True)
    visitor = Visitor.come(link, "Marisol")[0]
    visitor.choose(Image.objects.get(batch__prompt="Zeppelin"), "heart", Image.objects.all())
    client, path = signed_in(guest), gallery.get_absolute_url()
    for asked in ("", f"?chosen={visitor.key}", f"?rejected={visitor.key}", "?remarked=anybody"):
        page = client.get(path + asked).content.decode()
        assert "Marisol" not in page and Image.objects.get(batch__prompt="Zeppelin").key in page, asked
    assert client.get(f"{path}/feedback").status_code == client.get(f"{path}/feedback.csv").status_code == 404
    shown = Image.objects.get(batch__prompt="Zeppelin")
    remark = visitor.remark(shown, "Fewer clouds", None, "key-of-a-remark")
    Comment.write(shown, cast.ana, "As you like.", parent=remark)
    Comment.write(shown, cast.ana, "Among us.")
    page = client.get(shown.get_absolute_url()).content.decode()
    assert "Among us." in page and not any(word in page for word in ("Marisol", "Fewer clouds", "As you like."))
    assert client.post(f"/i/{shown.key}/comments/write", {"text": "Hi", "answer": remark.key}).status_code == 404
    make_gallery(cast.ana, "Elsewhere").set_member(guest, GalleryMember.Role.CONTRIBUTE, cast.ana)
    instructing = signed_in(guest).get(f"{shown.get_absolute_url()}?instruct={remark.key}").content.decode()
    assert 'name="prompt"' in instructing and "Fewer clouds" not in instructing
    gallery.set_member(guest, GalleryMember.Role.CONTRIBUTE, cast.ana)
    assert "Marisol" in signed_in(guest).get(f"{path}/feedback").content.decode()
