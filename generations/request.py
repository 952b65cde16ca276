"""What a view is handed: a request, whose it is, and what HTMX said."""

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

from generations.models import Person
from generations.viewer import Viewer


class VisitorRequest(HttpRequest):
    """A request of anybody, as the middleware leaves it."""

    htmx: HtmxDetails
    viewer: Viewer


class PageRequest(VisitorRequest):
    """A request of somebody who is signed in: what every view is handed that does not say `login_not_required`."""

    user: Person


def own_address(request: HttpRequest, page: str) -> str:
    """The path and query of a whole address of ours; "" for anybody else's."""
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        return ""
    parts = urlsplit(page)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
