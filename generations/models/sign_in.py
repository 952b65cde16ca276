"""Where a person is signed in: a row beside each session, for the person to see and to end."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from generations.models.audit_entry import record
from generations.models.key import new_key, now
from generations.models.team import Person

MAX_AGENT = 300
IN_SESSION = "sign_in"
"""What a session calls the key of its row."""
SIGNED_IN_AT = "signed_in_at"
"""What it calls the moment it began, in seconds since 1970."""
BY_SINGLE_SIGN_ON = "by_single_sign_on"
"""What it calls that it began by single sign-on."""


class SignInQuerySet(models.QuerySet["SignIn"]):
    def lasting(self) -> SignInQuerySet:
        """Those whose session may go on: a session that is not used ends by itself after its age."""
        since = now(seconds=-settings.SESSION_COOKIE_AGE)
        return self.filter(Q(began_at__gt=since) | Q(seen_at__gt=since))

    def purge(self) -> int:
        """Remove the others; how many."""
        return self.exclude(pk__in=self.lasting().values("pk")).delete()[0]


class SignIn(models.Model):
    """A session, with the browser and the network address it began in. The session itself says which row is its own:
    no row here, and so no backup, holds what would let somebody in."""

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    person = models.ForeignKey(Person, verbose_name=_("person"), on_delete=models.CASCADE, related_name="sign_ins")
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
    def note(cls, person: Person, agent: str, address: str) -> SignIn:
        """A session began; it keeps the row's key under IN_SESSION."""
        agent = "".join(char for char in agent[:MAX_AGENT] if char.isprintable())
        return cls.objects.create(person=person, agent=agent, address=address)


@transaction.atomic
def end_sessions(person: Person, *, keep: str | None = None, only: SignIn | None = None, by: int | None = None) -> int:
    """Sign a person out everywhere, or everywhere but in the session with the key `keep`, or on one device alone; how
    many sessions ended."""
    found = dict(_sessions_of(person))
    ending = [key for key, row in found.items() if (row == only.key if only else key != keep)]
    count = Session.objects.filter(session_key__in=ending).delete()[0]
    rows = SignIn.objects.filter(person=person)
    (rows.filter(pk=only.pk) if only else rows.exclude(key=found.get(keep or "", ""))).delete()
    if count:
        record("ended_sessions", person, by=by, after={"sessions": count})
    return count


def _sessions_of(person: Person) -> Iterator[tuple[str, str]]:
    """The keys of their sessions, each with that of its row here, "" for none. What a session holds only itself
    says."""
    for session in Session.objects.filter(expire_date__gt=now()).iterator(500):
        data = session.get_decoded()
        if data.get("_auth_user_id") == str(person.pk):
            yield session.session_key, str(data.get(IN_SESSION, ""))
