"""Numbers as people read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django import template

from generations.models.price import dollars
from generations.presenters.formatting import remaining, rounded, seconds
from generations.protocol.json import leaves

register = template.Library()
for number in (dollars, remaining, rounded, seconds):
    register.filter(number)


@register.filter
def fields(options: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """What was asked for besides, each under the name of its field in the body."""
    for path, value in leaves(options):
        yield ".".join(path[1:] or path), value
