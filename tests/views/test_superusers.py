"""Who administers without being a superuser sees a superuser's account, and changes nothing of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from django.forms import model_to_dict
from django.test import Client
from pytest_django.asserts import assertContains

from generations.models import Membership, Person
from tests.support.cast import Cast, make_person, make_team

SignedIn = Callable[..., Client]
ACTS = {
    "/person/sam/sign-out": {},
    "/person/sam/deactivate": {"heir": "-"},
    "/person/sam/activate": {},
    "/person/sam/hand-over": {"heir": "ana"},
    "/person/sam/pause": {"pause": "1"},
    "/person/sam/administrator": {"administrator": "0"},
    "/person/sam/email": {"email": "mine@design.example"},
    "/person/sam/password": {},
    "/person/sam/unlink": {},
    "/person/sam/second-factor": {},
    "/person/sam/erase": {"sure": "1"},
    "/person/sam/export": {},
    "/teams/{team}/people/sam/role": {"role": "member"},
    "/teams/{team}/people/sam/remove": {},
    "/teams/{team}/people/sam/pause": {"pause": "1"},
}


@pytest.fixture
def stan(cast: Cast) -> Person:
    """Staff and no superuser; the superuser Sam is a lead of a team with another lead."""
    Membership.objects.create(person=cast.sam, team=cast.design, role=Membership.Role.LEAD)
    make_person("stan")
    Person.objects.filter(username="stan").update(is_staff=True)
    return Person.objects.get(username="stan")


def addresses(cast: Cast) -> dict[str, dict[str, str]]:
    return {path.format(team=cast.design.key): fields for path, fields in ACTS.items()}


def test_staff_change_nothing_of_a_superuser(cast: Cast, stan: Person, signed_in: SignedIn) -> None:
    theirs, client = signed_in(cast.sam), signed_in(stan)
    done = {path: client.post(path, fields).status_code for path, fields in addresses(cast).items()}
    assert set(done.values()) == {404}, done
    assert theirs.get("/").status_code == 200
    assert Membership.objects.get(person=cast.sam).role == "lead"


def test_staff_are_offered_nothing_they_may_not_do_to_a_superuser(
    cast: Cast, stan: Person, signed_in: SignedIn
) -> None:
    client = signed_in(stan)
    for path in ("/person/sam", "/people", f"/people?team={cast.design.key}"):
        answer = client.get(path)
        assertContains(answer, "Sam")
        assert [act for act in addresses(cast) if f'action="{act}"' in answer.content.decode()] == [], path


def test_staff_sign_others_out_and_themselves_elsewhere(cast: Cast, stan: Person, signed_in: SignedIn) -> None:
    ben, client = signed_in(cast.ben), signed_in(stan)
    for name in ("ben", "stan"):
        assert client.post(f"/person/{name}/sign-out").status_code == 302
    assert (ben.get("/").status_code, client.get("/").status_code) == (302, 200)


def test_a_superuser_signs_another_out(cast: Cast, stan: Person, signed_in: SignedIn) -> None:
    Person.objects.filter(pk=stan.pk).update(is_superuser=True)
    theirs, client = signed_in(cast.sam), signed_in(stan)
    assertContains(client.get("/person/sam"), "/person/sam/sign-out")
    client.post("/person/sam/sign-out")
    assert theirs.get("/").status_code == 302


def test_a_lead_still_gives_a_superuser_their_role_in_the_team(cast: Cast, stan: Person, signed_in: SignedIn) -> None:
    client = signed_in(cast.lea)
    assertContains(client.get("/people"), f"/teams/{cast.design.key}/people/sam/role")
    client.post(f"/teams/{cast.design.key}/people/sam/role", {"role": "member"})
    assert Membership.objects.get(person=cast.sam).role == "member"


def test_in_the_administration_too(cast: Cast, stan: Person, signed_in: SignedIn) -> None:
    stan.user_permissions.set(Permission.objects.filter(content_type__app_label="generations"))
    client = signed_in(stan)
    for number, may in ((cast.sam.pk, False), (cast.ben.pk, True)):
        page = client.get(f"/admin/generations/person/{number}/change/").content.decode()
        assert ('name="email"' in page) is may, number
        asked = client.get(f"/admin/generations/person/{number}/password/").status_code
        assert asked == (200 if may else 403), number
    assert 'name="is_superuser"' not in page and 'name="user_permissions"' not in page, "nobody makes themselves one"
    client.post(f"/admin/generations/person/{cast.sam.pk}/change/", {"username": "sam", "email": "me@x.example"})
    cast.sam.refresh_from_db()
    assert cast.sam.email == "sam@design.example"


def test_staff_give_themselves_nothing_by_a_group(cast: Cast, stan: Person, signed_in: SignedIn) -> None:
    group = Group.objects.create(name="Staff")
    stan.groups.add(group)
    stan.user_permissions.set(Permission.objects.filter(content_type__app_label="auth"))
    path, every = f"/admin/auth/group/{group.pk}/change/", list(Permission.objects.values_list("pk", flat=True))
    assert signed_in(stan).post(path, {"name": "Staff", "permissions": every}).status_code == 403
    assert signed_in(stan).post("/admin/auth/group/add/", {"name": "More", "permissions": every}).status_code == 403
    assert not group.permissions.exists() and Group.objects.count() == 1
    signed_in(cast.sam).post(path, {"name": "Staff", "permissions": every[:1]})
    assert group.permissions.count() == 1


def test_staff_give_nobody_above_them_a_role_or_an_address_in_the_administration(
    cast: Cast, stan: Person, signed_in: SignedIn
) -> None:
    stan.user_permissions.set(Permission.objects.filter(content_type__app_label__in=("account", "generations")))
    client, path = signed_in(stan), f"/admin/generations/team/{cast.design.pk}/change/"
    for name, roles in (("sam", {"lead"}), ("ben", {"reviewer"})):
        row = Membership.objects.get(person__username=name, team=cast.design)
        fields = {"id": row.pk, "team": cast.design.pk, "person": row.person_id, "role": "reviewer"}
        counts = {"membership_set-TOTAL_FORMS": 1, "membership_set-INITIAL_FORMS": 1}
        form = {f"membership_set-0-{field}": value for field, value in fields.items()}
        kept = {field: value for field, value in model_to_dict(cast.design).items() if value is not None}
        client.post(path, kept | counts | form)
        assert {Membership.objects.get(pk=row.pk).role} == roles, name
    page = client.get(path).content.decode()
    assert f'value="{cast.ben.pk}" selected' in page and f'value="{cast.sam.pk}" selected' not in page
    address = {"user": cast.sam.pk, "email": "mine@x.example", "verified": "on", "primary": "on"}
    assert client.post("/admin/account/emailaddress/add/", address).status_code == 404
    assert not EmailAddress.objects.exists()


def test_staff_delete_no_team_that_a_superuser_is_in(cast: Cast, stan: Person, signed_in: SignedIn) -> None:
    stan.user_permissions.set(Permission.objects.filter(content_type__app_label="generations"))
    team, empty = make_team("With Sam"), make_team("Empty")
    Membership.objects.create(person=cast.sam, team=team)
    client = signed_in(stan)
    assert client.post(f"/admin/generations/team/{team.pk}/delete/", {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [team.pk], "post": "yes"}
    client.post("/admin/generations/team/", chosen)
    assert Membership.objects.filter(person=cast.sam, team=team).exists()
    client.post(f"/admin/generations/team/{empty.pk}/delete/", {"post": "yes"})
    signed_in(cast.sam).post(f"/admin/generations/team/{team.pk}/delete/", {"post": "yes"})
    assert not type(team).objects.filter(pk__in=[team.pk, empty.pk]).exists()
