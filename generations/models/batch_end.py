"""Who is told how a batch ends: its person, and the team's reviewers where prompts are refused."""

from __future__ import annotations

from generations.models.batch import UNFINISHED, Batch
from generations.models.key import now
from generations.models.notification import Notification
from generations.models.team import Membership, Person, is_away
from generations.translatable import Message

REFUSED = ("declined", "firewall_blocked")
"""The kinds of failures that are about what was asked for."""
REFUSED_OFTEN, REFUSED_WITHIN_MINUTES = 3, 60


def tell_if_over(number: int, sentence: str = "", *, is_call: bool = True) -> None:
    """Tell its person how the batch of this number ended, if that was the last of its generations and they are away.
    What ended with a call does not wait for what is only read again. Of two that end at once the second waits for the
    first at the batch's row, so that one of them is the last."""
    batch = Batch.objects.select_for_update(no_key=True).get(pk=number)
    standing = batch.generations.filter(retries=None)
    states = set(standing.order_by().values_list("state", flat=True).distinct())
    kind = "finished" if "succeeded" in states else "failed" if "failed" in states else ""
    unfinished = standing.filter(state__in=UNFINISHED)
    if not kind or (unfinished.filter(may_call=True) if is_call else unfinished).exists():
        return
    detail = Message(sentence) if kind == "failed" and sentence else ""
    Notification.tell(Person.objects.filter(is_away(), pk=batch.person_id), kind, batch=batch, detail=detail)


def tell_reviewers(batch: Batch) -> None:
    """Tell its team's reviewers when several prompts of its person were refused there within an hour."""
    if batch.visibility != Batch.Visibility.TEAM:
        return
    refused = Batch.objects.filter(
        person=batch.person_id,
        team=batch.team_id,
        visibility=Batch.Visibility.TEAM,
        generations__state="failed",
        generations__kind__in=REFUSED,
        generations__finished_at__gt=now(minutes=-REFUSED_WITHIN_MINUTES),
        generations__may_call=True,  # an old answer that is read again was refused when it came
    )
    if refused.order_by().values("pk").distinct().count() < REFUSED_OFTEN:
        return
    roles = (Membership.Role.REVIEWER, Membership.Role.LEAD)
    reviewers = Person.objects.filter(membership__team=batch.team_id, membership__role__in=roles)
    Notification.tell(reviewers, "refused_often", actor=batch.person)
