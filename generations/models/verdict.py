"""What a team's reviewers decide about its pictures: a row for each decision, and one for each that is withdrawn."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from django.db import models, transaction
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generations.models.audit_entry import Subject, record, record_each
from generations.models.fact import Fact
from generations.models.image import Image
from generations.models.key import new_key, now
from generations.models.notification import Notification
from generations.models.review_policy import DEFAULT_REASONS, MAX_REVIEW_REASON
from generations.models.reviewed_image import ReviewedImage
from generations.models.team import Person, Team
from generations.text import tidy_line
from generations.translatable import Message

MAX_NOTE = 300


class Overtaken(Exception):
    """Somebody else has decided since the person looked; `verdict` is what counts now, None after a withdrawal."""

    def __init__(self, verdict: Verdict | None) -> None:
        super().__init__()
        self.verdict = verdict


class Decision(NamedTuple):
    """One act of a reviewer: the key that withdraws all of it, how many pictures it was about, what counted before and
    somebody else had decided, and the pictures that were left because somebody else has decided since, each with what
    was decided last, None after a withdrawal."""

    key: str
    amount: int
    replaced: list[Verdict] = []
    overtaken: list[tuple[Image, Verdict | None]] = []


RECORDED_AS = {"approved": "approved", "rejected": "rejected", "changes": "requested_changes"}
"""The verb of the record for each decision."""


class VerdictQuerySet(models.QuerySet["Verdict"]):
    def standing(self) -> VerdictQuerySet:
        """Decisions that nobody has withdrawn. The newest of a picture is its verdict."""
        return self.filter(withdrawal=None).exclude(state=Verdict.State.WITHDRAWN)

    @transaction.atomic
    def give(
        self,
        person: Person,
        image: Image,
        state: str,
        note: str = "",
        reason: str = "",
        *,
        over: str | None = None,
    ) -> str:
        """Decide over whatever was decided before; the key it can be withdrawn by. The person's own verdict once more,
        without another note, changes nothing.

        `over` is the key of the decision the person saw last, "" for none. Where somebody else has decided since, this
        raises Overtaken and changes nothing."""
        note, reason = tidy_line(note, MAX_NOTE), tidy_line(reason, MAX_REVIEW_REASON)
        [row] = self._locked([image.pk])
        row.seen_in(image.team_id)
        last = row.last
        if over is not None and row.is_overtaken(person, over):
            raise Overtaken(last)
        if last and row.is_said(person, state, note, reason):
            return last.key
        return self._decide(person, [row], state, note, reason).key

    @transaction.atomic
    def give_all(
        self,
        person: Person,
        images: Iterable[Image],
        state: str,
        note: str = "",
        reason: str = "",
        *,
        over: Mapping[str, str] | None = None,
    ) -> Decision:
        """Decide the same of all these pictures in one act, which one key withdraws. Each author hears of it once. What
        the person has decided like this already stays as it is.

        `over` has, by the keys of pictures, the key of the decision that the person saw last on each, "" for none.
        Those among them that somebody else has decided since are left as they are."""
        note, reason = tidy_line(note, MAX_NOTE), tidy_line(reason, MAX_REVIEW_REASON)
        seen = over or {}
        teams = {image.pk: image.team_id for image in images}
        rows = self._locked(teams)
        for row in rows:
            row.seen_in(teams[row.image.pk])
        overtaken = [row for row in rows if row.image.key in seen and row.is_overtaken(person, seen[row.image.key])]
        rows = [row for row in rows if row not in overtaken]
        fresh = [row for row in rows if not row.is_said(person, state, note, reason)]
        counted = [row.verdict for row in fresh]
        replaced = [verdict for verdict in counted if verdict and verdict.reviewer_id != person.pk]
        decision = self._decide(person, fresh, state, note, reason)
        left = [(row.image, row.last) for row in overtaken]
        return decision._replace(replaced=replaced, overtaken=left)

    def _decide(self, person: Person, rows: Sequence[ReviewedImage], state: str, note: str, reason: str) -> Decision:
        key = new_key()
        Verdict.objects.bulk_create(
            Verdict(
                key=key,
                image=row.image,
                reviewer=person,
                team_id=row.judged_for,
                state=state,
                note=note,
                reason=reason,
                decided_at=now(),
            )
            for row in rows
        )
        given = {verdict.image_id: verdict for verdict in self.filter(key=key, reviewer=person)}
        own: dict[str, list[Image]] = {}
        said = []
        for row in rows:
            before = {"verdict": row.decisions[-1].state} if row.decisions else None
            said.append((Subject.of(row.image), before, None))
            if row.decisions and row.decisions[-1].reviewer_id == person.pk:
                own.setdefault(row.decisions[-1].state, []).append(row.image)
            row.decisions.append(given[row.image.pk])
        self._count(rows)
        for replaced, images in own.items():
            Notification.take_back(replaced, person, images)
        final = sorted((row.image for row in rows if row.verdict), key=attrgetter("person_id", "pk"))
        for author, images_of_author in groupby(final, key=attrgetter("person_id")):
            Notification.tell(
                [author], state, actor=person, images=list(images_of_author), detail=_detail(reason, note)
            )
        record_each(RECORDED_AS[state], said, by=person.pk)
        return Decision(key, len(rows))

    @transaction.atomic
    def withdraw(self, person: Person, image: Image, key: str) -> bool:
        """Undo the person's verdict: what it replaced counts again. False when it is withdrawn already or somebody has
        decided anew since."""
        return bool(self.withdraw_all(person, [image], key))

    @transaction.atomic
    def withdraw_all(self, person: Person, images: Iterable[Image], key: str) -> list[Image]:
        """Undo the person's decision of this key on these pictures; on which that was done. It is not where it is
        withdrawn already or somebody has decided anew since."""
        rows = [row for row in self._locked([image.pk for image in images]) if row.ends_with(person, key)]
        gone = [row.decisions.pop() for row in rows]
        state = Verdict.State.WITHDRAWN
        Verdict.objects.bulk_create(
            Verdict(image=row.image, reviewer=person, state=state, withdraws=verdict, decided_at=now())
            for row, verdict in zip(rows, gone, strict=True)
        )
        self._count(rows)
        for before in {verdict.state for verdict in gone}:
            undone = [row.image for row, verdict in zip(rows, gone, strict=True) if verdict.state == before]
            Notification.take_back(before, person, undone)
        said = [
            (Subject.of(row.image), {"verdict": verdict.state}, {"verdict": row.verdict.state} if row.verdict else None)
            for row, verdict in zip(rows, gone, strict=True)
        ]
        record_each("withdrew_verdict", said, by=person.pk)
        return [row.image for row in rows]

    @transaction.atomic
    def rule(self, team: Team, **rules: Any) -> None:
        """Review the team's pictures by these rules of `Team.set_review` from now on."""
        if team.set_review(**rules):
            self.recount(team)
        record("changed_review", Subject.of(team, team.pk), after=rules)

    @transaction.atomic
    def recount(self, team: Team) -> None:
        """Count anew the approvals of the team's pictures that have some and no verdict, after its rules changed."""
        waiting = Image.objects.kept().filter(batch__team=team, verdict=None)
        approved = self.standing().filter(image__in=waiting.values("pk"), state=Verdict.State.APPROVED)
        self._count(self._locked(list(approved.order_by().values_list("image", flat=True).distinct())))

    @transaction.atomic
    def count_for_teams(self, batches: Collection[int]) -> None:
        """Count anew what stands on the pictures of these batches, which belong to another team since."""
        approved = self.standing().filter(image__batch__in=batches, state=Verdict.State.APPROVED)
        self._count(self._locked(set(approved.order_by().values_list("image", flat=True))))

    def _locked(self, images: Collection[int]) -> list[ReviewedImage]:
        """These pictures with every decision on them that stands. Their rows are locked: of two at once the second
        replaces the first. Their teams are looked up behind the lock: PostgreSQL would join a row that it waited for
        with the team it had before."""
        locked = Image.objects.filter(pk__in=list(images)).order_by("pk")
        numbers = list(locked.select_for_update().values_list("pk", flat=True))
        rows = [ReviewedImage(image) for image in locked.filter(pk__in=numbers).select_related("batch__team")]
        by_image = {row.image.pk: row for row in rows}
        standing = self.standing().filter(image__in=list(by_image)).select_related("reviewer")
        for verdict in standing.order_by("pk"):
            by_image[verdict.image_id].decisions.append(verdict)
        return rows

    def _count(self, rows: Iterable[ReviewedImage]) -> None:
        """Write which decision counts on each picture; three queries for any number."""
        waiting = []
        by_decision: dict[int, int] = {}
        for row in rows:
            if verdict := row.verdict:
                by_decision[row.image.pk] = verdict.pk
            else:
                waiting.append(row.image.pk)
        Image.objects.filter(pk__in=waiting).update(verdict=None)
        newest = self.filter(pk__in=list(by_decision.values()), image=OuterRef("pk"))
        Image.objects.filter(pk__in=list(by_decision)).update(verdict=Subquery(newest.values("pk")[:1]))


