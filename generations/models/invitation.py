"""Invitations: a link by which somebody joins a team, or sees one gallery. It works once, for seven days.

Who has no account makes one by it. Who joins a gallery alone is in no team: a guest, who sees that gallery."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from generations.models.account import has_account, username_of
from generations.models.audit_entry import Subject, Values, record, record_each
from generations.models.email_address import lowered
from generations.models.gallery import Gallery
from generations.models.gallery_member import GalleryMember, manages_gallery
from generations.models.key import new_key, now
from generations.models.mail import Mail
from generations.models.notification import Notification
from generations.models.pasted_addresses import MAX_ADDRESS, MAX_NAME
from generations.models.pause import is_ahead
from generations.models.secret_address import SecretToken, hash_of
from generations.models.team import Membership, Person, Team

DAYS_OPEN = 7
DAYS_KEPT = 30
MAX_WORDS = 500


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def waiting(self) -> InvitationQuerySet:
        """Those that nobody has accepted or revoked, whether or not they still open."""
        return self.filter(accepted_at=None, ended_at=None)

    def open(self) -> InvitationQuerySet:
        """Those whose link works now. While a gallery lies in the trash its links do not."""
        return self.waiting().filter(expires_at__gt=now(), gallery__deleted_at=None)

    def end_those_of(self, person: Person, team: Team | None = None) -> None:
        """Revoke what this person sent, for a team or for all: it may have gone to an address of their own."""
        sent = self.waiting().filter(by=person)
        for invitation in (sent.filter(team=team) if team else sent).select_related("team", "gallery"):
            invitation.end()

    def end_of_former_managers(self) -> None:
        """Of those to galleries, revoke what was sent by who manages the gallery no more, for the same reason."""
        sent = self.waiting().filter(gallery__isnull=False, by__isnull=False)
        for invitation in sent.exclude(manages_gallery("by", "gallery")).select_related("team", "gallery"):
            invitation.end()

    def with_token(self, token: str) -> InvitationQuerySet:
        """The one with this token."""
        return self.filter(token_hash=hash_of(token))

    def purge(self) -> int:
        """Remove what was accepted, revoked or ended some time ago, with its address; how many."""
        old = now(days=-DAYS_KEPT)
        return self.filter(Q(accepted_at__lte=old) | Q(ended_at__lte=old) | Q(expires_at__lte=old)).delete()[0]


class Invitation(SecretToken):
    """Somebody is asked into a team or into one gallery, with a role there. Its link is mailed where mail is set up.
    One into a team can be copied by who manages it; one into a gallery only where no mail is sent: whoever sent it
    could make an account by it at an address that is not theirs."""

    GALLERY_ROLES = (GalleryMember.Role.VIEW, GalleryMember.Role.CONTRIBUTE)
    """What a link may give in a gallery. Managing it is given by name, to who is there."""

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    email = models.EmailField(_("email address"), max_length=MAX_ADDRESS)
    name = models.CharField(_("name"), max_length=MAX_NAME, blank=True)
    team = models.ForeignKey(
        Team, verbose_name=_("team"), null=True, blank=True, on_delete=models.CASCADE, related_name="invitations"
    )
    gallery = models.ForeignKey(
        Gallery, verbose_name=_("gallery"), null=True, blank=True, on_delete=models.CASCADE, related_name="invitations"
    )
    role = models.CharField(
        _("role"),
        max_length=10,
        choices=[*Membership.Role.choices, *((role.value, role.label) for role in GALLERY_ROLES)],
        default=Membership.Role.MEMBER,
        db_default="member",
    )
    words = models.CharField(_("words in the email"), max_length=MAX_WORDS, blank=True)
    by = models.ForeignKey(Person, verbose_name=_("invited by"), null=True, on_delete=models.SET_NULL, related_name="+")
    sent_at = models.DateTimeField(_("sent at"), db_default=now())
    expires_at = models.DateTimeField(_("open until"))
    ended_at = models.DateTimeField(_("revoked at"), null=True, editable=False)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, editable=False)
    person = models.ForeignKey(
        Person, verbose_name=_("person"), null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["email", "team"], condition=Q(accepted_at=None, ended_at=None), name="one_invitation_a_team"
            ),
            models.UniqueConstraint(
                fields=["email", "gallery"],
                condition=Q(accepted_at=None, ended_at=None),
                name="one_invitation_a_gallery",
            ),
            models.CheckConstraint(
                condition=Q(team__isnull=False, gallery=None, role__in=["member", "reviewer", "lead"])
                | Q(team=None, gallery__isnull=False, role__in=["view", "contribute"]),
                name="invited_to_a_team_or_a_gallery",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_absolute_url(self) -> str:
        return reverse("join", args=[self.token])

    @property
    def place(self) -> Team | Gallery:
        """What it is into."""
        place = self.team or self.gallery
        assert place is not None, "as a constraint says"
        return place

    @property
    def is_open(self) -> bool:
        """Whether its link works now, as read with this row."""
        is_there = self.gallery is None or self.gallery.deleted_at is None
        return self.accepted_at is None and self.ended_at is None and is_there and is_ahead(self.expires_at)

    # ── verbs of who manages the team or the gallery ──

    @transaction.atomic
    def send_again(self, by: Person) -> bool:
        """Have it open for seven days from now on, and mailed once more; False if it was accepted or revoked, or if its
        gallery lies in the trash. A link that has ended does not open again: there is another one then."""
        waiting = Invitation.objects.waiting().filter(gallery__deleted_at=None).select_for_update(of=("self",))
        row = waiting.filter(pk=self.pk).first()
        if row is None:
            return False
        send([row], by)
        record(row._verb("invited_again"), row._subject, by=by.pk, after=row._said)
        return True

    @transaction.atomic
    def end(self) -> bool:
        """Revoke it: its link is nothing from then on; False if it was accepted or revoked."""
        if not Invitation.objects.waiting().filter(pk=self.pk).update(ended_at=now()):
            return False
        record(self._verb("ended_invitation"), self._subject, before=self._said)
        return True

    # ── verbs of who is invited ──

    def accept(self, name: str, password: str | None) -> Person | None:
        """Make their account and have them join. None if it was accepted, revoked or ended meanwhile, or if the address
        has an account.

        Without a password single sign-on has shown that the address is theirs: they join whatever waits for it. Who has
        a link alone may have been given it by somebody else, and joins the team or the gallery that it is for."""
        try:
            with transaction.atomic():
                return self._accept(name, password)
        except IntegrityError:  # another invitation to this address was accepted at the same moment
            return None

    def _accept(self, name: str, password: str | None) -> Person | None:
        # All of them are locked, and in one order: of two people at two links to one address, one waits.
        waiting = Invitation.objects.open().filter(email=self.email).order_by("pk").select_for_update(of=("self",))
        found = list(waiting.select_related("team", "gallery", "by"))
        joined = found if password is None else [each for each in found if each == self]
        if self not in joined or has_account(self.email):
            return None
        first, _space, last = " ".join(name.split()).partition(" ")
        person = Person.objects.create(
            username=username_of(self.email),
            email=self.email,
            password=make_password(password),
            first_name=first,
            last_name=last,
            came_as_guest=all(each.gallery_id for each in joined),
        )
        record("added_person", person, by=person.pk)
        _take_in(person, joined)
        return person

    @transaction.atomic
    def accept_as(self, person: Person) -> bool:
        """Have somebody with an account join. False if it was accepted, revoked or ended meanwhile, or if it went to
        another address than theirs."""
        waiting = Invitation.objects.open().select_for_update(of=("self",)).select_related("team", "gallery", "by")
        row = waiting.filter(pk=self.pk).first()
        if row is None or not row.is_for(person):
            return False
        _take_in(person, [row])
        return True

    @transaction.atomic
    def decline(self) -> bool:
        """Say no: its link is nothing from then on, and who sent it is told, in the same way whether or not the address
        has an account. False if it was accepted, revoked or ended meanwhile."""
        waiting = Invitation.objects.open().select_for_update(of=("self",)).select_related("team", "gallery", "by")
        row = waiting.filter(pk=self.pk).first()
        if row is None:
            return False
        Invitation.objects.filter(pk=row.pk).update(ended_at=now())
        row._tell_inviter("declined", actor_name=row.email)
        record(row._verb("declined_invitation"), row._subject, before=row._said)
        return True

    def is_for(self, person: Person) -> bool:
        """Whether it went to the address of this person, who may sign in."""
        return person.is_active and lowered(person.email) == self.email

    def _tell_inviter(self, what: str, **actor: Any) -> None:
        """Tell who sent it that somebody joined, or declined."""
        kind = f"{what}_gallery" if self.gallery else f"{what}_team"
        Notification.tell([self.by] if self.by else [], kind, gallery=self.gallery, team=self.team, **actor)

    @property
    def _subject(self) -> Subject:
        """Its team, or its gallery: who leads the team reads of it."""
        return Subject("team", self.team.key, self.team_id) if self.team else Subject.of(self.place)

    @property
    def _said(self) -> Values:
        return {"invitation": self.key, "role": str(self.role)}

    def _verb(self, verb: str) -> str:
        """How the record calls it, by what it is into."""
        return GALLERY_VERBS[verb] if self.gallery_id else verb


GALLERY_VERBS = {
    "invited": "invited_to_gallery",
    "invited_again": "invited_again_to_gallery",
    "ended_invitation": "ended_gallery_invitation",
    "declined_invitation": "declined_gallery",
    "accepted_invitation": "joined_gallery",
}


def _take_in(person: Person, rows: Sequence[Invitation]) -> None:
    """Have somebody join by these invitations, which are locked. Nobody loses a role by it that they have."""
    Invitation.objects.filter(pk__in=[row.pk for row in rows]).update(accepted_at=now(), person=person)
    for row in rows:
        if row.team:
            Membership.objects.get_or_create(person=person, team=row.team, defaults={"role": row.role})
        elif row.gallery:
            row.gallery.admit(person, row.role, row.by)
        row._tell_inviter("joined", actor=person)
    record_all_of("accepted_invitation", rows, by=person.pk)


def record_all_of(verb: str, rows: Sequence[Invitation], *, by: int) -> None:
    """Record that this was done to each of them; what they are into decides how it is called."""
    for name in dict.fromkeys(row._verb(verb) for row in rows):
        said = [(row._subject, None, row._said) for row in rows if row._verb(verb) == name]
        record_each(name, said, by=by)


def send(rows: Sequence[Invitation], by: Person) -> None:
    """Open them for seven days from now on and queue their mail. Who has a link that is still open keeps it.

    Who is invited into a gallery may have an account: they are told in their inbox too, and in their language. Who was
    deactivated gets nothing, and whoever invited them is not told."""
    emails = [row.email for row in rows if row.gallery_id]
    known = Person.objects.filter(email__lowered__in=emails) if emails else ()
    people = {lowered(person.email): person for person in known}
    for row in rows:
        if row.pk is None or not row.is_open:
            row.renew_token()
        row.by, row.sent_at, row.expires_at = by, now(), now(days=DAYS_OPEN)
        row.save()
        row.refresh_from_db(fields=["sent_at", "expires_at"])
        person = people.get(row.email)
        if person is not None and row.gallery:
            Notification.tell([person], "asked_to_gallery", actor=by, gallery=row.gallery)
        if person is None or person.is_active:
            _mail(row, by, person.language if person else by.language)


def _mail(row: Invitation, by: Person, language: str) -> None:
    place = {"gallery": row.gallery.title} if row.gallery else {"team": str(row.place)}
    values: dict[str, Any] = {"by": str(by), **place, "words": row.words, "invitation": row.key}
    template = "gallery_invitation" if row.gallery else "invitation"
    Mail.queue(row.email, template, language=language, **values)  # its address is not kept in the row
