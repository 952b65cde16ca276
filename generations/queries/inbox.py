"""What somebody was told, and how much of it is new."""

from __future__ import annotations

from collections import Counter

from django.db.models import Count, Max, Q

from generations import rights
from generations.models import Notification
from generations.models.notification import NotificationQuerySet
from generations.models.notification_kind import KINDS
from generations.viewer import Viewer


def inbox_of(viewer: Viewer, topic: str = "", *, only_unread: bool = False) -> NotificationQuerySet:
    """The viewer's notifications, the newest first; of one topic, or those that are unread."""
    rows = rights.own_notification.of(viewer, Notification.objects.in_inbox())
    rows = rows.select_related("person", "actor", "comment")
    if topic:
        rows = rows.filter(kind__in=[kind.key for kind in KINDS.values() if kind.topic == topic])
    if only_unread:
        rows = rows.unread()
    return rows.newest_first()


def counts_of(viewer: Viewer) -> tuple[Counter[str], int]:
    """How many there are of each topic, and how many of all are unread; one query."""
    rows = rights.own_notification.of(viewer, Notification.objects.in_inbox()).order_by()
    topics: Counter[str] = Counter()
    unread = 0
    for kind, count, new in rows.values_list("kind").annotate(
        count=Count("pk"), new=Count("pk", filter=Q(read_at=None))
    ):
        if kind in KINDS:
            topics[KINDS[kind].topic] += count
        unread += new
    return topics, unread


def unread_count(viewer: Viewer) -> int:
    return rights.own_notification.of(viewer, Notification.objects.unread()).count()


def unseen_of(viewer: Viewer) -> tuple[int, int]:
    """How many came since the viewer last looked at the inbox, and the number of the newest of them, 0 for none."""
    rows = rights.own_notification.of(viewer, Notification.objects.unseen()).order_by()
    found = rows.aggregate(count=Count("pk"), newest=Max("pk"))
    return found["count"], found["newest"] or 0
