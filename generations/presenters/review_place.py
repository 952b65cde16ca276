"""The picture that is reviewed, with all that speaks for or against it."""

from __future__ import annotations

from functools import cached_property

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generations.models import Image, Verdict
from generations.models.key import address
from generations.models.reviewed_image import agreeing
from generations.presenters.frame import Frame, thumbnails
from generations.presenters.lineage import Lineage
from generations.presenters.review_rules import reasons_of
from generations.presenters.strip import Strip, strips_of
from generations.queries.picture import lineage_of, references_to_see
from generations.queries.review import ReviewFilter, answered, decisions_on
from generations.viewer import Viewer


class ReviewPlace:
    """The picture that is reviewed and what stands beside it."""

    def __init__(self, viewer: Viewer, image: Image, wanted: ReviewFilter) -> None:
        self.viewer, self.image, self.wanted = viewer, image, wanted

    @property
    def address(self) -> str:
        return f"{reverse('review')}?{self.wanted.query(at=self.image.key)}"

    @property
    def preview(self) -> str:
        """As large as a screen needs it; it is what the next one loads before it is shown."""
        return f"{thumbnails(self.image)}1280"

    @property
    def look_url(self) -> str:
        return address("look_at_image", self.image.key)

    @cached_property
    def strip(self) -> Strip:
        assert self.image.batch is not None, "only what was drawn is reviewed"
        return strips_of([self.image.batch], self.viewer)[0]

    @cached_property
    def frame(self) -> Frame | None:
        frames = self.strip.drawn_frames
        return next((frame for frame in frames if frame.image and frame.image.pk == self.image.pk), None)

    @property
    def name(self) -> str:
        """No. 12, picture 1 of 2"""
        if self.frame is None:
            return str(self.image.batch)
        said = {"batch": self.image.batch, "number": self.frame.number, "total": self.frame.total}
        return _("%(batch)s, picture %(number)s of %(total)s") % said

    @cached_property
    def siblings(self) -> list[tuple[Image, str]]:
        """The pictures of its batch, each with its address in review."""
        images = [frame.image for frame in self.strip.drawn_frames if frame.image]
        here = reverse("review")
        return [(image, f"{here}?{self.wanted.query(at=image.key)}") for image in images] if len(images) > 1 else []

    @cached_property
    def references(self) -> list[Image]:
        assert self.image.batch is not None
        return references_to_see(self.viewer, self.image.batch)

    @cached_property
    def lineage(self) -> Lineage:
        assert self.image.batch is not None
        return Lineage(self.image, lineage_of(self.viewer, self.image.batch))

    @cached_property
    def decisions(self) -> list[Verdict]:
        return decisions_on(self.image)

    @property
    def over(self) -> str:
        """The key of the decision that is seen here, whether it counts or not."""
        return self.decisions[-1].key if self.decisions else ""

    @cached_property
    def answers(self) -> Verdict | None:
        return answered(self.viewer, self.image)

    @property
    def approvals(self) -> str:
        """1 of 2 approvals; "" where one is enough or it is decided."""
        team = self.image.team
        if team is None or team.review_approvals < 2 or self.image.verdict:
            return ""
        said = {"number": len(agreeing(self.decisions, self.image)), "n": team.review_approvals}
        text = ngettext("%(number)s of %(n)s approval", "%(number)s of %(n)s approvals", team.review_approvals)
        return text % said

    @property
    def reasons(self) -> list[tuple[str, str]]:
        return reasons_of(self.image.team)

    @property
    def requested(self) -> str:
        """The size that was asked for, "" where none was."""
        return self.strip.size
