"""What awaits review, in the order in which it is reviewed, and what was decided about a picture so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q

from generations import rights
from generations.models import Gallery, GalleryItem, Image, Membership, Person, ProviderModel, Team, Verdict
from generations.models.image import ImageQuerySet
from generations.models.key import now, query_of
from generations.models.verdict import VerdictQuerySet
from generations.queries.refusals import MAX_IN_TAB
from generations.queries.search import fits
from generations.viewer import Viewer

TABS = ("", "second", "changes", "decided")
AGES = {"hour": 1, "day": 24, "week": 168}
"""Waiting for longer than so many hours."""
ORDERS = ("", "newest")
LISTED = 40
BEFORE = 6
"""How many of those listed stand before the one that is shown."""
MAX_OFFERED = 200
SHOWN = ("key", "width", "height", "placeholder", "alt", "created_at", "batch__prompt", "verdict__state")
MAX_COUNTED = 1000
State = Verdict.State


@dataclass(frozen=True)
class ReviewFilter:
    """Which pictures are reviewed: `show` of TABS, and what they are narrowed to; all as they stand in an address."""

    show: str = ""
    team: str = ""
    by: str = ""
    model: str = ""
    gallery: str = ""
    age: str = ""
    came: str = ""
    """Only what answers a wish for changes, or a rejection."""
    order: str = ""

    NAMES = ("show", "team", "by", "model", "gallery", "age", "came", "order")

    @classmethod
    def read(cls, said: dict[str, str]) -> ReviewFilter:
        """From an address; what means nothing is left out."""
        texts = {name: text for name in cls.NAMES if (text := said.get(name, "")) and fits(text)}
        for name, known in (("show", TABS), ("age", AGES), ("came", ("1",)), ("order", ORDERS)):
            if texts.get(name, "") not in known:
                texts.pop(name, None)
        return cls(**texts)

    def query(self, **more: str) -> str:
        """As it stands in an address, with what else it says."""
        said = {name: getattr(self, name) for name in self.NAMES} | more
        return query_of(said)

    @property
    def amount(self) -> int:
        """How many filters narrow it."""
        return sum(bool(getattr(self, name)) for name in ("team", "by", "model", "gallery", "age", "came"))

    @property
    def is_newest_first(self) -> bool:
        return self.order == "newest" or self.show == "decided"

    def images(self, viewer: Viewer) -> ImageQuerySet:
        """The pictures, in no order."""
        found = in_tab(viewer, self.show)
        if self.team:
            found = found.filter(team__in=Team.objects.filter(key=self.team).values("pk"))
        if self.by:
            found = found.filter(person__in=Person.objects.filter(username=self.by).values("pk"))
        if self.model:
            found = found.filter(model__in=ProviderModel.objects.filter(key=self.model).values("pk"))
        if self.gallery:
            seen = rights.see_gallery.of(viewer, Gallery.objects.filter(key=self.gallery)).values("pk")
            items = GalleryItem.objects.filter(removed_at=None, gallery__in=seen)
            found = found.filter(pk__in=items.values("image"))
        if self.age:
            found = found.filter(created_at__lt=now(hours=-AGES[self.age]))
        if self.came:
            found = found.filter(Exists(answered_by(OuterRef("batch__parent"), OuterRef("batch__created_at"))))
        return found

    def in_order(self, viewer: Viewer) -> ImageQuerySet:
        """The pictures as they are reviewed: the oldest first, of what was decided the newest."""
        return self.images(viewer).order_by("-pk" if self.is_newest_first else "pk")


def awaiting(viewer: Viewer) -> ImageQuerySet:
    """What this person may decide and has not."""
    found = rights.await_review.of(viewer, Image.objects.asked_for())
    if not viewer.asks_for_second_approvals:
        return found
    return found.exclude(pk__in=_approved().filter(reviewer=viewer.person).values("image"))


def in_tab(viewer: Viewer, show: str) -> ImageQuerySet:
    if show == "second":
        return awaiting(viewer).filter(pk__in=_approved().values("image"))
    if show in ("changes", "decided"):
        decided = rights.review_image.of(viewer, Image.objects.asked_for().exclude(verdict=None))
        if show == "decided":
            return decided
        return decided.filter(verdict__in=Verdict.objects.filter(state=State.CHANGES).values("pk"))
    return awaiting(viewer)


def _approved() -> VerdictQuerySet:
    """Approvals for the team that a picture is shown to, of those that have no verdict yet."""
    waiting = Verdict.objects.standing().filter(state=State.APPROVED, image__verdict=None)
    return waiting.filter(team=F("image__team"))


def answered_by(image: Any, before: Any) -> VerdictQuerySet:
    """Rejections of a picture, and wishes for changes, that were made before this time and stand."""
    said = Verdict.objects.standing().filter(state__in=(State.REJECTED, State.CHANGES))
    return said.filter(image=image, decided_at__lte=before)


def count_awaiting(viewer: Viewer) -> int:
    """For the badge, at most MAX_COUNTED; one query, a walk along the index of what waits."""
    return awaiting(viewer).order_by("pk").values("pk")[:MAX_COUNTED].count() if viewer.reviews else 0


def count_in_tab(viewer: Viewer, show: str) -> int:
    """For a tab, at most MAX_IN_TAB; one query, which looks at no more rows than it counts where an index has them."""
    return in_tab(viewer, show).order_by("pk").values("pk")[:MAX_IN_TAB].count()


def count_found(viewer: Viewer, wanted: ReviewFilter) -> int:
    """How many the filters leave, at most MAX_COUNTED; one query."""
    return wanted.images(viewer).order_by("pk").values("pk")[:MAX_COUNTED].count()


def listed_from(viewer: Viewer, wanted: ReviewFilter, at: Image | None) -> list[Image]:
    """A stretch of the queue: a few before this picture, it, and those behind it; without one its beginning."""
    rows = wanted.in_order(viewer)
    if at is None:
        return shown(rows[:LISTED])
    ahead, behind = (Q(pk__gt=at.pk), Q(pk__lt=at.pk)) if wanted.is_newest_first else (Q(pk__lt=at.pk), Q(pk__gt=at.pk))
    before = shown(rows.filter(ahead).reverse()[:BEFORE])[::-1]
    return [*before, at, *shown(rows.filter(behind)[: LISTED - 1 - len(before)])]


def listed_after(viewer: Viewer, wanted: ReviewFilter, after: Image) -> list[Image]:
    """The stretch behind this picture, whether it still stands in the queue or not."""
    behind = Q(pk__lt=after.pk) if wanted.is_newest_first else Q(pk__gt=after.pk)
    return shown(wanted.in_order(viewer).filter(behind)[:LISTED])


def shown(rows: ImageQuerySet) -> list[Image]:
    """With what a list shows of them. Their numbers are found first: where a database sorts, it then sorts numbers."""
    numbers = list(rows.values_list("pk", flat=True))
    found = (
        Image.objects.select_related("batch", "person", "verdict")
        .only(*SHOWN, *(f"person__{name}" for name in Person.NAMES))
        .in_bulk(numbers)
    )
    return [found[number] for number in numbers if number in found]


def image_at(viewer: Viewer, key: str) -> Image | None:
    """A picture that the viewer may review, whatever became of it."""
    images = rights.review_image.of(viewer, Image.objects.filter(key=key)) if fits(key) and key else None
    related = ("batch__parent", "batch__team", "person", "verdict", "team", "file", "generation__model__provider")
    return images.select_related(*related).first() if images is not None else None


def decisions_on(image: Image) -> list[Verdict]:
    """What was decided about a picture and stands, oldest first."""
    return list(Verdict.objects.standing().filter(image=image).select_related("reviewer").order_by("pk"))


def last_decisions(images: Iterable[Image]) -> dict[int, str]:
    """The key of the newest decision on each of these pictures that stands, whether it counts or not; one query."""
    numbers = [image.pk for image in images]
    standing = Verdict.objects.standing().filter(image__in=numbers).order_by("pk")
    return dict(standing.values_list("image", "key"))


def answered(viewer: Viewer, image: Image) -> Verdict | None:
    """The rejection or the wish for changes that this picture answers, if it was made after one and about a picture
    the viewer sees."""
    batch = image.batch
    if batch is None or batch.parent_id is None:
        return None
    said = answered_by(batch.parent_id, batch.created_at).filter(rights.see_image.q(viewer, "image__"))
    said = said.select_related("reviewer", "image")
    return said.order_by("-pk").first()


# ── what the filters offer ──


def teams_to_offer(viewer: Viewer) -> list[Team]:
    """Those whose pictures the viewer reviews."""
    teams = Team.objects.exclude(review=Team.Review.OFF).order_by("name")
    roles = (Membership.Role.REVIEWER, Membership.Role.LEAD)
    return list(teams if viewer.is_staff else teams.filter(pk__in=viewer.teams(roles)))


def people_to_offer(teams: list[Team]) -> list[Person]:
    around = Person.objects.filter(membership__team__in=teams).distinct()
    return list(around.order_by("first_name", "username")[:MAX_OFFERED])


def galleries_to_offer(viewer: Viewer) -> list[Gallery]:
    """The newest first."""
    return list(
        rights.gallery_around.of(viewer, Gallery.objects.filter(archived_at=None)).order_by("-pk")[:MAX_OFFERED]
    )


def reviewers_of(team: Team) -> list[Person]:
    """Who may decide about the team's pictures."""
    roles = (Membership.Role.REVIEWER, Membership.Role.LEAD)
    found = Person.objects.filter(membership__team=team, membership__role__in=roles, is_active=True)
    return list(found.distinct().order_by("first_name", "username"))


def held_back_by_links(gallery: Gallery) -> tuple[int, Team | None]:
    """How many pictures of a gallery no share link shows before an approval, and the team of the first of them."""
    items = GalleryItem.objects.filter(removed_at=None, gallery=gallery)
    waiting = rights.held_back_by_links()
    found = Image.objects.kept().filter(waiting, pk__in=items.values("image")).select_related("batch__team")
    first = found.first()
    return (found.count(), first.batch.team) if first and first.batch else (0, None)
