"""Who chose or commented by a share link: somebody without an account, known by a name and a cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from generations.models.audit_entry import record
from generations.models.comment import MAX_VISITOR_NAME, Comment, comment_text
from generations.models.folded import is_invisible
from generations.models.gallery import Gallery
from generations.models.gallery_member import GalleryMember
from generations.models.hold import is_gallery_held, is_held, wait_for_holds
from generations.models.image import Image
from generations.models.key import is_key, new_key, new_token, now
from generations.models.notification import Notification
from generations.models.region import Region
from generations.models.secret_address import hash_of
from generations.models.share_link import ShareLink
from generations.models.team import Membership, Person
from generations.text import BadText, clean_text
from generations.translatable import Message, PluralMessage

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from generations.models.choice import Choice

HEART = "heart"
MAX_NOTE = 1000
MAX_A_DAY = 100
"""Visitors who may come to one link within 24 hours."""
MAX_REMARKS = 200
"""Remarks that one visitor may write."""

FINISHED = Message("Your choice was sent, so it can no longer be changed. Ask the team to open it again.")
DELETED = Message("The team deleted your visit. Open the link again to begin anew.")
TOO_MANY_VISITORS = Message("Too many people used this link today. Try again tomorrow.")
TOO_MANY_REMARKS = Message("You have written as many comments as one visitor can. Send your choice.")
ENDED = Message("This is not taken here, or no longer. Ask the team if you want to change something.")
NO_NAME = Message("Write your name, so that the team knows who chose.")


class NotTaken(Exception):
    """Why what a visitor did changed nothing: `sentence` is for them, translated where it is shown."""

    def __init__(self, sentence: Message) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class LinkEnded(NotTaken):
    """The link that they came by ended meanwhile."""


class VisitorQuerySet(models.QuerySet["Visitor"]):
    def kept(self) -> VisitorQuerySet:
        """Those nobody has deleted."""
        return self.filter(deleted_at=None)

    @transaction.atomic
    def purge(self) -> int:
        """Remove those deleted long enough ago, with their marks and wherever their name stands; how many. Who did
        something in a gallery under a hold, or about a picture under one, stays with it."""
        wait_for_holds()
        held = Image.objects.filter(is_held()).values("pk")
        said = Comment.objects.exclude(visitor=None).exclude(text="").values("visitor")
        chose = Visitor.objects.filter(choices__image__in=held).values("pk")
        came = Visitor.objects.filter(link__gallery__in=Gallery.objects.filter(is_gallery_held())).values("pk")
        expired = self.filter(deleted_at__lte=now(days=-settings.TRASH_DAYS))
        kept = Q(pk__in=said) | Q(pk__in=chose) | Q(pk__in=came)
        gone = list(expired.exclude(kept).values_list("pk", flat=True))
        Comment.objects.filter(visitor__in=gone).update(visitor_name="")
        Visitor.objects.filter(pk__in=gone).delete()
        return len(gone)

    def with_token(self, token: str) -> VisitorQuerySet:
        """The one whose browser keeps this token."""
        return self.filter(token_hash=hash_of(token))


class Visitor(models.Model):
    """One visitor of one link. A row is made with the first choice or comment, never by looking. What several visitors
    of a link chose is kept apart; nobody but the team sees whose it is.

    A visitor's round is over when they send it; the team can open it again."""

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    link = models.ForeignKey(
        ShareLink, verbose_name=_("share link"), on_delete=models.CASCADE, related_name="visitors", db_index=False
    )
    name = models.CharField(_("name"), max_length=MAX_VISITOR_NAME)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    note = models.TextField(_("note"), max_length=MAX_NOTE, blank=True, help_text=_("A word to the team."))
    came_at = models.DateTimeField(_("came at"), db_default=now())
    active_at = models.DateTimeField(_("active at"), db_default=now())
    finished_at = models.DateTimeField(_("finished at"), null=True, editable=False)
    reopened_at = models.DateTimeField(_("opened again at"), null=True, editable=False)
    reopened_by = models.ForeignKey(
        Person,
        verbose_name=_("opened again by"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    deleted_at = models.DateTimeField(_("deleted at"), null=True, editable=False)
    deleted_by = models.ForeignKey(
        Person, verbose_name=_("deleted by"), null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    objects = VisitorQuerySet.as_manager()

    choices: RelatedManager[Choice]
    comments: RelatedManager[Comment]

    class Meta:
        verbose_name = _("visitor")
        verbose_name_plural = _("visitors")
        ordering = ["pk"]
        indexes = [models.Index(fields=["link", "came_at"], name="visitor_link")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    @transaction.atomic
    def come(cls, link: ShareLink, name: str, key: str = "") -> tuple[Visitor, str]:
        """Somebody new, and the token their browser keeps. `key` is the one their form came with: sent twice it is one
        visitor. Raises NotTaken, BadText. The link's row is locked while they are counted, so that not one too many
        comes at once."""
        name = visitor_name(name)
        token = salted_hmac(f"visitor-{link.key}", key).hexdigest() if is_key(key) else new_token()
        links = ShareLink.objects.select_for_update(of=("self",), no_key=True).select_related("gallery")
        if not links.get(pk=link.pk).is_open:
            raise LinkEnded(ENDED)
        if here := cls.objects.with_token(token).filter(link=link).first():
            if here.deleted_at is None:
                return here, token
            token = new_token()
        if cls.objects.filter(link=link, came_at__gt=now(days=-1)).count() >= MAX_A_DAY:
            raise NotTaken(TOO_MANY_VISITORS)
        return cls.objects.create(link=link, name=name, token_hash=hash_of(token)), token

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None

    # ── verbs ──

    @transaction.atomic
    def choose(self, image: Image, kind: str, shown: models.QuerySet[Image]) -> bool:
        """Mark a picture; False if it had this mark. `shown` are the pictures that the link shows: hearts on others do
        not count towards its limit. Raises NotTaken at the limit and when the round is over.

        The visitor's row is locked, so that two tabs together cannot choose more than one may."""
        limit = self._locked().link.choose_limit
        before = self.choices.filter(image=image).first()
        if before and before.kind == kind:
            return False
        if kind == HEART and limit is not None and self._hearts(shown).exclude(image=image).count() >= limit:
            raise NotTaken(limit_reached(limit))
        self.choices.update_or_create(image=image, defaults={"kind": kind, "chosen_at": now()})
        return True

    @transaction.atomic
    def unchoose(self, image: Image) -> bool:
        """Take the mark from a picture; False if it had none. Raises NotTaken when the round is over."""
        self._locked()
        return bool(self.choices.filter(image=image).delete()[0])

    @transaction.atomic
    def remark(self, image: Image, text: str, region: Region | None = None, key: str = "") -> Comment:
        """Comment on a picture; the same words with the same `key` are one comment, also when the round is over
        meanwhile. Raises NotTaken, BadText."""
        row, text = self._lock(), comment_text(text)
        if is_key(key) and (sent := self.comments.filter(key=key, image=image, text=text).first()):
            return sent
        row._go_on()
        if self.comments.count() >= MAX_REMARKS:
            raise NotTaken(TOO_MANY_REMARKS)
        comment, _mentioned = Comment.write(
            image, None, text, region=region, gallery=row.link.gallery, link=row.link, visitor=row, key=key
        )
        self._tell("client_remarked", comment.text, comment)
        return comment

    @transaction.atomic
    def finish(self, note: str = "", shown: models.QuerySet[Image] | None = None) -> bool:
        """Send it to the team; False if it was sent before. `shown` are the pictures that the link shows: there may be
        more hearts on them than its limit, where some came back. Raises BadText, and NotTaken above the limit."""
        note = clean_text(note.replace("\r\n", "\n"), MAX_NOTE, Message("note"))
        row = self._lock()
        limit = row.link.choose_limit
        if shown is not None and limit is not None and not row.is_finished and self._hearts(shown).count() > limit:
            raise NotTaken(limit_reached(limit))
        going_on = Visitor.objects.filter(pk=self.pk, finished_at=None)
        if not going_on.update(finished_at=now(), active_at=now(), note=note):
            return False
        self._tell("client_chose", note)
        chosen = {"visitor": self.key, "chosen": self.choices.filter(kind=HEART).count()}
        record("sent_choice", self.link.subject, after=chosen)
        return True

    @transaction.atomic
    def reopen(self, person: Person) -> bool:
        """Let them change it again; False if they can."""
        sent = Visitor.objects.filter(pk=self.pk).exclude(finished_at=None)
        if not sent.update(finished_at=None, reopened_at=now(), reopened_by=person):
            return False
        record("reopened_choice", self.link.subject, by=person.pk, after={"visitor": self.key})
        return True

    # ── verbs of who manages the link ──

    @transaction.atomic
    def delete_by(self, person: Person) -> bool:
        """Take them out of sight with all they chose and wrote; False if they were. Their browser begins anew. What
        people were told of them is in no inbox and no mail meanwhile."""
        if not Visitor.objects.kept().filter(pk=self.pk).update(deleted_at=now(), deleted_by=person):
            return False
        Comment.objects.kept().filter(visitor=self).update(deleted_at=now(), deleted_by=person)
        record("deleted_visitor", self.link.subject, by=person.pk, before={"visitor": self.key})
        return True

    @transaction.atomic
    def restore(self) -> bool:
        """Bring them back with what was deleted with them; False if they were not deleted."""
        rows = Visitor.objects.select_for_update(no_key=True).filter(pk=self.pk)
        row = rows.exclude(deleted_at=None).first()
        if row is None:
            return False
        # Both as the database keeps them: a moment that went through Python is written longer on SQLite, and later.
        said = Comment.objects.filter(visitor=row, deleted_at__gte=F("visitor__deleted_at")).exclude(text="")
        said.update(deleted_at=None, deleted_by=None)
        rows.update(deleted_at=None, deleted_by=None)
        record("restored_visitor", self.link.subject, after={"visitor": self.key})
        return True

    def _hearts(self, shown: models.QuerySet[Image]) -> models.QuerySet[Choice]:
        """Those on pictures that the link shows."""
        return self.choices.filter(kind=HEART, image__in=shown.order_by().values("pk"))

    def _tell(self, kind: str, detail: str, comment: Comment | None = None) -> None:
        """Tell whose gallery it is, who is named to manage it, and who shared it, as long as they see it."""
        link = self.link
        named = link.gallery.members.values("person")
        managing = named.filter(role=GalleryMember.Role.MANAGE)
        team = Membership.objects.filter(team=link.gallery.team_id).values("person")
        shared = Q(pk=link.person_id) & (Q(pk__in=named) | Q(pk__in=team) | Q(is_staff=True) | Q(is_superuser=True))
        persons = Person.objects.filter(Q(pk=link.gallery.person_id) | Q(pk__in=managing) | shared)
        Notification.tell(
            persons, kind, actor_name=self.name, gallery=link.gallery, visitor=self, comment=comment, detail=detail
        )

    def _locked(self) -> Visitor:
        """The row as `_lock` gives it. Raises NotTaken when the round is over."""
        row = self._lock()
        row._go_on()
        return row

    def _lock(self) -> Visitor:
        """The row as it stands, locked until the transaction ends. Raises NotTaken when it or its link ended."""
        rows = Visitor.objects.select_for_update(of=("self",), no_key=True).select_related("link__gallery")
        row = rows.get(pk=self.pk)
        if not row.link.is_open:
            raise LinkEnded(ENDED)
        if row.deleted_at is not None:
            raise NotTaken(DELETED)
        return row

    def _go_on(self) -> None:
        """Note that the visitor is at work. Raises NotTaken when the round is over."""
        if self.is_finished:
            raise NotTaken(FINISHED)
        Visitor.objects.filter(pk=self.pk).update(active_at=now())


def visitor_name(text: str) -> str:
    """A name as it is kept: one line. Raises BadText."""
    name = " ".join(clean_text(text, MAX_VISITOR_NAME, Message("name")).split())
    if is_invisible(name):
        raise BadText(NO_NAME)
    return name


def limit_reached(limit: int) -> Message:
    """Why no more can be chosen."""
    return PluralMessage(
        "You can choose %(number)s picture. Take a heart from another one first.",
        "You can choose %(number)s pictures. Take a heart from one of them first.",
        limit,
    )
