"""What somebody looks for in the library: a value that is read from an address, written to one, and answered."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, Exists, ExpressionWrapper, F, OuterRef, Q
from django.db.models.expressions import RawSQL
from django.db.models.lookups import In
from django.http import QueryDict
from django.utils import timezone

from generations import rights
from generations.models.batch import UNFINISHED, Batch
from generations.models.favourite import Favourite
from generations.models.folded import casefold
from generations.models.generation import Generation, GenerationQuerySet
from generations.models.image import Image, ImageQuerySet
from generations.models.tag import Tag
from generations.models.team import Person
from generations.models.verdict import Verdict
from generations.rights import Rule
from generations.viewer import Viewer

SHAPES = {
    "landscape": Q(width__gt=F("height")),
    "portrait": Q(width__lt=F("height")),
    "square": Q(width__gte=F("height"), width__lte=F("height")),
}
"""PostgreSQL takes two columns that are equal for one row in two hundred."""
STATES = {
    "developing": Q(state__in=UNFINISHED),
    "failed": Q(state="failed") & ~Q(kind="declined"),
    "declined": Q(state="failed", kind="declined"),
    "cancelled": Q(state="cancelled"),
}
"""What a generation without a picture may be."""
ANY_STATE = Q(state__in=(*UNFINISHED, "failed", "cancelled"))

REVIEWS = ("awaiting", *Verdict.DECISIONS)
BY_VISITORS = ("chosen", "rejected", "remarked")
LISTS = ("by", "model", "shape", "tag", "review", *BY_VISITORS)
ANYBODY = "any"
MAX_WORDS = 8
MAX_CHOICES = 20
MAX_TEXT = 200
PHRASE = re.compile(r'"([^"]+)"|(\S+)')

MAX_NUMBER_TEXT = 30
NUMBER = re.compile(r"(?:no[.:]?|nr[.:]?|#|第)?\s*([1-9][0-9]{0,17})\s*号?", re.IGNORECASE)

OF_WORDS = "SELECT rowid FROM generations_batch_words WHERE generations_batch_words MATCH %s"
WORDS = re.compile(r"[^\ufffd-\uffff]{3,}")
"""What it is asked for as it stands: three signs and more, but for those it takes for one another."""
OF_SIGNS = "SELECT doc FROM generations_batch_words_signs WHERE term BETWEEN %s AND %s"
SIGNS = re.compile(r"[\u2000-\ufffc\U00010000-\U0010ffff][^\ufffd-\uffff]?")
"""What it is asked for as the beginning of three: one or two signs, such as Chinese or an emoji. The letters of most
alphabets, below U+2000, begin too many."""
LAST_SIGN = "\U0010ffff"
BATCH_UNINDEXED = ExpressionWrapper(F("batch_id") + 0, BigIntegerField())
"""By it SQLite walks the pictures from the newest until there are enough; by an index it would gather and sort all."""


@dataclass(frozen=True)
class Search:
    """`words` as typed; `by` user names, `model` keys, `shape` of SHAPES, `tag` names, `review` of REVIEWS: any of each
    list, all lists together. In a gallery `chosen`, `rejected` and `remarked` are keys of visitors of its share links
    who did so, or ANYBODY. `since` and `until` are days, both counted in. `is_everybodys` looks, for staff, beyond
    their own and their teams'. `state` of STATES asks for generations that have no picture instead."""

    words: str = ""
    by: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    shape: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    review: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    remarked: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    is_favourite: bool = False
    is_everybodys: bool = False
    state: str = ""

    @classmethod
    def read(cls, said: QueryDict) -> Search:
        """From an address; what means nothing is left out."""
        chosen = {
            name: tuple(dict.fromkeys(text for text in said.getlist(name) if text and fits(text))) for name in LISTS
        }
        chosen = {name: texts[:MAX_CHOICES] for name, texts in chosen.items()}
        words = said.get("q", "")[:MAX_TEXT].strip()
        return cls(
            words=words if fits(words) else "",
            by=chosen["by"],
            model=chosen["model"],
            shape=tuple(shape for shape in chosen["shape"] if shape in SHAPES),
            tag=chosen["tag"],
            review=tuple(verdict for verdict in chosen["review"] if verdict in REVIEWS),
            chosen=chosen["chosen"],
            rejected=chosen["rejected"],
            remarked=chosen["remarked"],
            since=day(said.get("since", "")),
            until=day(said.get("until", "")),
            is_favourite=bool(said.get("fav")),
            is_everybodys=bool(said.get("everybody")),
            state=state if (state := said.get("state", "")) in STATES else "",
        )

    @classmethod
    def parse(cls, query: str) -> Search:
        """From the part of an address behind its question mark."""
        return cls.read(QueryDict(query[:4000]))

    @cached_property
    def query(self) -> str:
        """As it stands in an address: the same search always alike, the empty one empty."""
        said = QueryDict(mutable=True)
        said["q"] = self.words
        for name in LISTS:
            said.setlist(name, sorted(getattr(self, name)))
        said["since"] = self.since.isoformat() if self.since else ""
        said["until"] = self.until.isoformat() if self.until else ""
        said["fav"] = "1" if self.is_favourite else ""
        said["everybody"] = "1" if self.is_everybodys else ""
        said["state"] = self.state
        for name in [name for name, texts in said.lists() if not any(texts)]:
            del said[name]
        return said.urlencode()

    @cached_property
    def number(self) -> int | None:
        """The number of a batch, where that is all the words say: 25, #25, No. 25, 第 25 号."""
        if len(self.words) > MAX_NUMBER_TEXT:
            return None
        said = NUMBER.fullmatch(unicodedata.normalize("NFKC", self.words))
        return int(said[1]) if said else None

    def __bool__(self) -> bool:
        return self != Search()

    def without(self, name: str, value: str = "") -> Search:
        """The same search less one filter, or less one choice of a list."""
        if name in LISTS:
            rest: object = tuple(text for text in getattr(self, name) if text != value)
        else:
            rest = getattr(Search, name)
        changed: dict[str, Any] = {name: rest}
        return replace(self, **changed)

    def without_choices(self) -> Search:
        """The same search less its state and the lists of which any choice will do; tags must all be there."""
        return replace(self, by=(), model=(), shape=(), review=(), state="")

    def of_pictures(self) -> Search:
        """The same search among pictures that are given: without what chooses others than these."""
        return replace(self, is_everybodys=False, state="")

    # ── answers ──

    @property
    def rule(self) -> Rule:
        """Among which pictures it looks."""
        return rights.see_drawn if self.is_everybodys else rights.image_around

    def images(self, viewer: Viewer) -> ImageQuerySet:
        """The pictures shown to this viewer that it finds."""
        return self.among(self.rule.of(viewer, Image.objects.asked_for()), viewer)

    def among(self, found: ImageQuerySet, viewer: Viewer) -> ImageQuerySet:
        """Those of these pictures that it finds; whether they may be seen was asked before."""
        if self.words:
            found = found.filter(*said(phrases(self.words)))
        if self.by:
            found = found.filter(person__in=Person.objects.filter(username__in=self.by).values("pk"))
        if self.model:
            found = found.filter(model__key__in=self.model)
        if self.shape:
            found = found.filter(either(SHAPES[shape] for shape in self.shape))
        if self.review:
            found = found.filter(either(reviewed(verdict) for verdict in self.review))
        for name in self.tag:
            found = found.filter(pk__in=Tag.objects.filter(name=name).values("image"))
        if self.is_favourite:
            found = found.filter(pk__in=Favourite.objects.filter(person=viewer.person).values("image"))
        return found.filter(self._between())

    def generations(self, viewer: Viewer) -> GenerationQuerySet:
        """The generations without a picture that it finds, in its state or in any. Shape, tag, verdict and heart need
        one."""
        state = STATES.get(self.state, ANY_STATE)
        standing = Generation.objects.filter(~is_retried(), batch__removed_at=None)
        found = standing.filter(state, ~Exists(Image.objects.filter(generation=OuterRef("pk"))))
        rule = rights.see_generation if self.is_everybodys else rights.generation_around
        found = rule.of(viewer, found)
        for phrase in phrases(self.words):
            found = found.filter(batch__words__holds=phrase)
        if self.by:
            found = found.filter(batch__person__username__in=self.by)
        if self.model:
            found = found.filter(model__key__in=self.model)
        return found.filter(self._between()).order_by("-pk")

    def _between(self) -> Q:
        wanted = Q()
        if self.since:
            wanted &= Q(created_at__gte=midnight(self.since))
        if self.until:
            wanted &= Q(created_at__lt=midnight(self.until + timedelta(days=1)))
        return wanted


