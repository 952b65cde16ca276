"""Texts for people in the layers that know no Django: marked here for translation, translated where they are shown.

`manage.py makemessages` finds the first argument of `gettext_noop` and `Message`, and the first two of `PluralMessage`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MAX_VALUE = 500
"""Characters of a text among the values that are kept."""


def gettext_noop(text: str) -> str:
    """The text itself, marked for translation."""
    return text


class Message(str):
    """A sentence with named values. As a text it is English; `generations.translation.translated` gives it in the
    active language.

    A value is a text, a number, which is written with separators, or another Message. Pass a number that is a name,
    such as a port or an HTTP status, as a text.
    """

    text: str
    values: Mapping[str, Any]

    def __new__(cls, text: str, /, **values: Any) -> Message:
        message = super().__new__(cls, _filled(text, values))
        message.text, message.values = text, values
        return message

    def __reduce__(self) -> tuple[Any, ...]:
        return Message.from_json, (self.to_json(),)

    def to_json(self) -> dict[str, Any]:
        """As `from_json` takes it."""
        return {"text": self.text, "values": {name: _kept(value) for name, value in self.values.items()}}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Message:
        """The message that `to_json` gave."""
        values = {name: cls.from_json(it) if isinstance(it, dict) else it for name, it in kept["values"].items()}
        if "plural" in kept:
            return PluralMessage(kept["text"], kept["plural"], kept["number"], **values)
        return Message(kept["text"], **values)


class PluralMessage(Message):
    """A message whose form depends on `number`, which is among its values as `%(number)s`."""

    plural: str
    number: int

    def __new__(cls, text: str, plural: str, number: int, /, **values: Any) -> PluralMessage:
        values = {"number": number, **values}
        message = str.__new__(cls, _filled(text if number == 1 else plural, values))
        message.text, message.plural, message.number, message.values = text, plural, number, values
        return message

    def to_json(self) -> dict[str, Any]:
        return {**super().to_json(), "plural": self.plural, "number": self.number}


def _filled(form: str, values: Mapping[str, object]) -> str:
    return form % {name: _english(value) for name, value in values.items()} if values else form


def _english(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _kept(value: object) -> object:
    if isinstance(value, Message):
        return value.to_json()
    return value if isinstance(value, int | float) else str(value)[:MAX_VALUE]
