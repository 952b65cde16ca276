"""Messages of the layers below in the active language."""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from generations.translatable import Message, PluralMessage


def translated(text: str) -> str:
    """A Message, or a text marked with `gettext_noop`, in the active language."""
    if isinstance(text, PluralMessage):
        form = ngettext(text.text, text.plural, text.number)
    elif isinstance(text, Message):
        form = gettext(text.text)
    else:
        return gettext(text) if text else ""
    return form % {name: _shown(value) for name, value in text.values.items()} if text.values else form


def _shown(value: str | float) -> str:
    """A value of a message. What a provider or a person wrote stays as it is, even where a catalogue has it."""
    if isinstance(value, Message):
        return translated(value)
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        value = f"{value:g}"
    return number_format(value, use_l10n=True, force_grouping=True)
