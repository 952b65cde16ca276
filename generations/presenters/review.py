"""The review page: the queue, the picture that is shown with all that speaks for or against it, and the sheet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

from django.http import QueryDict
from django.urls import reverse
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generations import rights
from generations.forms.review import TeamReviewForm
from generations.models import Gallery, Image, Person, Team, Verdict
from generations.models.key import address
from generations.models.review_policy import DEFAULT_REASONS, REASONS, Gate
from generations.models.reviewed_image import agreeing
from generations.models.verdict import shown_reason
from generations.presenters.formatting import clipped, names_apart
from generations.presenters.frame import Frame, Shown, srcset, thumbnails
from generations.presenters.lineage import Lineage
from generations.presenters.strip import Strip, strips_of
from generations.queries.library import models_that_drew
from generations.queries.picture import lineage_of, references_to_see
from generations.queries.refusals import MAX_IN_TAB, count_unseen
from generations.queries.review import (
    LISTED,
    MAX_COUNTED,
    ReviewFilter,
    answered,
    count_awaiting,
    count_found,
    count_in_tab,
    decisions_on,
    galleries_to_offer,
    image_at,
    last_decisions,
    listed_after,
    listed_from,
    people_to_offer,
    reviewers_of,
    teams_to_offer,
)
from generations.viewer import Viewer

MAX_PROMPT = 80


class ReviewBadge:
    """How many pictures await a person's review, in the bar of who may review."""

    def __init__(self, viewer: Viewer | None) -> None:
        self.viewer = viewer

    @property
    def may_review(self) -> bool:
        return self.viewer is not None and self.viewer.reviews

    @cached_property
    def count(self) -> int:
        return count_awaiting(self.viewer) if self.viewer else 0

    @property
    def text(self) -> str:
        """The count, 999+ where there are more than anybody counts."""
        return capped(self.count, MAX_COUNTED)


def capped(count: int, most: int) -> str:
    """A count that went no further than `most`: 99+ for 100 of 100."""
    return f"{most - 1}+" if count >= most else str(count)


@dataclass(frozen=True)
class Item:
    """A picture in the queue or on the sheet."""

    image: Image
    address: str
    viewer: Viewer
    over: str = ""
    """The key of the decision that is seen here, whether it counts or not."""

    @property
    def src(self) -> str:
        return f"{thumbnails(self.image)}320"

    @property
    def srcset(self) -> str:
        return srcset(self.image, thumbnails(self.image))

    @property
    def listed(self) -> Shown:
        """What `_item.html` shows of it."""
        return {
            "key": self.image.key,
            "page": self.address,
            "src": self.src,
            "width": str(self.image.width),
            "height": str(self.image.height),
            "mark": self.image.mark,
            "words": clipped(self.image.words, MAX_PROMPT),
            "person": str(self.image.person),
            "age": timesince(self.image.created_at),
        }


