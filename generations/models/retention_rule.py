"""How long things are kept: a rule for each kind, for everybody or for one team.

A team's own rule counts before the one for everybody. Without a rule a kind is kept; the trash is emptied after
TRASH_DAYS, which rules shorten and never lengthen. retention.py has what goes by a rule."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from generations.models.audit_entry import Subject, record
from generations.models.key import now
from generations.models.team import Person, Team

MAX_DAYS = 36_500


class RetentionRuleQuerySet(models.QuerySet["RetentionRule"]):
    def trash_days(self) -> dict[int | None, int]:
        """How many days deleted pictures and galleries are kept, by the number of the team; None: of all others."""
        rules = self.filter(kind=RetentionRule.Kind.TRASH).values_list("team", "days")
        most: int = settings.TRASH_DAYS
        return {None: most} | {team: min(days, most) for team, days in rules}

    @transaction.atomic
    def keep(self, kind: str, team: Team | None, days: int | None, by: Person) -> bool:
        """Keep this kind for so many days from now on, None as without a rule; False if that was so already."""
        rule = self.select_for_update().filter(kind=kind, team=team).first()
        before = {"kind": kind, "days": rule.days} if rule else None
        if days == (rule.days if rule else None):
            return False
        subject = Subject("team", team.key) if team else Subject()
        if days is None:
            self.filter(kind=kind, team=team).delete()
            record("unset_retention", subject, by=by.pk, before=before)
        else:
            self.update_or_create(kind=kind, team=team, defaults={"days": days})
            record("set_retention", subject, by=by.pk, before=before, after={"kind": kind, "days": days})
        return True


class RetentionRule(models.Model):
    """Things of this kind are kept for so many days."""

    class Kind(models.TextChoices):
        TRASH = "trash", _("Trash")
        PICTURES = "pictures", _("Pictures and prompts that nobody kept")
        EXCHANGES = "exchanges", _("Requests and responses, word for word")
        FAILED = "failed", _("Requests and responses of what failed")
        UPLOADS = "uploads", _("Reference pictures that nothing uses")
        DRAFTS = "drafts", _("Drafts")
        VISITS = "visits", _("Visits of share links")
        ADDRESSES = "addresses", _("Network addresses in the record")
        RECORD = "record", _("The record")

    OF_TEAMS = (Kind.TRASH, Kind.PICTURES, Kind.EXCHANGES, Kind.FAILED, Kind.VISITS)

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

    objects = RetentionRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("retention rule")
        verbose_name_plural = _("retention rules")
        constraints = [
            models.UniqueConstraint(fields=["kind", "team"], name="one_rule_a_team"),
            models.UniqueConstraint(fields=["kind"], condition=Q(team=None), name="one_rule_for_everybody"),
        ]

    def __str__(self) -> str:
        said = {"kind": self.get_kind_display(), "days": self.days}
        return ngettext("%(kind)s: %(days)s day", "%(kind)s: %(days)s days", self.days) % said

    def clean(self) -> None:
        """Only what belongs to a team has a rule of a team, and no rule keeps the trash longer than the setting."""
        if self.team and self.kind not in self.OF_TEAMS:
            raise ValidationError(gettext("This kind has one rule for everybody. Leave the team empty."))
        most: int = settings.TRASH_DAYS
        if self.kind == self.Kind.TRASH and self.days and self.days > most:
            sentence = ngettext(
                "The trash keeps things for at most %(number)s day here. The setting TRASH_DAYS allows more.",
                "The trash keeps things for at most %(number)s days here. The setting TRASH_DAYS allows more.",
                most,
            )
            raise ValidationError({"days": sentence % {"number": most}})

    def covers(self, column: str) -> Q:
        """As a filter: the rows that this rule is for, whose team this column names."""
        if self.team_id is not None:
            return Q(**{column: self.team_id})
        others = RetentionRule.objects.filter(kind=self.kind).exclude(team=None).values("team")
        return ~Q(**{f"{column}__in": others}) | Q(**{column: None})


def is_kept_long_enough(column: str) -> Q:
    """The condition of deleted rows whose time in the trash is over; the column names their team."""
    days = RetentionRule.objects.trash_days()
    general = days.pop(None)
    found: Any = Q(deleted_at__lte=now(days=-general))
    if days:
        found &= ~Q(**{f"{column}__in": list(days)}) | Q(**{column: None})
    for team, number in days.items():
        found |= Q(**{column: team}, deleted_at__lte=now(days=-number))
    return Q(found)
