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
from typing import NamedTuple

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from generations.models.administrators import keep_an_administrator
from generations.models.audit_entry import record
from generations.models.batch import Batch, BatchReference
from generations.models.comment import Comment
from generations.models.draft import Draft
from generations.models.erasure_extent import Work, comments_of, galleries_of
from generations.models.favourite import Favourite
from generations.models.gallery import Gallery
from generations.models.gallery_member import GalleryMember
from generations.models.generation import Generation
from generations.models.hand_over import HandOver, cancel_all, galleries_named_after
from generations.models.hold import Held, Hold, is_gallery_held, wait_for_holds
from generations.models.image import Image
from generations.models.invitation import Invitation
from generations.models.key import new_key, now
from generations.models.mail import Mail
from generations.models.notification import Notification
from generations.models.provider import Provider
from generations.models.provider_model import ProviderModel
from generations.models.reduced_copy import ReducedCopy
from generations.models.saved_search import SavedSearch
from generations.models.sign_in import end_sessions
from generations.models.storage import read, storage_errors, write
from generations.models.stored_file import StoredFile, drop_all
from generations.models.tag import Tag
from generations.models.team import MAX_ACTOR_NAME, Membership, Person
from generations.models.unkept import forget_sayings
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
    held = models.PositiveIntegerField(_("held"), default=0, help_text=_("How many things a legal hold kept."))
    held_back = models.JSONField(_("held back"), default=dict, help_text=_("How many of each kind."))

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")

    def __str__(self) -> str:
        return self.key


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
    what it brings would be stored after everything went. Raises LastAdministrator, unless it is done at the command
    line, where there is another way in."""
    with transaction.atomic():
        if by is not None:
            keep_an_administrator(person)
        Person.objects.filter(pk=person.pk).update(is_active=False)
    cancel_all(person, by)
    if Generation.objects.filter(batch__person=person, state="running", claim_until__gt=now()).exists():
        raise StillRunning


def erase(person: Person, by: Person | None) -> Erasure:
    """Erase them by the rule above, all or nothing. Raises Held when a hold covers the person as a whole, StillRunning,
    LastAdministrator, NotStored.

    The small file is written before the transaction ends, and without it nothing is erased: a crash behind it leaves
    rows that are gone and files that a worker removes. A file of what was then not erased is only read when a database
    is restored, and has the erasure done that was asked for."""
    if hold := Hold.objects.standing().filter(person=person).first():
        raise Held(hold)
    stop_work(person, by)
    with transaction.atomic():
        wait_for_holds()
        locked = Person.objects.select_for_update().get(pk=person.pk)
        if hold := Hold.objects.standing().filter(person=locked).first():
            raise Held(hold)
        files, gone, held = _erase_work(locked)
        gone |= _erase_rest(locked)
        _erase_name(locked)
        erasure = Erasure.objects.create(
            person=locked, identity=identity_of(locked), by=by, gone=gone, held=sum(held.values()), held_back=held
        )
        record("erased_person", locked, by=by.pk if by else None, after={**gone, "held": erasure.held})
        remember(erasure)
    drop_all(StoredFile.objects.filter(pk__in=files))
    return erasure


def remember(erasure: Erasure) -> None:
    """Write beside the pictures that this person was erased. Raises NotStored."""
    said = {"person": erasure.person_id, "identity": erasure.identity}
    write(f"{FOLDER}/{erasure.identity}.json", json.dumps(said).encode())


class Again(NamedTuple):
    """What became of those who were erased before: who was erased now, and a sentence for each who stays."""

    done: list[Erasure]
    stay: list[str]


def erase_again() -> Again:
    """Erase those whom this database does not know to be erased, though it was done: it is a copy from before. Who is
    under a hold here, or has a call under way, stays until the next time. Raises NotStored."""
    for erasure in Erasure.objects.all():
        remember(erasure)
    again = Again([], [])
    for number, identity in _remembered():
        person = Person.objects.filter(pk=number, erased_at=None).first()
        if person is not None and identity_of(person) == identity:
            try:
                again.done.append(erase(person, None))
            except (Held, StillRunning) as error:
                again.stay.append(f"Person {number} was erased before, and stays for now: {error}")
    return again


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


def _erase_work(person: Person) -> tuple[set[str], dict[str, int], dict[str, int]]:
    """Batches and pictures: the files that may go, how much went, and how much is held of everything, by kind."""
    work = Work.of(person)
    going, batches, attempts = work.going, work.batches, work.attempts
    files = {name for row in going.values_list(*Image.FILES) for name in row if name}
    files |= set(ReducedCopy.objects.filter(image__in=going).values_list("file", flat=True))
    files |= set(attempts.exclude(answer_file=None).values_list("answer_file", flat=True))
    gone, held = work.counts(), work.held_back()
    attempts.delete()
    BatchReference.objects.filter(batch__in=list(batches.values_list("pk", flat=True))).delete()
    Image.objects.filter(pk__in=list(going.values_list("pk", flat=True))).delete()
    emptied = batches.filter(images=None)
    Batch.objects.filter(pk__in=list(emptied.values_list("pk", flat=True))).delete()
    forget_sayings(Generation.objects.filter(batch__in=batches.values("pk")))
    batches.update(prompt="", words="", options={}, changes=None)
    Image.objects.filter(pk__in=work.kept).update(alt="", source_url="")
    return files, gone, held


def _unname_pauses(person: Person) -> None:
    """Of what they paused; of what was paused when only a name was kept, all that bears theirs."""
    name = str(person)[:MAX_ACTOR_NAME]
    for model, of in ((Membership, "sending"), (Provider, "hand"), (ProviderModel, "hand")):
        theirs = models.Q(**{f"{of}_pauser": person}) | models.Q(**{f"{of}_pauser": None, f"{of}_paused_by": name})
        rows: models.QuerySet[models.Model] = model.objects.filter(theirs)
        rows.update(**{f"{of}_paused_by": ""})


def _erase_rest(person: Person) -> dict[str, int]:
    """What else is theirs alone."""
    said = comments_of(person)
    said.update(deleted_at=now(), deleted_by=None)
    gone = {"comments": said.exclude(text="").update(text="")}
    Comment.mentions.through.objects.filter(person=person).delete()
    for model in (Draft, Favourite, SavedSearch, Notification, Tag, Mail, Membership, GalleryMember):
        rows: models.QuerySet[models.Model] = model.objects.filter(person=person)
        rows.delete()
    Notification.objects.filter(actor=person).update(detail="", detail_message=None)
    _unname_pauses(person)
    Invitation.objects.filter(email__lowered=person.email).delete()
    declined = Notification.objects.filter(kind__in=("declined_team", "declined_gallery"))
    declined.filter(actor_name__lowered=person.email[:MAX_ACTOR_NAME]).delete()
    sent = list(Invitation.objects.filter(by=person).values_list("key", flat=True))
    Mail.objects.filter(values__invitation__in=sent).delete()
    Invitation.objects.end_those_of(person)
    EmailAddress.objects.filter(user=person).delete()
    Authenticator.objects.filter(user=person).delete()
    SocialAccount.objects.filter(user=person).delete()
    Session.objects.filter(expire_date__lte=now()).delete()  # whosoever they were: of these only their content says it
    end_sessions(person)
    alone = galleries_of(person)
    went = Gallery.objects.filter(pk__in=list(alone.values_list("pk", flat=True))).delete()[1]
    gone["galleries"] = went.get("generations.Gallery", 0)
    _rename_galleries(person)
    return gone


def _rename_galleries(person: Person) -> None:
    """Call those that were made for their work as they are called from now on, in their people's language. One that is
    held keeps its title, and what knows it by, until the hold is released."""
    for gallery in galleries_named_after(person).exclude(is_gallery_held()).select_related("person"):
        with override(gallery.person.language or settings.LANGUAGE_CODE):
            title = person.former_name
        Gallery.objects.filter(pk=gallery.pk).update(title=title)
    held = galleries_named_after(person).values("pk")
    HandOver.objects.filter(person=person).exclude(gallery__in=held).update(title="")


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
