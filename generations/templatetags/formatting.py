"""Numbers as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from generations.models.price import dollars
from generations.presenters.formatting import remaining, rounded, seconds
from generations.protocol.json import leaves
from generations.translation import gap, listed, sentences

register = template.Library()
for number in (dollars, remaining, rounded, seconds):
    register.filter(number)
register.filter(listed)
register.simple_tag(gap)


@register.simple_tag(name="sentences")
def sentences_of(*parts: str | Iterable[str]) -> SafeString:
    """Sentences one after the other; a part may be several. Those that are empty are left out."""
    flat = [text for part in parts for text in ([part] if isinstance(part, str) else part)]
    return mark_safe(sentences(map(conditional_escape, flat)))  # noqa: S308


@register.filter
def fields(options: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """What was asked for besides, each under the name of its field in the body."""
    for path, value in leaves(options):
        yield ".".join(path[1:] or path), value
