"""Messages of the layers below in the active language."""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from generations.translatable import Message, PluralMessage


def translated(text: str) -> str:
    """The text in the active language. One that is in no catalogue, such as what a provider wrote, stays as it is."""
    if isinstance(text, PluralMessage):
        form = ngettext(text.text, text.plural, text.number)
    elif isinstance(text, Message):
        form = gettext(text.text)
    else:
        return gettext(text) if text else ""
    return form % {name: _shown(value) for name, value in text.values.items()} if text.values else form


def _shown(value: str | float) -> str:
    if isinstance(value, str):
        return translated(value)
    if isinstance(value, float):
        value = f"{value:g}"
    return number_format(value, use_l10n=True, force_grouping=True)