def is_retried() -> Exists:
    """The condition on generations that they were tried again."""
    return Exists(Generation.objects.filter(retry_of=OuterRef("pk")))


def said(phrases: list[str]) -> Iterator[Q | In]:
    """The conditions on pictures that their prompt holds all these phrases.

    SQLite's index is asked for all it knows, and prompts are read for the rest; PostgreSQL does so by itself."""
    if connection.vendor != "sqlite":
        yield Q(batch__in=Batch.objects.saying(*phrases).values("pk"))
        return
    words = [phrase for phrase in phrases if WORDS.fullmatch(phrase)]
    signs = [phrase for phrase in phrases if SIGNS.fullmatch(phrase)]
    if words:
        quoted = ('"{}"'.format(phrase.replace('"', '""')) for phrase in words)
        yield In(BATCH_UNINDEXED, RawSQL(OF_WORDS, [" ".join(quoted)]))  # noqa: S611
    for phrase in signs:
        yield In(BATCH_UNINDEXED, RawSQL(OF_SIGNS, [phrase, phrase + 2 * LAST_SIGN]))  # noqa: S611
    if rest := [phrase for phrase in phrases if phrase not in [*words, *signs]]:
        yield In(BATCH_UNINDEXED, Batch.objects.saying(*rest).values("pk"))


def reviewed(verdict: str) -> Q:
    """The pictures with this verdict; those that await one are seen by a team. Each is asked for its verdict: SQLite
    would else gather and sort all that have this one."""
    if verdict == "awaiting":
        return Q(verdict=None, team__isnull=False)
    return Q(Exists(Verdict.objects.filter(pk=OuterRef("verdict"), state=verdict)))


def phrases(words: str) -> list[str]:
    """What must all stand in the prompt, folded: "red bicycle" rain is two."""
    found = (casefold(quoted or bare).strip('"') for quoted, bare in PHRASE.findall(words))
    return list(dict.fromkeys(phrase for phrase in found if phrase))[:MAX_WORDS]


def fits(text: str) -> bool:
    """Whether a database takes this text."""
    return len(text) <= MAX_TEXT and "\0" not in text and not any(0xD800 <= ord(sign) <= 0xDFFF for sign in text)


def day(text: str) -> date | None:
    """A day whose midnight is a moment in every time zone."""
    try:
        read = date.fromisoformat(text)
    except ValueError:
        return None
    return read if date.min.year < read.year < date.max.year else None


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def either(conditions: Iterable[Q]) -> Q:
    any_of = Q()
    for condition in conditions:
        any_of |= condition
    return any_of
