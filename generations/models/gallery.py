"""A project's pictures in one place, with people of its own."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.db.models import Max, Min, Q
from django.utils.translation import gettext_lazy as _

from generations.models.audit_entry import Subject, record, record_all
from generations.models.email_address import lowered
from generations.models.gallery_item import GalleryItem
from generations.models.gallery_member import WHAT_ROLES_MAY, GalleryMember
from generations.models.hold import is_gallery_held, wait_for_holds
from generations.models.image import Image, ImageQuerySet
from generations.models.key import address, new_key, now
from generations.models.notification import Notification
from generations.models.rank import rank_between, ranks_after
from generations.models.retention_rule import is_kept_long_enough
from generations.models.team import Membership, Person, Team
from generations.translatable import Message

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

MAX_TITLE = 120
MAX_DESCRIPTION = 2000
COVER = 4
"""Pictures a cover shows where none was chosen."""


class GalleryQuerySet(models.QuerySet["Gallery"]):
    def kept(self) -> GalleryQuerySet:
        """Those nobody has deleted."""
        return self.filter(deleted_at=None)

    def purge(self) -> int:
        """Remove what the trash has kept long enough; how many. Their pictures stay."""
        with transaction.atomic():
            wait_for_holds()
            expired = self.filter(is_kept_long_enough("team")).exclude(is_gallery_held())
            going = list(expired.only("key", "team").order_by("pk").select_for_update())
            count = self.filter(pk__in=[gallery.pk for gallery in going]).delete()[1].get("generations.Gallery", 0)
            record_all("purged_gallery", [Subject("gallery", each.key, each.team_id) for each in going])
        return count


class Gallery(models.Model):
    """Where a project's pictures gather. It belongs to a team, whose roles say what its people may do here, or to named
    people alone. Whoever sees it sees its pictures with all that was asked for."""

    class Order(models.TextChoices):
        NEWEST = "newest", _("Newest first")
        OLDEST = "oldest", _("Oldest first")
        HAND = "hand", _("By hand")

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    title = models.CharField(_("title"), max_length=MAX_TITLE)
    description = models.TextField(_("description"), max_length=MAX_DESCRIPTION, blank=True)
    person = models.ForeignKey(
        Person, verbose_name=_("person"), on_delete=models.PROTECT, related_name="galleries", db_index=False
    )
    team = models.ForeignKey(
        Team,
        verbose_name=_("team"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="galleries",
        db_index=False,
        help_text=_("Its people see it; empty: only named people do."),
    )
    cover = models.ForeignKey(
        Image,
        verbose_name=_("cover"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Empty: the newest four."),
    )
    order = models.CharField(_("order"), max_length=6, choices=Order, default=Order.NEWEST)
    created_at = models.DateTimeField(_("created at"), db_default=now())
    changed_at = models.DateTimeField(
        _("changed at"), db_default=now(), help_text=_("When a picture last came or went.")
    )
    archived_at = models.DateTimeField(_("archived at"), null=True, editable=False)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, editable=False)
    deleted_by = models.ForeignKey(
        Person, verbose_name=_("deleted by"), null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    objects = GalleryQuerySet.as_manager()

    items: RelatedManager[GalleryItem]
    members: RelatedManager[GalleryMember]

    class Meta:
        verbose_name = _("gallery")
        verbose_name_plural = _("galleries")
        indexes = [models.Index(fields=["team", "-changed_at"]), models.Index(fields=["person", "-changed_at"])]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return address("gallery", self.key)

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    @property
    def is_held(self) -> bool:
        """Whether a legal hold covers it."""
        return Gallery.objects.filter(is_gallery_held(), pk=self.pk).exists()

    @property
    def not_filled(self) -> Message:
        """Why nothing is put into an archived one."""
        return Message("“%(gallery)s” is archived, so no pictures are added to it.", gallery=self.title)

    # ── what lies in it ──

    @cached_property
    def ends(self) -> tuple[int, int] | None:
        """The numbers of the oldest and the newest picture that was ever put in, None before the first; one query until
        more are added."""
        numbers = self.items.aggregate(oldest=Min("image"), newest=Max("image"))
        return (numbers["oldest"], numbers["newest"]) if numbers["oldest"] else None

    def in_order(self, images: ImageQuerySet) -> ImageQuerySet:
        """Those of these pictures that lie in it, in its order. Newest is what came last, whenever it was drawn."""
        here = images.filter(gallery_items__gallery=self, gallery_items__removed_at=None)
        return here.order_by(*ORDERS[Gallery.Order(self.order)])

    @transaction.atomic
    def add(self, images: models.QuerySet[Image], person: Person) -> tuple[str, int]:
        """Put these pictures in, oldest first, behind what lies here: a key to undo it by, and how many were not here.
        One that was taken out comes back to its place."""
        self._lock()
        addition = new_key()
        wanted = Image.objects.kept().filter(pk__in=list(images.order_by().values_list("pk", flat=True))).lock()
        back = self.items.filter(image__in=wanted).exclude(removed_at=None)
        came = back.update(removed_at=None, removal=addition)
        there = set(self.items.filter(image__in=wanted).values_list("image", flat=True))
        fresh = [pk for pk in wanted if pk not in there]
        last = self.items.order_by("-rank").values_list("rank", flat=True).first()  # PostgreSQL has no max of bytes
        ranks = ranks_after(bytes(last) if last else None, len(fresh))
        GalleryItem.objects.bulk_create(
            (
                GalleryItem(gallery=self, image_id=pk, person=person, rank=rank, removal=addition)
                for pk, rank in zip(fresh, ranks, strict=True)
            ),
            ignore_conflicts=True,
        )
        if came or fresh:
            self._touch()
        self.__dict__.pop("ends", None)
        return addition, came + len(fresh)

    @transaction.atomic
    def undo_addition(self, addition: str, among: ImageQuerySet | None = None) -> int:
        """Take out what was put in under this key and lies here still, or only those of these pictures; how many."""
        self._lock()
        held = _of(among, self.items.filter(removal=addition, removed_at=None).exclude(removal=""))
        count = held.update(removed_at=now(), removal="")
        if count:
            self._touch()
        return count

    @transaction.atomic
    def remove(self, images: models.QuerySet[Image]) -> tuple[str, int]:
        """Take these pictures out: a key to undo it by, and how many lay here. The pictures themselves stay."""
        self._lock()
        removal = new_key()
        held = self.items.filter(removed_at=None, image__in=images.order_by().values("pk"))
        count = held.update(removed_at=now(), removal=removal)
        if count:
            self._touch()
        return removal, count

    @transaction.atomic
    def undo_removal(self, removal: str, among: ImageQuerySet | None = None) -> int:
        """Put back what was taken out under this key, or only those of these pictures; how many."""
        self._lock()
        held = _of(among, self.items.filter(removal=removal).exclude(removed_at=None).exclude(removal=""))
        Image.objects.filter(pk__in=list(held.values_list("image", flat=True))).lock()
        count = held.update(removed_at=None, removal="")
        if count:
            self._touch()
        return count

    def move(self, item: GalleryItem, *, before: GalleryItem | None) -> None:
        """Put a picture before another, or behind the last; its own row is all that changes."""
        others = self.items.filter(removed_at=None).exclude(pk=item.pk).order_by("rank", "pk")
        behind = (
            others if before is None else others.filter(Q(rank__lt=before.rank) | Q(rank=before.rank, pk__lt=before.pk))
        )
        last = behind.last()
        rank = rank_between(bytes(last.rank) if last else None, bytes(before.rank) if before else None)
        self.items.filter(pk=item.pk).update(rank=rank)

    def _lock(self) -> None:
        """Before the pictures, as a change of who sees a batch does, so that neither waits for the other for good."""
        list(Gallery.objects.select_for_update(no_key=True).filter(pk=self.pk).values_list("pk"))

    def _touch(self) -> None:
        Gallery.objects.filter(pk=self.pk).update(changed_at=now())

    # ── who is in it ──

    @transaction.atomic
    def set_member(self, person: Person, role: str, by: Person) -> GalleryMember:
        """Let a person see, contribute or manage here; who is new is told."""
        before = self.members.filter(person=person).values_list("role", flat=True).first()
        member, is_new = self.members.update_or_create(person=person, defaults={"role": role, "added_by": by})
        if is_new:
            Notification.tell([person], "invited", actor=by, gallery=self, detail=WHAT_ROLES_MAY[member.role])
        if before != role:
            self.invitations.all().end_of_former_managers()
            record(
                "named_in_gallery",
                self,
                by=by.pk,
                before={"person": person.pk, "role": before} if before else None,
                after={"person": person.pk, "role": str(role)},
            )
        return member

    def admit(self, person: Person, role: str, by: Person | None) -> bool:
        """Name somebody who accepted an invitation; False if they may do as much here already, by name or by its team.
        It belongs to the transaction of that verb, which is recorded and of which they need not be told."""
        in_team = self.team_id is not None and Membership.objects.filter(person=person, team=self.team_id).exists()
        member = self.members.filter(person=person).first()
        if member is None:
            if person.pk == self.person_id or in_team:
                return False
            self.members.create(person=person, role=role, added_by=by)
            return True
        roles = GalleryMember.Role.values
        if roles.index(member.role) >= roles.index(role):
            return False
        member.role = role
        member.save(update_fields=["role"])
        return True

    @transaction.atomic
    def drop_member(self, person: Person) -> bool:
        """Name them no longer; False if they are not named. Who is in its team still sees it. Nor does an invitation
        that waits bring back who it went to, or whoever its sender had in mind."""
        if not self.members.filter(person=person).delete()[0]:
            return False
        for invitation in self.invitations.all().waiting().filter(email=lowered(person.email)):
            invitation.end()
        self.invitations.all().end_of_former_managers()
        record("dropped_from_gallery", self, before={"person": person.pk})
        return True

    # ── how it is shown ──

    def set_order(self, order: str) -> None:
        """Show its pictures in this order, to everybody."""
        self.order = self.Order(order)
        self.save(update_fields=["order"])

    def set_cover(self, image: Image | None) -> None:
        """Show this picture on its cover; None: the newest."""
        self.cover = image
        self.save(update_fields=["cover"])

    @transaction.atomic
    def show_to(self, team: Team | None) -> None:
        """Belong to this team from now on; None: to named people alone."""
        before = self.team
        self.team = team
        self.save(update_fields=["team"])
        if before != team:
            self.invitations.all().end_of_former_managers()
            reader = team or before
            record(
                "showed_gallery",
                Subject.of(self, reader.pk if reader else None),
                before={"team": before.key if before else None},
                after={"team": team.key if team else None},
            )

    # ── put away ──

    def archive(self, *, is_archived: bool = True) -> None:
        self.archived_at = now() if is_archived else None
        self.save(update_fields=["archived_at"])

    @transaction.atomic
    def delete_by(self, person: Person) -> bool:
        """Put it into the trash with everything in it; False if it lay there, or a hold covers it."""
        kept = Gallery.objects.kept().filter(pk=self.pk).exclude(is_gallery_held())
        if not kept.update(deleted_at=now(), deleted_by=person):
            return False
        record("deleted_gallery", self, by=person.pk)
        return True

    @transaction.atomic
    def restore(self) -> bool:
        """Bring it back from the trash; False if it did not lie there."""
        deleted = Gallery.objects.filter(pk=self.pk).exclude(deleted_at=None)
        if not deleted.update(deleted_at=None, deleted_by=None):
            return False
        record("restored_gallery", self)
        return True


def _of(images: ImageQuerySet | None, items: models.QuerySet[GalleryItem]) -> models.QuerySet[GalleryItem]:
    return items if images is None else items.filter(image__in=images.order_by().values("pk"))


ORDERS = {
    Gallery.Order.NEWEST: ("-gallery_items__pk",),
    Gallery.Order.OLDEST: ("gallery_items__pk",),
    Gallery.Order.HAND: ("gallery_items__rank", "gallery_items__pk"),
}
