"""How many invitations one person sends."""

from __future__ import annotations

from allauth.core import ratelimit

from generations.request import PageRequest


def may_invite(request: PageRequest, count: int = 1) -> bool:
    """Whether the person may send so many more today; it counts them."""
    return all(ratelimit.consume(request, action="invite", key=str(request.user.pk)) for _each in range(count))
