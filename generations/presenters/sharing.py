"""The share links of a gallery, for who manages it."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generations.models import Gallery, ShareLink
from generations.queries.sharing import links_of


@dataclass(frozen=True)
class LinkRow:
    """A link with what it says of itself; `visits` is how often it was opened."""

    link: ShareLink
    visits: int

    @property
    def address(self) -> str:
        """The whole address, to be copied; "" once it has ended."""
        return f"{settings.SITE_URL}{self.link.get_absolute_url()}" if self.link.is_open else ""

    @property
    def mails(self) -> bool:
        """Whether messages can be sent to its client."""
        client = self.link.client
        is_kept = client is not None and client.deleted_at is None
        return bool(settings.EMAIL_URL and client and is_kept and client.contacts and self.link.is_open)

    @property
    def state(self) -> str:
        """Whether and how long it is open."""
        if self.link.revoked_at:
            return _("Revoked on %(day)s") % {"day": date_of(self.link.revoked_at)}
        if self.link.closed_at:
            return _("Round closed on %(day)s") % {"day": date_of(self.link.closed_at)}
        if self.link.expires_at is None:
            return _("Open until it is revoked")
        if self.link.is_open:
            return _("Open until %(day)s") % {"day": date_of(self.link.expires_at)}
        return _("Ended on %(day)s") % {"day": date_of(self.link.expires_at)}

    @property
    def may_close(self) -> bool:
        """Whether a round is going on by it that can be closed."""
        return self.link.is_open and (self.link.choosing or self.link.commenting)

    @property
    def may_reopen(self) -> bool:
        """Whether its round was closed, and the link itself would open."""
        return self.link.closed_at is not None and self.link.would_open

    @property
    def facts(self) -> list[str]:
        """What it shows and gives, and how often it was opened."""
        link, limit = self.link, self.link.choose_limit or 0
        choosing = ngettext("choosing up to %(number)s", "choosing up to %(number)s", limit) % {"number": limit}
        shown = (
            (link.client, str(link.client)),
            (link.is_locked, _("with a password")),
            (link.choosing, choosing if limit else _("choosing")),
            (link.commenting, _("commenting")),
            (link.approved_only, _("approved pictures only")),
            (link.shows_prompts, _("prompts")),
            (link.shows_names, _("names")),
            (link.shows_comments, _("comments")),
            (link.download, link.get_download_display()),
        )
        visits = ngettext("%(number)s visit", "%(number)s visits", self.visits) % {"number": self.visits}
        return [*(str(text) for is_so, text in shown if is_so), visits]


def date_of(moment: object) -> str:
    return date_format(localtime(moment), "DATE_FORMAT")  # type: ignore[arg-type]


def link_rows(gallery: Gallery) -> list[LinkRow]:
    """Its links, the newest first."""
    return [LinkRow(link, visits) for link, visits in links_of(gallery)]
