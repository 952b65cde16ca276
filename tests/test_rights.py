"""Each rule says the same of a list and of one row, for every kind of viewer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from pytest_django import DjangoDbBlocker

from generations import rights
from generations.conditions import Condition
from generations.models import (
    AudienceChange,
    AuditEntry,
    Batch,
    Client,
    Comment,
    Gallery,
    GalleryMember,
    Generation,
    GroupRole,
    Hold,
    Image,
    Invitation,
    Membership,
    Person,
    Provider,
    ProviderModel,
    RetentionRule,
    ShareLink,
    Team,
    Visitor,
)
from generations.models.batch import Audience
from generations.models.gallery_invitation import invite_to_gallery
from generations.models.group_role import set_group_role
from generations.models.inviting import invite
from generations.models.pasted_addresses import Address
from generations.rights import Rule
from generations.viewer import LinkAccess, Scope, TokenAccess, Viewer
from tests.support.cast import (
    Cast,
    make_batch,
    make_cast,
    make_done,
    make_gallery,
    make_image,
    make_person,
    make_reference,
)

pytestmark = pytest.mark.django_db  # or no database is made where only these run

RULES = {name: rule for name, rule in vars(rights).items() if isinstance(rule, Rule)}
ROWS: dict[str, type[Model]] = {
    "audience": AudienceChange,
    "entry": AuditEntry,
    "hold": Hold,
    "retention": RetentionRule,
    "client": Client,
    "link": ShareLink,
    "visitor": Visitor,
    "comment": Comment,
    "batch": Batch,
    "gallery": Gallery,
    "generation": Generation,
    "person": Person,
    "provider": Provider,
    "model": ProviderModel,
    "membership": Membership,
    "invitation": Invitation,
    "group_role": GroupRole,
    "team": Team,
}
VIEWERS = ("gus", "gil", "ana", "ben", "rio", "lea", "cy", "sam", "sue", "link", "open link", "token", "nobody")


@pytest.fixture(scope="module")
def cast(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    """Everybody, and rows of every kind: shown and private, drawn and brought, deleted and taken down. No test changes
    them, so they are made once, and what many rules look for is looked for once: whether a viewer has a picture in a
    gallery, or in a batch that uses it."""
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        for shared in (rights.IN_A_GALLERY, rights.IN_A_MANAGED_GALLERY, rights.IS_USED):
            patch.setitem(vars(shared), "holds", cache(shared.holds))
        yield make_world()
        transaction.set_rollback(True)


def make_world() -> Cast:
    cast = make_cast()
    make_person("rio", cast.design, role=Membership.Role.REVIEWER)
    make_person("eli", cast.design, role=Membership.Role.LEAD)
    sue = make_person("sue")
    Person.objects.filter(pk=sue.pk).update(is_superuser=True)
    for person in (cast.ana, cast.ben, cast.lea, cast.cy, cast.sam):
        for visibility in Batch.Visibility.values:
            kept = make_done(person, visibility=visibility)
            used = make_done(person, visibility="private").images.get()
            make_reference(kept, used)
            make_reference(make_batch(person, visibility=visibility), make_image(person=person))
            make_image(person=person)
            for deleter in (person, cast.lea, cast.sam):
                deleted = make_done(person, visibility=visibility).images.all()
                Image.objects.filter(pk__in=deleted.values("pk")).delete_by(deleter)
    fill_galleries(cast)
    for person in (cast.ana, cast.ben, cast.lea, cast.sam):
        for team in (cast.design, cast.cy.default_team()):
            batch = make_batch(cast.ana, team=team)
            AudienceChange.objects.make(person, [batch.pk], lambda batch: Audience(batch.team, "private"))
    for team in (cast.design, cast.cy.default_team()):
        set_group_role("judges", team, Membership.Role.REVIEWER, cast.sam)
        invite(team, [Address("wei@design.example")], cast.sam, role=Membership.Role.MEMBER)
    for gallery in Gallery.objects.order_by("pk"):
        nobody = Person.objects.none()
        invite_to_gallery(gallery, [Address("gia@harbour.example")], cast.sam, known=nobody, role="view")
    make_clients(cast)
    say_something(cast)
    Hold(name="Aldea", reason="File 25/114", person=cast.ana).place(cast.sam)
    RetentionRule.objects.keep("trash", cast.design, 7, cast.sam)
    return cast


def say_something(cast: Cast) -> None:
    """Comments of everybody on every fifth picture, and a client's: open, with an answer, and deleted."""
    for image in Image.objects.filter(deleted_at=None).order_by("pk")[::5]:
        for author in (cast.ana, cast.ben, cast.cy, cast.lea, None):
            first = Comment.write(image, author, "Too dark.")[0]
            Comment.write(image, cast.ben, "Here is another.", parent=first)
            for deleter in (cast.ana, cast.lea):
                Comment.write(image, author, "Away.")[0].delete_by(deleter)


