"""Addresses that are only read: any other method is answered by 405 and what is allowed. Nothing can be forged there:
no token of a form is asked for first, and no page says that a form has ended which there never was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.views.decorators import http
from django.views.decorators.csrf import csrf_exempt

View = TypeVar("View", bound=Callable[..., Any])


def require_GET(view: View) -> View:
    return csrf_exempt(http.require_GET(view))


def require_safe(view: View) -> View:
    return csrf_exempt(http.require_safe(view))
