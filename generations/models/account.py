"""Accounts: who has one, how a new one is called, and what administrators do for somebody who cannot sign in: another
address, and a link to a new password."""

from __future__ import annotations

import re

from allauth.account import app_settings
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from generations.models.audit_entry import record
from generations.models.key import new_key
from generations.models.team import Person

MAX_USERNAME = 150
USERNAME = re.compile(r"[\w.@+-]+")


def has_account(email: str) -> bool:
    """Whether somebody has this address here. Who opens a link alone must not learn it."""
    return Person.objects.filter(email__lowered=email).exists()


def username_of(email: str) -> str:
    """The address, where it may be one and is free."""
    is_fit = len(email) <= MAX_USERNAME and USERNAME.fullmatch(email)
    return email if is_fit and not Person.objects.filter(username=email).exists() else new_key()


def change_address(person: Person, email: str, by: Person) -> bool:
    """Let them sign in with another address; False if somebody has it. What they wait to confirm counts no more."""
    try:
        with transaction.atomic():
            Person.objects.filter(pk=person.pk).update(email=email)
            EmailAddress.objects.filter(user=person).delete()
            record("changed_email", person, by=by.pk)
    except IntegrityError:
        return False
    return True


@transaction.atomic
def password_link(person: Person, by: Person) -> str:
    """A whole address by which they choose a new password, once and for some days, to be passed on to them. It stands
    in no row: it is signed with the password they have now."""
    token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(person)
    record("made_password_link", person, by=by.pk)
    path = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(person), token])
    return f"{settings.SITE_URL}{path}"
