"""What a visitor of a share link sends: one form, whose buttons say what is done."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.core import ratelimit
from django.db import transaction
from django.http import QueryDict

from generations import access
from generations.models import ShareLink, Visitor
from generations.models.choice import Choice
from generations.models.image import Image
from generations.models.region import Region
from generations.models.visitor import NotTaken
from generations.queries.shared import shared_images
from generations.request import VisitorRequest
from generations.rights import Viewer
from generations.translatable import Message

CLEAR = "clear"
MARKS = (*Choice.Kind.values, CLEAR)
TOO_FAST = Message("This is too fast. Wait a minute, then try again.")


class TooFast(NotTaken):
    """More than one link or one address may send."""


@dataclass(frozen=True)
class Deed:
    """`mark` is of MARKS or "", `image` the key of the picture it is about; `words` are a comment on that, `where` its
    place as `Region.parse` reads it, `key` what makes it one comment however often it is sent. `note` goes along with
    the choice when that `is_last`."""

    name: str = ""
    mark: str = ""
    image: str = ""
    words: str = ""
    where: str = ""
    key: str = ""
    note: str = ""
    is_last: bool = False

    @classmethod
    def read(cls, said: QueryDict) -> Deed:
        """From a form. A button for a mark carries the picture's key as its value."""
        mark = next((name for name in MARKS if said.get(name)), "")
        return cls(
            name=said.get("name", ""),
            mark=mark,
            image=said.get(mark, "") if mark else said.get("image", ""),
            words=said.get("words", ""),
            where=said.get("where", ""),
            key=said.get("key", ""),
            note=said.get("note", ""),
            is_last="finish" in said,
        )

    @property
    def region(self) -> Region | None:
        """The place on the picture; None for all of it, and for what is none."""
        try:
            return Region.parse(self.where)
        except ValueError:
            return None

    @property
    def is_said(self) -> bool:
        """Whether there are words to keep."""
        return bool(self.words.strip())


def do(
    request: VisitorRequest, viewer: Viewer, link: ShareLink, visitor: Visitor | None, deed: Deed
) -> tuple[Visitor, str]:
    """All that the deed says, or nothing of it: the visitor, and the token their browser keeps if they are new.

    Raises NotTaken, BadText, Http404."""
    if not ratelimit.consume(request, action="share_write", key=link.key):
        raise TooFast(TOO_FAST)
    if visitor is None and not ratelimit.consume(request, action="share_visitor", key=link.key):
        raise TooFast(TOO_FAST)
    marked = access.image_to_choose(viewer, deed.image) if deed.mark else None
    remarked = access.image_to_remark(viewer, deed.image) if deed.is_said else None
    with transaction.atomic():
        here, token = (visitor, "") if visitor else Visitor.come(link, deed.name)
        if remarked:
            here.remark(remarked, deed.words, deed.region, deed.key)
        if marked:
            mark(viewer, link, here, marked, deed.mark)
        if deed.is_last:
            here.finish(deed.note)
    return here, token


def mark(viewer: Viewer, link: ShareLink, visitor: Visitor, image: Image, mark: str) -> None:
    """Set the visitor's mark on a picture, or take it away. Raises NotTaken."""
    if mark == CLEAR:
        visitor.unchoose(image)
    else:
        visitor.choose(image, mark, shared_images(viewer, link.gallery))
