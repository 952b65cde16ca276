"""Where a person is signed in, as their settings list it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from generations.models import Person, SignIn
from generations.presenters.days import day_of

BROWSERS = (
    ("Edge", r"\bEdgA?(?:iOS)?/"),
    ("Opera", r"\bOPR/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\b(?:Firefox|FxiOS)/"),
    ("Chrome", r"\b(?:HeadlessChrome|Chrome|Chromium|CriOS)/"),
    ("Safari", r"\bSafari/"),
)
"""Names with what they say of themselves, the most particular first: nearly all say that they are Safari too."""
SYSTEMS = (
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("Windows", r"\bWindows\b"),
    ("macOS", r"\bMac ?OS\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("Linux", r"\bLinux\b"),
)


@dataclass(frozen=True)
class DeviceRow:
    """One session; `is_this` for the one that asks."""

    sign_in: SignIn
    is_this: bool

    @property
    def name(self) -> str:
        """Firefox on Linux, as far as it is known."""
        browser, system = _first(BROWSERS, self.sign_in.agent), _first(SYSTEMS, self.sign_in.agent)
        if browser and system:
            return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
        return browser or system or _("A browser")

    @property
    def began(self) -> str:
        return day_of(self.sign_in.began_at)

    @property
    def seen(self) -> str:
        if self.is_this:
            return _("Now")
        return day_of(self.sign_in.seen_at or self.sign_in.began_at)


def device_rows(person: Person, own_key: str) -> list[DeviceRow]:
    """Where the person is signed in, the newest first; one query."""
    rows = SignIn.objects.lasting().filter(person=person)
    return [DeviceRow(row, row.key == own_key) for row in rows]


def _first(names: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for name, pattern in names if re.search(pattern, agent)), "")
