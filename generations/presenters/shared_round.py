"""What a visitor has chosen and said by a link so far, and what they still can."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from functools import cached_property

from django.utils.translation import ngettext

from generations import rights
from generations.models import Choice, Comment, Image, ShareLink, Visitor
from generations.models.key import new_key
from generations.presenters.frame import Shown
from generations.presenters.shared_pictures import Addresses, SharedPicture
from generations.queries.shared import (
    marks_of,
    number_of,
    numbers_shown,
    remark_counts,
    remarks_of,
    with_facts,
    with_sizes,
)
from generations.viewer import Viewer

MAX_NOTED = 48
"""Pictures of one mark that are drawn beside the button that sends them."""


class Round:
    """What a visitor has done by a link so far, and what they still can: `visitor` is None as long as nobody gave a
    name. `drafts` are comments that were not taken, each with its key, by the keys of their pictures."""

    def __init__(
        self,
        viewer: Viewer,
        link: ShareLink,
        token: str,
        visitor: Visitor | None,
        drafts: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        self.viewer = viewer
        self.link = link
        self.token = token
        self.visitor = visitor
        self.drafts = drafts or {}
        self._at = Addresses(token)

    @property
    def is_offered(self) -> bool:
        """Whether there is anything to choose or to say."""
        return self.link.choosing or self.link.commenting

    @property
    def is_finished(self) -> bool:
        return self.visitor is not None and self.visitor.is_finished

    @property
    def may_choose(self) -> bool:
        return self.link.choosing and not self.is_finished

    @property
    def may_comment(self) -> bool:
        return self.link.commenting and not self.is_finished

    @cached_property
    def _offers(self) -> Shown:
        return {"is_offered": self.is_offered, "may_choose": self.may_choose, "may_comment": self.may_comment}

    @property
    def submission(self) -> str:
        """A key of this page's form: sent twice it is one comment."""
        return new_key()

    @cached_property
    def order(self) -> list[int]:
        """The numbers of the pictures that are shown, in their order; they may be thousands."""
        return numbers_shown(self.viewer, self.link.gallery)

    @cached_property
    def places(self) -> dict[int, int]:
        """Where each of them stands; the first is 1."""
        return {image: place for place, image in enumerate(self.order, 1)}

    @cached_property
    def marks(self) -> dict[int, str]:
        """The visitor's marks on pictures that are shown."""
        given = marks_of(self.visitor) if self.visitor else {}
        return {image: mark for image, mark in given.items() if image in self.places}

    @cached_property
    def counts(self) -> Counter[str]:
        """How many of the pictures that are shown have each mark, and under "" how many have none."""
        counts = Counter(self.marks.values())
        counts[""] = len(self.order) - len(self.marks)
        return counts

    @property
    def amount(self) -> int:
        """How many pictures are shown."""
        return len(self.order)

    def with_mark(self, mark: str) -> list[int]:
        """The pictures with this mark, "" without any, in their order."""
        return [image for image in self.order if self.marks.get(image, "") == mark]

    @property
    def has_marks(self) -> bool:
        return bool(self.marks)

    @cached_property
    def chosen(self) -> list[SharedPicture]:
        """The first of them, as `rejected` are."""
        return self._drawn[Choice.Kind.HEART]

    @cached_property
    def rejected(self) -> list[SharedPicture]:
        return self._drawn[Choice.Kind.REJECT]

    @property
    def count(self) -> int:
        """Hearts."""
        return self.counts[Choice.Kind.HEART]

    @property
    def rejected_count(self) -> int:
        return self.counts[Choice.Kind.REJECT]

    @property
    def sentence(self) -> str:
        """How far it is: 3 of 5 chosen."""
        if (limit := self.link.choose_limit) is not None:
            text = ngettext("%(number)s of %(limit)s chosen", "%(number)s of %(limit)s chosen", self.count)
            return text % {"number": self.count, "limit": limit}
        return ngettext("%(number)s chosen", "%(number)s chosen", self.count) % {"number": self.count}

    @cached_property
    def remarks(self) -> list[tuple[Comment, int]]:
        """What the visitor wrote, each with the number of its picture; 0 where that is no longer shown."""
        said = remarks_of(self.visitor) if self.visitor else []
        return [(comment, self.places.get(comment.image_id, 0)) for comment in said]

    def pictures(self, images: Collection[int]) -> list[SharedPicture]:
        """These pictures with the visitor's marks and how much is said about each."""
        found = with_facts(images) if images else {}
        said = remark_counts(self.link, self.visitor, images) if self.is_talked_about and images else {}
        return [
            self._picture(found[image], said.get(image, 0), self._gives(found[image]))
            for image in images
            if image in found
        ]

    def picture(self, image: Image) -> SharedPicture:
        """One that is shown alone."""
        return self._picture(image, is_given=self._gives(image))

    def picture_of(self, key: str) -> SharedPicture | None:
        """One of the pictures that are shown, with all that its buttons say."""
        image = number_of(key)
        return next(iter(self.pictures([image])), None) if image in self.places else None

    @property
    def is_talked_about(self) -> bool:
        """Whether the visitor may read any comment."""
        return self.visitor is not None or self.link.shows_comments

    def _gives(self, image: Image) -> bool:
        return rights.gives_shown(self.viewer, image)

    def _picture(self, image: Image, remarks: int = 0, is_given: bool = False) -> SharedPicture:
        draft = self.drafts.get(image.key, ("", ""))
        place, mark = self.places[image.pk], self.marks.get(image.pk, "")
        return SharedPicture(image, place, self.link, self._at, self._offers, mark, remarks, *draft, is_given)

    @cached_property
    def _drawn(self) -> dict[str, list[SharedPicture]]:
        """The first with a heart, and the first that were rejected."""
        first = {mark: self.with_mark(mark)[:MAX_NOTED] for mark in (Choice.Kind.HEART, Choice.Kind.REJECT)}
        wanted = [image for images in first.values() for image in images]
        found = with_sizes(wanted) if wanted else {}
        return {
            mark: [self._picture(found[image]) for image in images if image in found] for mark, images in first.items()
        }
