"""Who comes by single sign-on, and whether they are let in.

The rule. Who is linked comes in as the account they are linked to. Else their address counts, and only if the provider
says that it is theirs: it leads to the account that has it, to an invitation that waits for it, or, where a group of
theirs gives a role here, to a new account. If nobody had shown before that the account's address is theirs, its
password, second factors and sessions end then: they may be those of somebody who made it with another's address. An
account is linked to one identity: somebody else who later gets the same address is not let in, until an administrator
unlinks it. Nobody else comes in, and nobody who was deactivated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from generations.models.account import username_of
from generations.models.audit_entry import Subject, record
from generations.models.email_address import lowered
from generations.models.group_role import MAX_GROUP, apply_groups, roles_of
from generations.models.invitation import Invitation
from generations.models.pasted_addresses import MAX_ADDRESS, MAX_NAME
from generations.models.proven_address import forget_proof, is_proven, prove_address
from generations.models.team import Person
from generations.text import tidy_line

PROVIDER = "sso"
"""What the provider is called in addresses and rows."""
MAX_UID = 191
MAX_GROUPS = 2000
MAX_SAID = 200_000


class Why(StrEnum):
    """Why somebody is not let in."""

    ODD = "odd"
    NO_ADDRESS = "no_address"
    UNVERIFIED = "unverified"
    UNINVITED = "uninvited"
    INACTIVE = "inactive"
    OTHER = "other"


class NotAdmitted(Exception):
    """Somebody is not let in."""

    def __init__(self, why: Why, person: Person | None = None) -> None:
        super().__init__(why)
        self.why, self.person = why, person


@dataclass(frozen=True)
class Identity:
    """What the provider says of somebody. `groups` is None where it says nothing of groups."""

    uid: str
    email: str
    is_verified: bool
    name: str
    groups: frozenset[str] | None

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Identity:
        """From the claims of the token and of the provider's answer about its user. Raises NotAdmitted where the two
        are about different people, or where nobody is named."""
        token, user = _claims(said.get("id_token")), _claims(said.get("userinfo"))
        uids = {str(claims.get("sub")) for claims in (token, user) if claims}
        uid = uids.pop() if len(uids) == 1 else ""
        if not uid or uid == str(None) or len(uid) > MAX_UID or not uid.isprintable():
            raise NotAdmitted(Why.ODD)
        of_email = user if user.get("email") else token
        verified = of_email.get("email_verified")
        trusted = verified is None and settings.OIDC_TRUST_EMAIL
        claims = {**token, **user}
        return cls(
            uid=uid,
            email=_address(of_email.get("email")),
            is_verified=verified is True or verified == "true" or trusted,
            name=_name(claims),
            groups=_groups(claims.get(settings.OIDC_GROUP_CLAIM)),
        )


def _claims(said: object) -> Mapping[str, Any]:
    return said if isinstance(said, Mapping) else {}


def _address(said: object) -> str:
    """An address as accounts have it; "" for what is none."""
    email = lowered(said.strip()) if isinstance(said, str) and len(said) <= MAX_ADDRESS else ""
    try:
        validate_email(email)
    except ValidationError:
        return ""
    return email


def _name(claims: Mapping[str, Any]) -> str:
    parts = [claims.get("name")] if claims.get("name") else [claims.get("given_name"), claims.get("family_name")]
    words = " ".join(part[:MAX_NAME] for part in parts if isinstance(part, str))
    return tidy_line(words, MAX_NAME)


def _groups(said: object) -> frozenset[str] | None:
    """A list of names, or one name; None for what is neither."""
    if isinstance(said, str) and len(said) <= MAX_SAID:
        said = re.split(r"[,\r\n]+", said)
    if not isinstance(said, Iterable) or isinstance(said, str | bytes | Mapping):
        return None
    names = [name.strip() for name in list(said)[:MAX_GROUPS] if isinstance(name, str)]
    return frozenset(name for name in names if 0 < len(name) <= MAX_GROUP and name.isprintable())


def link_of(person: Person) -> SocialAccount | None:
    """The identity that a person comes in with."""
    return SocialAccount.objects.filter(user=person, provider=PROVIDER).first()


def keep_address_alone(link: SocialAccount, identity: Identity) -> None:
    """Keep of what the provider says no more than the address."""
    SocialAccount.objects.filter(pk=link.pk).update(extra_data={"email": identity.email})


@transaction.atomic
def admit(identity: Identity) -> SocialAccount:
    """The link of who comes, made now if it is their first time, with the roles that their groups give. Raises
    NotAdmitted."""
    link = SocialAccount.objects.select_related("user").filter(provider=PROVIDER, uid=identity.uid).first()
    person = link.user if link else _person_of(identity)
    if not person.is_active:
        raise NotAdmitted(Why.INACTIVE, person)
    if link is None:
        link = _link(person, identity)
    if identity.groups is not None:
        apply_groups(person, identity.groups)
    return link


def _link(person: Person, identity: Identity) -> SocialAccount:
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    if link_of(person):
        raise NotAdmitted(Why.OTHER, person)
    try:
        with transaction.atomic():
            link = SocialAccount.objects.create(
                user=person, provider=PROVIDER, uid=identity.uid, extra_data={"email": identity.email}
            )
    except IntegrityError:  # the same person in another tab
        return SocialAccount.objects.select_related("user").get(provider=PROVIDER, uid=identity.uid)
    record("linked_single_sign_on", person, by=person.pk)
    if not is_proven(person):
        prove_address(person)
    return link


def _person_of(identity: Identity) -> Person:
    """The account that the address leads to, or a new one."""
    if not identity.email:
        raise NotAdmitted(Why.NO_ADDRESS)
    known = Person.objects.filter(email__lowered=identity.email).first()
    if not identity.is_verified:
        raise NotAdmitted(Why.UNVERIFIED, known)
    if known is not None:
        return known
    invitation = Invitation.objects.open().filter(email=identity.email).select_related("team").first()
    if invitation is not None:
        person = invitation.accept(identity.name or invitation.name or identity.email.partition("@")[0], None)
    elif roles_of(identity.groups or ()):
        person = _new_person(identity)
    else:
        raise NotAdmitted(Why.UNINVITED)
    if person is None:
        raise NotAdmitted(Why.UNINVITED)
    return person


def _new_person(identity: Identity) -> Person | None:
    first, _space, last = identity.name.partition(" ")
    person = Person(username=username_of(identity.email), email=identity.email, first_name=first, last_name=last)
    person.set_unusable_password()
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError:  # somebody got this address at the same moment
        return None
    record("added_person", person, by=person.pk)
    return person


@transaction.atomic
def unlink(person: Person, by: Person) -> bool:
    """Have somebody's single sign-on lead nowhere, until their address leads to the account again; False if it does."""
    if not SocialAccount.objects.filter(user=person).delete()[0]:
        return False
    forget_proof(person)
    record("unlinked_single_sign_on", person, by=by.pk)
    return True


def note_refusal(refused: NotAdmitted) -> None:
    """Record that somebody was not let in."""
    record("single_sign_on_refused", refused.person or Subject("person", "unknown"), after={"reason": str(refused.why)})
