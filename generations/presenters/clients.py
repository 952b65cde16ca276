"""Clients as their list and their pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.conf import settings

from generations import rights
from generations.models import Client, ShareLink
from generations.presenters.sharing import LinkRow
from generations.queries.clients import links_of_client, links_to_give
from generations.viewer import Viewer


@dataclass(frozen=True)
class OpenGallery:
    """A gallery on a client's page: what its link is called, and how many pictures it shows."""

    link: ShareLink
    amount: int

    @property
    def page(self) -> str:
        return self.link.get_absolute_url()


class ClientSheet:
    """A client with what is shared with it, as far as the viewer manages that."""

    def __init__(self, viewer: Viewer, client: Client) -> None:
        self.viewer = viewer
        self.client = client

    @cached_property
    def may_manage(self) -> bool:
        return rights.manage_client.allows(self.viewer, self.client)

    @property
    def address(self) -> str:
        """The whole address for the client, to be copied; "" for who does not manage it."""
        return f"{settings.SITE_URL}{self.client.page}" if self.may_manage else ""

    @cached_property
    def links(self) -> list[LinkRow]:
        return [LinkRow(link, 0) for link in links_of_client(self.viewer, self.client)]

    @cached_property
    def others(self) -> list[ShareLink]:
        """Links that could be put among its own."""
        return links_to_give(self.viewer)

    @property
    def colours(self) -> list[tuple[str, str]]:
        return [(colour.value, str(colour.label)) for colour in Client.Colour]

    @property
    def contacts(self) -> str:
        """One a line."""
        return "\n".join(self.client.contacts)
