"""Who is in a gallery by name, and what they may do there."""

from __future__ import annotations

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generations.models.key import now
from generations.models.team import Membership, Person
from generations.translatable import Message


class GalleryMember(models.Model):
    """A named person in a gallery. What is said here counts before the role in the gallery's team."""

    class Role(models.TextChoices):
        VIEW = "view", _("Can view")
        CONTRIBUTE = "contribute", _("Can add pictures")
        MANAGE = "manage", _("Can manage")

    gallery = models.ForeignKey(
        "generations.Gallery", verbose_name=_("gallery"), on_delete=models.CASCADE, related_name="members"
    )
    person = models.ForeignKey(
        Person, verbose_name=_("person"), on_delete=models.CASCADE, related_name="gallery_memberships"
    )
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.VIEW)
    added_by = models.ForeignKey(
        Person, verbose_name=_("added by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    added_at = models.DateTimeField(_("added at"), db_default=now())

    class Meta:
        verbose_name = _("gallery member")
        verbose_name_plural = _("gallery members")
        constraints = [models.UniqueConstraint(fields=["gallery", "person"], name="one_gallery_membership")]

    def __str__(self) -> str:
        said = {"person": self.person, "gallery": self.gallery, "role": self.get_role_display()}
        return gettext("%(person)s in %(gallery)s: %(role)s") % said


WHAT_ROLES_MAY: dict[str, Message] = {
    GalleryMember.Role.VIEW: Message("You can view it."),
    GalleryMember.Role.CONTRIBUTE: Message("You can view it and add pictures."),
    GalleryMember.Role.MANAGE: Message("You can view it, add pictures and manage it."),
}


def manages_gallery(person: str, gallery: str) -> Q:
    """The condition of rows that name a person and a gallery by these columns: the person manages the gallery, as
    `rights.manage_gallery` says of the gallery itself."""
    named = GalleryMember.objects.filter(gallery=OuterRef(gallery), person=OuterRef(person))
    leads = Membership.objects.filter(
        team=OuterRef(f"{gallery}__team"), person=OuterRef(person), role=Membership.Role.LEAD
    )
    return (
        Q(**{f"{person}__is_staff": True})
        | Q(**{f"{person}__is_superuser": True})
        | Q(**{f"{gallery}__person": F(person)})
        | Exists(named.filter(role=GalleryMember.Role.MANAGE))
        | (Exists(leads) & ~Exists(named))
    )
