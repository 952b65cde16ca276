"""What a visitor of a share link sends: one form, whose buttons say what is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from allauth.core import ratelimit
from allauth.core.internal.ratelimit import RateLimitUsage
from django.db import transaction
from django.http import Http404, QueryDict

from generations import access
from generations.models import ShareLink, Visitor
from generations.models.choice import Choice
from generations.models.comment import MAX_COMMENT
from generations.models.image import Image
from generations.models.key import is_key
from generations.models.region import Region
from generations.models.visitor import NotTaken
from generations.presenters.paging import A_PAGE
from generations.queries.shared import shared_images
from generations.request import VisitorRequest
from generations.text import BadText, tidy, tidy_line
from generations.translatable import Message
from generations.viewer import Viewer
from generations.web.counting import count, give_back

CLEAR = "clear"
MARKS = (*Choice.Kind.values, CLEAR)
UNDER, KEY_UNDER = "words-", "key-"
"""Begin the names of a comment's field below a picture of the sheet, and of what makes it one comment."""
MAX_UNDER = A_PAGE
GONE = Message("This picture is no longer shown. All else that you wrote is still here: send it once more.")
TOO_FAST = Message("This is too fast. Wait a minute, then try again.")

TOO_MANY = Message("Too many people came by this link just now. Try again in an hour.")


class TooFast(NotTaken):
    """More than one link or one address may send."""


@dataclass(frozen=True)
class Said:
    """What was written about a picture: `key` makes it one comment, however often it is sent."""

    image: str
    words: str
    where: str = ""
    key: str = ""

    @property
    def region(self) -> Region | None:
        """The place on the picture; None for all of it, and for what is none."""
        try:
            return Region.parse(self.where)
        except ValueError:
            return None


@dataclass(frozen=True)
class Deed:
    """`newcomer` makes who gives a `name` one visitor, however often that is sent. `mark` is of MARKS or "", and
    `image` the key of the picture it is about; `words` are a comment on that, `where` its place as `Region.parse` reads
    it, `key` what makes it one comment however often it is sent; `under` are the comments below other pictures. `note`
    goes along with the choice when that `is_last`."""

    name: str = ""
    newcomer: str = ""
    mark: str = ""
    image: str = ""
    words: str = ""
    where: str = ""
    key: str = ""
    under: tuple[Said, ...] = ()
    note: str = ""
    is_last: bool = False

    @classmethod
    def read(cls, said: QueryDict) -> Deed:
        """From a form. A button for a mark carries the picture's key as its value."""
        mark = next((name for name in MARKS if said.get(name)), "")
        return cls(
            name=said.get("name", ""),
            newcomer=said.get("newcomer", ""),
            mark=mark,
            image=said.get(mark, "") if mark else said.get("image", ""),
            words=said.get("words", ""),
            where=said.get("where", ""),
            key=said.get("key", ""),
            under=tuple(_under(said)),
            note=said.get("note", ""),
            is_last="finish" in said,
        )

    @property
    def region(self) -> Region | None:
        return Said(self.image, self.words, self.where).region

    @property
    def is_said(self) -> bool:
        """Whether there are words to keep."""
        return bool(self.words.strip())

    @property
    def said(self) -> list[Said]:
        """All comments."""
        here = Said(self.image, self.words, self.where, self.key)
        return [*([here] if self.is_said else []), *self.under]

    @property
    def written(self) -> list[str]:
        """All words, as far as they could be kept."""
        words = [*(said.words for said in self.said), self.note]
        return list(filter(None, (tidy(each, MAX_COMMENT).strip() for each in words)))


def _under(said: QueryDict) -> list[Said]:
    """The comments below the pictures of a sheet, each in a field with the picture's key in its name."""
    found = [
        Said(image, words, key=said.get(KEY_UNDER + image, ""))
        for image in (name.removeprefix(UNDER) for name in said if name.startswith(UNDER))
        if (words := said.get(UNDER + image, "")).strip()
    ]
    return found[:MAX_UNDER]


def do(
    request: VisitorRequest, viewer: Viewer, link: ShareLink, visitor: Visitor | None, deed: Deed
) -> tuple[Visitor, str]:
    """All that the deed says, or nothing of it: the visitor, and the token their browser keeps if they are new.

    Raises NotTaken, BadText, Http404."""
    if not ratelimit.consume(request, action="share_write", key=link.key):
        raise TooFast(TOO_FAST)
    if (deed.mark and not link.choosing) or (deed.said and not link.commenting):
        raise Http404("the link does not take it")
    found = [(image_shown(access.image_to_remark, viewer, said.image), said) for said in deed.said]
    if lost := [said.words for image, said in found if image is None]:
        raise NotTaken(gone(lost))
    remarks = [(image, said) for image, said in found if image is not None]
    remarks.sort(key=lambda remark: remark[0].pk)  # two forms at once lock the pictures in one order
    marked = image_shown(access.image_to_choose, viewer, deed.image) if deed.mark else None
    if deed.mark and marked is None:
        raise NotTaken(GONE)
    counted = [] if visitor else count_newcomer(request, link)
    try:
        with transaction.atomic():
            here, token = (visitor, "") if visitor else Visitor.come(link, deed.name, deed.newcomer)
            for image, said in remarks:
                here.remark(image, said.words, said.region, said.key)
            if marked:
                mark(viewer, link, here, marked, deed.mark)
            if deed.is_last:
                here.finish(deed.note, shared_images(viewer, link.gallery))
    except (NotTaken, BadText):
        give_back(counted)
        raise
    return here, token


def count_newcomer(request: VisitorRequest, link: ShareLink) -> list[RateLimitUsage]:
    """Count somebody new by this link and from this address. Raises TooFast."""
    counted = count(request, {"share_visitor": link.key, "share_newcomer": link.key})
    if counted is None:
        raise TooFast(TOO_MANY)
    return counted


def image_shown(find: Callable[[Viewer, str], Image], viewer: Viewer, key: str) -> Image | None:
    """A picture that the link shows; None for one that it does not show, or no longer. Raises Http404 for what names
    none."""
    try:
        return find(viewer, key)
    except Http404:
        if is_key(key):
            return None
        raise


def gone(lost: Sequence[str]) -> Message:
    """That these words have no field any more, since their pictures are no longer shown."""
    quoted = "” “".join(filter(None, (tidy_line(words, MAX_COMMENT) for words in lost)))
    if not quoted:
        return GONE
    return Message(
        "A picture that you wrote about is no longer shown: “%(words)s”. All else is still here: send it once more.",
        words=quoted,
    )


def mark(viewer: Viewer, link: ShareLink, visitor: Visitor, image: Image, mark: str) -> None:
    """Set the visitor's mark on a picture, or take it away. Raises NotTaken."""
    if mark == CLEAR:
        visitor.unchoose(image)
    else:
        visitor.choose(image, mark, shared_images(viewer, link.gallery))
