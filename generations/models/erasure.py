"""Erasing a person: what goes, what stays without a name, and what a hold forbids.

The rule. Gone: drafts, saved searches, favourites, tags, notifications, sessions, second factors, memberships;
comments' words; batches with their prompts, requests, answers and pictures, and references that were brought, with
their files. Kept without prompt and without exchange: a picture that somebody else's prompt sends as a reference. Kept
without a name: verdicts, galleries that others are in, shares and prices, which say from then on that a former person
made them. Held: what a legal hold covers stays as it is, and is refused with its reason until the hold is released;
then the person is erased once more. The record keeps that it happened, and never had a name.

Beside the pictures a small file says of each erasure which person it was, by number and a hash. A database that is
restored from before has them erased again before anybody can sign in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from generations.models.attempt import Attempt
from generations.models.audit_entry import record
from generations.models.batch import Batch, BatchReference
from generations.models.comment import Comment
from generations.models.draft import Draft
from generations.models.favourite import Favourite
from generations.models.gallery import Gallery, GalleryMember
from generations.models.generation import Generation
from generations.models.hand_over import cancel_all
from generations.models.hold import Held, Hold, is_gallery_held, is_held
from generations.models.image import Image
from generations.models.invitation import Invitation
from generations.models.key import new_key, now
from generations.models.mail import Mail
from generations.models.notification import Notification
from generations.models.reduced_copy import ReducedCopy
from generations.models.saved_search import SavedSearch
from generations.models.sign_in import SignIn
from generations.models.stored_file import StoredFile, read, storage_errors, write
from generations.models.tag import Tag
from generations.models.team import Membership, Person
from generations.translatable import Message

FOLDER = "erasures"
UNUSABLE = "!"


class Erasure(models.Model):
    """That a person was erased: when, by whom, how much went and how much a hold kept."""

    key = models.CharField(max_length=12, unique=True, default=new_key, editable=False)
    person = models.ForeignKey(Person, verbose_name=_("person"), on_delete=models.PROTECT, related_name="erasures")
    identity = models.CharField(max_length=64, help_text=_("Hash of the number and the moment they joined."))
    by = models.ForeignKey(Person, verbose_name=_("by"), null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(_("time"), db_default=now())
    gone = models.JSONField(_("gone"), default=dict)
    held = models.PositiveIntegerField(_("pictures held"), default=0)

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")

    def __str__(self) -> str:
        return self.key


@dataclass(frozen=True)
class Work:
    """What somebody drew and brought, by what becomes of it: pictures under a hold stay, `kept` are those that others
    send as references, and the rest goes."""

    person: Person
    held: frozenset[int]
    kept: frozenset[int]
    batches: models.QuerySet[Batch]

    @classmethod
    def of(cls, person: Person) -> Work:
        """As it stands now."""
        own = Image.objects.filter(person=person)
        held = frozenset(own.filter(is_held()).values_list("pk", flat=True))
        held_batches = set(own.filter(pk__in=held).exclude(batch=None).values_list("batch", flat=True))
        held_batches |= set(Hold.objects.standing().filter(batch__person=person).values_list("batch", flat=True))
        batches = Batch.objects.filter(person=person).exclude(pk__in=held_batches)
        used = BatchReference.objects.filter(image__person=person).exclude(batch__in=batches.values("pk"))
        return cls(person, held, frozenset(used.values_list("image", flat=True)) - held, batches)

    @property
    def going(self) -> models.QuerySet[Image]:
        """The pictures that go."""
        return Image.objects.filter(person=self.person).exclude(pk__in=self.held | self.kept)

    @property
    def attempts(self) -> models.QuerySet[Attempt]:
        """The calls whose requests and answers go."""
        return Attempt.objects.filter(generation__batch__in=self.batches.values("pk"))

    def counts(self) -> dict[str, int]:
        return {"pictures": self.going.count(), "batches": self.batches.count(), "calls": self.attempts.count()}


@dataclass(frozen=True)
class Preview:
    """What an erasure would do now: how much goes, how much stays without a name, and what holds keep."""

    gone: dict[str, int]
    kept: dict[str, int]
    held: int
    hold: Hold | None
    """The hold on the person as a whole: nothing can be erased until it is released."""


def preview(person: Person) -> Preview:
    """What `erase` would do now; it changes nothing."""
    work = Work.of(person)
    gone = work.counts()
    gone["comments"] = _comments_of(person).exclude(text="").count()
    gone["galleries"] = _galleries_of(person).count()
    others = Gallery.objects.filter(person=person).exclude(pk__in=_galleries_of(person).values("pk"))
    kept = {
        "references": len(work.kept),
        "verdicts": person.verdicts.count(),
        "galleries": others.count(),
    }
    return Preview(gone, kept, len(work.held), Hold.objects.standing().filter(person=person).first())


def _comments_of(person: Person) -> models.QuerySet[Comment]:
    """Those whose words go."""
    return Comment.objects.filter(author=person).exclude(image__in=Image.objects.filter(is_held()))


def _galleries_of(person: Person) -> models.QuerySet[Gallery]:
    """Those that nobody else is in, which go."""
    return Gallery.objects.filter(~is_gallery_held(), Q(team=None, members=None), person=person)


def identity_of(person: Person) -> str:
    """What tells them in another copy of the database, whatever became of their name."""
    return hashlib.sha256(f"{person.pk}:{person.date_joined.isoformat()}".encode()).hexdigest()


class StillRunning(Exception):
    """A call of theirs is under way, and was asked to stop; `sentence` says so, translated where it is shown."""

    def __init__(self) -> None:
        self.sentence = Message("A picture of theirs was being drawn and is stopped now. Erase them in a minute.")
        super().__init__(self.sentence)


def stop_work(person: Person, by: Person | None) -> None:
    """Nobody signs in as them any more, and nothing of theirs is sent. Raises StillRunning while a worker holds a call:
    what it brings would be stored after everything went."""
    Person.objects.filter(pk=person.pk).update(is_active=False)
    cancel_all(person, by)
    if Generation.objects.filter(batch__person=person, state="running", claim_until__gt=now()).exists():
        raise StillRunning


def erase(person: Person, by: Person | None) -> Erasure:
    """Erase them by the rule above, all or nothing. Raises Held when a hold covers the person as a whole, StillRunning,
    NotStored."""
    if hold := Hold.objects.standing().filter(person=person).first():
        raise Held(hold)
    stop_work(person, by)
    with transaction.atomic():
        locked = Person.objects.select_for_update().get(pk=person.pk)
        if hold := Hold.objects.standing().filter(person=locked).first():
            raise Held(hold)
        files, gone, held = _erase_work(locked)
        gone |= _erase_rest(locked)
        _erase_name(locked)
        erasure = Erasure.objects.create(person=locked, identity=identity_of(locked), by=by, gone=gone, held=held)
        record("erased_person", locked, by=by.pk if by else None, after={**gone, "held": held})
    for file in StoredFile.objects.filter(pk__in=files):
        file.drop_if_unused()
    remember(erasure)
    return erasure


def remember(erasure: Erasure) -> None:
    """Write beside the pictures that this person was erased. Raises NotStored."""
    said = {"person": erasure.person_id, "identity": erasure.identity}
    write(f"{FOLDER}/{erasure.identity}.json", json.dumps(said).encode())


def erase_again() -> list[Erasure]:
    """Erase those whom this database does not know to be erased, though it was done: it is a copy from before."""
    for erasure in Erasure.objects.all():
        remember(erasure)
    done = []
    for number, identity in _remembered():
        person = Person.objects.filter(pk=number, erased_at=None).first()
        if person is not None and identity_of(person) == identity:
            done.append(erase(person, None))
    return done


def _remembered() -> Iterator[tuple[int, str]]:
    """The number and identity of each person that was erased."""
    with storage_errors(FOLDER):
        is_there = settings.STORAGE_BUCKET or default_storage.exists(FOLDER)
        names = default_storage.listdir(FOLDER)[1] if is_there else []
    for name in names:
        try:
            said = json.loads(read(f"{FOLDER}/{name}"))
            yield int(said["person"]), str(said["identity"])
        except (ValueError, KeyError, TypeError):
            continue


def _erase_work(person: Person) -> tuple[set[str], dict[str, int], int]:
    """Batches and pictures: the files that may go, how much went, and how many pictures are held."""
    work = Work.of(person)
    going, batches, attempts = work.going, work.batches, work.attempts
    files = {name for row in going.values_list(*Image.FILES) for name in row if name}
    files |= set(ReducedCopy.objects.filter(image__in=going).values_list("file", flat=True))
    files |= set(attempts.exclude(answer_file=None).values_list("answer_file", flat=True))
    gone = work.counts()
    attempts.delete()
    BatchReference.objects.filter(batch__in=list(batches.values_list("pk", flat=True))).delete()
    Image.objects.filter(pk__in=list(going.values_list("pk", flat=True))).delete()
    emptied = batches.filter(images=None)
    Batch.objects.filter(pk__in=list(emptied.values_list("pk", flat=True))).delete()
    batches.update(prompt="", words="", options={}, changes=None)
    Image.objects.filter(pk__in=work.kept).update(alt="", source_url="")
    return files, gone, len(work.held)


def _erase_rest(person: Person) -> dict[str, int]:
    """What else is theirs alone."""
    said = _comments_of(person)
    said.update(deleted_at=now(), deleted_by=None)
    gone = {"comments": said.exclude(text="").update(text="")}
    Comment.mentions.through.objects.filter(person=person).delete()
    for model in (Draft, Favourite, SavedSearch, Notification, Tag, Mail, Membership, GalleryMember, SignIn):
        rows: models.QuerySet[models.Model] = model.objects.filter(person=person)
        rows.delete()
    Notification.objects.filter(actor=person).update(detail="", detail_message=None)
    Membership.objects.filter(sending_paused_by=str(person)).update(sending_paused_by="")
    Invitation.objects.filter(email__iexact=person.email).delete()
    EmailAddress.objects.filter(user=person).delete()
    Authenticator.objects.filter(user=person).delete()
    SocialAccount.objects.filter(user=person).delete()
    for session in Session.objects.all():
        if session.get_decoded().get("_auth_user_id") == str(person.pk):
            session.delete()
    alone = _galleries_of(person)
    went = Gallery.objects.filter(pk__in=list(alone.values_list("pk", flat=True))).delete()[1]
    gone["galleries"] = went.get("generations.Gallery", 0)
    return gone


def _erase_name(person: Person) -> None:
    """Nobody can sign in as them, and nothing says who they were."""
    known = f"erased-{person.pk}"
    Person.objects.filter(pk=person.pk).update(
        username=known,
        email=f"{known}@erased.invalid",
        first_name="",
        last_name="",
        password=UNUSABLE + new_key(),
        is_active=False,
        is_staff=False,
        is_superuser=False,
        channels={},
        language="",
        last_login=None,
        seen_at=None,
        erased_at=now(),
    )
    person.groups.clear()
    person.user_permissions.clear()
