"""Who is named in a gallery, who sees it by its team, and whom it could name."""

from __future__ import annotations

from generations import rights
from generations.models import Gallery, GalleryMember, Invitation, Membership, Person
from generations.viewer import Viewer

MAX_NAMED = 500


def members_of(gallery: Gallery) -> list[GalleryMember]:
    """Those named in it, in the order in which they came."""
    return list(gallery.members.select_related("person").order_by("pk"))


def team_of(gallery: Gallery) -> list[Membership]:
    """The memberships of its team, of those who are not named in it and did not make it."""
    named = gallery.members.values("person")
    others = Membership.objects.filter(team=gallery.team_id, person__is_active=True).exclude(person__in=named)
    return list(others.exclude(person=gallery.person_id).select_related("person").order_by("pk"))


def people_to_name(viewer: Viewer, gallery: Gallery) -> list[Person]:
    """Whom the viewer knows and could name in it, by name."""
    known = rights.know_person.of(viewer, Person.objects.filter(is_active=True)).exclude(pk=gallery.person_id)
    fresh = known.exclude(pk__in=gallery.members.values("person")).distinct()
    return list(fresh.order_by("first_name", "last_name", "username")[:MAX_NAMED])


def person_to_name(viewer: Viewer, gallery: Gallery, username: str) -> Person | None:
    """Somebody who is named in it or whom the viewer knows, but for who made it."""
    people = Person.objects.filter(username=username).exclude(pk=gallery.person_id)
    known = rights.know_person.of(viewer, people).distinct().first()
    return known or people.filter(pk__in=gallery.members.values("person")).first()


def invitations_to(gallery: Gallery) -> list[Invitation]:
    """Those that wait, also those that ended by time, the newest first; one query."""
    waiting = gallery.invitations.all().waiting().select_related("gallery", "team", "by")
    return list(waiting.order_by("-sent_at", "-pk")[:MAX_NAMED])
