"""What a team's reviewers decide about its pictures: a row for each decision, and one for each that is withdrawn."""

from __future__ import annotations

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from generations.models.audit_entry import record
from generations.models.fact import Fact
from generations.models.image import Image
from generations.models.key import new_key, now
from generations.models.notification import Notification
from generations.models.team import Person
from generations.text import tidy

MAX_NOTE = 300


class VerdictQuerySet(models.QuerySet["Verdict"]):
    def standing(self) -> VerdictQuerySet:
        """Decisions that nobody has withdrawn. The newest of a picture is its verdict."""
        return self.filter(withdrawal=None).exclude(state=Verdict.State.WITHDRAWN)

    @transaction.atomic
    def give(self, person: Person, image: Image, state: str, note: str = "") -> str:
        """Decide over whatever was decided before; the key it can be withdrawn by. The person's own verdict once more,
        without another note, changes nothing."""
        note = " ".join(tidy(note, MAX_NOTE).split())
        before = self._of(image)
        if before and (before.reviewer_id, before.state) == (person.pk, state) and note in ("", before.note):
            return before.key
        verdict = self.create(image=image, reviewer=person, state=state, note=note, decided_at=now())
        Image.objects.filter(pk=image.pk).update(verdict=verdict)
        if before and before.reviewer_id == person.pk:
            Notification.take_back(before.state, person, [image])
        Notification.tell([image.person_id], state, actor=person, image=image, detail=note)
        record(state, image, by=person.pk, before={"verdict": before.state} if before else None)
        return verdict.key

    @transaction.atomic
    def withdraw(self, person: Person, image: Image, key: str) -> bool:
        """Undo the person's verdict: what it replaced counts again. False when it is withdrawn already or somebody has
        decided anew since."""
        verdict = self._of(image)
        if verdict is None or (verdict.reviewer_id, verdict.key) != (person.pk, key):
            return False
        state = Verdict.State.WITHDRAWN
        self.create(image=image, reviewer=person, state=state, withdraws=verdict, decided_at=now())
        before = self.standing().filter(image=image).order_by("-pk").first()
        Image.objects.filter(pk=image.pk).update(verdict=before)
        Notification.take_back(verdict.state, person, [image])
        after = {"verdict": before.state} if before else None
        record("withdrew_verdict", image, by=person.pk, before={"verdict": verdict.state}, after=after)
        return True

    def _of(self, image: Image) -> Verdict | None:
        """The verdict on this picture as it stands. The picture's row is locked: of two at once the second replaces the
        first."""
        locked = Image.objects.select_for_update().filter(pk=image.pk)
        return self.filter(pk__in=list(locked.values_list("verdict", flat=True))).first()


class Verdict(Fact):
    """What one reviewer decided about one picture, when and why.

    The newest decision that stands counts; `Image.verdict` names it, so that a list needs no look at the others.
    Without one a picture awaits review."""

    class State(models.TextChoices):
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    DECISIONS = (State.APPROVED, State.REJECTED)

    key = models.CharField(max_length=12, default=new_key, editable=False, help_text=_("What withdraws this verdict."))
    image = models.ForeignKey(Image, verbose_name=_("image"), on_delete=models.CASCADE, related_name="verdicts")
    reviewer = models.ForeignKey(Person, verbose_name=_("reviewer"), on_delete=models.PROTECT, related_name="verdicts")
    state = models.CharField(_("state"), max_length=9, choices=State)
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
