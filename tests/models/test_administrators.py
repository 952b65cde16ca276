"""There is always somebody who runs the installation."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django.asserts import assertContains

from generations.models import AuditEntry, Person
from generations.models.administrators import LastAdministrator
from generations.models.erasure import erase
from generations.models.hand_over import deactivate
from generations.models.roles import set_administrator
from tests.support.cast import Cast, make_cast, make_person
from tests.support.threads import at_once

SignIn = Callable[..., Client]
ENDS: dict[str, Callable[[Person, Person], object]] = {
    "demote": lambda person, by: set_administrator(person, is_administrator=False, by=by),
    "deactivate": deactivate,
    "erase": erase,
}


def administrators() -> list[Person]:
    return list(Person.objects.filter(is_superuser=True, is_active=True))


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_the_last_administrator_stays(cast: Cast, end: Callable[[Person, Person], object]) -> None:
    make_person("eve", is_staff=True)
    deactivate(Person.objects.get(username="eve"), cast.sam)
    with pytest.raises(LastAdministrator):
        end(cast.sam, cast.sam)
    assert administrators() == [cast.sam]
    assert not AuditEntry.objects.filter(object_kind="person", object_key=str(cast.sam.pk)).exists()


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["demote deactivate", "demote demote", "deactivate deactivate", "erase demote"])
def test_of_two_who_end_each_other_one_stays(transactional_db: None, how: str) -> None:
    cast, first, second = make_cast(), *(ENDS[name] for name in how.split())
    eve = make_person("eve", is_staff=True)
    results = at_once(lambda: first(eve, cast.sam), lambda: second(cast.sam, eve))
    assert sum(isinstance(result, LastAdministrator) for result in results) == 1, results
    assert len(administrators()) == 1


def test_the_administration_says_so(cast: Cast, signed_in: SignIn) -> None:
    path = f"/admin/generations/person/{cast.sam.pk}/"
    form = signed_in(cast.sam).get(f"{path}change/").context["adminform"].form
    dates = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    formset = {f"membership_set-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL")}
    said = {name: value for name, value in form.initial.items() if value not in (None, False)}
    for left_out in ("is_superuser", "is_active"):
        kept = {name: value for name, value in said.items() if name != left_out}
        posted = {**kept, **dates, **formset, "groups": [], "user_permissions": []}
        answer = signed_in(cast.sam).post(f"{path}change/", posted, follow=True)
        assertContains(answer, "This is the last administrator.")
    eve = make_person("eve", is_staff=True)
    assert signed_in(eve).post(f"{path}delete/", {"post": "yes"}).status_code == 403
    assert {person.username for person in administrators()} == {"sam", "eve"}
