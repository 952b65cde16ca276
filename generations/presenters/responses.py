"""Calls that were found by what was answered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from generations import rights
from generations.models import Attempt
from generations.queries.responses import responses_saying
from generations.queries.search import MAX_WORDS, phrases
from generations.viewer import Viewer

AROUND = 120
"""Characters shown on either side of the first word found."""


@dataclass(frozen=True)
class Found:
    """A call. Of what is private to somebody else the words are not shown here: opening it is recorded."""

    viewer: Viewer
    attempt: Attempt
    wanted: list[str]

    @property
    def address(self) -> str:
        return reverse("exchange", args=[self.attempt.generation.key])

    @property
    def is_private(self) -> bool:
        return rights.private_batch.allows(self.viewer, self.attempt.generation.batch)

    @property
    def excerpt(self) -> SafeString:
        """What stands around the first word that was found, with the words marked."""
        texts = [" ".join(text.split()) for text in (self.attempt.text, self.attempt.shown_detail, self.attempt.detail)]
        pattern = re.compile("|".join(re.escape(phrase) for phrase in self.wanted), re.IGNORECASE)
        text, match = next(((text, match) for text in texts if (match := pattern.search(text))), (texts[0], None))
        start = max(0, match.start() - AROUND) if match else 0
        end = (match.end() if match else 0) + AROUND
        shown = ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")
        parts, last = [], 0
        for each in pattern.finditer(shown):
            parts += [escape(shown[last : each.start()]), "<mark>", escape(each[0]), "</mark>"]
            last = each.end()
        return mark_safe("".join([*parts, escape(shown[last:])]))  # noqa: S308


class ResponsesPage:
    """The calls that were found, a page of them."""

    def __init__(self, viewer: Viewer, words: str, before: int | None) -> None:
        self.viewer, self.words, self.before = viewer, words, before

    @cached_property
    def _found(self) -> tuple[list[Attempt], int | None]:
        return responses_saying(self.viewer, self.words, self.before)

    @property
    def rows(self) -> list[Found]:
        wanted = phrases(self.words)[:MAX_WORDS]
        return [Found(self.viewer, attempt, wanted) for attempt in self._found[0]]

    @property
    def older(self) -> str:
        """Where it goes on, "" at the end."""
        behind = self._found[1]
        return f"?{urlencode({'q': self.words, 'before': behind})}" if behind else ""
