"""The clients of a viewer's teams, and what is shared with one."""

from __future__ import annotations

from django.db.models import Count, Q

from generations import rights
from generations.models import Client, ShareLink
from generations.viewer import Viewer

MAX_LISTED = 500


def clients_of(viewer: Viewer) -> list[Client]:
    """Those that the viewer knows of, by name, each with how many links it has as `amount`; one query."""
    known = rights.see_client.of(viewer, Client.objects.select_related("team", "logo"))
    amounts = known.annotate(amount=Count("links", filter=Q(links__revoked_at=None, links__gallery__deleted_at=None)))
    return list(amounts.order_by("name", "pk")[:MAX_LISTED])


def links_of_client(viewer: Viewer, client: Client) -> list[ShareLink]:
    """Its links in galleries that the viewer manages, the newest first."""
    links = ShareLink.objects.filter(client=client).select_related("gallery", "client")
    return list(rights.manage_link.of(viewer, links).order_by("-pk")[:MAX_LISTED])


def links_to_give(viewer: Viewer) -> list[ShareLink]:
    """The viewer's open links that are for no client yet, the newest first."""
    links = ShareLink.objects.open().filter(client=None).select_related("gallery")
    return list(rights.manage_link.of(viewer, links).order_by("-pk")[:MAX_LISTED])