def _detail(reason: str, note: str) -> str:
    """What the author reads of why: a ready reason in their own language."""
    if reason not in DEFAULT_REASONS:
        return " · ".join(filter(None, [reason, note]))
    ready = Message(reason)
    return Message("%(reason)s · %(note)s", reason=ready, note=note) if note else ready


def shown_reason(reason: str) -> str:
    """A ready reason in the active language; one that a team wrote itself as it stands."""
    return gettext(reason) if reason in DEFAULT_REASONS else reason


class Verdict(Fact):
    """What one reviewer decided about one picture, when and why.

    The newest decision that stands counts; `Image.verdict` names it, so that a list needs no look at the others.
    Without one a picture awaits review. Where a team asks for two approvals, the first of them does not count yet.
    What was decided in one act has one key."""

    class State(models.TextChoices):
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")
        CHANGES = "changes", _("Changes requested")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    DECISIONS = (State.APPROVED, State.REJECTED, State.CHANGES)

    key = models.CharField(
        max_length=12, default=new_key, editable=False, db_index=True, help_text=_("What withdraws this verdict.")
    )
    image = models.ForeignKey(Image, verbose_name=_("image"), on_delete=models.CASCADE, related_name="verdicts")
    reviewer = models.ForeignKey(Person, verbose_name=_("reviewer"), on_delete=models.PROTECT, related_name="verdicts")
    team = models.ForeignKey(
        Team,
        verbose_name=_("team"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        help_text=_("The one it was decided for: an approval passes the gates of no other."),
    )
    state = models.CharField(_("state"), max_length=9, choices=State)
    reason = models.CharField(
        _("reason"), max_length=MAX_REVIEW_REASON, blank=True, help_text=_("A ready one, as it was called then.")
    )
    note = models.CharField(_("note"), max_length=MAX_NOTE, blank=True)
    decided_at = models.DateTimeField(_("decided at"), db_default=now())
    withdraws = models.OneToOneField(
        "self", null=True, blank=True, editable=False, on_delete=models.CASCADE, related_name="withdrawal"
    )

    objects = VerdictQuerySet.as_manager()

    class Meta:
        verbose_name = _("verdict")
        verbose_name_plural = _("verdicts")
        ordering = ["pk"]
        indexes = [models.Index(fields=["state", "id"], name="verdict_state")]

    def __str__(self) -> str:
        return str(self.get_state_display())

    @property
    def is_approval(self) -> bool:
        return self.state == self.State.APPROVED

    @property
    def shown_reason(self) -> str:
        """The ready reason in the active language."""
        return shown_reason(self.reason)

    @property
    def said(self) -> str:
        """Reason and note in one line."""
        return " · ".join(filter(None, [self.shown_reason, self.note]))

    def is_same(self, person: Person, state: str, note: str, reason: str) -> bool:
        """Whether this person deciding so once more would say nothing new."""
        says_more = (note and note != self.note) or (reason and reason != self.reason)
        return (self.reviewer_id, self.state) == (person.pk, state) and not says_more