def make_clients(cast: Cast) -> None:
    """Clients of two teams, kept and put away."""
    for person in (cast.ana, cast.ben, cast.lea, cast.cy):
        team = person.default_team()
        assert team is not None
        for name in ("Aldea", "Harbour"):
            client = Client.make(team, person, name)
        client.put_away()


def fill_galleries(cast: Cast) -> None:
    """Galleries of a team and of named people, kept and deleted, and what was asked for one."""
    for person, named in ((cast.ana, cast.cy), (cast.cy, cast.ana), (cast.ana, cast.ben)):
        for team in (person.default_team(), None):
            for role in GalleryMember.Role:
                private = make_done(person, visibility="private").images.get()
                gallery = make_gallery(person, team=team, images=[private])
                gallery.set_member(named, role, person)
                Visitor.come(ShareLink.make(gallery, person), "Marisol")
                make_batch(person, visibility="gallery", gallery=gallery)
                make_gallery(person, team=team, images=[private]).delete_by(named)
                make_gallery(person, team=team).delete_by(person)
                make_gallery(person, team=team, images=[private]).archive()
    make_guests(cast)


def make_guests(cast: Cast) -> None:
    """In no team: Gus looks at a gallery, Gil adds pictures to one, in which a client chose."""
    for name, role in (("gus", GalleryMember.Role.VIEW), ("gil", GalleryMember.Role.CONTRIBUTE)):
        guest = make_person(name)
        private = make_done(cast.ana, visibility="private").images.get()
        gallery = make_gallery(cast.ana, f"For {name}", images=[private])
        gallery.set_member(guest, role, cast.ana)
        link = ShareLink.make(gallery, cast.ana)
        Visitor.come(link, "Marisol")
        Visitor.come(link, "Eve")[0].delete_by(cast.ana)
        Comment.write(private, guest, "Darker, please.")
    make_done(guest, visibility="gallery", gallery=gallery)


def shared_gallery() -> Gallery:
    return Gallery.objects.order_by("pk")[0]


def viewer_named(name: str) -> Viewer:
    match name:
        case "nobody":
            return Viewer()
        case "link":
            return Viewer(link=LinkAccess(shared_gallery().pk))
        case "open link":
            scopes = frozenset({Scope.SEE, Scope.DOWNLOAD, Scope.CHOOSE, Scope.COMMENT})
            return Viewer(link=LinkAccess(shared_gallery().pk, scopes, shows_prompts=True, gives_originals=True))
        case "token":
            return Viewer(Person.objects.get(username="ana"), token=TokenAccess(frozenset({Scope.SEE})))
        case _:
            return Viewer(Person.objects.get(username=name))


def rows_of(rule: str) -> QuerySet[Model]:
    kind = next((kind for kind in ROWS if kind in rule), "image")
    return ROWS.get(kind, Image)._default_manager.all()


@pytest.mark.slow
@pytest.mark.parametrize("name", RULES)
def test_a_rule_says_the_same_of_a_list_and_of_each_row(cast: Cast, name: str) -> None:
    rule, rows, differing = RULES[name], rows_of(name), []
    for who in VIEWERS:
        viewer = viewer_named(who)
        listed = set(rule.of(viewer, rows).values_list("pk", flat=True))
        differing += [(who, row.pk) for row in rows if rule.allows(viewer, row) is not (row.pk in listed)]
    assert differing == []


@pytest.mark.slow
def test_every_rule_lets_somebody_and_keeps_somebody_out(cast: Cast) -> None:
    pointless = []
    for name, rule in RULES.items():
        allowed = [rule.of(viewer_named(who), rows_of(name)).count() for who in VIEWERS]
        if not any(allowed) or min(allowed) == rows_of(name).count():
            pointless.append(name)
    assert pointless == []


