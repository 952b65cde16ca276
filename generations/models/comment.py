"""What people say about a picture: threads of one level, with a place on the picture and the people they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from generations.models.audit_entry import record
from generations.models.folded import is_invisible
from generations.models.gallery import Gallery
from generations.models.hold import Hold, is_held, wait_for_holds
from generations.models.image import Image
from generations.models.key import address, is_key, new_key, now
from generations.models.mention import find_mentions
from generations.models.notification import Notification
from generations.models.region import FULL, Region
from generations.models.share_link import ShareLink
from generations.models.team import Person
from generations.text import BadText, check_text, clean_text
from generations.translatable import Message

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from generations.models.visitor import Visitor

MAX_COMMENT = 4000
MAX_COMMENT_INPUT = 4 * MAX_COMMENT
"""Composing makes a text shorter that writes each letter and its accents one by one."""
MAX_VISITOR_NAME = 80
COMMENT = Message("comment")


class CommentQuerySet(models.QuerySet["Comment"]):
    def kept(self) -> CommentQuerySet:
        """Those nobody has deleted."""
        return self.filter(deleted_at=None)

    def threads(self) -> CommentQuerySet:
        """Those that begin a thread, oldest first."""
        return self.filter(parent=None).order_by("pk")

    def open(self) -> CommentQuerySet:
        """Kept ones of threads that nobody has resolved."""
        return self.kept().filter(resolved_at=None, parent__resolved_at=None)

    @transaction.atomic
    def purge(self) -> int:
        """Remove what was deleted long enough ago; how many. Of one with answers only the words go."""
        wait_for_holds()
        held = Image.objects.filter(is_held()).values("pk")
        people = Hold.objects.standing().exclude(person=None).values("person")
        expired = self.filter(deleted_at__lte=now(days=-settings.TRASH_DAYS)).exclude(image__in=held)
        expired = expired.filter(Q(author=None) | ~Q(author__in=people))
        answered = expired.filter(replies__isnull=False).exclude(text="").values_list("pk", flat=True)
        count = Comment.objects.filter(pk__in=list(answered)).update(text="")
        gone = expired.filter(replies=None)
        told = Notification.objects.filter(comment__in=gone, count__gt=1)
        told.update(comment=None, detail="")  # of several: the others stand
        return count + gone.delete()[1].get("generations.Comment", 0)


class Comment(models.Model):
    """One comment. Its author is a person, or a client without an account who gave a name on a share link's page.

    A deleted comment keeps its row: it can be had back, and its answers stay where they are."""

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    image = models.ForeignKey(
        Image, verbose_name=_("picture"), on_delete=models.CASCADE, related_name="comments", db_index=False
    )
    parent = models.ForeignKey(
        "self", verbose_name=_("answer to"), null=True, blank=True, on_delete=models.CASCADE, related_name="replies"
    )
    author = models.ForeignKey(
        Person, verbose_name=_("author"), null=True, blank=True, on_delete=models.PROTECT, related_name="comments"
    )
    visitor_name = models.CharField(
        _("visitor’s name"), max_length=MAX_VISITOR_NAME, blank=True, help_text=_("Of a client without an account.")
    )
    gallery = models.ForeignKey(
        Gallery,
        verbose_name=_("gallery"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="comments",
        db_index=False,
        help_text=_("Where it was written; empty: on the picture’s own page."),
    )
    link = models.ForeignKey(
        ShareLink,
        verbose_name=_("share link"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="comments",
    )
    visitor = models.ForeignKey(
        "generations.Visitor",
        verbose_name=_("visitor"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="comments",
        help_text=_("Of a share link; empty for a person with an account."),
    )
    text = models.TextField(_("text"), max_length=MAX_COMMENT)
    mentions = models.ManyToManyField(Person, verbose_name=_("mentions"), blank=True, related_name="mentioned_in")
    x = models.PositiveSmallIntegerField(null=True, blank=True, help_text=_("In thousandths of the picture."))
    y = models.PositiveSmallIntegerField(null=True, blank=True)
    width = models.PositiveSmallIntegerField(null=True, blank=True, help_text=_("Empty or 0: a point."))
    height = models.PositiveSmallIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), db_default=now())
    edited_at = models.DateTimeField(_("edited at"), null=True, editable=False)
    resolved_at = models.DateTimeField(_("resolved at"), null=True, editable=False)
    resolved_by = models.ForeignKey(
        Person, verbose_name=_("resolved by"), null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    deleted_at = models.DateTimeField(_("deleted at"), null=True, editable=False)
    deleted_by = models.ForeignKey(
        Person, verbose_name=_("deleted by"), null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    objects = CommentQuerySet.as_manager()

    replies: RelatedManager[Comment]

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["image", "id"], name="comment_image"),
            models.Index(fields=["gallery", "id"], condition=Q(gallery__isnull=False), name="comment_gallery"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(x=None, y=None, width=None, height=None)
                    | Q(x__isnull=False, y__isnull=False, x__lte=FULL, y__lte=FULL)
                ),
                name="comment_on_the_picture",
            )
        ]

    def __str__(self) -> str:
        return self.text[:80]

    def get_absolute_url(self) -> str:
        return f"{address('image', self.image.key)}#c-{self.key}"

    @property
    def by(self) -> str:
        """Who wrote it."""
        return str(self.author) if self.author else self.visitor_name

    @property
    def region(self) -> Region | None:
        """Where on the picture; None: all of it."""
        if self.x is None or self.y is None:
            return None
        return Region(self.x, self.y, self.width or 0, self.height or 0)

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None

    @property
    def is_resolved(self) -> bool:
        return self.resolved_at is not None

    # ── verbs ──

    @classmethod
    @transaction.atomic
    def write(
        cls,
        image: Image,
        author: Person | None,
        text: str,
        *,
        among: models.QuerySet[Person] | None = None,
        parent: Comment | None = None,
        region: Region | None = None,
        gallery: Gallery | None = None,
        link: ShareLink | None = None,
        visitor: Visitor | None = None,
        key: str = "",
    ) -> tuple[Comment, list[Person]]:
        """A new comment, and whom it mentions.

        `among` are the people it can mention, since the picture is theirs to see. `key` is the one its form came with:
        the same words sent twice by one person or visitor are one comment, and others another. The picture's row is
        locked, so that of two at once the second finds the first. An answer to an answer joins the same thread, and has
        no place of its own. Raises BadText."""
        root = None if parent is None else parent.parent or parent
        if root and root.image_id != image.pk:
            raise ValueError("An answer belongs to the picture of what it answers.")
        place = region if root is None else None
        row = Comment(
            key=key if is_key(key) else new_key(),
            image=image,
            author=author,
            parent=root,
            gallery=gallery,
            link=link,
            visitor=visitor,
            visitor_name=visitor.name if visitor else "",
            text=comment_text(text),
            x=place.x if place else None,
            y=place.y if place else None,
            width=place.width if place else None,
            height=place.height if place else None,
        )
        Image.objects.select_for_update(of=("self",), no_key=True).get(pk=image.pk)
        others = Comment.objects.filter(key=row.key).exclude(
            image=image, author=author, link=link, visitor=visitor, parent=root, text=row.text
        )
        if others.exists():
            row.key = new_key()
        if is_new := not Comment.objects.filter(key=row.key).exists():
            row.save(force_insert=True)
        comment = Comment.objects.select_related("image", "author").get(key=row.key)
        mentioned = comment._mention(among)
        if is_new and among is not None:
            comment._tell(among.exclude(pk__in=[person.pk for person in mentioned]))
        return comment, mentioned

    @transaction.atomic
    def edit(self, text: str, *, among: models.QuerySet[Person] | None = None) -> list[Person]:
        """Say it in other words; whom it mentions now and did not before. Raises BadText."""
        text = comment_text(text)
        row = Comment.objects.kept().filter(pk=self.pk)
        if not row.exclude(text=text).update(text=text, edited_at=now()):
            return []
        self.refresh_from_db(fields=["text", "edited_at"])
        return self._mention(among)

    @transaction.atomic
    def delete_by(self, person: Person) -> bool:
        """Take it out of sight; False if it was. Its answers stay."""
        kept = Comment.objects.kept().filter(pk=self.pk)
        if not kept.update(deleted_at=now(), deleted_by=person):
            return False
        record("deleted_comment", self.image, by=person.pk, before={"comment": self.key, "author": self.author_id})
        return True

    @transaction.atomic
    def restore(self) -> bool:
        """Bring it back; False if it was not deleted, or erased with its author, or deleted with its visitor."""
        deleted = Comment.objects.filter(pk=self.pk).exclude(deleted_at=None).exclude(text="")
        deleted = deleted.filter(visitor__deleted_at=None)
        if not deleted.update(deleted_at=None, deleted_by=None):
            return False
        record("restored_comment", self.image, after={"comment": self.key, "author": self.author_id})
        return True

    def resolve(self, person: Person) -> bool:
        """Close its thread; False if somebody has."""
        open_ = Comment.objects.threads().filter(pk=self.pk, resolved_at=None)
        return bool(open_.order_by().update(resolved_at=now(), resolved_by=person))

    def reopen(self) -> bool:
        """Open its thread again; False if it is open."""
        resolved = Comment.objects.filter(pk=self.pk).exclude(resolved_at=None)
        return bool(resolved.update(resolved_at=None, resolved_by=None))

    def _mention(self, among: models.QuerySet[Person] | None) -> list[Person]:
        """Keep whom its text names, and tell those who were not named before; these."""
        named = find_mentions(self.text, among) if among is not None and "@" in self.text else []
        before = set(self.mentions.values_list("pk", flat=True))
        self.mentions.set(named)
        new = [person for person in named if person.pk not in before and person.pk != self.author_id]
        if new:
            self._tell_of("mentioned", new)
        return new

    def _tell(self, among: models.QuerySet[Person]) -> None:
        """Tell whom it answers and whose picture it is, as far as they are among these, who may see it."""
        answered: set[int] = set()
        if self.parent_id:
            thread = Comment.objects.filter(models.Q(pk=self.parent_id) | models.Q(parent=self.parent_id))
            answered = set(thread.exclude(author=None).values_list("author_id", flat=True))
            self._tell_of("answered", among.filter(pk__in=answered))
        if self.image.person_id not in answered:
            self._tell_of("commented", among.filter(pk=self.image.person_id))

    def _tell_of(self, kind: str, persons: models.QuerySet[Person] | list[Person]) -> None:
        Notification.tell(
            persons,
            kind,
            actor=self.author,
            actor_name=self.visitor_name,
            image=self.image,
            comment=self,
            anchor=f"c-{self.key}",
            detail=self.text,
        )


def comment_text(text: str) -> str:
    """What a comment says, cleaned, with its lines. Raises BadText."""
    cleaned = clean_text(text.replace("\r\n", "\n"), MAX_COMMENT_INPUT, COMMENT)
    check_text(cleaned, MAX_COMMENT, COMMENT)
    if is_invisible(cleaned):
        raise BadText(Message("Write a comment first."))
    return cleaned
