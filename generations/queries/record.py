"""Entries of the record that are searched for, a page at a time, however many there are.

A page is read backwards from a number. Each topic, person and team is read by its own index and the pages are merged:
one query for all of them would make the database sort what it finds, or walk the whole record for what is rare."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import product
from urllib.parse import urlencode

from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_date

from generations import rights
from generations.acting import shortened
from generations.models import AuditEntry, Batch, Person, RecordHead
from generations.models.audit_entry import AuditEntryQuerySet
from generations.models.key import is_key
from generations.models.record_verb import Topic
from generations.text import number_in, tidy, tidy_line
from generations.viewer import Viewer

A_PAGE = 50
MAX_QUERY = 100
MAX_NAMED = 5
MAX_NUMBER = 2**62
NUMBER = re.compile(r"(?:no\.?\s*)?(\d{1,18})", re.IGNORECASE)
ABOUT = re.compile(r"([a-z]{1,20}):([\w-]{1,64})")
KINDS = (
    "batch", "image", "gallery", "sharelink", "client", "provider", "providermodel", "team", "person",
)  # fmt: skip


@dataclass(frozen=True)
class RecordSearch:
    """What is asked for. Of what cannot be read, nothing is asked."""

    topics: tuple[str, ...] = ()
    who: str = ""
    start: date | None = None
    end: date | None = None
    text: str = ""
    about: str = ""
    before: int | None = None

    @classmethod
    def read(cls, said: Mapping[str, str], topics: list[str]) -> RecordSearch:
        """From the address of the page."""
        about = said.get("about", "")
        return cls(
            topics=tuple(topic for topic in Topic.values if topic in topics),
            who=tidy(said.get("who", ""), MAX_QUERY),
            start=_day(said.get("from", "")),
            end=_day(said.get("till", "")),
            text=tidy_line(said.get("q", ""), MAX_QUERY),
            about=about if ABOUT.fullmatch(about) else "",
            before=number_in(said.get("before", ""), 18),
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.topics or self.who or self.start or self.end or self.text or self.about)

    def parameters(self) -> list[tuple[str, str]]:
        """As fields of a form or an address, without the place in the list."""
        said = {"who": self.who, "q": self.text, "about": self.about}
        said |= {"from": self.start.isoformat() if self.start else "", "till": self.end.isoformat() if self.end else ""}
        return [("what", topic) for topic in self.topics] + [(name, value) for name, value in said.items() if value]

    def query(self, before: int | None = None) -> str:
        """The part of the address behind the question mark."""
        return urlencode(self.parameters() + ([("before", str(before))] if before else []))


def entries_of(viewer: Viewer, search: RecordSearch) -> tuple[list[AuditEntry], bool]:
    """A page of what the viewer may read, the newest first, and whether there are more."""
    numbers = _numbers(search)
    found: dict[int, AuditEntry] = {}
    for part in _parts(viewer, search):
        rows = AuditEntry.objects.filter(part, numbers).newest_first()[: A_PAGE + 1]
        found.update((entry.number, entry) for entry in rows)
    page = [found[number] for number in sorted(found, reverse=True)]
    return page[:A_PAGE], len(page) > A_PAGE


def entries_to_export(viewer: Viewer, search: RecordSearch) -> AuditEntryQuerySet:
    """All that the viewer may read of what is asked for; read it `in_order`."""
    asked = _matching(search)
    topics = Q(topic__in=search.topics) if search.topics else Q()
    return rights.read_entry.of(viewer, AuditEntry.objects.filter(asked, topics, _numbers(search)))


def size_of_record() -> tuple[int, datetime | None]:
    """How many entries there are, and when the first was written."""
    head = RecordHead.objects.first() or RecordHead()
    first = AuditEntry.objects.filter(number__gt=head.pruned_to).order_by("number").values_list("at", flat=True)[:1]
    return head.number - head.pruned_to, next(iter(first), None)


def last_check() -> AuditEntry | None:
    """When the record was last proved."""
    return AuditEntry.objects.filter(verb="checked_record").newest_first().first()


def people_in_record(viewer: Viewer) -> list[Person]:
    """Whom one can ask for: everybody for staff, else the people of the teams one leads."""
    people = Person.objects.order_by("first_name", "username").only(*Person.NAMES)
    return list((people if viewer.is_staff else people.filter(teams__in=viewer.teams_led).distinct())[:500])


def _parts(viewer: Viewer, search: RecordSearch) -> Iterator[Q]:
    """Conditions that together give the search, each of which an index serves in the order of the numbers."""
    teams = [Q()] if viewer.is_staff else [Q(team_id=team) for team in viewer.teams_led]
    persons = _persons(search)
    people = [Q()] if persons is None else [Q(actor_id=person) for person in persons]
    is_any = len(search.topics) in (0, len(Topic))
    topics = [Q()] if is_any else [Q(topic=topic) for topic in search.topics]
    addresses = [Q(address=address) for address in _addresses(search.text)] or [Q()]
    matching = _matching(search, by_index=True)
    for team, person, topic, address in product(teams, people, topics, addresses):
        yield team & person & topic & address & matching


def _persons(search: RecordSearch) -> list[int] | None:
    """The numbers of those whose acts are asked for; None for everybody's."""
    found: list[int] | None = None
    if search.who:
        found = list(Person.objects.filter(username=search.who).values_list("pk", flat=True)[:1])
    if search.text and _is_name(search.text):
        named = _named(search.text)
        found = named if found is None else [pk for pk in found if pk in named]
    return found


