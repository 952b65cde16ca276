"""The inbox, its short list in the bar, and the badge that counts what is new."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from generations.models import Person
from generations.models.key import address, with_query
from generations.models.notification_kind import CHANNELS, DIGEST, IN_APP, MAIL, TOPICS, Topic, channels_of
from generations.notification_text import Part, ReadableNotification, readable
from generations.presenters.days import name_of
from generations.presenters.paging import Pages
from generations.queries.inbox import counts_of, inbox_of, unseen_of
from generations.translation import translated
from generations.viewer import Viewer

UNREAD = "unread"
SHORT = 5
MAX_SAID = 3
ICONS = {"failed": "alert", "finished": "check", "providers": "plug", "clients": "user", "invitations": "gallery"}
STATE = re.compile(r"(\d{1,9})\.(\d{1,18})")


@dataclass(frozen=True)
class Line:
    """A notification as it is listed."""

    told: ReadableNotification

    @property
    def sentence(self) -> SafeString:
        """The sentence with the names of people and places set off; a place leads there."""
        opens = "" if self.told.is_gone else self.told.row.get_absolute_url()
        return format_html_join("", "{}", ((marked_part(part, opens),) for part in self.told.parts))

    @property
    def age(self) -> str:
        """The time today, else the day."""
        day, today = timezone.localdate(self.told.row.told_at), timezone.localdate()
        return self.when if day == today else name_of(day, today)

    @property
    def when(self) -> str:
        return date_format(timezone.localtime(self.told.row.told_at), "TIME_FORMAT")

    @property
    def icon(self) -> str:
        """The sign of one without a picture."""
        return "trash" if self.told.is_gone else ICONS.get(self.told.kind.topic, "bell")

    @property
    def resubmit_address(self) -> str:
        """Where the prompt of one's own picture that was not approved stands to be changed; "" where there is none."""
        image, row = self.told.image, self.told.row
        is_asked = row.kind in ("rejected", "changes") and row.count == 1
        if not is_asked or image is None or image.person_id != row.person_id:
            return ""
        return f"{address('studio')}?{urlencode({'again': image.key})}"

    @property
    def image_address(self) -> str:
        """The picture in small; "" without one."""
        return reverse("thumbnail", args=[self.told.image.key, 320]) if self.told.image else ""


def marked_part(part: Part, opens: str) -> SafeString | str:
    if part.is_actor:
        return format_html("<b><bdi>{}</bdi></b>", part.text)
    if part.is_place and opens:
        return format_html('<a href="{}">{}</a>', opens, part.text)
    return format_html("<bdi>{}</bdi>", part.text) if part.is_place else part.text


def lines_of(viewer: Viewer, rows: Iterable) -> list[Line]:
    return [Line(told) for told in readable(viewer, list(rows))]


class Inbox:
    """A page of the inbox. `show` is a topic, "unread", or "" for everything."""

    def __init__(self, viewer: Viewer, show: str, wanted: tuple[int, int]) -> None:
        self.viewer = viewer
        self.show = show if show in TOPICS or show == UNREAD else ""
        only_unread = self.show == UNREAD
        rows = inbox_of(viewer, "" if only_unread else self.show, only_unread=only_unread)
        self.pages = Pages(rows, wanted, self._page_address)

    def _page_address(self, pages: str) -> str:
        said = {"show": self.show, "page": "" if pages == "1" else pages}
        return with_query(reverse("inbox"), said)

    @cached_property
    def days(self) -> list[tuple[str, list[Line]]]:
        """The notifications under the names of their days."""
        today = timezone.localdate()
        lines = lines_of(self.viewer, self.pages.rows)
        days = groupby(lines, key=lambda line: timezone.localdate(line.told.row.told_at))
        return [(name_of(day, today), list(group)) for day, group in days]

    @cached_property
    def _counts(self) -> tuple[dict[str, int], int]:
        return counts_of(self.viewer)

    @property
    def unread(self) -> int:
        return self._counts[1]

    @property
    def filters(self) -> list[tuple[str, str, int, bool]]:
        """Name, address, number, and whether it is shown: everything, unread, then the topics that are not empty."""
        topics, unread = self._counts
        rows = [("", gettext("Everything"), sum(topics.values())), (UNREAD, gettext("Unread"), unread)]
        rows += [
            (topic.key, translated(topic.name), topics[topic.key])
            for topic in topics_for(self.viewer)
            if topics[topic.key] or topic.key == self.show
        ]
        base = reverse("inbox")
        return [(name, f"{base}?show={key}" if key else base, count, key == self.show) for key, name, count in rows]


