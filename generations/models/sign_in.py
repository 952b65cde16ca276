"""Where a person is signed in: a row beside each session, for the person to see and to end."""

from __future__ import annotations

from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from generations.models.audit_entry import record
from generations.models.key import new_key, now
from generations.models.team import Person

MAX_AGENT = 300


class SignInQuerySet(models.QuerySet["SignIn"]):
    def lasting(self) -> SignInQuerySet:
        """Those whose session is not over."""
        sessions = Session.objects.filter(expire_date__gt=now()).values("session_key")
        return self.filter(session_key__in=sessions)

    def purge(self) -> int:
        """Remove those whose session is over; how many."""
        over = self.exclude(pk__in=self.lasting().values("pk"))
        return over.filter(began_at__lte=now(hours=-1)).delete()[0]


class SignIn(models.Model):
    """A session, with the browser and the network address it began in. A session is found by its key; of the key's
    row nothing else is read here."""

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    person = models.ForeignKey(Person, verbose_name=_("person"), on_delete=models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    agent = models.CharField(_("browser"), max_length=MAX_AGENT, blank=True)
    address = models.CharField(_("network address"), max_length=45, blank=True)
    seen_at = models.DateTimeField(_("last seen at"), null=True, editable=False)
    began_at = models.DateTimeField(_("signed in at"), db_default=now())

    objects = SignInQuerySet.as_manager()

    class Meta:
        verbose_name = _("signed-in device")
        verbose_name_plural = _("signed-in devices")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.key

    @classmethod
    def note(cls, person: Person, session_key: str, agent: str, address: str) -> None:
        """This session began."""
        agent = "".join(char for char in agent[:MAX_AGENT] if char.isprintable())
        about = {"person": person, "agent": agent, "address": address, "began_at": now()}
        cls.objects.update_or_create(session_key=session_key, defaults=about)


@transaction.atomic
def end_sessions(person: Person, *, keep: str | None = None, only: SignIn | None = None, by: int | None = None) -> int:
    """Sign a person out everywhere, or everywhere but in the session with the key `keep`, or on one device alone; how
    many sessions ended."""
    keys = [only.session_key] if only else [key for key in _session_keys(person) if key != keep]
    count = Session.objects.filter(session_key__in=keys).delete()[0]
    gone = SignIn.objects.filter(person=person)
    (gone.filter(session_key__in=keys) if only or keep else gone).delete()
    if count:
        record("ended_sessions", person, by=by, after={"sessions": count})
    return count


def _session_keys(person: Person) -> list[str]:
    """Those of their sessions, also of one without a row here: what a session holds only itself says."""
    return [
        session.session_key
        for session in Session.objects.filter(expire_date__gt=now())
        if session.get_decoded().get("_auth_user_id") == str(person.pk)
    ]
