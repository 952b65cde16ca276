"""A client that reads pages without the whitespace their templates are laid out with."""

from __future__ import annotations

import re

from django.http import HttpResponse
from django.test import Client

KEPT = re.compile(r"(<(textarea|pre)\b.*?</\2>)", re.DOTALL)
TAG = re.compile(r"<[a-z!/][^<>]*>", re.IGNORECASE)


class Reader(Client):
    """Django's test client. The text of a page comes without line breaks and indentation between and within its tags,
    so that an assertion need not know how a template is laid out, and an absence cannot hide behind it."""

    def request(self, **request: object) -> HttpResponse:
        response = super().request(**request)
        is_page = response.get("Content-Type", "").startswith("text/html") and not response.streaming
        if is_page and not response.has_header("Content-Encoding"):
            response.content = without_layout(response.content.decode()).encode()
        return response


def without_layout(page: str) -> str:
    """The page on one line. What a person wrote into a field, or sent, stays as it is."""
    parts = KEPT.split(page)
    laid_out = [flattened(part) for part in parts[::3]]
    kept = [TAG.sub(lambda tag: flattened(tag[0]), part, count=1) for part in parts[1::3]]
    return "".join(part for pair in zip(laid_out, [*kept, ""], strict=True) for part in pair)


def flattened(text: str) -> str:
    """Breaks with their indentation: dropped beside a tag, one space within a text and between attributes."""
    text = TAG.sub(lambda tag: re.sub(r"\s+", " ", tag[0]).replace(" >", ">"), text)
    text = re.sub(r"(?<=>)[ \t]*\n\s*|[ \t]*\n\s*(?=<)|^[ \t]*\n\s*|[ \t]*\n\s*$", "", text)
    return re.sub(r"[ \t]*\n\s*", " ", text)
