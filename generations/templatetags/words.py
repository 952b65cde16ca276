"""Numbers as people read them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from django import template

from generations.models.price import dollars
from generations.protocol.json import leaves

register = template.Library()
register.filter(dollars)


@register.filter
def seconds(count: float) -> str:
    """46 s, 2 min 5 s, 1 h 3 min."""
    whole = round(count)
    if whole < 60:
        return f"{count:.1f} s" if isinstance(count, float) and count < 10 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


@register.filter
def fields(options: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """What was asked for besides, each under the name of its field in the body."""
    for path, value in leaves(options):
        yield ".".join(path[1:] or path), value


@register.filter
def remaining(count: int) -> str:
    """18 seconds, 9 min 38 s; app.js counts it down in the same words."""
    return f"{count} second{'' if count == 1 else 's'}" if count < 60 else f"{count // 60} min {count % 60} s"


@register.filter
def rounded(count: float) -> int:
    """Seconds as an estimate is said: to the second below ten, to five below a minute, then to ten."""
    step = 1 if count < 10 else 5 if count < 60 else 10
    return max(1, round(count / step) * step)


@register.filter
def as_json(value: object) -> str:
    """For a data attribute that a script reads; it is escaped there."""
    return json.dumps(value)
