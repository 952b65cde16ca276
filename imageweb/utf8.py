"""Requests are UTF-8, whatever they say."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.http import parse_header_parameters


class AsUtf8(HttpRequest):
    """A request read as UTF-8: Python knows charsets that bring half characters to the database, and names that are
    none break the request before anything could answer it."""

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:
            self.content_type, self.content_params = "", {}
