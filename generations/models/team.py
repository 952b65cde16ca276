"""People and the teams they share with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core import signing
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from generations.models.key import new_key, now
from generations.models.notification_kind import MAIL, TOPICS, channels_of
from generations.models.review_policy import ReviewPolicy
from generations.text import initials_of, tidy_line

DIGEST_HOUR = 9
MAX_SENDING_NOTE = 300
MAX_ACTOR_NAME = 80


class Person(AbstractUser):
    """Somebody with an account. Staff run the installation and see every exchange."""

    class Digest(models.TextChoices):
        NEVER = "", pgettext_lazy("how often", "Never")
        WORKDAYS = "workdays", _("On working days")
        DAILY = "daily", _("Every day")
        MONDAYS = "mondays", _("On Mondays")

    class Theme(models.TextChoices):
        SYSTEM = "", _("Match system")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    email = models.EmailField(_("email address"), unique=True)
    teams: models.ManyToManyField[Team, Membership] = models.ManyToManyField(
        "Team",
        verbose_name=_("teams"),
        through="Membership",
        through_fields=("person", "team"),
        related_name="people",
    )
    has_single_keys = models.BooleanField(_("single-key shortcuts"), default=True)
    has_notifications = models.BooleanField(_("system notifications"), default=False)
    served_at = models.DateTimeField(null=True, editable=False, help_text=_("When a call for this person last began."))
    language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, default="", db_default="", blank=True
    )
    theme = models.CharField(_("theme"), max_length=5, choices=Theme, default=Theme.SYSTEM, db_default="", blank=True)

    channels = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text=_("By topic, the ways they are told where that was changed."),
    )
    digest = models.CharField(
        _("digest by mail"),
        max_length=8,
        choices=Digest,
        default=Digest.WORKDAYS,
        db_default=Digest.WORKDAYS,
        blank=True,
    )
    digest_hour = models.PositiveSmallIntegerField(_("hour of the digest"), default=DIGEST_HOUR, db_default=DIGEST_HOUR)
    digested_on = models.DateField(null=True, editable=False, help_text=_("The day of the last digest."))
    seen_at = models.DateTimeField(
        null=True, editable=False, help_text=_("When a page of theirs was last in sight, to the minute.")
    )

    time_zone = models.CharField(
        _("time zone"), max_length=40, default="", db_default="", blank=True, help_text=_("Empty: the installation’s.")
    )
    came_as_guest = models.BooleanField(
        _("came as a guest"),
        default=False,
        db_default=False,
        editable=False,
        help_text=_("Made the account by an invitation to a gallery. Counts while they are in no team."),
    )
    deactivated_at = models.DateTimeField(_("deactivated at"), null=True, editable=False)
    erased_at = models.DateTimeField(_("erased at"), null=True, editable=False)

    NAMES = ("first_name", "last_name", "username", "erased_at")
    """What says how they are called."""

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.former_name if self.erased_at else self.get_full_name() or self.username

    @property
    def former_name(self) -> str:
        """How they are called when they are erased, in the active language."""
        return gettext("Former person %(number)s") % {"number": self.pk}

    @property
    def is_administrator(self) -> bool:
        """Whether they run the installation."""
        return self.is_staff or self.is_superuser

    @property
    def initials(self) -> str:
        return initials_of(str(self))

    def choose_theme(self, theme: str) -> None:
        """Keep it for every device this person signs in on."""
        self.theme = self.Theme(theme)
        self.save(update_fields=["theme"])

    def looks(self) -> bool:
        """A page of theirs is in sight. Written once in 45 seconds at most, however often pages ask; whether it was."""
        is_due = self.seen_at is None or datetime.now(UTC) - self.seen_at > timedelta(seconds=SEEN_EVERY_SECONDS)
        if is_due:
            Person.objects.filter(pk=self.pk).update(seen_at=now())
        return is_due

    def hear_by(self, channels: dict[str, str], *, digest: str | None = None, digest_hour: int | None = None) -> None:
        """Be told of these topics by these channels, and get the digest then. Only what differs from what everybody
        begins with is kept, so that a new topic reaches people as it should."""
        merged = {**self.channels, **channels}
        self.channels = {key: by for key, by in merged.items() if key in TOPICS and by != TOPICS[key].channels}
        self.digest = self.digest if digest is None else digest
        self.digest_hour = self.digest_hour if digest_hour is None else digest_hour
        self.save(update_fields=["channels", "digest", "digest_hour"])

    def stop_mail(self, topics: Iterable[str], *, digest: bool = False) -> None:
        """Get no more mail of these topics, or no more digest; whatever is written goes on to the inbox."""
        silenced = {key: channels_of(key, self.channels).replace(MAIL, "") for key in topics if key in TOPICS}
        self.hear_by(silenced, digest=self.Digest.NEVER if digest else None)

    def default_team(self) -> Team | None:
        """The team new batches are shown to: the one this person joined first."""
        return self.teams.order_by("membership__pk").first()


def is_away() -> Q:
    """The condition of people with no page in sight for a minute and a half: what ends now they have not seen end."""
    return Q(seen_at=None) | Q(seen_at__lt=now(seconds=-AWAY_SECONDS))


class Team(ReviewPolicy):
    """People who see each other's work."""

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    name = models.CharField(_("name"), max_length=80, unique=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person in a team, with a role."""

    class Role(models.TextChoices):
        MEMBER = "member", _("Member")
        REVIEWER = "reviewer", _("Reviewer")
        LEAD = "lead", pgettext_lazy("a person’s role", "Lead")

    MAX_NOTE = MAX_SENDING_NOTE

    person = models.ForeignKey(Person, verbose_name=_("person"), on_delete=models.CASCADE)
    team = models.ForeignKey(Team, verbose_name=_("team"), on_delete=models.CASCADE)
    role = models.CharField(_("role"), max_length=8, choices=Role, default=Role.MEMBER)
    from_group = models.BooleanField(
        _("by a group"),
        default=False,
        db_default=False,
        editable=False,
        help_text=_("Given by a group of single sign-on, and taken again with it."),
    )
    sending_paused_at = models.DateTimeField(_("sending paused at"), null=True, blank=True, editable=False)
    sending_paused_by = models.CharField(
        max_length=MAX_ACTOR_NAME, blank=True, editable=False, help_text=_("The name of who paused it.")
    )
    sending_pauser = models.ForeignKey(
        Person, null=True, editable=False, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    sending_note = models.CharField(_("why sending is paused"), max_length=MAX_SENDING_NOTE, blank=True, editable=False)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["person", "team"], name="one_membership_a_team")]

    def __str__(self) -> str:
        return gettext("%(person)s in %(team)s: %(role)s") % {
            "person": self.person,
            "team": self.team,
            "role": self.get_role_display(),
        }

    def pause_sending(self, by: Person, note: str = "") -> bool:
        """Take no more prompts of this person for this team; False if that holds already. `note` is for the person."""
        note = tidy_line(note, MAX_SENDING_NOTE)
        who = {"sending_pauser": by, "sending_paused_by": str(by)[:MAX_ACTOR_NAME]}
        unpaused = Membership.objects.filter(pk=self.pk, sending_paused_at=None)
        return bool(unpaused.update(sending_paused_at=now(), sending_note=note, **who))

    def resume_sending(self) -> bool:
        """Take them again; False if they are."""
        resumed = {"sending_paused_at": None, "sending_pauser": None, "sending_paused_by": "", "sending_note": ""}
        return bool(Membership.objects.filter(pk=self.pk, sending_paused_at__isnull=False).update(**resumed))


AWAY_SECONDS = 90
SEEN_EVERY_SECONDS = 45


WELCOME_SECONDS = 24 * 3600


def welcome_path() -> str | None:
    """The one-time path by which the first administrator makes an account; None as soon as anybody has one."""
    if Person.objects.exists():
        return None
    return reverse("welcome", args=[signing.dumps("first administrator", salt="welcome")])


def is_welcome(token: str) -> bool:
    """Whether this link still makes the first administrator: ours, not older than a day, and nobody has an account."""
    try:
        signing.loads(token, salt="welcome", max_age=WELCOME_SECONDS)
    except signing.BadSignature:
        return False
    return not Person.objects.exists()
