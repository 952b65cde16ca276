"""Who may do what around a gallery: ten kinds of viewers at every address of galleries, share links, their pages,
clients, comments, feedback, audiences and notifications. What one may not see is 404."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import URLPattern

from generations.models import (
    AudienceChange,
    Batch,
    Comment,
    GalleryMember,
    Image,
    Notification,
    Person,
    ShareLink,
    Visitor,
)
from generations.models import Client as Customer
from generations.models.batch import Audience
from generations.models.gallery_invitation import invite_to_gallery
from generations.models.key import now
from generations.models.pasted_addresses import Address
from generations.urls import urlpatterns
from generations.web.sharing import VISITOR_COOKIE
from tests.support.cast import make_cast, make_done, make_gallery, make_image, make_person, make_team
from tests.support.reading import sign_in

pytestmark = pytest.mark.django_db
OUTSIDE = ("anonymous", "link holder", "expired link", "other link")
INSIDE = ("guest", "member", "contributor", "manager", "lead", "staff")
FURTHEST = ("link holder", "manager", "lead", "staff")


SIGN_IN = (302,) * 4
NOBODY = (404,) * 4
HOLDER = (404, 200, 404, 404)
ALL, NONE = (200,) * 6, (404,) * 6
# Of the guest, the member, the contributor, the manager, the lead and staff.
DONE = (302,) * 6
FILLED = (404, 302, 302, 302, 302, 302)
MANAGED = (404, 404, 404, 302, 302, 302)
TEAMED = (404, 200, 200, 200, 200, 200)
READ_BY_MANAGERS = (404, 404, 404, 200, 200, 200)
BY_STAFF, READ_BY_STAFF = (404, 404, 404, 404, 404, 302), (404, 404, 404, 404, 404, 200)
LED, KNOWN = (404, 404, 404, 404, 302, 302), (404, 200, 404, 404, 200, 200)

Line = tuple[str, str, dict[str, str], tuple[int, ...], tuple[int, ...]]
"""Method, address, what is sent, and what viewers outside and inside get."""


def look(address: str, inside: tuple[int, ...], outside: tuple[int, ...] = SIGN_IN, **sent: str) -> Line:
    return "get", address, sent, outside, inside


def act(address: str, inside: tuple[int, ...], outside: tuple[int, ...] = SIGN_IN, **sent: str) -> Line:
    return "post", address, sent, outside, inside


TABLE: dict[str, list[Line]] = {
    # galleries
    "galleries": [look("/galleries", ALL)],
    "new_gallery": [act("/galleries/new", FILLED, title="New")],
    "choose_gallery": [look("/galleries/choose", ALL, pick="{image}")],
    "add_to_new_gallery": [act("/galleries/new/add", FILLED, title="New", pick="{image}")],
    "gallery": [look("/galleries/{gallery}", ALL), look("/galleries/{gone}", NONE)],
    "print_gallery": [look("/galleries/{gallery}/print", ALL)],
    "change_gallery": [act("/galleries/{gallery}/change", MANAGED, title="Autumn")],
    "order_gallery": [act("/galleries/{gallery}/order", FILLED, order="hand")],
    "cover_gallery": [act("/galleries/{gallery}/cover", MANAGED, pick="{image}")],
    "archive_gallery": [act("/galleries/{gallery}/archive", MANAGED)],
    "delete_gallery": [act("/galleries/{gallery}/delete", MANAGED)],
    "restore_gallery": [act("/galleries/{gone}/restore", BY_STAFF)],
    "add_to_gallery": [act("/galleries/{gallery}/add", FILLED, pick="{image}")],
    "remove_from_gallery": [act("/galleries/{gallery}/remove", FILLED, pick="{image}")],
    "move_in_gallery": [act("/galleries/{gallery}/move", FILLED, pick="{image}", step="1")],
    "undo_removal": [act("/galleries/{gallery}/put-back/{removal}", FILLED)],
    "undo_addition": [act("/galleries/{gallery}/take-out/{addition}", FILLED)],
    "gallery_people": [look("/galleries/{gallery}/people", READ_BY_MANAGERS)],
    "name_in_gallery": [act("/galleries/{gallery}/people/add", MANAGED, person="{member}", role="view")],
    "check_guests": [act("/galleries/{gallery}/people/invite/check", READ_BY_MANAGERS, addresses="gia@x.example")],
    "invite_guests": [act("/galleries/{gallery}/people/invite", MANAGED, addresses="gia@x.example", role="view")],
    "send_invitation": [act("/invitations/{invitation}/send", MANAGED)],
    "end_invitation": [act("/invitations/{invitation}/revoke", MANAGED)],
    "join": [
        look("/join/{invited}", ALL, (200,) * 4),
        look("/join/x", NONE, NOBODY),
        act("/join/{invited}", (422,) * 6, (422,) * 4, name="Wei"),
    ],
    "drop_from_gallery": [act("/galleries/{gallery}/people/remove", MANAGED, person="guest")],
    "show_gallery_to": [act("/galleries/{gallery}/people/team", MANAGED)],
    "leave_gallery": [act("/galleries/{gallery}/leave", (302, 404, 302, 302, 404, 404))],
    # what is made from there, and what lies in it
    "batch": [look("/b/{batch}", READ_BY_STAFF), look("/b/{shown}", ALL)],
    "image": [look("/i/{image}", ALL)],
    "original": [look("/i/{image}/original", ALL)],
    "thumbnail": [look("/i/{image}/thumbnail/320", ALL)],
    "delete": [act("/i/{image}/delete", NONE)],
    "take_down": [act("/i/{image}/take-down", BY_STAFF)],
    "review_image": [act("/i/{image}/review", BY_STAFF)],
    "choose_audience": [look("/audience", READ_BY_STAFF, batch="{batch}")],
    "change_audience": [act("/audience/change", BY_STAFF, batch="{batch}", visible="private")],
    "undo_audience": [act("/audience/undo/{change}", NONE)],
    # sharing
    "gallery_links": [look("/galleries/{gallery}/links", READ_BY_MANAGERS)],
    "make_link": [act("/galleries/{gallery}/links/new", MANAGED)],
    "revoke_link": [act("/links/{link}/revoke", MANAGED)],
    "close_round": [act("/links/{link}/close", MANAGED)],
    "open_round": [act("/links/{link}/open", MANAGED)],
    "announce_link": [act("/links/{link}/announce", MANAGED)],
    "thank_for_link": [act("/links/{link}/thank", MANAGED)],
    "feedback": [look("/galleries/{gallery}/feedback", TEAMED)],
    "feedback_csv": [look("/galleries/{gallery}/feedback.csv", TEAMED)],
    "delete_visitor": [act("/visitors/{visitor}/delete", MANAGED)],
    "restore_visitor": [act("/visitors/{away}/restore", MANAGED)],
    "reopen_visitor": [act("/visitors/{visitor}/reopen", MANAGED)],
    # clients
    "clients": [look("/clients", TEAMED)],
    "new_client": [act("/clients/new", (404, 302, 422, 422, 302, 422), name="New", team="{team}")],
    "client": [look("/clients/{client}", KNOWN), look("/clients/{put_away}", NONE)],
    "client_logo": [look("/clients/{client}/logo", KNOWN)],
    "change_client": [act("/clients/{client}/change", LED, name="New")],
    "change_logo": [act("/clients/logo", LED, client="{client}")],
    "change_client_address": [act("/clients/{client}/address", LED)],
    "give_to_client": [act("/clients/{client}/links", LED, link="{link}")],
    "take_from_client": [act("/links/{link}/take", MANAGED)],
    "delete_client": [act("/clients/{client}/delete", LED)],
    "restore_client": [act("/clients/{put_away}/restore", LED)],
    # comments
    "comments": [look("/i/{image}/comments", DONE)],
    "write_comment": [act("/i/{image}/comments/write", DONE, text="Here")],
    "people_to_mention": [look("/i/{image}/comments/people", ALL)],
    "edit_comment": [act("/comments/{comment}/edit", NONE, text="Other")],
    "delete_comment": [act("/comments/{comment}/delete", BY_STAFF), act("/comments/{remark}/delete", MANAGED)],
    "restore_comment": [act("/comments/{unsaid}/restore", NONE)],
    "resolve_comment": [act("/comments/{comment}/resolve", MANAGED), act("/comments/{remark}/resolve", MANAGED)],
    "reopen_comment": [act("/comments/{comment}/reopen", MANAGED)],
    # notifications
    "inbox": [look("/inbox", ALL)],
    "latest_notifications": [look("/inbox/latest", ALL)],
    "notification": [look("/inbox/{notification}", NONE)],
    "mark_notification": [act("/inbox/{notification}/read", NONE)],
    "mark_all_read": [act("/inbox/read", DONE)],
    "save_notifications": [act("/inbox/settings", DONE)],
    # what clients see: by one's own token, and by the one that is open whoever one is elsewhere
    "shared": [look("/s/{token}", NONE, (404, 200, 404, 200)), look("/s/{held}", ALL, (200,) * 4)],
    "shared_image": [look("/s/{token}/{image}", NONE, HOLDER), look("/s/{held}/{image}", ALL, (200,) * 4)],
    "shared_file": [look("/s/{token}/{image}/320", NONE, HOLDER), look("/s/{held}/{image}/320", ALL, (200,) * 4)],
    "shared_download": [look("/s/{token}/{image}/file", NONE, HOLDER)],
    "shared_logo": [look("/s/{token}/logo", NONE, HOLDER)],
    "sent_shared": [look("/s/{token}/sent", NONE, (404, 302, 404, 302))],
    "choose_shared": [
        act("/s/{token}/choose", NONE, (404, 302, 404, 409), heart="{image}"),
        act("/s/{held}/choose", (422,) * 6, (422, 302, 422, 422), heart="{image}"),
    ],
    "client_page": [look("/c/{page}", ALL, (200,) * 4), look("/c/{token}", NONE, NOBODY)],
    "client_page_logo": [look("/c/{page}/logo", ALL, (200,) * 4), look("/c/{token}/logo", NONE, NOBODY)],
}
AROUND = re.compile(
    "(galleries|invitations|join|links|visitors|clients|comments|inbox|audience|s|c)(/|$)|i/<str:key>/comments"
)


def test_every_address_around_a_gallery_has_its_line() -> None:
    patterns = [pattern for pattern in urlpatterns if isinstance(pattern, URLPattern)]
    assert {pattern.name for pattern in patterns if AROUND.match(str(pattern.pattern))} <= TABLE.keys()


@pytest.mark.slow
def test_who_gets_what_around_a_gallery(world: World) -> None:
    expected, found = {}, {}
    for method, address, sent, outside, inside in itertools.chain(*TABLE.values()):
        all_of_them = zip((*OUTSIDE, *INSIDE), (*outside, *inside), strict=True)
        expected[method, address] = {viewer: status for viewer, status in all_of_them if viewer in asking()}
        found[method, address] = {
            viewer: world.ask(viewer, method, address, **sent).status_code for viewer in expected[method, address]
        }
    assert found == expected


def asking() -> tuple[str, ...]:
    """Who asks: everybody; on PostgreSQL, which is asked in the same words, those who get furthest."""
    return FURTHEST if connection.vendor == "postgresql" else (*OUTSIDE, *INSIDE)


@dataclass
class World:
    """A gallery of Ana's for Design, with a private picture of hers and everything that gathers around it."""

    people: dict[str, Person]
    sessions: dict[str, str]
    tokens: dict[str, str] = field(default_factory=dict)
    visitors: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)

    def browser(self, viewer: str) -> Client:
        client = Client()
        if viewer in self.people:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[viewer]
        if viewer in self.visitors:
            client.cookies[VISITOR_COOKIE] = self.visitors[viewer]
        return client

    def ask(self, viewer: str, method: str, path: str, **sent: str) -> HttpResponseBase:
        """What this viewer gets; nothing of what it changes stays."""
        cache.clear()
        address = path.format(**self.fields, token=self.tokens.get(viewer, "x" * 22))
        said = {name: value.format(**self.fields) for name, value in sent.items()}
        with transaction.atomic():
            answer: HttpResponseBase = getattr(self.browser(viewer), method)(address, said)
            transaction.set_rollback(True)
        return answer


