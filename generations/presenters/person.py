"""One account, as an administrator sees it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from generations import rights
from generations.models import HandOver, Membership, Person, SignIn, Team
from generations.models.hand_over import given_on_to
from generations.models.single_sign_on import link_of
from generations.presenters.people import PersonRow, roles
from generations.presenters.second_factor import SecondFactor
from generations.queries import people as queries
from generations.translation import listed
from generations.viewer import Viewer


@dataclass(frozen=True)
class PersonPage:
    """One account, for an administrator."""

    viewer: Viewer
    person: Person

    @cached_property
    def row(self) -> PersonRow:
        """As the list of people shows them."""
        return PersonRow(self.viewer, self.person, queries.months_of([self.person.pk], None)[self.person.pk])

    @property
    def may_manage(self) -> bool:
        return rights.manage_person.allows(self.viewer, self.person)

    @property
    def may_promote(self) -> bool:
        return rights.promote_person.allows(self.viewer, self.person)

    @property
    def may_erase(self) -> bool:
        return rights.erase_person.allows(self.viewer, self.person)

    @property
    def may_export(self) -> bool:
        return rights.export_person.allows(self.viewer, self.person)

    @cached_property
    def holds(self) -> str:
        """The legal holds on the person as a whole, by their names."""
        return listed(queries.holds_on(self.viewer, self.person))

    @cached_property
    def memberships(self) -> list[Membership]:
        return list(self.person.membership_set.select_related("team", "person").order_by("pk"))

    @property
    def changeable(self) -> set[int]:
        """Of the memberships those that the viewer may change."""
        return {row.pk for row in self.memberships if rights.manage_membership.allows(self.viewer, row)}

    @property
    def is_paused(self) -> bool:
        """Whether their prompts are taken no more in one of their teams."""
        return any(row.sending_paused_at for row in self.memberships)

    @property
    def roles(self) -> list[tuple[str, str, str]]:
        return roles()

    @cached_property
    def teams(self) -> list[Team]:
        """Those they can be added to."""
        return list(queries.teams_to_join(self.person))

    @cached_property
    def heirs(self) -> list[Person]:
        return queries.heirs_of(self.person)

    @cached_property
    def hand_over(self) -> HandOver | None:
        return queries.hand_overs([self.person.pk]).get(self.person.pk)

    @cached_property
    def given_on_to(self) -> Person | None:
        """Who has what they had from others."""
        return given_on_to(self.person)

    @cached_property
    def devices(self) -> list[SignIn]:
        return list(SignIn.objects.lasting().filter(person=self.person))

    @cached_property
    def second_factor(self) -> SecondFactor:
        return SecondFactor(self.person)

    @cached_property
    def single_sign_on(self) -> str:
        """The address they come in with by single sign-on; "" where nothing is linked."""
        link = link_of(self.person)
        return str(link.extra_data.get("email") or link.uid) if link else ""

    @cached_property
    def work(self) -> queries.Work:
        return queries.work_of(self.person)