class InboxBadge:
    """How many notifications a person has not seen. What a page shows of it says its `state`, which the poller sends
    back."""

    def __init__(self, viewer: Viewer | None) -> None:
        self.viewer = viewer

    @cached_property
    def _unseen(self) -> tuple[int, int]:
        return unseen_of(self.viewer) if self.viewer and self.viewer.person else (0, 0)

    @property
    def count(self) -> int:
        return self._unseen[0]

    @property
    def state(self) -> str:
        """count.newest"""
        return "{}.{}".format(*self._unseen)

    def is_news(self, shown: str) -> bool:
        """Whether a page that shows this state is out of date; what is no state asks for nothing."""
        return bool(STATE.fullmatch(shown)) and shown != self.state

    def came_since(self, shown: str) -> list[dict[str, str]]:
        """What a browser says of those that came since that state was shown, the newest first, a few at most."""
        known = STATE.fullmatch(shown)
        if self.viewer is None or known is None or self._unseen[1] <= int(known[2]):
            return []
        rows = inbox_of(self.viewer).unseen().filter(pk__gt=int(known[2]))[:MAX_SAID]
        return [
            {
                "title": told.text,
                "body": told.words[:200],
                "address": told.row.get_absolute_url(),
                "tag": told.address or told.row.get_absolute_url(),
            }
            for told in readable(self.viewer, list(rows))
        ]


# ── settings ──


@dataclass(frozen=True)
class TopicChoice:
    """A row of the settings: by which channels one hears of a topic."""

    topic: Topic
    channels: str

    @property
    def when(self) -> str:
        return translated(self.topic.when)

    @property
    def boxes(self) -> list[tuple[str, str, bool]]:
        """Of each channel that is offered: its field's value, its name and whether it is on."""
        names = {IN_APP: gettext("Inbox"), MAIL: gettext("Email at once"), DIGEST: gettext("Digest")}
        return [(f"{self.topic.key}.{letter}", names[letter], letter in self.channels) for letter in CHANNELS]


def topics_for(viewer: Viewer) -> list[Topic]:
    return [topic for topic in TOPICS.values() if viewer.is_staff or not topic.for_staff]


class NotificationSettings:
    """What a person hears of, and how."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer, self.person = viewer, viewer.user

    @property
    def topics(self) -> list[TopicChoice]:
        chosen = self.person.channels
        return [TopicChoice(topic, channels_of(topic.key, chosen)) for topic in topics_for(self.viewer)]

    @property
    def has_mail(self) -> bool:
        """Whether mail is set up, and there is an address to send it to."""
        return bool(settings.EMAIL_URL and self.person.email)

    def chosen(self, boxes: set[str]) -> dict[str, str]:
        """By topic the channels that these ticked boxes say. What the page does not offer stays as it is."""
        offered = CHANNELS if self.has_mail else IN_APP
        return {
            choice.topic.key: "".join(
                letter
                for letter in CHANNELS
                if (f"{choice.topic.key}.{letter}" in boxes if letter in offered else letter in choice.channels)
            )
            for choice in self.topics
        }

    @property
    def digests(self) -> list[tuple[str, str]]:
        return [(value, str(label)) for value, label in Person.Digest.choices]

    @property
    def hours(self) -> list[tuple[int, str]]:
        day = timezone.localtime().replace(minute=0)
        return [(hour, date_format(day.replace(hour=hour), "TIME_FORMAT")) for hour in range(24)]

    @property
    def time_zone(self) -> str:
        return settings.TIME_ZONE
