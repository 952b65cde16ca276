"""The second factor of somebody, as their settings and an administrator see it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generations.models import Person
from generations.models.second_factor import FACTORS, Kind, factors_of, is_last_factor
from generations.presenters.days import day_of
from generations.translation import sentences
from generations.viewer import Viewer


@dataclass(frozen=True)
class PasskeyRow:
    """One passkey."""

    authenticator: Authenticator

    @property
    def number(self) -> int:
        return int(self.authenticator.pk)

    @property
    def name(self) -> str:
        return str(self.authenticator.data.get("name", ""))

    @property
    def used(self) -> str:
        """Since when it is there, and when it was last used."""
        said = {"day": day_of(self.authenticator.created_at)}
        if self.authenticator.last_used_at is None:
            return _("Added: %(day)s. Not used yet.") % said
        return _("Added: %(day)s. Last used: %(used)s.") % {**said, "used": day_of(self.authenticator.last_used_at)}


@dataclass(frozen=True)
class SecondFactor:
    """What somebody has; one query."""

    person: Person

    @cached_property
    def _all(self) -> list[Authenticator]:
        return factors_of(self.person)

    def _of(self, kind: str) -> Authenticator | None:
        return next((each for each in self._all if each.type == kind), None)

    @property
    def is_on(self) -> bool:
        return any(each.type in FACTORS for each in self._all)

    @property
    def is_needed(self) -> bool:
        """Whether the installation asks this person for one."""
        return Viewer(self.person).needs_second_factor

    @property
    def app_since(self) -> str:
        """The day since which there is an authenticator app; "" for none."""
        app = self._of(Kind.TOTP)
        return day_of(app.created_at) if app else ""

    @cached_property
    def passkeys(self) -> list[PasskeyRow]:
        return [PasskeyRow(each) for each in self._all if each.type == Kind.WEBAUTHN]

    @property
    def codes_left(self) -> int:
        """Recovery codes that were not used."""
        codes = self._of(Kind.RECOVERY_CODES)
        return self.codes - int(codes.data.get("used_mask", 0)).bit_count() if codes else 0

    @property
    def codes(self) -> int:
        return int(app_settings.RECOVERY_CODE_COUNT)

    @property
    def since(self) -> str:
        """The day of the oldest."""
        return day_of(next(each.created_at for each in self._all if each.type in FACTORS)) if self.is_on else ""

    @property
    def summary(self) -> str:
        """What there is, in a few sentences."""
        if not self.is_on:
            return _("Not set up.")
        count = len(self.passkeys)
        return sentences(
            [
                _("Authenticator app since: %(day)s.") % {"day": self.app_since} if self.app_since else "",
                ngettext("%(number)s passkey.", "%(number)s passkeys.", count) % {"number": count} if count else "",
                _("%(left)s of %(all)s recovery codes left.") % {"left": self.codes_left, "all": self.codes},
            ]
        )


def may_remove(factor: Authenticator) -> bool:
    """Whether they may do without it: not if it is the last and the installation asks for one."""
    return not (Viewer(factor.user).needs_second_factor and is_last_factor(factor))
