"""What people should hear of: rows that the verbs write themselves, read later in the reader's language."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Expression, Q
from django.utils.translation import gettext_lazy as _

from generations.models.detail import MAX_DETAIL, detail_columns, shown_detail_of
from generations.models.key import address, new_key, now
from generations.models.notification_kind import DIGEST, IN_APP, KINDS, MAIL, TOPICS, Kind, channels_of
from generations.models.team import MAX_ACTOR_NAME, Person, Team

if TYPE_CHECKING:
    from generations.models.batch import Batch
    from generations.models.comment import Comment
    from generations.models.gallery import Gallery
    from generations.models.image import Image
    from generations.models.provider import Provider
    from generations.models.visitor import Visitor

BUNDLE_MINUTES = 15
RENEW_MINUTES = 24 * 60
"""For kinds that are never counted: what happens again at the same place renews the unread row."""
MAIL_DELAY_SECONDS = 60
"""Mail at once waits so long, so that what is told as one is one message, and none is sent of what was read already."""
DAYS_KEPT = 90
MAX_ABOUT = 2000
"""Rows that one notification counts by name; more are counted as they come."""


class NotificationQuerySet(models.QuerySet["Notification"]):
    def in_inbox(self) -> NotificationQuerySet:
        """Those whose person wants them in the app."""
        return self.standing().filter(is_in_inbox=True)

    def standing(self) -> NotificationQuerySet:
        """Without those of one comment or of a visitor that was deleted: if that is restored, they are there again."""
        deleted = Q(comment__deleted_at__isnull=False, count=1) | Q(visitor__deleted_at__isnull=False)
        return self.exclude(deleted)

    def unseen(self) -> NotificationQuerySet:
        """Those that came since the person last looked at the inbox."""
        return self.in_inbox().filter(seen_at=None)

    def unread(self) -> NotificationQuerySet:
        return self.in_inbox().filter(read_at=None)

    def newest_first(self) -> NotificationQuerySet:
        return self.order_by("-told_at", "-pk")

    def mark_seen(self) -> int:
        """The person has looked at the inbox: the badge goes, what is unread stays unread."""
        return self.unseen().update(seen_at=now())

    def mark_read(self) -> int:
        """The person knows of these; no mail is sent of them any more."""
        return self.filter(read_at=None).update(read_at=now(), seen_at=now(), mail_at=None, is_for_digest=False)

    def mark_unread(self) -> int:
        return self.exclude(read_at=None).update(read_at=None)

    def purge(self) -> int:
        """Remove those that were read, or never stood in an inbox, once they are old enough; how many."""
        old = Q(read_at__lte=now(days=-DAYS_KEPT)) | Q(is_in_inbox=False, told_at__lte=now(days=-DAYS_KEPT))
        return self.filter(old).delete()[0]


class Notification(models.Model):
    """That something happened which a person should hear of. What it names may be gone or no longer theirs to see by
    the time they read it: a page asks `rights` again.

    What the same actor does several times in a short while is one row with a count, see `Kind`."""

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    person = models.ForeignKey(
        Person, verbose_name=_("person"), on_delete=models.CASCADE, related_name="notifications", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=20)
    actor = models.ForeignKey(
        Person, verbose_name=_("actor"), null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    actor_name = models.CharField(
        _("name of the actor"), max_length=MAX_ACTOR_NAME, blank=True, help_text=_("Of a client, or of who declined.")
    )
    batch = models.ForeignKey(
        "generations.Batch",
        verbose_name=_("batch"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    image = models.ForeignKey(
        "generations.Image", verbose_name=_("picture"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    gallery = models.ForeignKey(
        "generations.Gallery", verbose_name=_("gallery"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    team = models.ForeignKey(
        Team, verbose_name=_("team"), null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    provider = models.ForeignKey(
        "generations.Provider",
        verbose_name=_("provider"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    visitor = models.ForeignKey(
        "generations.Visitor",
        verbose_name=_("visitor"),
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("Who of a share link did it."),
    )
    comment = models.ForeignKey(
        "generations.Comment",
        verbose_name=_("comment"),
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("Whose words are read as they are now; of several the last."),
    )
    anchor = models.CharField(_("anchor"), max_length=40, blank=True, help_text=_("Where on its page."))
    about = models.JSONField(default=list, editable=False, help_text=_("Numbers of the rows that are counted."))
    count = models.PositiveIntegerField(_("count"), default=1)
    detail = models.TextField(_("detail"), blank=True, help_text=_("A person’s own words, or ours in English."))
    detail_message = models.JSONField(null=True, editable=False)

    is_in_inbox = models.BooleanField(_("in the inbox"), default=True)
    mail_at = models.DateTimeField(null=True, editable=False, help_text=_("When it is sent by mail; empty: not."))
    mailed_at = models.DateTimeField(null=True, editable=False)
    is_for_digest = models.BooleanField(_("in the next digest"), default=False)

    created_at = models.DateTimeField(_("created at"), db_default=now())
    told_at = models.DateTimeField(_("told at"), db_default=now(), help_text=_("When it last happened."))
    seen_at = models.DateTimeField(_("seen at"), null=True)
    read_at = models.DateTimeField(_("read at"), null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        indexes = [
            models.Index(fields=["person", "-told_at", "-id"], name="notification_inbox"),
            models.Index(
                fields=["person"], condition=Q(is_in_inbox=True, seen_at__isnull=True), name="notification_unseen"
            ),
            models.Index(
                fields=["person"], condition=Q(is_in_inbox=True, read_at__isnull=True), name="notification_unread"
            ),
            models.Index(fields=["mail_at"], condition=Q(mail_at__isnull=False), name="notification_mail"),
            models.Index(fields=["person", "id"], condition=Q(is_for_digest=True), name="notification_digest"),
            models.Index(fields=["read_at"], condition=Q(read_at__isnull=False), name="notification_purge"),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.kind})"

    def get_absolute_url(self) -> str:
        """The address that opens what it is about."""
        return address("notification", self.key)

    @property
    def shown_detail(self) -> str:
        """What somebody wrote, or our own words in the active language."""
        return shown_detail_of(self.detail, self.detail_message)

    @property
    def is_read(self) -> bool:
        return self.read_at is not None

    # ── telling ──

    @classmethod
    def tell(
        cls,
        persons: models.QuerySet[Person] | Iterable[Person | int],
        kind: str,
        *,
        actor: Person | None = None,
        actor_name: str = "",
        batch: Batch | None = None,
        image: Image | None = None,
        images: Iterable[Image] = (),
        gallery: Gallery | None = None,
        team: Team | None = None,
        provider: Provider | None = None,
        visitor: Visitor | None = None,
        comment: Comment | None = None,
        anchor: str = "",
        detail: str = "",
    ) -> int:
        """Tell these people, or those with these numbers; how many were told. At most four queries for any number.

        Nobody is told of what they did themselves, who is deactivated is told nothing, and who switched the kind off
        neither. It belongs to the transaction of the verb that calls it. `actor_name` is a client without an account;
        `images` are several pictures that one act was about, the last of which is opened; `detail` is what a person
        wrote, or a Message of ours; `anchor` is the id of an element on the page of what it is about."""
        line = KINDS[kind]
        channels = cls._channels(persons, line, actor)
        if not channels:
            return 0
        pictures = [*images, *([image] if image else [])]
        counted = [it.pk for it in (pictures if line.counts == "image" else [batch] if batch else [])]
        place = {
            "batch": batch,
            "image": pictures[-1] if pictures else None,
            "gallery": gallery,
            "team": team,
            "provider": provider,
            "visitor": visitor,
        }
        who = {"actor": actor, "actor_name": " ".join(actor_name.split())[:MAX_ACTOR_NAME]}
        told = {**place, "comment": comment, "anchor": anchor, **detail_columns(detail, MAX_DETAIL), "told_at": now()}
        with transaction.atomic():
            same = {} if line.counts else place
            since = now(minutes=-(BUNDLE_MINUTES if line.many else RENEW_MINUTES))
            open_rows = cls.objects.filter(
                person__in=channels, kind=kind, read_at=None, told_at__gt=since, **who, **same
            )
            renewed = {row.person_id: row for row in open_rows.select_for_update().order_by("pk")}
            for row in renewed.values():
                row._happen_again(line, counted, told, channels[row.person_id])
            if renewed:
                cls.objects.bulk_update(renewed.values(), [*told, "about", "count", *SENDING, "seen_at"])
            Notification.objects.bulk_create(
                Notification(
                    person_id=pk,
                    kind=kind,
                    **who,
                    **told,
                    about=counted[:MAX_ABOUT] if line.counts else [],
                    count=max(1, len(counted)) if line.counts else 1,
                    **_sending(letters),
                )
                for pk, letters in channels.items()
                if pk not in renewed
            )
        return len(channels)

    @classmethod
    def take_back(cls, kind: str, actor: Person | int, images: Collection[Image]) -> None:
        """The actor undid it: the pictures' people hear nothing of it, unless they have read it."""
        undone = {image.pk for image in images}
        people = {image.person_id for image in images}
        with transaction.atomic():
            rows = cls.objects.filter(person__in=people, kind=kind, actor=actor, read_at=None, told_at__gt=now(days=-1))
            for row in rows.select_for_update().order_by("pk"):
                left = [pk for pk in row.about if pk not in undone]
                if not left:
                    row.delete()
                elif len(left) < len(row.about):
                    row.count -= len(row.about) - len(left)
                    row.about, row.image_id = left, left[-1]
                    row.detail, row.detail_message = "", None
                    row.save(update_fields=["about", "count", "image", "detail", "detail_message"])

    @staticmethod
    def _channels(
        persons: models.QuerySet[Person] | Iterable[Person | int], kind: Kind, actor: Person | None
    ) -> dict[int, str]:
        """Who is told, by which channels; one query."""
        wanted = persons if isinstance(persons, models.QuerySet) else Person.objects.filter(pk__in=_numbers(persons))
        active = wanted.filter(is_active=True).order_by()
        if TOPICS[kind.topic].for_staff:
            active = active.filter(Q(is_staff=True) | Q(is_superuser=True))
        rows = active.exclude(pk=actor.pk) if actor else active
        may_mail = MAIL + DIGEST if settings.EMAIL_URL else ""
        found = {}
        for pk, chosen, email in rows.values_list("pk", "channels", "email").distinct():
            allowed = IN_APP + (may_mail if email else "")
            found[pk] = "".join(letter for letter in channels_of(kind.topic, chosen) if letter in allowed)
        return {pk: letters for pk, letters in found.items() if letters}

    def _happen_again(self, kind: Kind, counted: list[int], told: dict[str, Any], letters: str) -> None:
        """Change the row, not saved yet, to say that it happened once more."""
        for name, value in told.items():
            setattr(self, name, value)
        if kind.counts:
            fresh = [pk for pk in counted if pk not in self.about]
            self.about = [*(pk for pk in self.about if pk not in counted), *counted][-MAX_ABOUT:]
            self.count += len(fresh)
            if self.count > 1:
                self.detail, self.detail_message = "", None
        elif kind.many:
            self.count += 1
        self.seen_at = None
        for name, value in _sending(letters, is_mailed=self.mailed_at is not None).items():
            setattr(self, name, value)


SENDING = ("is_in_inbox", "mail_at", "is_for_digest")


def _sending(letters: str, *, is_mailed: bool = False) -> dict[str, bool | Expression | None]:
    """The columns that say how a row reaches its person. One row is mailed every 15 minutes at most."""
    delay = BUNDLE_MINUTES * 60 if is_mailed else MAIL_DELAY_SECONDS
    return {
        "is_in_inbox": IN_APP in letters,
        "mail_at": now(seconds=delay) if MAIL in letters else None,
        "is_for_digest": DIGEST in letters,
    }


def _numbers(persons: Iterable[Person | int]) -> Collection[int]:
    return {it.pk if isinstance(it, Person) else it for it in persons}
