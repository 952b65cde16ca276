"""What somebody reads who came from the sign-on provider and is not signed in: what happened, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from generations.models.single_sign_on import Why


@dataclass(frozen=True)
class SignOnFailure:
    """A page. `email` is the address they came with, `may_retry` whether going there once more may help."""

    title: str
    sentence: str
    advice: str
    status: int
    email: str = ""
    may_retry: bool = False


def cancelled() -> SignOnFailure:
    """Nobody agreed there: the person did not, or who runs the provider gave them no access."""
    return SignOnFailure(
        _("Single sign-on was cancelled"),
        _("%(provider)s sent you back without signing you in.") % {"provider": provider()},
        _("If you did not cancel it, you have no access to this site there. Ask who runs it."),
        403,
        may_retry=True,
    )


def began_elsewhere() -> SignOnFailure:
    """The browser knows of no sign-in that this could be the end of."""
    return SignOnFailure(
        _("This sign-in has ended"),
        _("It took too long, was finished already, or began in another browser."),
        _("Start again in this browser."),
        400,
        may_retry=True,
    )


def faulty() -> SignOnFailure:
    """The provider is away, or said something that cannot be."""
    return SignOnFailure(
        _("Single sign-on does not work right now"),
        _("%(provider)s did not answer as it should. Nothing is wrong with your account.") % {"provider": provider()},
        _("Try again in a minute. If it stays so, an administrator finds the cause in the log."),
        502,
        may_retry=True,
    )


def refused(why: Why, email: str = "") -> SignOnFailure:
    """The provider knows them, and they are not let in."""
    values = {"provider": provider()}
    title, sentence, advice = {
        Why.ODD: (
            _("You could not be recognised"),
            _("%(provider)s did not say who you are.") % values,
            _("Try again. If it stays so, ask an administrator."),
        ),
        Why.NO_ADDRESS: (
            _("Your email address is missing"),
            _("%(provider)s did not give your email address.") % values,
            _("Ask who runs it to add the address to your account there."),
        ),
        Why.UNVERIFIED: (
            _("Your email address is not confirmed"),
            _("%(provider)s has not confirmed that this address is yours.") % values,
            _("Confirm it there, then sign in again."),
        ),
        Why.UNINVITED: (
            _("You have no access yet"),
            _("Nobody has invited this address, and no group of yours is in a team here."),
            _("Ask an administrator for an invitation."),
        ),
        Why.INACTIVE: (
            _("This account is closed"),
            _("It was deactivated. What you made is kept."),
            _("Ask an administrator to open it again."),
        ),
        Why.OTHER: (
            _("This address belongs to another sign-in"),
            _("The account with your address is linked to somebody else at %(provider)s.") % values,
            _("Ask an administrator to unlink it."),
        ),
    }[why]
    may_retry = why in (Why.ODD, Why.UNVERIFIED)
    return SignOnFailure(title, sentence, advice, 403, email, may_retry)


def provider() -> str:
    """What people call it."""
    return settings.OIDC_NAME or _("The sign-on provider")
