"""What a person proves themselves with beside the password: an authenticator app, passkeys, and recovery codes."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import transaction

from generations.models.audit_entry import record
from generations.models.team import Person

Kind = Authenticator.Type
FACTORS = (Kind.TOTP, Kind.WEBAUTHN)
"""Those that are asked for. Recovery codes stand in for one and are none by themselves."""


SEALED = ("secret", "seed")
"""What is kept sealed of them: an app's key, and what recovery codes are made of."""


def factors_of(person: Person) -> list[Authenticator]:
    """All of them, with the recovery codes, the oldest first; one query."""
    return list(Authenticator.objects.filter(user=person).order_by("pk"))


def has_second_factor(person: Person) -> bool:
    """Whether signing in asks them for more than the password."""
    return bool(Authenticator.objects.filter(user=person, type__in=FACTORS).exists())


def is_last_factor(factor: Authenticator) -> bool:
    """Whether nothing would be asked for without it."""
    others = Authenticator.objects.filter(user=factor.user_id, type__in=FACTORS).exclude(pk=factor.pk)
    return factor.type in FACTORS and not others.exists()


def lock_factors(person: Person) -> None:
    """Whoever changes the same person's factors waits until this transaction ends."""
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)


@transaction.atomic
def remove_second_factor(person: Person, by: Person | None) -> bool:
    """Let somebody sign in with the password alone, as after a lost telephone; False if they do."""
    lock_factors(person)
    kinds = sorted({factor.type for factor in factors_of(person)})
    if not kinds:
        return False
    Authenticator.objects.filter(user=person).delete()
    record("removed_second_factor", person, by=by.pk if by else None, before={"kinds": kinds})
    return True
