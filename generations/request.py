"""What a view is handed: a request, whose it is, and what HTMX said."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from generations.models import Person
from generations.rights import Viewer


class VisitorRequest(HttpRequest):
    """A request of anybody, as the middleware leaves it."""

    htmx: HtmxDetails
    viewer: Viewer


class PageRequest(VisitorRequest):
    """A request of somebody who is signed in: what every view is handed that does not say `login_not_required`."""

    user: Person
