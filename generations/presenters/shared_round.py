"""What a visitor has chosen and said by a link so far, and what they still can."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from functools import cached_property

from django.utils.translation import ngettext

from generations import rights
from generations.models import Choice, Comment, Image, ShareLink, Visitor
from generations.models.image import ImageQuerySet
from generations.models.key import new_key
from generations.presenters.frame import Shown
from generations.presenters.shared_pictures import Addresses, SharedPicture
from generations.queries.shared import (
    marked_by,
    marks_on,
    numbers_of,
    remark_counts,
    remarks_of,
    shared_images,
    with_facts,
    with_sizes,
)
from generations.viewer import Viewer


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
        self._numbers: dict[str, int] = {}
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
    def shown(self) -> ImageQuerySet:
        """The pictures that are shown, in their order; they may be thousands."""
        return shared_images(self.viewer, self.link.gallery)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many of the pictures that are shown have each mark."""
        return self._marked[0]

    @cached_property
    def amount(self) -> int:
        """How many pictures are shown."""
        return self.shown.order_by().count()

    @property
    def counts_of_all(self) -> Mapping[str, int]:
        """The same, also of those without a mark."""
        return Counter({**self.counts, "": self.amount - sum(self.counts.values())})

    @property
    def has_marks(self) -> bool:
        return bool(self.counts)

    @cached_property
    def chosen(self) -> list[SharedPicture]:
        """The first of them, as `rejected` are."""
        return self._drawn(Choice.Kind.HEART)

    @cached_property
    def rejected(self) -> list[SharedPicture]:
        return self._drawn(Choice.Kind.REJECT)

    @property
    def count(self) -> int:
        """Hearts."""
        return self.counts.get(Choice.Kind.HEART, 0)

    @property
    def rejected_count(self) -> int:
        return self.counts.get(Choice.Kind.REJECT, 0)

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
        numbers = self.numbers([comment.image.key for comment in said])
        return [(comment, numbers.get(comment.image.key, 0)) for comment in said]

    @cached_property
    def _marked(self) -> tuple[dict[str, int], dict[str, list[str]]]:
        """How many of the pictures that are shown have each mark, and the keys of those that are drawn for it: the
        first."""
        return marked_by(self.visitor, self.shown) if self.visitor else ({}, {})

    @property
    def _noted(self) -> dict[str, list[str]]:
        return self._marked[1]

    def numbers(self, keys: Collection[str]) -> dict[str, int]:
        """Of these pictures, as far as they are shown. To count them costs little more for many than for one, so those
        that are drawn for their marks are counted along."""
        if missing := set(keys) - self._numbers.keys():
            wanted = missing.union(*self._noted.values()) - self._numbers.keys()
            found = numbers_of(self.viewer, self.link.gallery, wanted)
            self._numbers |= dict.fromkeys(wanted, 0) | found
        return {key: number for key in keys if (number := self._numbers[key])}

    def pictures(self, numbers: Mapping[str, int]) -> list[SharedPicture]:
        """These pictures, whose numbers are known, with the visitor's marks and how much is said about each."""
        keys = list(numbers)
        found = with_facts(keys) if keys else {}
        marks = marks_on(self.visitor, keys) if self.visitor and keys else {}
        said = remark_counts(self.link, self.visitor, keys) if self.is_talked_about and keys else {}
        return [
            self._picture(found[key], number, marks.get(key, ""), said.get(key, 0), self._gives(found[key]))
            for key, number in numbers.items()
            if key in found
        ]

    def picture(self, image: Image, number: int) -> SharedPicture:
        """One that is shown alone, with the visitor's mark."""
        marks = marks_on(self.visitor, [image.key]) if self.visitor else {}
        return self._picture(image, number, marks.get(image.key, ""), is_given=self._gives(image))

    def picture_of(self, key: str) -> SharedPicture | None:
        """One of the pictures that are shown, with all that its buttons say."""
        return next(iter(self.pictures(self.numbers([key]))), None)

    @property
    def is_talked_about(self) -> bool:
        """Whether the visitor may read any comment."""
        return self.visitor is not None or self.link.shows_comments

    def _gives(self, image: Image) -> bool:
        return rights.gives_shown(self.viewer, image)

    def _picture(self, image: Image, number: int, mark: str, remarks: int = 0, is_given: bool = False) -> SharedPicture:
        draft = self.drafts.get(image.key, ("", ""))
        return SharedPicture(image, number, self.link, self._at, self._offers, mark, remarks, *draft, is_given)

    def _drawn(self, kind: str) -> list[SharedPicture]:
        keys = self._noted.get(kind, [])
        numbers, found = self.numbers(keys), with_sizes(keys) if keys else {}
        return [self._picture(found[key], number, kind) for key, number in numbers.items() if key in found]
