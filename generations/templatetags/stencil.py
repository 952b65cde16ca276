"""Markup that a page repeats by the dozen: its template is rendered once for each way it may look, then only filled.

A template is read node by node, and forty-eight tiles have two thousand of them: more work than all else on the page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from html import escape

from django import template
from django.utils.safestring import SafeString

Looks = tuple[tuple[str, bool], ...]

register = template.Library()
MARK = re.compile("\ue000(\\w+)\ue001")


@register.simple_tag
def stencil(name: str, *, image: Mapping[str, str | bool], **flags: object) -> SafeString:
    """As `{% include %}` shows a template that knows `image` and these flags, and nothing else.

    What is known of the image are texts, and yes or no. The template shows a text as it is, without a filter, and may
    ask whether there is one; of a yes or no it may only ask."""
    pattern = cut(template.Engine.get_default().get_template(name), looks_of(image), looks_of(flags))
    return SafeString(pattern % {field: escape(value) for field, value in image.items() if isinstance(value, str)})


def looks_of(values: Mapping[str, object]) -> Looks:
    return tuple((name, bool(value)) for name, value in values.items())


@lru_cache(maxsize=512)
def cut(source: template.Template, looks: Looks, flags: Looks) -> str:
    """The template as a %-pattern of the image's fields, where these are set and the others empty."""
    image = {field: f"\ue000{field}\ue001" if is_set else "" for field, is_set in looks}
    rendered = source.render(template.Context({"image": image, **dict(flags)}))
    return MARK.sub(r"%(\1)s", rendered.replace("%", "%%"))
