"""Whether an account's address was ever shown to be its person's, and what ends when that is first shown.

An account may have been made with somebody else's address: an invitation is a link that who sent it has too. Whoever
has its password then would stay in after the owner of the address came."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q

from generations.models.audit_entry import record
from generations.models.email_address import lowered
from generations.models.mail import Mail
from generations.models.second_factor import factors_of
from generations.models.sign_in import end_sessions
from generations.models.team import Person


def is_proven(person: Person) -> bool:
    """Whether the person opened a link that was mailed to the address they have now, or a sign-on provider confirmed
    it."""
    return bool(EmailAddress.objects.filter(user=person, email__lowered=person.email, verified=True).exists())


@transaction.atomic
def prove_address(person: Person) -> bool:
    """A sign-on provider has confirmed that the address is the person's, for the first time: whatever others may have
    got into the account with works no more, and the person is told. False if nothing had to end."""
    row = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    EmailAddress.objects.filter(Q(user=row) | Q(email__lowered=row.email)).delete()
    EmailAddress.objects.create(user=row, email=lowered(row.email), verified=True, primary=True)
    had_password, kinds = row.has_usable_password(), sorted({factor.type for factor in factors_of(row)})
    sessions = end_sessions(row)
    if not (had_password or kinds or sessions):
        return False
    Authenticator.objects.filter(user=row).delete()
    Person.objects.filter(pk=row.pk).update(password=make_password(None))
    record("ended_other_ways_in", row, by=row.pk, before={"password": had_password, "kinds": kinds})
    Mail.queue(row.email, "proven_address", language=row.language, person=row, name=str(row))
    person.refresh_from_db()
    return True


def forget_proof(person: Person) -> None:
    """Have the address count as not proven: who comes with it next may be somebody else."""
    EmailAddress.objects.filter(user=person, email__lowered=person.email).delete()