class ReviewDesk:
    """A page of review. `at` is the picture that is shown, else the first; `after` the one a sheet begins behind."""

    def __init__(self, viewer: Viewer, wanted: ReviewFilter, *, at: str = "", after: str = "") -> None:
        self.viewer, self.wanted = viewer, wanted
        self.at, self.after = image_at(viewer, at), image_at(viewer, after)

    @cached_property
    def images(self) -> list[Image]:
        if self.after:
            return listed_after(self.viewer, self.wanted, self.after)
        return listed_from(self.viewer, self.wanted, self.at)

    @cached_property
    def items(self) -> list[Item]:
        return [Item(image, self.address_of(image), self.viewer) for image in self.images]

    @cached_property
    def cells(self) -> list[Item]:
        """The items with what was decided about each so far, for the sheet."""
        over = last_decisions(self.images)
        return [replace(item, over=over.get(item.image.pk, "")) for item in self.items]

    def address_of(self, image: Image | None, view: str = "") -> str:
        query = self.wanted.query(at=image.key if image else "", view=view)
        return f"{reverse('review')}?{query}" if query else reverse("review")

    @cached_property
    def place(self) -> ReviewPlace | None:
        """The picture that is shown."""
        current = self.at or (image_at(self.viewer, self.images[0].key) if self.images else None)
        return ReviewPlace(self.viewer, current, self.wanted) if current else None

    @property
    def more(self) -> str:
        """Where the list goes on; "" at its end."""
        if len(self.images) < LISTED:
            return ""
        return f"{reverse('review')}?{self.wanted.query(after=self.images[-1].key)}"

    @property
    def more_of_sheet(self) -> str:
        return f"{self.more}&view=grid" if self.more else ""

    @cached_property
    def count(self) -> int:
        return count_found(self.viewer, self.wanted)

    @property
    def amount(self) -> str:
        """The count as it is shown."""
        return capped(self.count, MAX_COUNTED)

    def _in_tab(self, show: str) -> str:
        return capped(count_in_tab(self.viewer, show), MAX_IN_TAB)

    @property
    def tabs(self) -> list[tuple[str, str, str, bool]]:
        """Name, address, how many, "" where nobody counts, and whether it is shown."""
        rows = [("", _("Waiting"), self._in_tab(""))]
        if self.viewer.asks_for_second_approvals:
            rows.append(("second", _("Second approval"), self._in_tab("second")))
        rows.append(("changes", _("Changes requested"), self._in_tab("changes")))
        rows.append(("decided", _("Decided"), ""))
        here = reverse("review")
        return [
            (name, f"{here}?show={key}" if key else here, count, key == self.wanted.show) for key, name, count in rows
        ]

    @cached_property
    def refused_count(self) -> str:
        """Refused prompts that nobody has marked as seen, "" for none."""
        count = count_unseen(self.viewer)
        return capped(count, MAX_IN_TAB) if count else ""

    @property
    def one_address(self) -> str:
        return self.address_of(self.at)

    @property
    def grid_address(self) -> str:
        return self.address_of(self.at, "grid")

    @property
    def show_all(self) -> str:
        return f"{reverse('review')}?show={self.wanted.show}" if self.wanted.show else reverse("review")

    # ── what the filters offer ──

    @cached_property
    def teams(self) -> list[Team]:
        return teams_to_offer(self.viewer)

    @cached_property
    def people(self) -> list[Person]:
        return people_to_offer(self.teams)

    @cached_property
    def models(self) -> list[tuple[str, str]]:
        """Keys and names of the models to filter by."""
        models = models_that_drew()
        names = names_apart(models)
        return [(model.key, names[model.pk]) for model in models]

    @cached_property
    def galleries(self) -> list[Gallery]:
        return galleries_to_offer(self.viewer)

    @property
    def ages(self) -> list[tuple[str, str]]:
        return [("hour", _("More than an hour")), ("day", _("More than a day")), ("week", _("More than a week"))]

    @property
    def ruled(self) -> list[Team]:
        """The teams whose rules of review the viewer may change."""
        return [team for team in self.teams if rights.manage_team_review.allows(self.viewer, team)]

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """Those of the team, where there is one; on a sheet of several teams those everybody begins with."""
        teams = [team for team in self.teams if team.key == self.wanted.team] or self.teams
        return reasons_of(teams[0] if len(teams) == 1 else None)


def reasons_of(team: Team | None) -> list[tuple[str, str]]:
    """The ready reasons as they are kept, and as they are shown."""
    return [(reason, shown_reason(reason)) for reason in (team.reasons if team else DEFAULT_REASONS)]


class TeamRules:
    """How a team reviews, as its page shows it; of a form that was not taken, what was sent."""

    def __init__(self, team: Team, form: TeamReviewForm) -> None:
        self.team, self.form = team, form

    @property
    def kinds(self) -> list[tuple[str, str, str, bool]]:
        """Value, name, what it means, and whether it is so."""
        about = {
            Team.Review.OFF: _("Nothing is reviewed and nothing waits."),
            Team.Review.ADVISORY: _("Reviewers decide; nothing is held back."),
            Team.Review.REQUIRED: _("What is ticked below waits until a picture is approved."),
        }
        return [
            (value, str(label), about[Team.Review(value)], value == self.form["review"].value())
            for value, label in Team.Review.choices
        ]

    @property
    def gates(self) -> list[tuple[str, str, bool]]:
        chosen = self.form["gates"].value() if self.form.is_bound else self.team.review_gates
        return [(value, str(label), value in (chosen or "")) for value, label in Gate.choices]

    @property
    def reasons(self) -> list[str]:
        """Six fields."""
        texts = [shown for _reason, shown in reasons_of(self.team)]
        if self.form.is_bound:
            texts = cast(QueryDict, self.form.data).getlist("reason")
        return [*texts, *[""] * REASONS][:REASONS]

    @property
    def reviewers(self) -> list[str]:
        return [str(person) for person in reviewers_of(self.team)]


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
