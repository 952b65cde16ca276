"""All pages, and the empty one."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from generations.urls import urlpatterns as pages


def empty(request: HttpRequest) -> HttpResponse:
    """Nothing, for somebody who is signed in."""
    return HttpResponse(status=204)


urlpatterns = [path("bench/empty", empty), *pages]
