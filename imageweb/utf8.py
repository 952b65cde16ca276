"""Requests are decoded as UTF-8, whatever charset they declare."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.http import parse_header_parameters


class Utf8RequestMixin(HttpRequest):
    """A request that ignores the charset of its Content-Type: Python has codecs that yield lone surrogates, which no
    database stores, and an unknown charset would fail before any view could answer."""

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:
            self.content_type, self.content_params = "", {}
