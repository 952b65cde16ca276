"""What erasing somebody would do, and who was erased."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generations import rights
from generations.models import Erasure, Person
from generations.models.erasure_extent import Preview, preview
from generations.presenters.days import day_of
from generations.presenters.formatting import counted_lines
from generations.translation import listed
from generations.viewer import Viewer


class ErasurePage:
    """What erasing somebody would do."""

    def __init__(self, viewer: Viewer, person: Person, problem: str = "") -> None:
        self.viewer, self.person, self.problem = viewer, person, problem

    @cached_property
    def preview(self) -> Preview:
        return preview(self.person)

    @property
    def is_again(self) -> bool:
        """Whether they were erased before, and something was held then."""
        return self.person.erased_at is not None

    @property
    def gone(self) -> list[str]:
        count = self.preview.gone
        lines = [
            (ngettext("%(number)s picture", "%(number)s pictures", count["pictures"]), count["pictures"]),
            (
                ngettext(
                    "%(number)s prompt with its requests and responses",
                    "%(number)s prompts with their requests and responses",
                    count["batches"],
                ),
                count["batches"],
            ),
            (
                ngettext("The words of %(number)s comment", "The words of %(number)s comments", count["comments"]),
                count["comments"],
            ),
            (
                ngettext(
                    "%(number)s gallery that nobody else is in",
                    "%(number)s galleries that nobody else is in",
                    count["galleries"],
                ),
                count["galleries"],
            ),
        ]
        rest = _("Drafts, reference pictures, tags, favourites, saved searches and notifications")
        return [_("Name, email address, password, roles and sessions"), *counted_lines(lines), rest]

    @property
    def kept(self) -> list[str]:
        count = self.preview.kept
        lines = [
            (
                ngettext(
                    "%(number)s picture that another prompt sends as a reference, without its prompt",
                    "%(number)s pictures that other prompts send as references, without their prompts",
                    count["references"],
                ),
                count["references"],
            ),
            (
                ngettext(
                    "%(number)s gallery that others are in",
                    "%(number)s galleries that others are in",
                    count["galleries"],
                ),
                count["galleries"],
            ),
            (ngettext("%(number)s verdict", "%(number)s verdicts", count["verdicts"]), count["verdicts"]),
        ]
        return [*counted_lines(lines), _("The record, which never had a name")]

    @property
    def held(self) -> str:
        """What holds keep, in one line; "" for nothing."""
        return listed(held_lines(self.preview.held))

    @property
    def holds(self) -> str:
        """The names of the holds that keep it."""
        return listed([_("“%(name)s”") % {"name": hold.name} for hold in self.preview.holds])

    @property
    def new_name(self) -> str:
        """How they are called from then on."""
        return self.person.former_name


@dataclass(frozen=True)
class ErasureRow:
    """Somebody who was erased."""

    viewer: Viewer
    erasure: Erasure

    @property
    def when(self) -> str:
        return day_of(self.erasure.at)

    @property
    def held(self) -> str:
        """What holds kept, in one line."""
        return listed(held_lines(self.erasure.held_back))

    @property
    def may_go_on(self) -> bool:
        """Whether a hold kept something that can be tried once more."""
        return bool(self.erasure.held) and rights.erase_person.allows(self.viewer, self.erasure.person)


def held_lines(count: Mapping[str, int]) -> list[str]:
    """What of a person's a hold keeps, by kind."""
    pictures, batches = count.get("pictures", 0), count.get("batches", 0)
    comments, galleries = count.get("comments", 0), count.get("galleries", 0)
    return counted_lines(
        [
            (ngettext("%(number)s picture", "%(number)s pictures", pictures), pictures),
            (ngettext("%(number)s prompt", "%(number)s prompts", batches), batches),
            (ngettext("%(number)s comment", "%(number)s comments", comments), comments),
            (ngettext("%(number)s gallery", "%(number)s galleries", galleries), galleries),
        ]
    )