def _named(text: str) -> list[int]:
    words = Q()
    for word in text.split()[:4]:
        words &= Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(username__icontains=word)
    return list(Person.objects.filter(words).order_by("pk").values_list("pk", flat=True)[:MAX_NAMED])


def _matching(search: RecordSearch, *, by_index: bool = False) -> Q:
    """What an entry must be, apart from topic, team and place in the list; with `by_index` also apart from who did it
    and from where."""
    asked = Q()
    if not by_index and (persons := _persons(search)) is not None:
        asked &= Q(actor_id__in=persons)
    if match := ABOUT.fullmatch(search.about):
        asked &= Q(object_kind=match[1], object_key=match[2])
    text = search.text
    if _is_address(text):
        asked &= Q() if by_index else Q(address__in=_addresses(text))
    elif match := NUMBER.fullmatch(text):
        asked &= _about_number(int(match[1]))
    elif is_key(text):
        asked &= Q(object_kind__in=KINDS, object_key=text)
    return asked


def _about_number(number: int) -> Q:
    """Entries about a batch and its pictures."""
    batch = Batch.objects.filter(pk=number).only("key").first()
    if batch is None:
        return Q(pk__in=[])
    images = list(batch.images.values_list("key", flat=True))
    return Q(object_kind="batch", object_key=batch.key) | Q(object_kind="image", object_key__in=images)


def _is_name(text: str) -> bool:
    return not (_is_address(text) or NUMBER.fullmatch(text) or is_key(text))


def _addresses(text: str) -> list[str]:
    """An address that is asked for, whole and as the record shortens it."""
    return sorted({text, shortened(text)}) if _is_address(text) else []


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _numbers(search: RecordSearch) -> Q:
    """The numbers between the days asked for; times never go back, so that a day is a run of numbers."""
    asked = Q()
    if search.start:
        asked &= Q(number__gte=_first_since(search.start))
    if search.end:
        asked &= Q(number__lt=_first_since(search.end + timedelta(days=1)))
    if search.before is not None:
        asked &= Q(number__lt=search.before)
    return asked


def _first_since(day: date) -> int:
    """The number of the first entry of this day or later; one that nothing has, if there is none."""
    since = timezone.make_aware(datetime.combine(day, time.min))
    found = AuditEntry.objects.filter(at__gte=since).order_by("at", "number").values_list("number", flat=True)[:1]
    return next(iter(found), MAX_NUMBER)


def _day(text: str) -> date | None:
    try:
        day = parse_date(text[:10])
    except ValueError:
        return None
    return day if day and 1970 < day.year < 9000 else None
