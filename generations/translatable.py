"""Texts for people in the layers that know no Django: marked here for translation, translated where they are shown.

`manage.py makemessages` finds the first argument of `gettext_noop` and `Message`, and the first two of `PluralMessage`
and `plural_noop`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

MAX_VALUE = 500
"""Characters of a text among the values that are kept."""


def gettext_noop(text: str) -> str:
    """The text itself, marked for translation."""
    return text


class Plural(NamedTuple):
    """The two English forms of a sentence with `%(number)s`."""

    one: str
    many: str


def plural_noop(one: str, many: str) -> Plural:
    """Both forms, marked for translation; `ngettext` chooses where the number is known."""
    return Plural(one, many)


class Message(str):
    """A sentence with named values. As a text it is English; `generations.translation.translated` gives it in the
    active language.

    A value is a text, which is shown as it is, a number, which is written with separators, or another Message, which is
    translated. Pass a number that is a name, such as a port or an HTTP status, as a text.
    """

    text: str
    values: Mapping[str, Any]

    def __new__(cls, text: str, /, **values: Any) -> Message:
        message = super().__new__(cls, _filled(text, values))
        message.text, message.values = text, values
        return message

    def __reduce__(self) -> tuple[Any, ...]:
        return from_json, (self.to_json(),)

    def to_json(self) -> dict[str, Any]:
        """As `from_json` takes it."""
        return {"text": self.text, "values": {name: _kept(value) for name, value in self.values.items()}}

    def with_texts(self, change: Callable[[str], str]) -> Message:
        """The message with `change` applied to each text among its values, also to those of messages in it."""
        return self._with_values({name: _changed(value, change) for name, value in self.values.items()})

    def _with_values(self, values: Mapping[str, Any]) -> Message:
        return Message(self.text, **values)


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

    def _with_values(self, values: Mapping[str, Any]) -> PluralMessage:
        return PluralMessage(self.text, self.plural, self.number, **values)


def as_json(text: str) -> str | dict[str, Any]:
    """A text or a Message as a JSON value."""
    return text.to_json() if isinstance(text, Message) else text


def from_json(kept: str | Mapping[str, Any]) -> str:
    """The text or Message that `as_json` gave."""
    if isinstance(kept, str):
        return kept
    values = {name: from_json(it) if isinstance(it, dict) else it for name, it in kept["values"].items()}
    if "plural" in kept:
        return PluralMessage(kept["text"], kept["plural"], kept["number"], **values)
    return Message(kept["text"], **values)


def message_in(error: BaseException) -> str:
    """What an error says: the Message it was raised with, also where a library has raised it anew as its own error;
    else its text."""
    raised = (error, error.__cause__)
    given = (argument for it in raised if it is not None for argument in it.args)
    return next((argument for argument in given if isinstance(argument, Message)), str(error))


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


def _changed(value: object, change: Callable[[str], str]) -> object:
    if isinstance(value, Message):
        return value.with_texts(change)
    return change(value) if isinstance(value, str) else value
