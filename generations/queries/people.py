"""People and teams, for who manages them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from generations import rights
from generations.models import (
    Batch,
    Client,
    Gallery,
    Generation,
    HandOver,
    Hold,
    Image,
    Invitation,
    Membership,
    Person,
    Team,
)
from generations.models.key import now
from generations.queries.search import fits
from generations.viewer import Viewer

MAX_SHOWN = 200


@dataclass(frozen=True)
class Month:
    """What somebody made and spent since the first of the month."""

    pictures: int = 0
    spent: Decimal | None = None


def begin_of_month() -> datetime:
    """Its first moment, in the active time zone."""
    return timezone.localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def teams_to_manage(viewer: Viewer) -> list[Team]:
    """With `amount`, how many active people are in each; one query."""
    amount = Count("membership", filter=Q(membership__person__is_active=True))
    return list(rights.manage_team.of(viewer, Team.objects.annotate(amount=amount)).order_by("name"))


def everybody() -> int:
    """How many people can sign in."""
    return Person.objects.filter(is_active=True).count()


def members(team: Team, text: str, *, is_active: bool = True) -> list[Membership]:
    """A team's people, who leads it first; of those who left the newest first. One query."""
    rows = team.membership_set.filter(person__is_active=is_active, person__erased_at=None).select_related("person")
    rows = rows.filter(called(text, "person__"))
    order = ("role", "person__first_name", "person__username") if is_active else ("-person__deactivated_at",)
    found = list(rows.order_by(*order)[:MAX_SHOWN])
    return sorted(found, key=lambda row: row.role != Membership.Role.LEAD)


def people(text: str, *, is_active: bool = True) -> list[Person]:
    """All accounts with their teams; two queries."""
    rows = Person.objects.filter(called(text, ""), is_active=is_active, erased_at=None)
    order = ("first_name", "username") if is_active else ("-deactivated_at",)
    return list(rows.prefetch_related("membership_set__team").order_by(*order)[:MAX_SHOWN])


def called(text: str, prefix: str) -> Q:
    """People whose name or address holds this text."""
    if not fits(text):
        return Q(pk__in=[])
    if not text:
        return Q()
    words = [Q(**{f"{prefix}{name}__icontains": text}) for name in ("first_name", "last_name", "email", "username")]
    return words[0] | words[1] | words[2] | words[3]


def months_of(persons: Iterable[int], team: Team | None) -> dict[int, Month]:
    """By person, in this team or in all; two queries for any number."""
    since, wanted = begin_of_month(), list(persons)
    within = {"batch__team": team} if team else {}
    images = Image.objects.filter(batch__person__in=wanted, created_at__gte=since, **within).asked_for()
    drawn = dict(images.order_by().values_list("batch__person").annotate(count=Count("pk")))
    calls = Generation.objects.filter(batch__person__in=wanted, finished_at__gte=since, **within)
    spent = dict(calls.order_by().values_list("batch__person").annotate(total=Sum("cost")))
    return {pk: Month(drawn.get(pk, 0), spent.get(pk)) for pk in wanted}


def invitations(teams: Iterable[Team], *, to_galleries: bool = False) -> list[Invitation]:
    """Those that wait in these teams, and in all galleries if wanted, also those that ended by time, the newest first;
    one query."""
    wanted = Q(team__in=[team.pk for team in teams])
    if to_galleries:
        wanted |= Q(gallery__isnull=False, gallery__deleted_at=None)
    waiting = Invitation.objects.waiting().filter(wanted)
    return list(waiting.select_related("team", "gallery", "by").order_by("-sent_at", "-pk")[:MAX_SHOWN])


def hand_overs(persons: Iterable[int]) -> dict[int, HandOver]:
    """By person, the newest of their own work that was not taken back and gave something; one that gave nothing if
    there is no other."""
    given = HandOver.objects.filter(person__in=list(persons), ended_at=None, is_from_others=False)
    rows = given.select_related("heir", "gallery")
    return {row.person_id: row for row in sorted(rows.order_by("pk"), key=lambda row: not row.is_empty)}


def teams_to_join(person: Person) -> QuerySet[Team]:
    """Those the person is not in."""
    return Team.objects.exclude(membership__person=person).order_by("name")


def who_may_inherit(person: Person) -> QuerySet[Person]:
    """Who may get a person's work."""
    return Person.objects.filter(is_active=True).exclude(pk=person.pk)


def heirs_of(person: Person) -> list[Person]:
    """The same to choose from: who shares a team first, then everybody else."""
    shared = set(Person.objects.filter(teams__in=person.teams.all()).values_list("pk", flat=True))
    others = who_may_inherit(person).order_by("first_name", "username")
    return sorted(others, key=lambda each: each.pk not in shared)


def holds_on(viewer: Viewer, person: Person) -> list[str]:
    """The names of the legal holds on a person as a whole."""
    holds = rights.manage_hold.of(viewer, Hold.objects.standing().filter(person=person))
    return list(holds.order_by("pk").values_list("name", flat=True))


@dataclass(frozen=True)
class Work:
    """What is in a person's name."""

    pictures: int
    private: int
    galleries: int
    links: int
    clients: int
    waiting: int
    running: int


def work_of(person: Person) -> Work:
    """Seven counts."""
    unfinished = Generation.objects.filter(batch__person=person)
    return Work(
        pictures=Image.objects.kept().filter(person=person, batch__isnull=False).count(),
        private=Batch.objects.of(person).filter(visibility=Batch.Visibility.PRIVATE).count(),
        galleries=Gallery.objects.kept().filter(person=person).count(),
        links=_open_links(person),
        clients=Client.objects.filter(person=person, deleted_at=None).count(),
        waiting=unfinished.filter(state="queued").count(),
        running=unfinished.filter(state="running").count(),
    )


def _open_links(person: Person) -> int:
    galleries = Gallery.objects.kept()
    lasting = Q(links__expires_at=None) | Q(links__expires_at__gt=now())
    open_ones = galleries.filter(lasting, links__person=person, links__revoked_at=None, links__closed_at=None)
    return open_ones.values("links").count()
