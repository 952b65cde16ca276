"""An include for markup that a page repeats by the dozen: rendered once for each combination of flags and language,
then only its fields are filled.

A template is read node by node, and forty-eight tiles have two thousand of them: more work than all else on the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from html import escape

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

Flags = tuple[tuple[str, ...], tuple[bool, ...]]
"""Names, and whether each is set."""

register = template.Library()
MARK = re.compile("\ue000(\\w+)\ue001")


@register.simple_tag
def cached_include(name: str, *, image: Mapping[str, str | bool], **flags: object) -> SafeString:
    """As `{% include %}` shows a template that knows `image` and these flags, and nothing else.

    What is known of the image are texts, and yes or no. The template shows a text as it is, without a filter, and may
    ask whether there is one; of a yes or no it may only ask."""
    return cached_each(name, images=[image], **flags)


@register.simple_tag
def cached_each(name: str, *, images: Iterable[Mapping[str, str | bool]], **flags: object) -> SafeString:
    """The same of each of these, one behind the other: what is asked of a tag is resolved once for all."""
    source, asked, language = template.Engine.get_default().get_template(name), flags_of(flags), get_language()
    shown = []
    for image in images:
        pattern = compile_pattern(source, flags_of(image), asked, language)
        shown.append(pattern % {field: escape(value) for field, value in image.items() if isinstance(value, str)})
    return SafeString("".join(shown))


def flags_of(values: Mapping[str, object]) -> Flags:
    """Which of these are set."""
    return tuple(values), tuple(map(bool, values.values()))


@lru_cache(maxsize=1024)
def compile_pattern(source: template.Template, fields: Flags, flags: Flags, language: str | None) -> str:
    """The template in the active language as a %-pattern of the image's fields, where these are set and the others
    empty."""
    image = {field: f"\ue000{field}\ue001" if is_set else "" for field, is_set in zip(*fields, strict=True)}
    rendered = source.render(template.Context({"image": image, **dict(zip(*flags, strict=True))}))
    return MARK.sub(r"%(\1)s", rendered.replace("%", "%%"))
