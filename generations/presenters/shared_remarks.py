"""Comments as a visitor reads them: who wrote each, and where on the picture it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from generations.models import Comment
from generations.text import initials_of


@dataclass(frozen=True)
class Remark:
    """A comment as a visitor reads it; `place` numbers those with a place on the picture. `is_named` where the link
    shows who of the team wrote it."""

    comment: Comment
    place: int = 0
    is_named: bool = False

    @property
    def look(self) -> str:
        """The design's classes."""
        looks = {"comment--answer": self.comment.parent_id, "is-resolved": self.comment.is_resolved}
        return " ".join(name for name, is_so in looks.items() if is_so)

    @property
    def by(self) -> str:
        """The name a visitor gave, or who answered them."""
        return self.comment.by if self.is_named or self.comment.author is None else _("The team")

    @property
    def initials(self) -> str:
        return initials_of(self.by)

    @property
    def x(self) -> str:
        """In percent of the picture, as SVG takes it."""
        return percent(self.comment.x or 0)

    @property
    def y(self) -> str:
        return percent(self.comment.y or 0)

    @property
    def width(self) -> str:
        return percent(self.comment.width or 0)

    @property
    def height(self) -> str:
        return percent(self.comment.height or 0)

    @property
    def is_box(self) -> bool:
        return bool(self.comment.width)


def percent(thousandths: int) -> str:
    """52.5%, whatever the language."""
    return f"{thousandths / 10:g}%"


def placed(comments: Iterable[Comment], *, is_named: bool) -> list[Remark]:
    """These comments, with a number for each that has a place on the picture."""
    number, remarks = 0, []
    for comment in comments:
        number += comment.x is not None
        remarks.append(Remark(comment, number if comment.x is not None else 0, is_named))
    return remarks
