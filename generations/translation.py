"""Messages of the layers below in the active language."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext, pgettext

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


def gap() -> str:
    """What stands between two sentences: a space, and nothing where the language puts none."""
    return pgettext("two sentences", "%(first)s %(second)s") % {"first": "", "second": ""}


def sentences(parts: Iterable[str]) -> str:
    """Sentences one after the other, without those that are empty."""
    return gap().join(filter(None, parts))


def listed(names: Iterable[str]) -> str:
    """Names one after the other, as the language separates them."""
    return pgettext("between the names of a list", ", ").join(names)


def number_text(value: str | float, decimals: int | None = None) -> str:
    """A number as the language writes it: 31,411."""
    return number_format(value, decimals, use_l10n=True, force_grouping=True)


def _shown(value: str | float) -> str:
    """A value of a message. What a provider or a person wrote stays as it is, even where a catalogue has it."""
    if isinstance(value, Message):
        return translated(value)
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        value = f"{value:g}"
    return number_text(value)
