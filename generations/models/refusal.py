"""Prompts that a model or a provider would not draw, and what a team's reviewers did about them."""

from __future__ import annotations

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from generations.models.audit_entry import Subject, record
from generations.models.generation import Generation
from generations.models.key import now
from generations.models.notification import Notification
from generations.models.team import Membership, Person


@transaction.atomic
def pause_sending(membership: Membership, by: Person, note: str = "") -> bool:
    """Take no more prompts of this person for this team, and tell them; False if that holds already."""
    is_paused = membership.pause_sending(by, note)
    if is_paused:
        Notification.tell([membership.person], "sending_paused", actor=by, detail=note)
        record("paused_sending", Subject.of(membership.person, membership.team_id), by=by.pk)
    return is_paused


@transaction.atomic
def resume_sending(membership: Membership, by: Person) -> bool:
    """Take them again; False if they are."""
    is_resumed = membership.resume_sending()
    if is_resumed:
        record("resumed_sending", Subject.of(membership.person, membership.team_id), by=by.pk)
    return is_resumed


class RefusalSeen(models.Model):
    """That a reviewer has seen a refused or failed generation; it is no longer counted as new."""

    generation = models.OneToOneField(Generation, on_delete=models.CASCADE, related_name="refusal_seen")
    person = models.ForeignKey(Person, verbose_name=_("person"), null=True, on_delete=models.SET_NULL, related_name="+")
    seen_at = models.DateTimeField(_("seen at"), db_default=now())

    class Meta:
        verbose_name = _("seen refusal")
        verbose_name_plural = _("seen refusals")

    def __str__(self) -> str:
        return str(self.generation_id)

    @staticmethod
    def mark(person: Person, generations: list[Generation]) -> None:
        """These need nobody's look any more. Marking twice changes nothing."""
        RefusalSeen.objects.bulk_create(
            [RefusalSeen(generation=generation, person=person) for generation in generations], ignore_conflicts=True
        )

    @staticmethod
    def unmark(generations: list[Generation]) -> None:
        RefusalSeen.objects.filter(generation__in=generations).delete()
