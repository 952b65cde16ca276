"""Fields that several forms have: texts as a database takes them, and JSON."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from generations.errors import InvalidRequest
from generations.models.folded import is_invisible
from generations.protocol.json import parse_json
from generations.text import TEXT, BadText, check_text, clean_text
from generations.translation import translated

MAX_NAME = 254
"""Characters of a user name or an e-mail address."""
MAX_SECRET = 4096
"""Characters of a password or a provider's key."""


class TextField(forms.CharField):
    """A text that is checked and normalised as `generations.text` does it, and empty where nobody can see any of it;
    with `strip=False` it stays as it was sent. `what` names it in sentences, else its label does."""

    def __init__(self, *, max_length: int, what: str = "", **kwargs: Any) -> None:
        self.what = what
        super().__init__(max_length=max_length, **kwargs)

    def to_python(self, value: object) -> str | None:
        if value in self.empty_values:
            return self.empty_value
        text, what = str(value), self.what or str(self.label or "").lower() or TEXT
        assert self.max_length is not None, "as it was made"
        try:
            if self.strip:
                cleaned = clean_text(text, self.max_length, what)
                return self.empty_value if is_invisible(cleaned) else cleaned
            check_text(text, self.max_length, what)
        except BadText as error:
            raise ValidationError(translated(error.sentence)) from error
        return text


class BodyField(forms.JSONField):
    """JSON that becomes part of a request; checked as strictly as what staff add to one."""

    def to_python(self, value: object) -> Any:
        if value in self.empty_values or not isinstance(value, str):
            return None if value in self.empty_values else value
        try:
            return parse_json(value)
        except InvalidRequest as error:
            raise ValidationError(translated(error.detail)) from error

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            return initial if self.disabled else data and parse_json(data)
        except InvalidRequest:
            return forms.fields.InvalidJSONInput(data)
