"""What is said about pictures: the threads of one, how many comments each of a page has, and who can be mentioned."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, F, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from generations import rights
from generations.models import Comment, Gallery, Image, Person
from generations.rights import Rule
from generations.viewer import Viewer

MAX_THREADS = 300
"""So many of one picture are shown, those that were last written in."""
MAX_SHOWN = 1_000
"""Comments of them, the newest."""
MAX_OFFERED = 8


def comments_on(viewer: Viewer, image: Image) -> list[Comment]:
    """The comments of a picture whose discussion is the viewer's to see, whole threads, oldest first, the deleted ones
    too; two queries."""
    heard = rights.hear_comment.of(viewer, image.comments.all())
    threads = heard.filter(parent=None).annotate(last=Coalesce(Max("replies"), F("pk")))
    answers = Comment.objects.filter(parent=OuterRef("pk"), deleted_at=None)
    shown = threads.filter(Q(deleted_at=None) | Exists(answers)).order_by("-last").values("pk")[:MAX_THREADS]
    found = heard.alias(thread=Coalesce("parent", "pk")).filter(thread__in=shown).order_by("-pk")[:MAX_SHOWN]
    return sorted(
        found.select_related("author", "resolved_by").prefetch_related("mentions"), key=lambda comment: comment.pk
    )


def talk_state(key: str) -> str:
    """What changes whenever anybody writes, edits, deletes or resolves on the picture with this key; one query.

    It says nothing of what was written, so it is asked before anybody's rights are."""
    said = Comment.objects.filter(image__key=key).aggregate(
        count=Count("pk"),
        last=Max("pk"),
        edited=Max("edited_at"),
        deleted=Max("deleted_at"),
        gone=Count("deleted_at"),
        resolved=Max("resolved_at"),
        closed=Count("resolved_at"),
    )
    return sha256(repr(list(said.values())).encode()).hexdigest()[:12]


def may_discuss(viewer: Viewer, key: str) -> bool:
    """Whether the viewer may read what is said about the picture with this key."""
    return rights.discuss_image.of(viewer, Image.objects.filter(key=key)).exists()


def keys_allowed(viewer: Viewer, image: Image, *rules: Rule) -> list[set[str]]:
    """Which comments of a picture the viewer may do each of these things to; one query, however many there are."""
    asked = {f"rule_{n}": ExpressionWrapper(rule.q(viewer), BooleanField()) for n, rule in enumerate(rules)}
    rows = list(image.comments.order_by().annotate(**asked).values_list("key", *asked))
    return [{row[0] for row in rows if row[n]} for n in range(1, len(rules) + 1)]


def comment_counts(viewer: Viewer, images: Iterable[Image]) -> dict[int, int]:
    """How many comments in open threads each of these pictures has for the viewer; one query for all."""
    numbers = [image.pk for image in images]
    said = rights.hear_comment.of(viewer, Comment.objects.open()).filter(image__in=numbers).order_by()
    return dict(said.values_list("image").annotate(amount=Count("pk"))) if numbers else {}


def comment_to_carry(viewer: Viewer, image: Image, key: str) -> Comment | None:
    """A comment of this picture that the viewer reads."""
    if not key:
        return None
    return rights.see_comment.of(viewer, image.comments.select_related("parent")).filter(key=key).first()


# ── mentions ──


def people_to_mention(viewer: Viewer, image: Image) -> QuerySet[Person]:
    """Whom the viewer can mention on a picture: who may see it, as far as the viewer knows of them.

    Two clients' people may be guests of two galleries with the same picture; neither learns of the other here."""
    here = Gallery.objects.filter(items__image=image, items__removed_at=None)
    galleries = rights.see_gallery.of(viewer, here)
    wrote = image.comments.filter(deleted_at=None).exclude(author=None).values("author")
    named = rights.know_person.of(viewer, Person.objects.order_by()).values("pk")
    known = Q(pk__in=named) | rights.people_of(galleries) | Q(pk=image.person_id) | Q(pk__in=wrote)
    return Person.objects.filter(rights.people_who_see(image), known, is_active=True).order_by("pk")


def people_found(viewer: Viewer, image: Image, words: str) -> list[Person]:
    """Those whom the viewer can mention and one of whose names begins so, without the viewer; at most MAX_OFFERED."""
    begins = Q()
    for name in ("username", "first_name", "last_name"):
        begins |= Q(**{f"{name}__istartswith": words})
    first, _, rest = words.partition(" ")
    if rest:
        begins |= Q(first_name__iexact=first, last_name__istartswith=rest.strip())
    others = people_to_mention(viewer, image).exclude(pk=viewer.user.pk)
    return list(others.filter(begins).order_by("first_name", "last_name", "username")[:MAX_OFFERED])
