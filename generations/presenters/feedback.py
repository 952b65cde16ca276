"""What clients chose and wrote by a gallery's share links, as its people see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from generations import rights
from generations.models import Choice, Gallery, Image, Visitor
from generations.models.key import address, with_query
from generations.presenters.frame import Shown, comments_said, thumbnails
from generations.presenters.paging import A_PAGE, Pages
from generations.presenters.sharing import LinkRow, link_rows
from generations.queries.feedback import (
    Amounts,
    Remark,
    choices_on,
    deleted_visitors,
    pictures_talked_about,
    remarks_on,
    visitors_with_counts,
)
from generations.queries.galleries import numbers_found, numbers_in
from generations.queries.search import ANYBODY, Search
from generations.text import initials_of
from generations.viewer import Viewer

CHOSEN, REJECTED, DIFFER, REMARKED, ALL = "chosen", "rejected", "differ", "remarked", ""
SHOWS = {
    ALL: gettext_lazy("All"),
    CHOSEN: gettext_lazy("Chosen"),
    DIFFER: gettext_lazy("They differ"),
    REJECTED: gettext_lazy("Not wanted"),
    REMARKED: gettext_lazy("With comments"),
}


@dataclass(frozen=True)
class Guest:
    """One visitor with what they did, and whether the viewer may open their choice again, and delete all of it."""

    visitor: Visitor
    amounts: Amounts
    address: str
    is_shown: bool
    may_reopen: bool
    may_delete: bool

    @property
    def initials(self) -> str:
        return initials_of(self.visitor.name)

    @property
    def state(self) -> str:
        """Whether they sent it, and when."""
        visitor = self.visitor
        if visitor.finished_at:
            return _("sent on %(moment)s") % {"moment": moment_of(visitor.finished_at)}
        if visitor.reopened_at:
            return _("opened again on %(moment)s") % {"moment": moment_of(visitor.reopened_at)}
        return _("still choosing, last active %(moment)s") % {"moment": moment_of(visitor.active_at)}

    @property
    def line(self) -> Shown:
        """What `_guest.html` shows of them."""
        hearts, remarks = self.amounts.hearts, self.amounts.remarks
        return {
            "key": self.visitor.key,
            "address": self.address,
            "name": self.visitor.name,
            "initials": self.initials,
            "hearts": ngettext("%(n)s chosen", "%(n)s chosen", hearts) % {"n": hearts},
            "remarks": ngettext("%(n)s comment", "%(n)s comments", remarks) % {"n": remarks},
            "state": self.state,
            "label": self.visitor.link.label,
            "delete": address("delete_visitor", self.visitor.key),
            "reopen": address("reopen_visitor", self.visitor.key),
            "is_shown": self.is_shown,
            "may_reopen": self.may_reopen,
            "may_delete": self.may_delete,
        }


@dataclass(frozen=True)
class Deleted:
    """A visit that was deleted and can be restored."""

    visitor: Visitor

    @property
    def state(self) -> str:
        """When it was deleted, and by whom."""
        said = {"moment": moment_of(self.visitor.deleted_at), "person": self.visitor.deleted_by or _("Somebody")}
        return _("deleted on %(moment)s by %(person)s") % said


@dataclass
class Talked:
    """A picture with who chose it, who did not want it, and what they wrote."""

    image: Image
    number: int
    chosen: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    @property
    def name(self) -> str:
        return _("Picture %(number)s") % {"number": self.number}

    @property
    def look(self) -> str:
        """The design's class for the clients' marks; none where they differ."""
        if bool(self.chosen) == bool(self.rejected):
            return ""
        return "is-approved" if self.chosen else "is-rejected"

    @property
    def tile(self) -> Shown:
        """What `_talked.html` shows of it."""
        chosen = _("Chosen by %(names)s") % {"names": _(", ").join(self.chosen)} if self.chosen else ""
        rejected = _("Not wanted by %(names)s") % {"names": _(", ").join(self.rejected)} if self.rejected else ""
        return {
            **self.thread,
            "look": self.look,
            "number": str(self.number),
            "src": f"{thumbnails(self.image)}640",
            "placeholder_uri": self.image.placeholder_uri,
            "verdict_text": self.image.verdict_text,
            "chosen": chosen,
            "rejected": rejected,
            "comments": comments_said(len(self.remarks)),
        }

    @cached_property
    def thread(self) -> Shown:
        """What `_talked_about.html` shows of the picture itself."""
        return {
            "key": self.image.key,
            "page": self.image.get_absolute_url(),
            "small": f"{thumbnails(self.image)}320",
            "width": str(self.image.width),
            "height": str(self.image.height),
            "ratio": self.image.ratio,
            "name": self.name,
        }

    @property
    def said(self) -> list[Shown]:
        """What `_talked_remark.html` shows of each comment."""
        return [
            {
                "name": remark.name,
                "initial": remark.name[:1].upper(),
                "moment": moment_of(remark.created_at),
                "text": remark.text,
                "page": f"{self.thread['page']}#c-{remark.key}",
                "is_resolved": remark.resolved_at is not None,
            }
            for remark in self.remarks
        ]


def moment_of(moment: object) -> str:
    return date_format(localtime(moment), "SHORT_DATETIME_FORMAT")  # type: ignore[arg-type]


class Feedback:
    """The pictures of a gallery with what its visitors did, all of them or one; `show` is of SHOWS."""

    def __init__(self, viewer: Viewer, gallery: Gallery, who: str, show: str, wanted: tuple[int, int] = (1, 1)) -> None:
        self.viewer = viewer
        self.gallery = gallery
        self.only = next((guest for guest in self.visitors if guest.key == who), None)
        self.show = show if show in SHOWS and (show != DIFFER or self.only is None) else ALL
        self.wanted = wanted

    @cached_property
    def amounts(self) -> dict[Visitor, Amounts]:
        """What each visitor did."""
        return dict(visitors_with_counts(self.gallery))

    @property
    def visitors(self) -> list[Visitor]:
        return list(self.amounts)

    @property
    def who(self) -> str:
        return self.only.key if self.only else ""

    def search_of(self, show: str) -> Search:
        """What finds the same pictures in the gallery itself."""
        who = (self.who or ANYBODY,)
        return Search(
            chosen=who if show in (CHOSEN, DIFFER) else (),
            rejected=who if show in (REJECTED, DIFFER) else (),
            remarked=who if show == REMARKED else (),
        )

    @property
    def search(self) -> Search:
        return self.search_of(self.show)

    @property
    def in_gallery(self) -> str:
        """The gallery with the same filter."""
        query = self.search.query
        return self.gallery.get_absolute_url() + (f"?{query}" if query else "")

    def address(self, pages: str = "1", *, show: str | None = None, who: str | None = None) -> str:
        said = {"who": self.who if who is None else who, "show": self.show if show is None else show}
        said["page"] = pages if pages != "1" else ""
        return with_query(reverse("feedback", args=[self.gallery.key]), said)

    @property
    def tabs(self) -> list[tuple[str, str, bool]]:
        """Name, address and whether it is shown."""
        shows = {show: name for show, name in SHOWS.items() if show != DIFFER or self.only is None}
        return [(str(name), self.address(show=show), show == self.show) for show, name in shows.items()]

    @cached_property
    def guests(self) -> list[Guest]:
        may_manage = rights.manage_gallery.allows(self.viewer, self.gallery)
        return [
            Guest(
                visitor,
                amounts,
                self.address(who="" if visitor == self.only else visitor.key),
                visitor == self.only,
                may_manage and visitor.is_finished and visitor.link.is_open,
                may_manage,
            )
            for visitor, amounts in self.amounts.items()
        ]

    @property
    def lines(self) -> list[Shown]:
        return [guest.line for guest in self.guests]

    @cached_property
    def deleted(self) -> list[Deleted]:
        """The visits that the viewer can restore."""
        if not rights.manage_gallery.allows(self.viewer, self.gallery):
            return []
        return [Deleted(visitor) for visitor in deleted_visitors(self.gallery)]

    @cached_property
    def rounds(self) -> list[LinkRow]:
        """The links by which visitors choose or comment, for who can close them."""
        if not rights.manage_gallery.allows(self.viewer, self.gallery):
            return []
        return [row for row in link_rows(self.gallery) if row.link.choosing or row.link.commenting]

    @property
    def notes(self) -> list[Visitor]:
        return [visitor for visitor in self.visitors if visitor.note and self.only in (None, visitor)]

    @cached_property
    def pages(self) -> Pages:
        found = numbers_found(self.gallery, self.search, self.viewer)
        return Pages(list(found) if self.search else found, self.wanted, self.address)

    @cached_property
    def pictures(self) -> list[Talked]:
        rows, first = self.pages.rows, (self.pages.first - 1) * A_PAGE + 1
        numbers = numbers_in(self.gallery, rows) if self.search else {pk: n for n, pk in enumerate(rows, first)}
        images = pictures_talked_about(rows)
        shown = {pk: Talked(images[pk], numbers.get(pk, 0)) for pk in rows if pk in images}
        for image, kind, name in choices_on(self.gallery, rows, self.who):
            (shown[image].chosen if kind == Choice.Kind.HEART else shown[image].rejected).append(name)
        for remark in remarks_on(self.gallery, rows, self.who):
            shown[remark.image].remarks.append(remark)
        return list(shown.values())

    @property
    def tiles(self) -> list[Shown]:
        return [talked.tile for talked in self.pictures]

    @property
    def talked_about(self) -> list[Talked]:
        return [talked for talked in self.pictures if talked.remarks]

    @property
    def here(self) -> str:
        """The address of what is shown."""
        return self.address(str(self.pages.number))

    @property
    def as_of(self) -> str:
        return localtime().isoformat()
