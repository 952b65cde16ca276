"""What every template knows: theme, shortcuts, what runs and what a page without strips listens for."""

from __future__ import annotations

from django.conf import settings

from generations.models.key import new_key
from generations.presenters.activity import ActivityBadge
from generations.presenters.changes import ClientState
from generations.presenters.inbox import InboxBadge
from generations.presenters.review import ReviewBadge
from generations.request import VisitorRequest
from generations.web.changes import elsewhere
from generations.web.rendering import theme_of_device
from generations.web.texts import texts_url
from imageweb import __version__


def page_context(request: VisitorRequest) -> dict[str, object]:
    """For every template. Costs nothing until a template looks at the activity, one query, two while something waits,
    or at what a page without strips listens for, two more while something runs. A view that has looked hands its
    activity on."""
    viewer = getattr(request, "viewer", None)
    person = viewer.person if viewer else None
    return {
        "site_name": settings.SITE_NAME,
        "version": __version__,
        "theme": person.theme if person else theme_of_device(request),
        "may_generate": lambda: viewer is not None and viewer.may_generate,
        "has_library": lambda: viewer is not None and viewer.has_library,
        "leads": lambda: viewer is not None and viewer.leads,
        "keeps_record": lambda: viewer is not None and viewer.keeps_record,
        "runs_providers": lambda: viewer is not None and viewer.runs_providers,
        "single_keys": person.has_single_keys if person else True,
        "notifies": person.has_notifications if person else False,
        "texts_url": texts_url,
        "activity": ActivityBadge(person),
        "inbox_badge": InboxBadge(viewer),
        "review_badge": ReviewBadge(viewer),
        "act_submission": new_key,
        "sends_mail": bool(settings.EMAIL_URL),
        "has_single_sign_on": bool(settings.OIDC_ISSUER),
        "single_sign_on_name": settings.OIDC_NAME,
        "is_htmx": bool(getattr(request, "htmx", False)),
        "elsewhere": lambda: elsewhere(viewer) if viewer else None,
        "elsewhere_idle": ClientState(whose="elsewhere"),
    }
