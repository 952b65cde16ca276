"""What people said about a picture, as threads beside it and as numbered pins on it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from generations import rights
from generations.models import Comment, Image, Person
from generations.models.comment import MAX_COMMENT
from generations.models.key import address, new_key
from generations.models.mention import mentions_in
from generations.models.region import FULL, Region
from generations.presenters.frame import comments_said
from generations.presenters.gallery import day_said
from generations.presenters.region import instruction, places, region_words
from generations.queries.comments import comments_on, keys_allowed, talk_state
from generations.text import initials_of
from generations.viewer import Viewer

MAX_PIN_TEXT = 120


@dataclass(frozen=True)
class Part:
    """A piece of a comment: words, or the name of somebody it mentions."""

    text: str
    person: Person | None = None


@dataclass(frozen=True)
class Said:
    """One comment with what the viewer may do to it. `number` is that of its pin, 0 without one."""

    comment: Comment
    number: int
    may_edit: bool
    may_delete: bool
    may_resolve: bool
    is_editing: bool = False
    is_answering: bool = False
    replies: list[Said] = field(default_factory=list)

    @property
    def parts(self) -> list[Part]:
        return parts_of(self.comment)

    @property
    def place(self) -> str:
        """Where on the picture, in words."""
        return region_words(self.comment.region)

    @property
    def said_at(self) -> str:
        return moment_said(self.comment.created_at)

    @property
    def edited_at(self) -> str:
        return moment_said(self.comment.edited_at) if self.comment.edited_at else ""

    @property
    def resolved_at(self) -> str:
        return moment_said(self.comment.resolved_at) if self.comment.resolved_at else ""

    @property
    def is_clients(self) -> bool:
        """Whether it began a thread by a share link, whose answers its visitor reads."""
        return self.comment.visitor_id is not None

    @property
    def initials(self) -> str:
        author = self.comment.author
        return author.initials if author else initials_of(self.comment.by)

    @property
    def short(self) -> str:
        """Its beginning, for the pin and for what reads the page aloud."""
        return Truncator(" ".join(self.comment.text.split())).chars(MAX_PIN_TEXT)

    @property
    def pin(self) -> Pin | None:
        region = self.comment.region
        return Pin(self, region) if region and not self.comment.is_deleted else None


@dataclass(frozen=True)
class Pin:
    """A numbered point or box on the picture; lengths are shares of the picture, as SVG writes them."""

    said: Said
    region: Region

    @property
    def left(self) -> str:
        return percent(self.region.x)

    @property
    def top(self) -> str:
        return percent(self.region.y)

    @property
    def width(self) -> str:
        return percent(self.region.width)

    @property
    def height(self) -> str:
        return percent(self.region.height)

    @property
    def label(self) -> str:
        named = {"number": self.said.number, "text": self.said.short}
        if self.said.comment.is_resolved:
            return _("Point %(number)s, resolved: %(text)s") % named
        return _("Point %(number)s: %(text)s") % named


class Discussion:
    """The comments of a picture as one viewer sees them, and the form for the next.

    `editing` and `answering` are keys of comments whose field is open. What was written and not taken stands in the
    field again: `text`, `where`, and `problem` says why."""

    most = MAX_COMMENT

    def __init__(
        self,
        viewer: Viewer,
        image: Image,
        *,
        editing: str = "",
        answering: str = "",
        text: str = "",
        where: str = "",
        problem: str = "",
    ) -> None:
        self.viewer = viewer
        self.image = image
        self.editing = editing
        self.answering = answering
        self.text = text
        self.where = where
        self.problem = problem

    @property
    def key(self) -> str:
        """A key under which a double click is one comment."""
        return new_key()

    @property
    def write_url(self) -> str:
        return address("write_comment", self.image.key)

    @cached_property
    def state(self) -> str:
        """What a page that shows these threads sends with its poll, to hear when they are others."""
        return f"{self.image.key}.{talk_state(self.image.key)}"

    @property
    def people_url(self) -> str:
        return address("people_to_mention", self.image.key)

    @property
    def places(self) -> list[tuple[str, str]]:
        return places()

    @property
    def part_url(self) -> str:
        """Where these threads alone are had, with a field of one opened by what is added to it."""
        return f"{address('comments', self.image.key)}?"

    @property
    def new_text(self) -> str:
        """What was written as a comment of its own and not taken."""
        return "" if self.editing or self.answering else self.text

    @property
    def new_problem(self) -> str:
        return "" if self.editing or self.answering else self.problem

    @cached_property
    def threads(self) -> list[Said]:
        """Those with anything left to read, oldest first."""
        rows = comments_on(self.viewer, self.image)
        replies: dict[int, list[Comment]] = {}
        for row in rows:
            if row.parent_id and not row.is_deleted:
                replies.setdefault(row.parent_id, []).append(row)
        starts = [row for row in rows if row.parent_id is None]
        placed = [row.pk for row in starts if row.region]
        numbers = {pk: number for number, pk in enumerate(placed, start=1)}
        return [
            self._said(row, numbers.get(row.pk, 0), replies.get(row.pk, []))
            for row in starts
            if not row.is_deleted or row.pk in replies
        ]

    def _said(self, row: Comment, number: int, replies: list[Comment]) -> Said:
        row.image = self.image
        editable, deletable, resolvable = self._allowed
        return Said(
            comment=row,
            number=0 if row.is_deleted else number,
            may_edit=row.key in editable,
            may_delete=row.key in deletable,
            may_resolve=row.key in resolvable,
            is_editing=row.key == self.editing and row.key in editable,
            is_answering=row.key == self.answering,
            replies=[self._said(reply, 0, []) for reply in replies],
        )

    @cached_property
    def open(self) -> list[Said]:
        return [said for said in self.threads if not said.comment.is_resolved]

    @cached_property
    def resolved(self) -> list[Said]:
        return [said for said in self.threads if said.comment.is_resolved]

    @property
    def pins(self) -> list[Pin]:
        """Resolved ones first, so that an open one lies above."""
        return [pin for said in [*self.resolved, *self.open] if (pin := said.pin)]

    @property
    def next_number(self) -> int:
        """Of the pin that is placed next."""
        return max((said.number for said in self.threads), default=0) + 1

    @cached_property
    def count(self) -> int:
        """Comments in open threads."""
        return sum((not said.comment.is_deleted) + len(said.replies) for said in self.open)

    @property
    def count_said(self) -> str:
        return comments_said(self.count)

    @cached_property
    def _allowed(self) -> list[set[str]]:
        """The keys of those that the viewer may edit, delete and resolve."""
        rules = rights.edit_comment, rights.delete_comment, rights.resolve_comment
        return keys_allowed(self.viewer, self.image, *rules)


def parts_of(comment: Comment) -> list[Part]:
    """Its words, with the people it mentions apart. Who was not told is only words."""
    parts, at = [], 0
    for mention in mentions_in(comment.text, comment.mentions.all()):
        parts += [
            Part(comment.text[at : mention.start]),
            Part(comment.text[mention.start : mention.end], mention.person),
        ]
        at = mention.end
    return [part for part in [*parts, Part(comment.text[at:])] if part.text]


def instruction_of(comment: Comment) -> str:
    """A comment as an instruction to change the picture: without whom it was addressed to, with its place in words."""
    words = "".join("" if part.person else part.text for part in parts_of(comment)).strip(" ,:;")
    region = comment.region or (comment.parent.region if comment.parent else None)
    return instruction(words, region)[:MAX_COMMENT]


def moment_said(moment: datetime) -> str:
    """ "today, 14:05", or the date with the time."""
    time = date_format(timezone.localtime(moment), "TIME_FORMAT")
    return _("%(day)s, %(time)s") % {"day": day_said(moment), "time": time}


def percent(thousandths: int) -> str:
    return f"{thousandths * 100 / FULL:g}%"


def named_apart(people: list[Person]) -> list[dict[str, str]]:
    """People to mention: how each is called, and what to write: the user name where two are called the same."""
    called = Counter(str(person).casefold() for person in people)
    return [
        {
            "name": str(person),
            "initials": person.initials,
            "write": str(person) if called[str(person).casefold()] == 1 else person.username,
        }
        for person in people
    ]