@pytest.fixture
def world() -> World:
    cast = make_cast()
    print_shop = make_team("Printers")
    private = make_done(cast.ana, prompt="A secret lake", visibility="private")
    image = private.images.get()
    gallery = make_gallery(cast.ana, images=[image])
    other = make_gallery(cast.cy, "Elsewhere", images=[make_done(cast.cy).images.get()])
    people = {
        "guest": make_person("guest"),
        "member": cast.ben,
        "contributor": make_person("contributor", print_shop),
        "manager": make_person("manager", print_shop),
        "lead": cast.lea,
        "staff": cast.sam,
    }
    for name, role in (("guest", "view"), ("contributor", "contribute"), ("manager", "manage")):
        gallery.set_member(people[name], GalleryMember.Role(role), cast.ana)
    clients = {viewer: sign_in(person) for viewer, person in people.items()}
    sessions = {viewer: client.cookies[settings.SESSION_COOKIE_NAME].value for viewer, client in clients.items()}
    world = World(people, sessions)
    offered = {"choosing": True, "commenting": True, "download": "web"}
    links = {
        "link holder": ShareLink.make(gallery, cast.ana, **offered),
        "expired link": ShareLink.make(gallery, cast.ana, **offered),
        "other link": ShareLink.make(other, cast.cy, **offered),
    }
    for viewer, link in links.items():
        world.visitors[viewer] = Visitor.come(link, "Marisol")[1]
        world.tokens[viewer] = link.token
    remark = visitor_of(links["link holder"]).remark(image, "Darker green")
    ShareLink.objects.filter(pk=links["expired link"].pk).update(expires_at=now(seconds=-1))
    customer = Customer.make(cast.design, cast.ana, "Aldea", logo=make_image(person=cast.ana).file)
    links["link holder"].give_to(customer)
    put_away = Customer.make(cast.design, cast.ana, "Gone")
    put_away.put_away()
    gone = make_gallery(cast.ana, "Gone")
    gone.delete_by(cast.ana)
    away = Visitor.come(ShareLink.make(gallery, cast.ana), "Eve")[0]
    away.delete_by(cast.ana)
    said = Comment.write(image, cast.ana, "Too dark.")[0]
    unsaid = Comment.write(image, cast.ana, "Never mind.")[0]
    unsaid.delete_by(cast.ana)
    Notification.tell([cast.ana], "finished", batch=private)
    more = Image.objects.filter(pk=make_done(cast.ana).images.get().pk)
    addition, removal = gallery.add(more, cast.ana)[0], gallery.remove(more)[0]
    shown = make_done(cast.ana, visibility="gallery", gallery=gallery)
    change, _count = AudienceChange.objects.make(
        cast.ana, [make_done(cast.ana).pk], lambda batch: Audience(None, Batch.Visibility.PRIVATE, None)
    )
    nobody = Person.objects.none()
    [invited] = invite_to_gallery(gallery, [Address("wei@x.example")], cast.ana, known=nobody, role="view")
    assert invited.invitation
    world.fields = {
        "invitation": invited.invitation.key,
        "invited": invited.invitation.token,
        "image": image.key,
        "gallery": gallery.key,
        "gone": gone.key,
        "link": links["link holder"].key,
        "visitor": visitor_of(links["link holder"]).key,
        "away": away.key,
        "client": customer.key,
        "page": customer.token,
        "held": links["link holder"].token,
        "team": cast.design.key,
        "addition": addition,
        "put_away": put_away.key,
        "comment": said.key,
        "unsaid": unsaid.key,
        "remark": remark.key,
        "notification": cast.ana.notifications.latest("pk").key,
        "removal": removal,
        "batch": private.key,
        "shown": shown.key,
        "change": change,
        "member": cast.ben.username,
    }
    return world


def visitor_of(link: ShareLink) -> Visitor:
    return link.visitors.get()
