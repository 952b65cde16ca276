"""How long things are kept: a rule for each kind, for everybody or for one team, and what goes by it.

A team's own rule counts before the one for everybody. Without a rule a kind is kept. What a legal hold covers stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generations.models.attempt import Attempt
from generations.models.audit_entry import AuditEntry, RecordHead, Subject, record
from generations.models.draft import Draft
from generations.models.hold import Hold, is_held
from generations.models.image import Image
from generations.models.key import now
from generations.models.signing_key import SigningKey
from generations.models.stored_file import StoredFile
from generations.models.team import Team

MAX_DAYS = 36_500
AT_ONCE = 500


class RetentionRule(models.Model):
    """Things of this kind are kept for so many days."""

    class Kind(models.TextChoices):
        EXCHANGES = "exchanges", _("Requests and responses, word for word")
        FAILED = "failed", _("Requests and responses of what failed")
        DRAFTS = "drafts", _("Drafts")
        ADDRESSES = "addresses", _("Network addresses in the record")
        RECORD = "record", _("The record")

    OF_TEAMS = (Kind.EXCHANGES, Kind.FAILED)

    kind = models.CharField(_("what"), max_length=9, choices=Kind)
    team = models.ForeignKey(
        Team,
        verbose_name=_("team"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("Empty: for everybody without a rule of their own."),
    )
    days = models.PositiveIntegerField(
        _("days"), validators=[MinValueValidator(1), MaxValueValidator(MAX_DAYS)], help_text=_("Kept for so long.")
    )

    class Meta:
        verbose_name = _("retention rule")
        verbose_name_plural = _("retention rules")
        constraints = [
            models.UniqueConstraint(fields=["kind", "team"], name="one_rule_a_team"),
            models.UniqueConstraint(fields=["kind"], condition=Q(team=None), name="one_rule_for_everybody"),
        ]

    def __str__(self) -> str:
        said = {"kind": self.get_kind_display(), "days": self.days}
        return gettext("%(kind)s: %(days)s days") % said

    def clean(self) -> None:
        """Only what belongs to a team has a rule of a team."""
        if self.team and self.kind not in self.OF_TEAMS:
            raise ValidationError(gettext("This kind has one rule for everybody. Leave the team empty."))

    def due(self) -> models.QuerySet[Any]:
        """What goes by this rule now."""
        match self.kind:
            case self.Kind.DRAFTS:
                held = Hold.objects.standing().exclude(person=None).values("person")
                return Draft.objects.filter(saved_at__lt=self._since()).exclude(person__in=held)
            case self.Kind.ADDRESSES:
                return AuditEntry.objects.filter(at__lt=self._since()).exclude(address="")
            case self.Kind.RECORD:
                return _prunable(self.days)
        return self._calls()

    def _calls(self) -> models.QuerySet[Attempt]:
        """Calls of generations that are over, of the teams that this rule is for."""
        others = RetentionRule.objects.filter(kind=self.kind).exclude(team=None).values("team")
        failed = Q(generation__state="failed")
        held = Image.objects.filter(is_held()).exclude(batch=None).values("batch")
        standing = Hold.objects.standing()
        rows = Attempt.objects.filter(cleared_at=None, generation__finished_at__lt=self._since())
        rows = rows.filter(failed if self.kind == self.Kind.FAILED else ~failed)
        rows = rows.exclude(generation__batch__in=held)
        rows = rows.exclude(generation__batch__in=standing.exclude(batch=None).values("batch"))
        rows = rows.exclude(generation__batch__person__in=standing.exclude(person=None).values("person"))
        if self.team:
            return rows.filter(generation__batch__team=self.team)
        return rows.filter(~Q(generation__batch__team__in=others) | Q(generation__batch__team=None))

    def _since(self) -> Any:
        return now(days=-self.days)


@dataclass(frozen=True)
class Line:
    """How much goes by a rule."""

    rule: RetentionRule
    count: int


def preview() -> list[Line]:
    """What each rule would remove now."""
    return [Line(rule, rule.due().count()) for rule in _rules()]


def apply_rules() -> list[Line]:
    """Remove what is due, each rule in transactions of its own; recorded where anything went."""
    done = [Line(rule, _apply(rule)) for rule in _rules()]
    return [line for line in done if line.count]


def _rules() -> Iterator[RetentionRule]:
    return RetentionRule.objects.select_related("team").order_by("kind", "pk").iterator()


def _apply(rule: RetentionRule) -> int:
    if rule.kind == rule.Kind.RECORD:
        return prune(rule.days)
    count = 0
    if rule.kind in rule.OF_TEAMS:
        while numbers := list(rule.due().order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
            clear(numbers)
            count += len(numbers)
    elif rule.kind == rule.Kind.DRAFTS:
        count = rule.due().delete()[0]
    else:
        count = rule.due().update(address="", salt="")
    if count:
        after = {"kind": rule.kind, "days": rule.days, "count": count}
        record("applied_retention", Subject("team", rule.team.key) if rule.team else Subject(), after=after)
    return count


def clear(numbers: list[int]) -> None:
    """Forget what these calls sent and got, word for word; that they were made, when, and what they cost stays."""
    with transaction.atomic():
        rows = Attempt.objects.filter(pk__in=numbers)
        files = list(rows.exclude(answer_file=None).values_list("answer_file", flat=True))
        rows.update(
            request=b"", answer=None, answer_file=None, pictures=[], request_headers={}, headers={}, text="",
            detail="", detail_message=None, cleared_at=now(),
        )  # fmt: skip
    for file in StoredFile.objects.filter(pk__in=files):
        file.drop_if_unused()


# ── the record ──


def _prunable(days: int) -> models.QuerySet[AuditEntry]:
    """The oldest entries that may go; none while a hold stands, which may concern any of them."""
    old = AuditEntry.objects.filter(at__lt=now(days=-days))
    return old.none() if Hold.objects.standing().exists() else old


@transaction.atomic
def prune(days: int) -> int:
    """Remove entries older than that; how many.

    A checkpoint takes their place: an entry with the number and the hash of the last that went, signed, from which the
    rest of the chain goes on. The triggers let go what the head says is pruned, and nothing else."""
    head = RecordHead.objects.select_for_update().first()
    last = _prunable(days).order_by("-number").first()
    if head is None or last is None:
        return 0
    key = SigningKey.current()
    said = {"from": head.pruned_to + 1, "to": last.number, "hash": last.hash, "key": key.public}
    text = f"imageweb checkpoint {last.number} {last.hash}".encode()
    record("pruned_record", after={**said, "signature": key.sign(text)})
    RecordHead.objects.filter(pk=head.pk).update(pruned_to=last.number)
    return AuditEntry.objects.filter(number__lte=last.number).delete()[0]