def test_who_has_no_account_gets_nothing_by_teams(cast: Cast) -> None:
    viewer = viewer_named("nobody")
    assert [name for name, rule in RULES.items() if rule.of(viewer, rows_of(name)).exists()] == []
    assert not viewer.is_staff


def test_a_link_gets_the_pictures_of_its_gallery_and_no_other_row(cast: Cast) -> None:
    shown = set(shared_gallery().in_order(Image.objects.kept()).values_list("pk", flat=True))
    allowed = {"link": {"see_shared", "see_image"}}
    allowed["open link"] = allowed["link"] | {"download_shared", "read_image", "see_original"}
    allowed["open link"] |= {"choose_shared", "remark_shared"}
    for who, rules in allowed.items():
        viewer = viewer_named(who)
        for name, rule in RULES.items():
            found = set(rule.of(viewer, rows_of(name)).values_list("pk", flat=True))
            assert found == (shown if name in rules else set()), (who, name)
        assert not viewer.is_staff


def test_a_token_does_what_its_person_may_as_far_as_its_scopes_go(cast: Cast) -> None:
    person, token = Viewer(cast.ana), viewer_named("token")
    for name, rule in RULES.items():
        allowed = set(rule.of(token, rows_of(name)))
        assert allowed == (set(rule.of(person, rows_of(name))) if rule.scope == Scope.SEE else set()), name


def test_nothing_is_asked_once_it_is_decided() -> None:
    def never(*_asked: object) -> bool:
        raise AssertionError("nobody needs to know")

    always, nobody = (Condition(lambda *_asked, is_so=is_so: is_so, never) for is_so in (True, False))
    unasked = Condition(never, never)
    narrowed = Condition(lambda _viewer, prefix: Q(**{f"{prefix}pk": 1}), never)
    assert (always | unasked).q(Viewer(), "") is True and (nobody & unasked).q(Viewer(), "") is False
    for left, right in ((always, narrowed), (narrowed, always)):
        assert (left & right).q(Viewer(), "a__") == Q(a__pk=1) and (left | right).q(Viewer(), "a__") is True
    for left, right in ((nobody, narrowed), (narrowed, nobody)):
        assert (left | right).q(Viewer(), "a__") == Q(a__pk=1) and (left & right).q(Viewer(), "a__") is False


def test_a_viewer_asks_for_its_teams_once(cast: Cast, django_assert_num_queries: object) -> None:
    viewer, batches = Viewer(cast.lea), list(Batch.objects.all())
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert {rights.cancel_batch.allows(viewer, batch) for batch in batches} == {True, False}


def test_who_sees_a_picture_is_the_same_asked_of_people(cast: Cast) -> None:
    people, differing = list(Person.objects.all()), []
    for image in rights.see_drawn.of(viewer_named("sam"), Image.objects.all()):
        listed = set(Person.objects.filter(rights.people_who_see(image)).values_list("pk", flat=True))
        seeing = {person.pk for person in people if rights.see_drawn.allows(Viewer(person), image)}
        differing += [(image.pk, listed ^ seeing)] if listed != seeing else []
    assert differing == []


def test_a_guest_looks_discusses_and_downloads_and_no_more(cast: Cast) -> None:
    """By name: what a guest may do at all; whatever is not here they may do to no row."""
    looks = {"see_gallery", "gallery_around", "see_drawn", "see_image", "read_image", "see_original"}
    looks |= {"hear_comment", "prove_original", "carry_image"}  # of a pack and of a body, which they do not get
    looks |= {"download_image", "label_image", "discuss_image", "know_person", "export_person"}
    looks |= {"see_comment", "edit_comment", "delete_comment", "resolve_comment", "use_model"}
    own = {"see_batch", "see_generation", "batch_around", "generation_around", "own_batch", "remove_batch"}
    own |= {"show_batch", "cancel_batch", "cancel_generation", "retry_batch", "retry_generation"}
    own |= {"image_around", "place_image", "annotate_image", "delete_image", "fill_gallery", "read_feedback"}
    own |= {"own_notification", "see_queued_generation"}
    for who, expected in (("gus", looks), ("gil", looks | own)):
        viewer = viewer_named(who)
        assert viewer.is_guest
        found = {name for name, rule in RULES.items() if rule.of(viewer, rows_of(name)).exists()}
        assert found == expected, (who, found ^ expected)
        galleries = rights.see_gallery.of(viewer, Gallery.objects.all())
        assert [gallery.title for gallery in galleries] == [f"For {who}"]
